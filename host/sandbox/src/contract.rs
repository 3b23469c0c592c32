//! The contract with plugins, as the text that the host's own bindings are generated from.

/// The text of `wit/v1/plugin.wit`, embedded for tools that need it.
pub const CONTRACT: &str = include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/../../wit/v1/plugin.wit"));

const EXTRACTOR: &str = "autotag:plugin/extractor@";
/// The major version of the contract that this host knows.
pub(crate) const KNOWN_VERSION: &str = "1.";

/// The WIT package that plugins are made for, with its version: `autotag:plugin@1.0.0`.
#[must_use]
pub fn contract_package() -> &'static str {
    let declarations = CONTRACT.lines().filter_map(|line| line.strip_prefix("package "));
    declarations.map(|declaration| declaration.trim_end().trim_end_matches(';')).next().unwrap_or_default()
}

/// The name of an interface of that package: `autotag:plugin/log@1.0.0` of `log`.
pub(crate) fn interface(name: &str) -> String {
    let (package, version) = contract_package().split_once('@').unwrap_or_default();
    format!("{package}/{name}@{version}")
}

/// The version of the contract that a component with these exports is made for, if there is one.
pub(crate) fn version_of(exports: &[String]) -> Option<&str> {
    let versions = || exports.iter().filter_map(|export| export.strip_prefix(EXTRACTOR));
    versions().find(|version| version.starts_with(KNOWN_VERSION)).or_else(|| versions().next())
}

#[cfg(test)]
mod tests {
    use wit_parser::Resolve;

    use super::*;

    /// `bindings` are generated from the same folder, by the same parser.
    #[test]
    fn the_package_is_the_one_that_the_bindings_are_generated_from() {
        let mut resolve = Resolve::default();
        let (package, _) = resolve.push_path(concat!(env!("CARGO_MANIFEST_DIR"), "/../../wit/v1")).unwrap();
        assert_eq!(resolve.packages[package].name.to_string(), contract_package());
        let interfaces = resolve.packages[package].interfaces.values();
        let names: Vec<_> = interfaces.filter_map(|id| resolve.id_of(*id)).collect();
        assert_eq!(names, [interface("types"), interface("extractor"), interface("log")]);
    }
}
