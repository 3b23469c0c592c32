//! `host plugin record`: a real event to test a plugin with.

mod redact;

use std::fs;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};

use anyhow::{Context, ensure};
use autotag_core::event::{Event, decode_each};
use clap::Args;
use serde_json::Value;

use super::api_call::{CallName, Service};
use crate::commands::inputs::{self, Input};
use crate::commands::output::display_path;
use crate::commands::{BAD, GOOD, with_path_context};
use crate::full::latest_events_of;

/// What `host plugin record` is asked for.
#[derive(Debug, Args)]
#[command(after_help = "\
Accounts, principals, access keys, users' names, names of resources, tags' values, e-mail and IP addresses, ids and UUIDs
are replaced, each by the same everywhere. Read what is written before you share it: what is a name, no program knows
for sure.

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
    #[arg(long, value_name = "COUNT", default_value_t = 1)]
    count: usize,
    /// Replace files that are there
    #[arg(long)]
    force: bool,
}

pub fn record(args: &RecordArgs) -> anyhow::Result<u8> {
    let (inputs, place) = if args.paths.is_empty() {
        let records = latest_events_of(args.call.as_str())?;
        let inputs = records.into_iter().map(|record| Input::of_text("CloudTrail", record)).collect();
        (inputs, "CloudTrail's history of the last 90 days")
    } else {
        (inputs::find(&args.paths)?, "what was given")
    };
    let events = args.first_events(&inputs)?;
    if events.is_empty() {
        eprintln!("no event in {place} tells of a call of {} that succeeded", args.call);
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
    for (event, file) in events.iter().zip(&files) {
        write(event, file)?;
    }
    println!("Read what is written before you share it, and run `host plugin test --accept` if it is what you want.");
    Ok(GOOD)
}

impl RecordArgs {
    /// The first events of the call that may have created something.
    fn first_events(&self, inputs: &[Input]) -> anyhow::Result<Vec<Event>> {
        let mut found = Vec::new();
        for input in inputs {
            let read = input.open().and_then(|bytes| {
                decode_each(bytes, |event| {
                    if let Ok(event) = event
                        && self.is_wanted(&event)
                    {
                        found.push(event);
                    }
                    if found.len() < self.count { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
                })
            });
            read.with_context(|| format!("cannot read {}", input.name))?;
            if found.len() >= self.count {
                break;
            }
        }
        Ok(found)
    }

    fn is_wanted(&self, event: &Event) -> bool {
        let is_of_service = |service: &Service| {
            let detail: Option<Value> = serde_json::from_str(event.detail()).ok();
            detail.is_some_and(|detail| {
                detail.get("eventSource").and_then(Value::as_str) == Some(&service.event_source())
            })
        };
        event.name().as_deref() == Some(self.call.as_str())
            && event.may_have_created()
            && event.other_record().is_none()
            && self.service.as_ref().is_none_or(is_of_service)
    }
}

fn write(event: &Event, file: &Path) -> anyhow::Result<()> {
    let mut value: Value = serde_json::from_str(event.text())?;
    let replaced = redact::redact(&mut value);
    let text = serde_json::to_string_pretty(&value)? + "\n";
    with_path_context(file, "write", fs::write(file, text))?;
    println!("{}: a call of {}, with {replaced} replaced", display_path(file), event.time);
    Ok(())
}
