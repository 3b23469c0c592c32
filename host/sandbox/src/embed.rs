//! Embeds the contract into a core module: the type section that wit-bindgen would have put into it.

use std::borrow::Cow;
use std::collections::BTreeMap;

use anyhow::{Context, bail, ensure};
use wasm_encoder::{ExportKind, ExportSection, Module, RawSection};
use wasmparser::{ExternalKind, Parser, Payload};
use wit_component::{StringEncoding, embed_component_metadata};
use wit_parser::Resolve;

use crate::contract::{CONTRACT, interface};

/// The functions that a plugin exports.
const FUNCTIONS: [&str; 3] = ["describe", "check-settings", "extract"];
/// What the name of the function begins with that frees a function's answer.
const POST_RETURN: &str = "cabi_post_";

/// A core module with the contract as its type section. Where its language cannot name an export
/// `autotag:plugin/extractor@1.0.0#check-settings`, it may be called `check_settings` or `checkSettings`.
///
/// # Errors
/// If it is no core module, or has a type section already.
pub fn embed_contract(module: &[u8], strings: StringEncoding) -> anyhow::Result<Vec<u8>> {
    ensure!(!Parser::is_component(module), "it is a component already");
    ensure!(Parser::is_core_wasm(module), "it is not WebAssembly");
    let (metadata, _) = wit_component::metadata::decode(module)?;
    ensure!(metadata.is_none(), "it has a type section already: take it as it is");
    let mut resolve = Resolve::default();
    let package = resolve.push_str("plugin.wit", CONTRACT)?;
    let world = resolve.select_world(&[package], Some("plugin"))?;
    let mut module = with_full_names(module)?;
    embed_component_metadata(&mut module, &resolve, world, strings)?;
    Ok(module)
}

/// The module with the contract's names in place of those that its language could write.
fn with_full_names(module: &[u8]) -> anyhow::Result<Vec<u8>> {
    let mut renamed = Module::new();
    for payload in Parser::new(0).parse_all(module) {
        let payload = payload?;
        if let Payload::ExportSection(exports) = payload {
            let mut section = ExportSection::new();
            let mut given: BTreeMap<Cow<'_, str>, &str> = BTreeMap::new();
            for export in exports {
                let export = export?;
                let kind = kind(export.kind)?;
                let name = if kind == ExportKind::Func { full_name(export.name) } else { export.name.into() };
                if let Some(other) = given.insert(name.clone(), export.name) {
                    bail!("it exports both `{other}` and `{}`, which are {name}: leave one out", export.name);
                }
                section.export(&name, kind, export.index);
            }
            renamed.section(&section);
        } else if let Some((id, range)) = payload.as_section() {
            let data = module.get(range).context("a section lies beyond the end")?;
            renamed.section(&RawSection { id, data });
        }
    }
    Ok(renamed.finish())
}

/// The name of an export in the contract, if it is one of its functions; else its own.
fn full_name(name: &str) -> Cow<'_, str> {
    let (prefix, short) = name.strip_prefix(POST_RETURN).map_or(("", name), |short| (POST_RETURN, short));
    let is_same = |function: &&&str| short.replace(['-', '_'], "").eq_ignore_ascii_case(&function.replace('-', ""));
    match FUNCTIONS.iter().find(is_same) {
        Some(function) => format!("{prefix}{}#{function}", interface("extractor")).into(),
        None => name.into(),
    }
}

fn kind(kind: ExternalKind) -> anyhow::Result<ExportKind> {
    Ok(match kind {
        ExternalKind::Func | ExternalKind::FuncExact => ExportKind::Func,
        ExternalKind::Table => ExportKind::Table,
        ExternalKind::Memory => ExportKind::Memory,
        ExternalKind::Global => ExportKind::Global,
        ExternalKind::Tag => ExportKind::Tag,
    })
}

#[cfg(test)]
mod tests {
    use wit_parser::WorldItem;

    use super::*;

    #[test]
    fn a_function_may_be_called_as_its_language_can_write_it() {
        let extractor = "autotag:plugin/extractor@1.0.0#";
        for (name, function) in [
            ("describe", "describe"),
            ("check_settings", "check-settings"),
            ("checkSettings", "check-settings"),
            ("check-settings", "check-settings"),
            ("extract", "extract"),
        ] {
            assert_eq!(full_name(name), format!("{extractor}{function}"));
            assert_eq!(full_name(&format!("cabi_post_{name}")), format!("cabi_post_{extractor}{function}"));
        }
        for name in ["memory", "cabi_realloc", "_initialize", "autotag:plugin/extractor@1.0.0#extract", "extract2"] {
            assert_eq!(full_name(name), name);
        }
    }

    #[test]
    fn the_functions_are_those_of_the_contract() {
        let mut resolve = Resolve::default();
        let package = resolve.push_str("plugin.wit", CONTRACT).unwrap();
        let world = &resolve.worlds[resolve.select_world(&[package], Some("plugin")).unwrap()];
        let exports: Vec<_> = world.exports.keys().map(|key| resolve.name_world_key(key)).collect();
        assert_eq!(exports, [interface("extractor")]);
        let Some(WorldItem::Interface { id, .. }) = world.exports.values().next() else { panic!("no interface") };
        assert!(resolve.interfaces[*id].functions.keys().eq(FUNCTIONS));
    }

    #[test]
    fn only_functions_are_renamed_and_each_name_is_given_once() {
        let embedded = |text: &str| embed_contract(&wat::parse_str(text).unwrap(), StringEncoding::UTF8);
        let twice = embedded(r#"(module (func (export "checkSettings")) (func (export "check_settings")))"#);
        let error = twice.unwrap_err().to_string();
        assert!(error.starts_with("it exports both `checkSettings` and `check_settings`"), "{error}");
        embedded(r#"(module (func (export "extract")) (global (export "Extract") i32 (i32.const 0)))"#).unwrap();
    }

    #[test]
    fn what_is_no_core_module_or_has_a_world_is_refused() {
        let refused = |wasm: &[u8]| embed_contract(wasm, StringEncoding::UTF8).unwrap_err().to_string();
        assert_eq!(refused(b"(module)"), "it is not WebAssembly");
        assert_eq!(refused(&wat::parse_str("(component)").unwrap()), "it is a component already");
        let embedded = embed_contract(&wat::parse_str("(module)").unwrap(), StringEncoding::UTF8).unwrap();
        assert!(refused(&embedded).contains("has a type section already"));
    }
}
