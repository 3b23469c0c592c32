//! The printed form of what was measured.

/// A table of measurements with their goals, and notes on it.
#[derive(Default)]
pub struct Table {
    rows: Vec<[String; 3]>,
    notes: Vec<String>,
}

impl Table {
    pub fn row(&mut self, what: &str, measured: String, goal: &str) {
        eprintln!("{what}: {measured}");
        self.rows.push([what.to_owned(), measured, goal.to_owned()]);
    }

    pub fn note(&mut self, note: String) {
        eprintln!("  {note}");
        self.notes.push(note);
    }

    pub fn print(&self) {
        println!("| what | measured | goal |\n|---|---:|---:|");
        self.rows.iter().for_each(|[what, measured, goal]| println!("| {what} | {measured} | {goal} |"));
        println!();
        self.notes.iter().for_each(|note| println!("- {note}"));
    }
}

/// A whole number, with a comma between thousands.
pub fn number(value: f64) -> String {
    let digits = format!("{value:.0}");
    let groups: Vec<_> = digits.as_bytes().rchunks(3).rev().map(String::from_utf8_lossy).collect();
    groups.join(",")
}

/// The median; NaN without samples.
pub fn median(mut samples: Vec<f64>) -> f64 {
    samples.sort_by(f64::total_cmp);
    samples.get(samples.len() / 2).copied().unwrap_or(f64::NAN)
}
