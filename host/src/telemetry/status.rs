//! One live line on the terminal that says what the service is at.

use std::io::{IsTerminal, stderr};
use std::time::Duration;

use indicatif::{ProgressBar, ProgressStyle};

use super::Meter;

/// How often it is written anew.
const EVERY: Duration = Duration::from_millis(500);

/// The line, if stderr is a terminal.
#[must_use]
pub fn line() -> Option<ProgressBar> {
    let line = stderr().is_terminal().then(ProgressBar::new_spinner)?;
    if let Ok(style) = ProgressStyle::with_template("{spinner} {wide_msg}") {
        line.set_style(style);
    }
    Some(line)
}

/// Keeps the line up to date, until it is dropped.
pub async fn keep(line: ProgressBar, meter: Meter) {
    let mut every = tokio::time::interval(EVERY);
    loop {
        every.tick().await;
        line.set_message(text(&meter));
        line.tick();
    }
}

/// What the service is at, on one line.
pub(crate) fn text(meter: &Meter) -> String {
    let (resources, received) = meter.totals();
    let in_flight = meter.messages_in_flight();
    let polled = match meter.since_polled() {
        None => "no answer yet".to_owned(),
        Some(since) => format!("answered {} s ago", since.as_secs()),
    };
    format!("{received} received · {in_flight} in flight · {resources} resources tagged · queue: {polled}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_says_whether_the_queue_answers() {
        let meter = Meter::default();
        let silent = "0 received · 0 in flight · 0 resources tagged · queue: no answer yet";
        assert_eq!(text(&meter), silent);
        crate::telemetry::events::MessagesReceived { count: 2 }.emit(&meter);
        let _in_flight = meter.in_flight();
        let text = text(&meter);
        assert_eq!(text, "2 received · 1 in flight · 0 resources tagged · queue: answered 0 s ago");
    }
}
