//! What the doctor prints.

use std::fmt;

use comfy_table::{Attribute, Cell, Color, presets};
use serde::Serialize;

use super::finding::{CheckVerdict, Finding, Findings};
use crate::commands::output;

/// All findings, and how many of each kind.
#[derive(Debug, Serialize)]
pub(super) struct DoctorReport {
    findings: Vec<Finding>,
    ok: usize,
    wrong: usize,
    cannot_tell: usize,
}

impl DoctorReport {
    pub(super) fn of(findings: Findings) -> Self {
        let [ok, wrong, cannot_tell] =
            [CheckVerdict::Ok, CheckVerdict::Wrong, CheckVerdict::CannotTell].map(|verdict| findings.count(verdict));
        Self { findings: findings.into_inner(), ok, wrong, cannot_tell }
    }
}

impl fmt::Display for DoctorReport {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut table = output::table(output::is_coloured());
        // Lines between so many rows would hide what is wrong.
        table.load_preset(presets::NOTHING);
        for finding in &self.findings {
            let verdict = Cell::new(finding.verdict);
            let verdict = match finding.verdict {
                CheckVerdict::Ok => verdict.fg(Color::Green),
                CheckVerdict::Wrong => verdict.fg(Color::Red).add_attribute(Attribute::Bold),
                CheckVerdict::CannotTell => verdict.fg(Color::Yellow),
            };
            let found = match &finding.fix {
                None => finding.says.clone(),
                Some(fix) => format!("{}\n→ {fix}", finding.says),
            };
            table.add_row([verdict, Cell::new(finding.check), Cell::new(found)]);
        }
        // The table pads rows with blanks to the width of the longest.
        for line in table.to_string().lines() {
            writeln!(formatter, "{}", line.trim_end())?;
        }
        writeln!(formatter)?;
        let Self { ok, wrong, cannot_tell, .. } = self;
        match (wrong, cannot_tell) {
            (0, 0) => write!(formatter, "Everything that was looked at is as it should be: {ok} ok."),
            (0, _) => write!(formatter, "Nothing is known to be wrong: {ok} ok, {cannot_tell} unknown."),
            _ => {
                write!(formatter, "{wrong} wrong, {cannot_tell} unknown, {ok} ok. Begin with the first that is wrong.")
            }
        }
    }
}
