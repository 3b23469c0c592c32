//! `host plugin record`: a real event to test a plugin with.

mod redact;

use std::fmt;
use std::fs;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};

use anyhow::{Context, ensure};
use autotag_core::event::{DecodeError, Event, decode_each};
use autotag_core::text::{count, sanitize};
use clap::Args;
use redact::Replaced;
use serde::Serialize;
use serde_json::Value;

use super::api_call::{CallName, Service};
use crate::commands::inputs::{self, Input};
use crate::commands::output::{FormatArgs, display_path, print};
use crate::commands::{BAD, GOOD, with_path_context};
use crate::full::latest_events_of;

/// What `host plugin record` is asked for.
#[derive(Debug, Args)]
#[command(after_help = "\
Replaced are accounts, principals, keys, users' names, names of resources, tags' values, e-mail and IP addresses, ids,
UUIDs and secrets, each by the same everywhere. What is a name, no program knows for sure: read what is written before
you share it.

Exit status: 0 if an event is written, 1 if there is none, 2 for wrong usage.")]
pub struct RecordArgs {
    /// The API call, as CloudTrail's eventName says it: `CreateTopic`
    #[arg(value_name = "CALL")]
    call: CallName,
    /// Files with events, folders that hold some, or `-` for standard input [default: the latest that CloudTrail knows,
    /// of the last 90 days and of the Region that AWS_REGION or the profile names]
    #[arg(value_name = "PATH")]
    paths: Vec<PathBuf>,
    /// The service, where several have an API call of this name: `sns`
    #[arg(long)]
    service: Option<Service>,
    /// The plugin's folder: the event is written into `events` in it
    #[arg(long, value_name = "DIR", default_value = ".")]
    folder: PathBuf,
    /// How many events, each different: the next are called `create-topic-2.json`
    #[arg(long, value_name = "COUNT", default_value_t = 1, value_parser = clap::value_parser!(u16).range(1..))]
    count: u16,
    /// Replace files that are there
    #[arg(long)]
    force: bool,
    #[command(flatten)]
    format: FormatArgs,
}

pub fn record(args: &RecordArgs) -> anyhow::Result<u8> {
    let (place, found) = if args.paths.is_empty() {
        ("CloudTrail's history of the last 90 days", args.latest_events()?)
    } else {
        ("what was given", args.first_events(&inputs::find(&args.paths)?)?)
    };
    let Found { events, unfit, unreadable } = found;
    if unreadable > 0 {
        eprintln!("warning: {} could not be read as an event", count(unreadable, "input"));
    }
    if events.is_empty() {
        let unfit = match unfit {
            0 => String::new(),
            _ => format!("; {} failed, or went to another service", count(unfit, "such call")),
        };
        eprintln!("no event in {place} tells of a call of {} that succeeded{unfit}", args.call);
        return Ok(BAD);
    }
    let folder = args.folder.join("events");
    let stem = args.call.file_stem();
    let name = |number: usize| if number == 1 { format!("{stem}.json") } else { format!("{stem}-{number}.json") };
    let files: Vec<_> = (1..).map(|number| folder.join(name(number))).take(events.len()).collect();
    // Nothing is written unless all can be.
    for file in files.iter().filter(|_| !args.force) {
        ensure!(!file.exists(), "{} is there already: --force replaces it", file.display());
    }
    with_path_context(&folder, "make", fs::create_dir_all(&folder))?;
    let events = events.iter().zip(&files).map(|(event, file)| write(event, file)).collect::<anyhow::Result<_>>()?;
    print(&RecordReport { events }, args.format.get())?;
    Ok(GOOD)
}

/// What was written. The JSON form is what users build on: its names are fixed.
#[derive(Debug, Serialize)]
struct RecordReport {
    events: Vec<Recorded>,
}

#[derive(Debug, Serialize)]
struct Recorded {
    file: String,
    /// When the call was made.
    time: String,
    /// How much was replaced.
    replaced: Replaced,
}

impl fmt::Display for RecordReport {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        for Recorded { file, time, replaced } in &self.events {
            writeln!(formatter, "{file}: a call of {time}, with {replaced} replaced")?;
        }
        formatter.write_str(
            "Read what is written before you share it, and run `host plugin test --accept` if it is what you want.",
        )
    }
}

/// What was found.
#[derive(Default)]
struct Found {
    events: Vec<Event>,
    /// How many events of the call are none to test with.
    unfit: u64,
    /// How much is no event at all.
    unreadable: u64,
}

impl RecordArgs {
    /// The latest events of the call that may have created something.
    fn latest_events(&self) -> anyhow::Result<Found> {
        let mut found = Found::default();
        latest_events_of(self.call.as_str(), |record| {
            decode_each(record.as_bytes(), |event| self.take(event, &mut found))?;
            Ok(self.go_on(&found))
        })?;
        Ok(found)
    }

    /// The first events of the call that may have created something.
    fn first_events(&self, inputs: &[Input]) -> anyhow::Result<Found> {
        let mut found = Found::default();
        for input in inputs {
            let read = input.open().and_then(|bytes| decode_each(bytes, |event| self.take(event, &mut found)));
            read.with_context(|| format!("cannot read {}", input.name))?;
            if self.go_on(&found).is_break() {
                break;
            }
        }
        Ok(found)
    }

    fn take(&self, event: Result<Event, DecodeError>, found: &mut Found) -> ControlFlow<()> {
        match event {
            Ok(event) if event.name().as_deref() != Some(self.call.as_str()) => {}
            Ok(event) if !self.is_wanted(&event) => found.unfit += 1,
            // An archive may hold the same event twice.
            Ok(event) if found.events.iter().any(|other| other.id == event.id) => {}
            Ok(event) => found.events.push(event),
            Err(error) => found.unreadable += u64::from(!error.is_no_fault()),
        }
        self.go_on(found)
    }

    fn go_on(&self, found: &Found) -> ControlFlow<()> {
        if found.events.len() < usize::from(self.count) { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
    }

    fn is_wanted(&self, event: &Event) -> bool {
        let is_of_service = |service: &Service| {
            let detail: Option<Value> = serde_json::from_str(event.detail()).ok();
            detail.is_some_and(|detail| {
                detail.get("eventSource").and_then(Value::as_str) == Some(&service.event_source())
            })
        };
        event.may_have_created() && event.other_record().is_none() && self.service.as_ref().is_none_or(is_of_service)
    }
}

fn write(event: &Event, file: &Path) -> anyhow::Result<Recorded> {
    let mut value: Value = serde_json::from_str(event.text())?;
    let replaced = redact::redact(&mut value)?;
    let text = serde_json::to_string_pretty(&value)? + "\n";
    with_path_context(file, "write", fs::write(file, text))?;
    Ok(Recorded { file: display_path(file), time: sanitize(&event.time), replaced })
}
