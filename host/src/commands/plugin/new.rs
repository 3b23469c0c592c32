//! `host plugin new`: a plugin to start from.

mod api_call;
mod name;
mod sdk;
mod template;

use std::fmt;
use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use anyhow::{Context, ensure};
use api_call::NewCall;
use clap::Args;
use name::PluginName;
use serde::Serialize;
use template::LanguageTemplate;

use super::api_call::{CallName, IdPath, Service};
use super::language::Language;
use crate::cli::name_called;
use crate::commands::output::{FormatArgs, display_path, print};
use crate::commands::{GOOD, with_path_context};

/// What `host plugin new` is asked for.
#[derive(Debug, Args)]
pub struct NewArgs {
    /// What the plugin is called: lower-case letters, digits and hyphens
    #[arg(value_name = "NAME")]
    name: PluginName,
    /// Where to write it, a folder that is not there yet or empty [default: ./NAME]
    #[arg(value_name = "DIR")]
    folder: Option<PathBuf>,
    /// What it is written in
    #[arg(long, value_enum, default_value_t = Language::Rust)]
    lang: Language,
    /// The service that the plugin is for, as CloudTrail's eventSource begins: `sns`
    #[arg(long, requires = "call", requires = "id")]
    service: Option<Service>,
    /// The API call that creates what the plugin tags: `CreateTopic`
    #[arg(long, requires = "service")]
    call: Option<CallName>,
    /// Where its responseElements name what is new: `topicArn`, `cluster.clusterArn`
    #[arg(long, requires = "service")]
    id: Option<IdPath>,
    #[command(flatten)]
    format: FormatArgs,
}

impl NewArgs {
    /// The API call that it is for, if one is given.
    fn api_call(&self) -> Option<NewCall<'_>> {
        Some(NewCall::new(self.service.as_ref()?, self.call.as_ref()?, self.id.as_ref()?))
    }
}

/// A file to write: where, below the plugin's folder, and what.
type NewFile = (String, String);

pub fn new(args: &NewArgs) -> anyhow::Result<u8> {
    args.name.check(args.lang)?;
    let name = args.name.as_str();
    let folder = args.folder.clone().unwrap_or_else(|| name.into());
    check_empty(&folder)?;
    let template = LanguageTemplate::of(args.lang);
    let api_call = args.api_call();
    let mut files = template.files(name);
    if let Some(api_call) = &api_call {
        files = api_call.apply(files)?;
    }
    if args.lang == Language::Rust {
        with_path_context(&folder, "make", fs::create_dir_all(&folder))?;
        files = sdk::depend(files, &with_path_context(&folder, "read", folder.canonicalize())?)?;
    }
    for (path, content) in &files {
        write(&folder.join(path), content)?;
    }
    let report = NewReport {
        name,
        language: args.lang,
        folder: display_path(&folder),
        files: files.into_iter().map(|(path, _)| path).collect(),
        next: what_next(args, &folder, template.test),
    };
    print(&report, args.format.get())?;
    Ok(GOOD)
}

/// What was written. The JSON form is what users build on: its names are fixed.
#[derive(Debug, Serialize)]
struct NewReport<'a> {
    name: &'a str,
    language: Language,
    folder: String,
    files: Vec<String>,
    /// For people.
    #[serde(skip)]
    next: String,
}

impl fmt::Display for NewReport<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.next)
    }
}

/// Makes sure that no existing file is overwritten.
fn check_empty(folder: &Path) -> anyhow::Result<()> {
    match fs::read_dir(folder) {
        Ok(mut entries) => {
            ensure!(
                entries.next().is_none(),
                "{} is there already and not empty; name another folder: `host plugin new NAME DIR`",
                folder.display()
            );
            Ok(())
        }
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(()),
        Err(error) => Err(error).with_context(|| format!("cannot use {} as the plugin's folder", folder.display())),
    }
}

fn write(path: &Path, content: &str) -> anyhow::Result<()> {
    if let Some(folder) = path.parent() {
        with_path_context(folder, "make", fs::create_dir_all(folder))?;
    }
    with_path_context(path, "write", fs::write(path, content))
}

fn what_next(args: &NewArgs, folder: &Path, test: &str) -> String {
    let (name, language, folder) = (args.name.as_str(), args.lang, display_path(folder));
    let api_call = args.api_call();
    let tags = match &args.call {
        Some(call) => format!("what {call} makes"),
        None => "EC2 key pairs; make of it what you need".into(),
    };
    let call = args.call.as_ref().map_or("CreateKeyPair", CallName::as_str);
    let note = api_call.and_then(|api_call| api_call.note()).unwrap_or_default();
    let program = name_called();
    let (build, check) = (format!("{program} plugin build"), format!("{program} plugin test"));
    let width = test.len().max(build.len());
    format!(
        "Wrote the plugin {name}, in {language}, to {folder}. It tags {tags}. Next:

  cd {folder}
  {test:width$}   its own tests
  {build:width$}   makes {name}.wasm
  {check:width$}   what it answers for events/*.json in the sandbox, beside what is expected
  {program} plugin record {call} --force
  {:width$}   puts a real event in place of the made-up one; then `{check} --accept`
  {program} plugin inspect {name}.wasm{note}",
        ""
    )
}
