//! The adapter for core modules that import WASI's preview 1: it answers in WASI's place, with nothing behind it.

use std::fmt::Write;

use wit_component::{StringEncoding, embed_component_metadata};
use wit_parser::Resolve;

use crate::contract::{CONTRACT, interface};

/// The name of the module that is imported.
pub(crate) const PREVIEW1: &str = "wasi_snapshot_preview1";
/// The name of the adapter's own package, which no plugin's types may have.
pub(crate) const PACKAGE: &str = "autotag:adapter";
const TEXT: &str = include_str!("wasi_snapshot_preview1.wat");
/// Where the line buffer belongs.
const PLACE: &str = "  ;; LINE BUFFER: `adapter` writes it.\n";
/// How many words of eight bytes it has: 1,024 bytes, as `$take` says.
const WORDS: u32 = 128;

/// The adapter, in the form that wit-component takes.
pub(crate) fn preview1() -> anyhow::Result<Vec<u8>> {
    let mut adapter = wat::parse_str(TEXT.replace(PLACE, &line_buffer()?))?;
    let mut resolve = Resolve::default();
    resolve.push_str("plugin.wit", CONTRACT)?;
    // What the adapter itself imports.
    let world = format!("package {PACKAGE}; world adapter {{ import {}; }}", interface("log"));
    let package = resolve.push_str("adapter.wit", &world)?;
    let world = resolve.select_world(&[package], None)?;
    embed_component_metadata(&mut adapter, &resolve, world, StringEncoding::UTF8)?;
    Ok(adapter)
}

/// The line buffer, and the functions that keep a word in it and exchange its first words with the memory's. It is made
/// of globals: an adapter may have no memory of its own, and the plugin's is the plugin's, to its last byte.
fn line_buffer() -> Result<String, std::fmt::Error> {
    let (mut globals, mut keep, mut exchange) = (String::new(), String::new(), String::new());
    for word in 0..WORDS {
        writeln!(globals, "(global $word{word} (mut i64) (i64.const 0))")?;
        writeln!(
            keep,
            "(if (i32.eq (local.get $at) (i32.const {word})) (then (global.set $word{word} (local.get $value))))"
        )?;
        let offset = 8 * word;
        writeln!(
            exchange,
            "(if (i32.le_u (local.get $words) (i32.const {word})) (then return))
            (local.set $value (i64.load offset={offset} (i32.const 0)))
            (i64.store offset={offset} (i32.const 0) (global.get $word{word}))
            (global.set $word{word} (local.get $value))"
        )?;
    }
    Ok(format!(
        "{globals}
        (func $keep (param $at i32) (param $value i64) {keep})
        (func $exchange (param $words i32) (local $value i64) {exchange})"
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_adapter_has_all_of_preview_1_and_the_contracts_log() {
        assert_eq!(TEXT.matches("(export \"").count(), 46);
        assert!(TEXT.contains(&format!("(import \"{}\" \"log\"", interface("log"))));
        assert!(TEXT.contains(PLACE) && TEXT.contains(&format!("(i32.const {})", 8 * WORDS)));
        preview1().unwrap();
    }
}
