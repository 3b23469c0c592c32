//! Results as rows: a table on a terminal; elsewhere a line for each row, with tabs between its cells and nothing cut.

use std::fmt;
use std::io::{self, IsTerminal};

use autotag_core::text::one_line;
use comfy_table::{
    Attribute, CellAlignment, Color, ColumnConstraint, ContentArrangement, TableComponent, Width, presets,
};

use super::output;

/// The most of a cell that a terminal shows, in bytes. Longer texts are for programs.
const MAX_SHOWN: usize = 1000;

/// What stands between the parts of a cell on one line.
const BETWEEN_PARTS: &str = ", ";

/// One cell. Its parts stand below each other on a terminal.
#[derive(Debug, Clone, Default)]
pub(super) struct Cell {
    parts: Vec<String>,
    colour: Option<Color>,
    is_bold: bool,
    is_number: bool,
}

impl Cell {
    pub(super) fn new(text: impl Into<String>) -> Self {
        Self::of_parts([text.into()])
    }

    /// A cell of several parts; empty ones are left out.
    pub(super) fn of_parts(parts: impl IntoIterator<Item = String>) -> Self {
        Self { parts: parts.into_iter().filter(|part| !part.is_empty()).collect(), ..Self::default() }
    }

    pub(super) fn colour(self, colour: Color) -> Self {
        Self { colour: Some(colour), ..self }
    }

    pub(super) fn bold(self) -> Self {
        Self { is_bold: true, ..self }
    }

    /// Aligned to the right, and with its unit beside it.
    pub(super) fn number(self) -> Self {
        Self { is_number: true, ..self }
    }

    fn on_a_terminal(&self) -> comfy_table::Cell {
        let parts: Vec<_> = self.parts.iter().map(|part| one_line(part, MAX_SHOWN)).collect();
        let text = parts.join("\n");
        // A no-break space, since a number's unit is part of it.
        let text = if self.is_number { text.replace(' ', "\u{a0}") } else { text };
        let mut cell = comfy_table::Cell::new(text);
        if let Some(colour) = self.colour {
            cell = cell.fg(colour);
        }
        if self.is_bold {
            cell = cell.add_attribute(Attribute::Bold);
        }
        if self.is_number {
            cell = cell.set_alignment(CellAlignment::Right);
        }
        cell
    }

    fn longest_word(&self) -> usize {
        let ends_word = |letter: char| letter.is_whitespace() && !self.is_number;
        let words = self.parts.iter().flat_map(|part| part.split(ends_word));
        words.map(|word| word.chars().count()).max().unwrap_or_default()
    }
}

/// A row as a line: control characters, tabs and ends of lines in it are escaped.
pub(super) fn line(cells: &[Cell]) -> String {
    let cells: Vec<_> = cells.iter().map(|cell| one_line(&cell.parts.join(BETWEEN_PARTS), usize::MAX)).collect();
    cells.join("\t")
}

/// Rows under a header.
#[derive(Debug)]
pub(super) struct Table {
    header: &'static [&'static str],
    rows: Vec<Vec<Cell>>,
}

impl Table {
    pub(super) fn new(header: &'static [&'static str]) -> Self {
        Self { header, rows: Vec::new() }
    }

    pub(super) fn add(&mut self, row: Vec<Cell>) {
        self.rows.push(row);
    }

    pub(super) fn rows(&self) -> usize {
        self.rows.len()
    }

    fn longest_word(&self, column: usize) -> usize {
        let cells = self.rows.iter().filter_map(|row| row.get(column)).map(Cell::longest_word);
        let header = self.header.get(column).and_then(|header| header.split(' ').map(str::len).max());
        cells.chain(header).max().unwrap_or_default()
    }

    /// Whether each column has room for its longest word.
    fn fits(&self, width: u16) -> bool {
        let columns = 0..self.header.len();
        // Beside the text, a column has a blank on both sides.
        columns.map(|column| self.longest_word(column) + 2).sum::<usize>() <= width.into()
    }

    /// As a terminal shows it that is too narrow for the columns: the cells of a row stand below each other.
    fn stacked(&self, width: Option<u16>) -> String {
        let label = self.header.iter().map(|name| name.len()).max().unwrap_or_default();
        let blocks = self.rows.iter().map(|row| {
            let mut block = plain_table();
            if let Some(width) = width {
                block.set_width(width);
            }
            for (name, cell) in self.header.iter().zip(row).filter(|(_, cell)| !cell.parts.is_empty()) {
                // All begin at the left.
                block
                    .add_row([comfy_table::Cell::new(name), Cell { is_number: false, ..cell.clone() }.on_a_terminal()]);
            }
            make_room(&mut block, &[label, row.iter().map(Cell::longest_word).max().unwrap_or_default()]);
            trimmed(&block)
        });
        blocks.collect::<Vec<_>>().join("\n\n")
    }

    /// As a terminal shows it: words are never broken, so that ids, ARNs and names can be copied.
    fn on_a_terminal(&self) -> comfy_table::Table {
        let mut table = plain_table();
        table.load_preset(presets::UTF8_HORIZONTAL_ONLY);
        // The line below the header is enough.
        for line in [
            TableComponent::HorizontalLines,
            TableComponent::MiddleIntersections,
            TableComponent::TopBorder,
            TableComponent::TopBorderIntersections,
            TableComponent::BottomBorder,
            TableComponent::BottomBorderIntersections,
        ] {
            table.remove_style(line);
        }
        table.set_header(self.header);
        for row in &self.rows {
            table.add_row(row.iter().map(Cell::on_a_terminal));
        }
        let words: Vec<usize> = (0..self.header.len()).map(|column| self.longest_word(column)).collect();
        make_room(&mut table, &words);
        table
    }
}

/// A table without lines, with colours if they may be.
pub(super) fn plain_table() -> comfy_table::Table {
    let mut table = comfy_table::Table::new();
    table.load_preset(presets::NOTHING).set_content_arrangement(ContentArrangement::Dynamic);
    if output::is_coloured() {
        table.enforce_styling();
    } else {
        table.force_no_tty();
    }
    table
}

/// The lines of a table without the blanks that pad it to the width of the longest.
pub(super) fn trimmed(table: &comfy_table::Table) -> String {
    table.lines().map(|line| line.trim_end().to_owned()).collect::<Vec<_>>().join("\n")
}

/// Makes each column of a table wide enough for its longest word, which then is not broken.
pub(super) fn make_room(table: &mut comfy_table::Table, longest_words: &[usize]) {
    // Beside the text, a column has a blank on both sides.
    let least: Vec<u16> = longest_words.iter().map(|word| u16::try_from(word + 2).unwrap_or(u16::MAX)).collect();
    // If there is no room for that, the terminal itself goes on in the next line, where a text can still be copied.
    let fits = table.width().is_none_or(|width| least.iter().copied().map(u32::from).sum::<u32>() <= width.into());
    for (column, least) in table.column_iter_mut().zip(least) {
        let width = Width::Fixed(least);
        column.set_constraint(if fits {
            ColumnConstraint::LowerBoundary(width)
        } else {
            ColumnConstraint::Absolute(width)
        });
    }
}

impl fmt::Display for Table {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !io::stdout().is_terminal() {
            let lines: Vec<_> = self.rows.iter().map(|row| line(row)).collect();
            return formatter.write_str(&lines.join("\n"));
        }
        let table = self.on_a_terminal();
        match table.width() {
            Some(width) if !self.fits(width) => formatter.write_str(&self.stacked(Some(width))),
            _ => formatter.write_str(&trimmed(&table)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_is_one_line_without_padding_and_nothing_is_cut() {
        let long = "x".repeat(5000);
        let cells = [Cell::new("a\tb"), Cell::of_parts(["i-1".into(), String::new(), "i-2".into()]), Cell::new(&*long)];
        assert_eq!(line(&cells), format!("a\\tb\ti-1, i-2\t{long}"));
        let mut table = Table::new(&["A", "B", "C"]);
        table.add(cells.to_vec());
        table.add(vec![Cell::new("1").number(), Cell::default(), Cell::new("2")]);
        assert_eq!(table.to_string().lines().collect::<Vec<_>>(), [line(&cells).as_str(), "1\t\t2"]);
    }

    #[test]
    fn on_a_terminal_no_word_is_broken_and_no_rule_stands_between_rows() {
        let arn = format!("arn:aws:rds:eu-central-1:111122223333:db:{}", "x".repeat(60));
        let mut table = Table::new(&["Input", "Resource", "Size", "Reason"]);
        for _ in 0..2 {
            table.add(vec![
                Cell::new("event.json"),
                Cell::new(&*arn).bold(),
                Cell::new("297.6 KiB").number(),
                Cell::new("a reason of many words ".repeat(8)),
            ]);
        }
        let mut shown = table.on_a_terminal();
        shown.set_width(80);
        let shown = shown.to_string();
        assert_eq!(shown.matches(&arn).count(), 2, "{shown}");
        assert_eq!(shown.matches("297.6\u{a0}KiB").count(), 2, "{shown}");
        assert_eq!(shown.lines().filter(|line| line.contains('═') || line.contains('─')).count(), 1, "{shown}");
        assert!(table.fits(140) && !table.fits(100));
    }

    #[test]
    fn on_a_narrow_terminal_the_cells_stand_below_each_other() {
        let mut table = Table::new(&["Input", "Resources", "Reason"]);
        let ids = ["i-0123456789abcdef0", "vol-0123456789abcdef0"].map(ToOwned::to_owned);
        for input in ["one.json", "two.json"] {
            table.add(vec![Cell::new(input), Cell::of_parts(ids.clone()), Cell::default()]);
        }
        let block = |input| format!(" Input      {input}\n Resources  {}\n            {}", ids[0], ids[1]);
        assert_eq!(table.stacked(Some(30)), [block("one.json"), block("two.json")].join("\n\n"));
    }
}
