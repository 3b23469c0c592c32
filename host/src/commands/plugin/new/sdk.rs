//! Where a new plugin in Rust finds the SDK: in the project's checkout if it lies in one, else in a copy that the host
//! carries.

use std::path::Path;

use anyhow::Context;
use autotag_sandbox::CONTRACT;
use toml::{Table, Value};

use super::NewFile;

/// Files of the SDK that are embedded in the host.
macro_rules! carried {
    ($($file:literal),+ $(,)?) => {
        [$(($file, include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/../plugins/sdk/", $file)))),+]
    };
}

const SDK: [(&str, &str); 19] = carried![
    "Cargo.toml",
    "src/arn.rs",
    "src/bindings.rs",
    "src/guest.rs",
    "src/identity.rs",
    "src/identity/service_session.rs",
    "src/lib.rs",
    "src/log.rs",
    "src/paths.rs",
    "src/patterns.rs",
    "src/record.rs",
    "src/record/omission.rs",
    "src/settings.rs",
    "src/settings/filter.rs",
    "src/settings/plugin_settings.rs",
    "src/settings/template.rs",
    "src/table.rs",
    "src/testing.rs",
    "src/text.rs",
];

/// The project's own workspace, from which the SDK inherits.
const WORKSPACE: &str = include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/../Cargo.toml"));

/// The SDK's folder, in the project and in the copy that a plugin gets.
const SDK_FOLDER: &str = "plugins/sdk";
/// Where that copy lies in a plugin's folder.
const COPY: &str = "autotag";
/// The SDK's path in the example's manifest.
const EXAMPLES_PATH: &str = r#"path = "../../sdk""#;

/// Lets a new plugin's files depend on the SDK. `folder` is where they will lie.
pub(super) fn depend(mut files: Vec<NewFile>, folder: &Path) -> anyhow::Result<Vec<NewFile>> {
    let path = in_checkout(folder);
    if path.is_none() {
        files.extend(copy()?);
    }
    for (file, content) in &mut files {
        if file == "Cargo.toml" {
            let sdk = path.clone().unwrap_or_else(|| format!("{COPY}/{SDK_FOLDER}"));
            *content = content.replace(EXAMPLES_PATH, &format!("path = \"{sdk}\""));
            if path.is_none() {
                // Or cargo would take the copy, a dependency below the plugin's folder, for a member of its workspace.
                *content = content.replace("[workspace]\n", &format!("[workspace]\nexclude = [\"{COPY}\"]\n"));
            }
        }
    }
    Ok(files)
}

/// The relative path from a folder to the SDK, if the folder lies in a checkout of the project.
fn in_checkout(folder: &Path) -> Option<String> {
    let is_checkout = |folder: &Path| {
        let manifest = std::fs::read_to_string(folder.join(SDK_FOLDER).join("Cargo.toml")).unwrap_or_default();
        let manifest: Table = manifest.parse().unwrap_or_default();
        let name = manifest.get("package").and_then(|package| package.get("name"));
        name.and_then(Value::as_str) == Some("autotag-plugin-sdk")
    };
    let (up, _) = folder.ancestors().enumerate().skip(1).find(|(_, ancestor)| is_checkout(ancestor))?;
    Some("../".repeat(up) + SDK_FOLDER)
}

/// The SDK and the contract, laid out as in the project, so that they build anywhere.
fn copy() -> anyhow::Result<Vec<NewFile>> {
    let sdk = SDK.iter().map(|(file, content)| (format!("{COPY}/{SDK_FOLDER}/{file}"), (*content).to_owned()));
    let others =
        [(format!("{COPY}/wit/v1/plugin.wit"), CONTRACT.to_owned()), (format!("{COPY}/Cargo.toml"), workspace()?)];
    Ok(sdk.chain(others).collect())
}

/// The manifest of a workspace with the SDK as its only member, and with what the SDK inherits.
fn workspace() -> anyhow::Result<String> {
    let project: Table = WORKSPACE.parse()?;
    let sdk: Table = manifest_of_sdk()?;
    let project = project.get("workspace").and_then(Value::as_table).context("no workspace")?;
    let dependencies = sdk.get("dependencies").and_then(Value::as_table).context("no dependencies")?;
    let inherited = dependencies.iter().filter(|(_, dependency)| dependency.get("workspace").is_some());
    let all = project.get("dependencies").and_then(Value::as_table).context("no dependencies")?;
    let inherited: Table = inherited.filter_map(|(name, _)| Some((name.clone(), all.get(name)?.clone()))).collect();
    let mut workspace = Table::new();
    for key in ["resolver", "package", "lints"] {
        workspace.extend(project.get(key).map(|value| (key.to_owned(), value.clone())));
    }
    workspace.insert("members".into(), vec![SDK_FOLDER].into());
    workspace.insert("dependencies".into(), inherited.into());
    let toml = toml::to_string(&Table::from_iter([("workspace".to_owned(), Value::from(workspace))]))?;
    Ok(format!(
        "# What the host {} brought along for plugins in Rust: the SDK, and the contract that it is generated from.\n\n{toml}",
        env!("CARGO_PKG_VERSION")
    ))
}

fn manifest_of_sdk() -> anyhow::Result<Table> {
    let manifest = SDK.iter().find(|(file, _)| *file == "Cargo.toml").map(|(_, content)| *content);
    Ok(manifest.context("no manifest")?.parse()?)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
    use std::fs;

    use super::*;

    fn project() -> std::path::PathBuf {
        Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().into()
    }

    fn example() -> Vec<NewFile> {
        let manifest = format!("[workspace]\n\n[dependencies]\nautotag-plugin-sdk = {{ {EXAMPLES_PATH} }}\n");
        vec![("Cargo.toml".into(), manifest)]
    }

    #[test]
    fn the_host_carries_all_of_the_sdk_and_the_contract() {
        let mut sources = vec!["Cargo.toml".to_owned()];
        let mut folders = vec!["src".to_owned()];
        while let Some(folder) = folders.pop() {
            for entry in fs::read_dir(project().join(SDK_FOLDER).join(&folder)).unwrap().map(Result::unwrap) {
                let name = format!("{folder}/{}", entry.file_name().to_str().unwrap());
                if entry.file_type().unwrap().is_dir() { folders.push(name) } else { sources.push(name) }
            }
        }
        // The SDK's own tests are not carried.
        sources.retain(|name| !name.ends_with("/tests.rs"));
        let carried: BTreeSet<_> = SDK.iter().map(|(file, _)| (*file).to_owned()).collect();
        assert_eq!(carried, sources.into_iter().collect());
        let contract = fs::read_dir(project().join("wit/v1")).unwrap();
        let contract: Vec<_> = contract.map(|file| file.unwrap().file_name()).collect();
        assert_eq!(contract, ["plugin.wit"]);
    }

    #[test]
    fn in_a_checkout_the_sdk_is_the_checkouts() {
        let files = depend(example(), &project().join("plugins/mine/deeper")).unwrap();
        assert_eq!(files.len(), 1);
        assert!(files[0].1.contains(r#"path = "../../../plugins/sdk""#), "{}", files[0].1);
    }

    #[test]
    fn elsewhere_it_is_a_copy_with_all_that_it_inherits() {
        let elsewhere = tempfile::tempdir().unwrap();
        let files = depend(example(), elsewhere.path()).unwrap();
        assert!(files[0].1.contains("exclude = [\"autotag\"]"), "{}", files[0].1);
        assert!(files[0].1.contains(r#"path = "autotag/plugins/sdk""#), "{}", files[0].1);
        let workspace = &files.iter().find(|(path, _)| path == "autotag/Cargo.toml").unwrap().1;
        let workspace: Table = workspace.parse().unwrap();
        let dependencies = workspace["workspace"]["dependencies"].as_table().unwrap();
        assert_eq!(dependencies.keys().collect::<Vec<_>>(), ["serde", "serde_json"]);
        for key in manifest_of_sdk().unwrap()["package"].as_table().unwrap().iter() {
            if key.1.get("workspace").is_some() {
                assert!(workspace["workspace"]["package"].get(key.0).is_some(), "{}", key.0);
            }
        }
    }
}
