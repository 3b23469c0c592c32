//! What the doctor prints: each finding as soon as it is there, and at the end what is wrong.

use comfy_table::{Attribute, Color};
use serde::Serialize;

use super::finding::{Check, CheckVerdict, Finding, Findings};
use crate::commands::output::{Output, is_terminal};
use crate::commands::table::{Cell, line, make_room, plain_table, trimmed};

/// All findings, and how many of each kind.
#[derive(Debug, Serialize)]
pub(super) struct DoctorReport<'a> {
    findings: &'a [Finding],
    ok: usize,
    wrong: usize,
    cannot_tell: usize,
}

impl<'a> DoctorReport<'a> {
    pub(super) fn of(findings: &'a Findings) -> Self {
        let [ok, wrong, cannot_tell] =
            [CheckVerdict::Ok, CheckVerdict::Wrong, CheckVerdict::CannotTell].map(|verdict| findings.count(verdict));
        Self { findings: findings.all(), ok, wrong, cannot_tell }
    }
}

/// Prints a finding.
pub(super) fn show(finding: &Finding) {
    let text = if is_terminal() { on_a_terminal(finding) } else { on_one_line(finding) };
    let mut output = Output::new();
    // Without a reader, the exit status still says what was found.
    let _ = output.line(&text).and_then(|()| output.flush());
}

/// The same, for one who only wants to know what is wrong.
pub(super) fn show_wrong(finding: &Finding) {
    if finding.verdict == CheckVerdict::Wrong {
        show(finding);
    }
}

fn on_one_line(Finding { check, verdict, says, fix }: &Finding) -> String {
    let fix = fix.clone().unwrap_or_default();
    line(&[verdict.to_string(), check.to_string(), says.clone(), fix].map(Cell::new))
}

fn on_a_terminal(Finding { check, verdict, says, fix }: &Finding) -> String {
    let mut table = plain_table();
    let cell = comfy_table::Cell::new(verdict);
    let cell = match verdict {
        CheckVerdict::Ok => cell.fg(Color::Green),
        CheckVerdict::Wrong => cell.fg(Color::Red).add_attribute(Attribute::Bold),
        CheckVerdict::CannotTell => cell.fg(Color::Yellow),
    };
    let (advice, command) = fix.as_deref().map_or((None, None), advice_and_command);
    let says = advice.map_or_else(|| says.clone(), |advice| format!("{says}\n→ {advice}"));
    let word = says.split_whitespace().map(|word| word.chars().count()).max().unwrap_or_default();
    table.add_row([cell, comfy_table::Cell::new(check), comfy_table::Cell::new(says)]);
    // Each finding is a table of its own: the other columns have the widths of the longest that there can be.
    let verdicts = [CheckVerdict::Ok, CheckVerdict::Wrong, CheckVerdict::CannotTell].map(|one| one.to_string().len());
    let checks = Check::ALL.map(|check| check.to_string().len());
    let longest = |words: &[usize]| words.iter().copied().max().unwrap_or_default();
    make_room(&mut table, &[longest(&verdicts), longest(&checks), word]);
    // On a line of its own, and never broken, so that it can be copied.
    let command = command.map(|command| format!("\n\n{command}\n")).unwrap_or_default();
    trimmed(&table) + &command
}

/// What to do in words, and the command that does it, if the text ends with one.
fn advice_and_command(fix: &str) -> (Option<&str>, Option<&str>) {
    const COMMAND: &str = "aws ";
    if fix.starts_with(COMMAND) {
        return (None, Some(fix));
    }
    match fix.split_once(&format!(": {COMMAND}")) {
        Some((advice, _)) => (Some(advice), fix.get(advice.len() + 2..)),
        None => (Some(fix), None),
    }
}

/// The last line: how many findings there are of each kind, and the names of what is wrong.
pub(super) fn summary(findings: &Findings) -> String {
    let DoctorReport { findings: all, ok, wrong, cannot_tell } = DoctorReport::of(findings);
    match (wrong, cannot_tell) {
        (0, 0) => format!("Everything that was looked at is as it should be: {ok} ok."),
        (0, _) => format!("Nothing is known to be wrong: {ok} ok, {cannot_tell} cannot tell."),
        _ => {
            let mut names: Vec<String> = Vec::new();
            for finding in all.iter().filter(|finding| finding.verdict == CheckVerdict::Wrong) {
                let name = finding.check.to_string();
                if !names.contains(&name) {
                    names.push(name);
                }
            }
            format!("{wrong} wrong ({}), {cannot_tell} cannot tell, {ok} ok. Begin with the first.", names.join(", "))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_command_stands_on_a_line_of_its_own() {
        assert_eq!(advice_and_command("Give it time."), (Some("Give it time."), None));
        assert_eq!(advice_and_command("aws sqs purge"), (None, Some("aws sqs purge")));
        let fix = "Keep it for days: aws sqs set-queue-attributes --queue-url u";
        assert_eq!(
            advice_and_command(fix),
            (Some("Keep it for days"), Some("aws sqs set-queue-attributes --queue-url u"))
        );
        let long = format!("Keep it: aws sqs set {}", "word ".repeat(60).trim_end());
        let finding =
            Finding { check: Check::Retention, verdict: CheckVerdict::Wrong, says: "s".into(), fix: Some(long) };
        let shown = on_a_terminal(&finding);
        assert!(shown.lines().any(|line| line.starts_with("aws sqs set word") && line.ends_with("word")), "{shown}");
    }

    #[test]
    fn the_last_line_names_what_is_wrong_once() {
        let mut findings = Findings::default();
        findings.ok(Check::Region, "");
        assert!(summary(&findings).ends_with("is as it should be: 1 ok."));
        findings.cannot_tell(Check::Trail, "", "");
        assert!(summary(&findings).ends_with("1 ok, 1 cannot tell."));
        for check in [Check::QueuePolicy, Check::Rules, Check::QueuePolicy] {
            findings.wrong(check, "", "");
        }
        assert!(summary(&findings).starts_with("3 wrong (queue-policy, rules), 1 cannot tell, 1 ok."));
    }
}
