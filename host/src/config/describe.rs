//! What can be set: as a commented `host.toml`, and what is in force with where it comes from.

use std::fmt::Write;
use std::path::{Path, PathBuf};

use autotag_sandbox::LimitOptions;
use clap::parser::ValueSource;
use clap::{Arg, ArgMatches};
use serde::Serialize;

use super::error::ConfigError;
use super::file::{NOT_IN_FILE, read_settings, read_table, settings};

/// A setting, as it is in force.
#[derive(Debug, PartialEq, Eq, Serialize)]
pub struct Setting {
    /// Its key in `host.toml`.
    pub key: String,
    /// Its value: a text as it is, all else as the file writes it, or what the default is; none if it is not set.
    pub value: Option<String>,
    /// Where it comes from: a flag, a variable, a file or the default.
    pub source: String,
}

/// Keys whose values are not shown.
const SECRETS: [&str; 1] = ["external_id"];
/// What is shown instead.
const HIDDEN: &str = "(set, and not shown)";

/// All settings: `matches` has flags and environment, and `file` is `host.toml`.
///
/// # Errors
/// If the file cannot be read.
pub fn in_force(matches: &ArgMatches, file: Option<&Path>) -> Result<Vec<Setting>, ConfigError> {
    let table = file.map(read_table).transpose()?.unwrap_or_default();
    let path = file.map(|file| file.display().to_string()).unwrap_or_default();
    let mut all = Vec::new();
    for setting in settings().get_arguments() {
        let (id, key) = (setting.get_id().as_str(), key_of(setting));
        let given = matches
            .get_raw(id)
            .map(|values| values.map(|value| value.to_string_lossy().into_owned()).collect::<Vec<_>>().join(","));
        let (value, source) = match matches.value_source(id) {
            Some(ValueSource::CommandLine) => (Some(given.unwrap_or_default()), format!("--{}", flag_of(setting))),
            Some(ValueSource::EnvVariable) => (Some(given.unwrap_or_default()), variable_of(setting)),
            _ => match lookup(&table, &key) {
                Some(value) => (Some(shown(value)), path.clone()),
                None => (default_of(setting), "default".into()),
            },
        };
        let is_secret = SECRETS.contains(&id) && source != "default";
        all.push(Setting { key, value: if is_secret { Some(HIDDEN.into()) } else { value }, source });
    }
    let mut plugins = table.get("plugin").and_then(toml::Value::as_table).cloned().unwrap_or_default();
    let mut add = |key: String, value: &toml::Value, source: &str| {
        let leaves = leaves(&key, value).into_iter();
        all.extend(leaves.map(|(key, value)| Setting { key, value: Some(value), source: source.into() }));
    };
    // What a plugin is told in a file of its own replaces what `host.toml` tells it.
    if let Some(file) = matches.get_one::<PathBuf>("settings") {
        let source = file.display().to_string();
        for (name, settings) in read_settings(file)? {
            if let Some(options) = plugins.get_mut(&name).and_then(toml::Value::as_table_mut) {
                options.remove("settings");
            }
            // TOML has no null; what cannot be shown is left out.
            if let Ok(settings) = toml::Value::try_from(settings) {
                add(format!("plugin.{name}.settings"), &settings, &source);
            }
        }
    }
    add("plugin".into(), &toml::Value::Table(plugins), &path);
    Ok(all)
}

/// A `host.toml` in which every key stands, with what it does, and all but the first two are commented out.
#[must_use]
pub fn example() -> String {
    let mut text = String::from(
        "# Every key is also a flag and a variable in the environment. Flags win over the environment, and the\n# environment \
         over this file.\n",
    );
    let all = settings();
    let (limits, others): (Vec<&Arg>, Vec<&Arg>) = all
        .get_arguments()
        .filter(|setting| !NOT_IN_FILE.contains(&setting.get_id().as_str()))
        .partition(|setting| is_limit(setting));
    for setting in others {
        entry(&mut text, setting, example_of(setting.get_id().as_str()));
    }
    text.push_str("\n# The bounds of every plugin.\n[limits]\n");
    for setting in limits {
        entry(&mut text, setting, None);
    }
    text.push_str(PLUGIN_EXAMPLE);
    text
}

fn entry(text: &mut String, setting: &Arg, example: Option<&str>) {
    let id = setting.get_id().as_str();
    let help = setting.get_help().map(ToString::to_string).unwrap_or_default();
    let help = help.split(" [default").next().unwrap_or_default().split_whitespace().collect::<Vec<_>>().join(" ");
    let default = default_of(setting).map(|default| format!(" Default: {default}.")).unwrap_or_default();
    text.push('\n');
    for line in wrapped(&format!("{help}.{default} {}, --{}", variable_of(setting), flag_of(setting))) {
        // Writing to a string cannot fail.
        let _ = writeln!(text, "# {line}");
    }
    let value = example.map(ToOwned::to_owned).or_else(|| default_of(setting)).unwrap_or_default();
    let comment = if REQUIRED.contains(&id) { "" } else { "# " };
    let _ = writeln!(text, "{comment}{id} = {value}");
}

/// The keys without which the service does not start.
const REQUIRED: [&str; 2] = ["plugins", "queue_url"];

/// The value of a key in the example, where it is not its default.
fn example_of(key: &str) -> Option<&'static str> {
    Some(match key {
        "plugins" => r#""/etc/autotag/plugins""#,
        "tag_keys" => r#"["Owner", "PrincipalId"]"#,
        "access_keys" => r#"["PrincipalId"]"#,
        "keep_keys" => r#"["Owner"]"#,
        "accounts" => r#"["111122223333"]"#,
        "queue_url" => r#""https://sqs.eu-central-1.amazonaws.com/111122223333/autotag""#,
        "cache" => r#""/var/cache/autotag""#,
        "instances" => "8",
        "listen" => r#""127.0.0.1:9464""#,
        "otlp_endpoint" => r#""http://127.0.0.1:4318""#,
        "assume_role" => r#""autotag-tagging""#,
        "external_id" => r#""what the role's trust policy asks for""#,
        _ => return None,
    })
}

/// The tables of single plugins.
const PLUGIN_EXAMPLE: &str = r#"
# A plugin of its own, by the name that it calls itself.
# [plugin.ec2]
# The only events that it gets of those that it asks for. Default: all.
# events = ["RunInstances", "CreateVolume"]
# What the plugin is told: see docs/tagging.md.
# settings = { inherit = true }
# The only file that may be this plugin, as sha256sum prints it; a list for several.
# sha256 = "0000000000000000000000000000000000000000000000000000000000000000"
# "none", or "stub": WASI with nothing behind it, for languages that cannot do without. Default: "none".
# wasi = "none"
# Bounds of this plugin alone; they win over those above.
# limits = { memory_bytes = 67108864 }
"#;

fn is_limit(setting: &Arg) -> bool {
    LimitOptions::KEYS.contains(&setting.get_id().as_str())
}

fn key_of(setting: &Arg) -> String {
    let id = setting.get_id().as_str();
    match id {
        id if is_limit(setting) => format!("limits.{id}"),
        // No key of the file.
        id if NOT_IN_FILE.contains(&id) => format!("--{}", flag_of(setting)),
        id => id.into(),
    }
}

fn flag_of(setting: &Arg) -> &str {
    setting.get_long().unwrap_or_default()
}

fn variable_of(setting: &Arg) -> String {
    setting.get_env().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default()
}

/// The default, as the help says it.
fn default_of(setting: &Arg) -> Option<String> {
    if setting.get_num_args().is_some_and(|values| values.min_values() == 0) {
        // What can be said without a value is off unless it is said.
        return Some("false".into());
    }
    let help = setting.get_help()?.to_string();
    let (_, default) = help.split_once("[default:")?;
    Some(default.split(']').next()?.split_whitespace().collect::<Vec<_>>().join(" "))
}

fn lookup<'a>(table: &'a toml::Table, key: &str) -> Option<&'a toml::Value> {
    let mut names = key.split('.');
    let first = table.get(names.next()?)?;
    names.try_fold(first, |value, name| value.get(name))
}

/// A value as people read it.
fn shown(value: &toml::Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), ToOwned::to_owned)
}

/// The values in a table, each with its whole key.
fn leaves(key: &str, value: &toml::Value) -> Vec<(String, String)> {
    match value {
        toml::Value::Table(table) => {
            table.iter().flat_map(|(name, value)| leaves(&format!("{key}.{name}"), value)).collect()
        }
        value => vec![(key.into(), shown(value))],
    }
}

/// Lines of at most 100 characters.
fn wrapped(text: &str) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for word in text.split_whitespace() {
        match lines.last_mut().filter(|line| line.len() + word.len() < 100) {
            Some(line) => {
                line.push(' ');
                line.push_str(word);
            }
            None => lines.push(word.into()),
        }
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    fn matches(arguments: &[&str]) -> ArgMatches {
        settings().get_matches_from([&["host"], arguments].concat())
    }

    fn uncommented(line: &str) -> Option<&str> {
        let line = line.strip_prefix("# ").unwrap_or(line);
        let (key, _) = line.split_once(" = ")?;
        key.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_' || byte.is_ascii_digit()).then_some(line)
    }

    #[test]
    fn every_value_in_the_example_can_be_read() {
        let text = example();
        toml::from_str::<toml::Table>(&text).unwrap();
        let (top, limits) = text.split_once("[limits]").unwrap();
        let all = |text: &str| text.lines().filter_map(uncommented).collect::<Vec<_>>().join("\n");
        let (limits, plugin) = limits.split_once("# [plugin.ec2]").unwrap();
        let text = format!("{}\n[limits]\n{}\n[plugin.ec2]\n{}", all(top), all(limits), all(plugin));
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("host.toml");
        std::fs::write(&path, &text).unwrap();
        super::super::file::read_file(&path).unwrap_or_else(|error| panic!("{error}\n{text}"));
        for setting in settings().get_arguments().filter(|one| !NOT_IN_FILE.contains(&one.get_id().as_str())) {
            let key = format!("{} = ", setting.get_id());
            assert!(text.lines().any(|line| line.starts_with(&key)), "{key} is missing in\n{text}");
        }
    }

    #[test]
    fn a_setting_comes_from_a_flag_or_the_file_or_is_the_default() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("host.toml");
        let text = "plugins = 'p'\npollers = 3\nexternal_id = 'x'\n[limits]\ntime_ms = 9\n[plugin.ec2.settings]\ninherit = true";
        std::fs::write(&path, text).unwrap();
        let all = in_force(&matches(&["--pollers", "4", "--tag-keys", "A,B"]), Some(&path)).unwrap();
        let of = |key: &str| {
            all.iter()
                .find(|one| one.key == key)
                .map(|one| (one.value.as_deref().unwrap_or("none"), one.source.as_str()))
        };
        let file = path.display().to_string();
        assert_eq!(of("pollers"), Some(("4", "--pollers")));
        assert_eq!(of("tag_keys"), Some(("A,B", "--tag-keys")));
        assert_eq!(of("plugins"), Some(("p", &*file)));
        assert_eq!(of("limits.time_ms"), Some(("9", &*file)));
        assert_eq!(of("plugin.ec2.settings.inherit"), Some(("true", &*file)));
        assert_eq!(of("external_id"), Some((HIDDEN, &*file)));
        assert_eq!(of("wait_seconds"), Some(("20", "default")));
        assert_eq!(of("assume_role"), Some(("none", "default")));
        assert_eq!(of("dry_run"), Some(("false", "default")));
        // What is in a file of its own is in force.
        let settings = folder.path().join("settings.json");
        std::fs::write(&settings, r#"{"ec2": {"inherit": false}}"#).unwrap();
        let settings = settings.to_str().unwrap();
        let all = in_force(&matches(&["--settings", settings]), Some(&path)).unwrap();
        let of = |key: &str| all.iter().filter(|one| one.key == key).collect::<Vec<_>>();
        let expected =
            Setting { key: "plugin.ec2.settings.inherit".into(), value: Some("false".into()), source: settings.into() };
        assert_eq!(of("plugin.ec2.settings.inherit"), [&expected]);
        assert_eq!(of("--settings").len(), 1);
    }
}
