//! The plugins, both as Rust code and as the files that hosts load.

use autotag_core::event::decode;
use autotag_core::resource::Arn;
use autotag_plugin_ec2::Ec2;
use autotag_plugin_rds::Rds;
use autotag_plugin_s3::S3;
use autotag_plugin_sdk::{Event, Failure, Plugin, Tagging};
use autotag_sandbox::{CacheFolder, LoadOptions, PluginOptions, Sandbox, SandboxOptions, types};
use autotag_tests::harness::AMPLE_MS;
use autotag_tests::host;
use autotag_tests::plugin_events::{Case, cases};
use serde_json::{Value, json};

/// All plugins of the project, with settings that make each read as much of an event as it can.
pub const SUBJECTS: [Subject; 3] = [
    Subject::of::<Ec2>(
        "ec2",
        r#"{"inherit": true, "tags": {"How": "{event_name} {event_time} {invoked_by} {source_ip} {user_agent} {role_name} {region} {account}"}}"#,
    ),
    Subject::of::<Rds>("rds", TAGS),
    Subject::of::<S3>("s3", TAGS),
];

const TAGS: &str = r#"{"tags": {"How": "{event_name} {event_time} {invoked_by} {source_ip} {user_agent} {role_name} {region} {account}"}}"#;

/// The resources and the tags of each tagging, or why there is none.
pub type Answer = Result<Vec<(Vec<String>, Vec<(String, String)>)>, String>;

pub struct Subject {
    name: &'static str,
    /// The second of the two settings that tests use; the first is `{}`.
    pub settings: &'static str,
    extract: fn(&Event, &str) -> Result<Vec<Tagging>, Failure>,
}

impl Subject {
    const fn of<P: Plugin>(name: &'static str, settings: &'static str) -> Self {
        Self { name, settings, extract: |event, settings| P::extract(event, &serde_json::from_str(settings).unwrap()) }
    }

    /// The plugin's events.
    pub fn recorded(&self) -> Vec<Recorded> {
        let recorded = |Case { file, event: mut envelope, .. }: Case| {
            let detail = std::mem::replace(&mut envelope["detail"], json!("the detail"));
            Recorded { file, detail, envelope }
        };
        cases(self.name).into_iter().map(recorded).collect()
    }

    /// The answer of the plugin's Rust code to this event detail.
    pub fn extract(&self, recorded: &Recorded, detail: &str, settings: &str) -> Answer {
        let field = |name: &str| recorded.envelope[name].as_str().unwrap().to_owned();
        let event = Event {
            id: field("id"),
            source: field("source"),
            detail_type: field("detail-type"),
            account: field("account"),
            region: field("region"),
            time: field("time"),
            detail: detail.into(),
        };
        let answer = (self.extract)(&event, settings).map_err(|failure| match failure {
            Failure::Malformed(reason) | Failure::CannotTell(reason) | Failure::Skip(reason) => reason,
        })?;
        let tags = |tagging: &Tagging| tagging.tags.iter().map(|tag| (tag.key.clone(), tag.value.clone())).collect();
        Ok(answer.into_iter().map(|tagging| (tagging.resources.clone(), tags(&tagging))).collect())
    }

    /// The plugin that `cargo xtask plugins` has built, in a sandbox, with these settings.
    pub fn load(&self) -> Loaded {
        let sandbox =
            Sandbox::new(&SandboxOptions { cache: CacheFolder::At(host::cache()), ..SandboxOptions::default() })
                .unwrap();
        let mut options = LoadOptions { folder: host::plugins(), ..LoadOptions::default() };
        // On a busy machine, a test waits longer than the default time limit.
        options.limits.time_ms = AMPLE_MS.into();
        let settings = Some(serde_json::from_str(self.settings).unwrap());
        options.plugins.insert(self.name.into(), PluginOptions { settings, ..Default::default() });
        let file = options.folder.join(format!("{}.wasm", self.name));
        Loaded(autotag_sandbox::Plugin::load(&file, &options, &sandbox).unwrap_or_else(|error| panic!("{error}")))
    }
}

/// A plugin in a sandbox.
pub struct Loaded(autotag_sandbox::Plugin);

impl Loaded {
    /// Its answer to this event detail, or why there is none; `None` if the event cannot be parsed.
    pub fn extract(&self, recorded: &Recorded, detail: &str) -> Option<Result<Answer, String>> {
        let event = decode(recorded.with(detail).as_bytes()).remove(0).ok()?;
        let answer = match self.0.extract(&event).0 {
            Ok(answer) => answer,
            Err(error) => return Some(Err(error.to_string())),
        };
        let answer = answer.map_err(|failure| match failure {
            types::Failure::Malformed(reason) | types::Failure::CannotTell(reason) | types::Failure::Skip(reason) => {
                reason
            }
        });
        let pairs = |tags: Vec<types::Tag>| tags.into_iter().map(|tag| (tag.key, tag.value)).collect();
        let tagging = |tagging: types::Tagging| (tagging.resources, pairs(tagging.tags));
        Some(Ok(answer.map(|taggings| taggings.into_iter().map(tagging).collect())))
    }
}

/// One of a plugin's events.
pub struct Recorded {
    /// The name of the file that it was read from.
    pub file: String,
    /// The CloudTrail record.
    pub detail: Value,
    /// The event around the detail, with `the detail` as a placeholder.
    envelope: Value,
}

impl Recorded {
    /// The event's text with this detail.
    fn with(&self, detail: &str) -> String {
        self.envelope.to_string().replace(r#""the detail""#, detail)
    }
}

/// Whether the resource is a string in the text, or an ARN whose name is one.
pub fn stands_in(detail: &str, resource: &str) -> bool {
    let stands = |text: &str| detail.contains(&Value::from(text).to_string());
    stands(resource) || Arn::parse(resource).is_some_and(|arn| stands(arn.name()))
}
