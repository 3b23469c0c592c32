//! Plugins in WebAssembly text, for what no compiler would produce: endless loops, forged answers, wrong shapes.
//!
//! The text is assembled and gets the type section of the contract in `wit/v1`, so the host gets the same kind of file
//! as from `cargo xtask plugins`.

pub mod nested;

use std::collections::HashMap;
use std::fs;
use std::path::{Path, PathBuf};

use wit_component::{ComponentEncoder, StringEncoding};
use wit_parser::Resolve;

/// The address of the constants. What lies below is what a null pointer would hit.
const CONSTANTS: u32 = 1024;
/// The address of the heap for the host's arguments, behind all constants.
const HEAP: u32 = 512 * 1024;

/// The WIT of the contract with plugins.
const CONTRACT: &str = include_str!("../../wit/v1/plugin.wit");
/// The parts of WASI that the tests use.
const WASI: &str = include_str!("wat_plugin/wasi.wit");

/// Leaves the address of an answer that tags nothing: all memory below the constants is zero.
pub const NOTHING: &str = "i32.const 16";

/// A data segment with these 32-bit words, for answers that the fields of [`WatPlugin`] cannot express.
#[must_use]
pub fn words_at(address: u32, words: &[u32]) -> String {
    let bytes: String = words.iter().flat_map(|word| word.to_le_bytes()).map(|byte| format!("\\{byte:02x}")).collect();
    format!(r#"(data (i32.const {address}) "{bytes}")"#)
}

/// A plugin. By default it behaves: it wants EC2's `RunInstances`, writes `Owner` and `PrincipalId`, and answers with
/// nothing.
#[derive(Debug, Clone)]
pub struct WatPlugin {
    /// The name that it declares.
    pub name: String,
    /// The event patterns that it declares.
    pub event_patterns: Vec<String>,
    /// The tag keys that it declares.
    pub tag_keys: Vec<String>,
    /// The body of `describe`, in place of the answer made from the fields above.
    pub describe: Option<String>,
    /// The body of `check-settings`, in place of the answer made from the fields above.
    pub check_settings: Option<String>,
    /// What `extract` answers, or runs.
    pub extract: Extract,
    /// What it asks the host to look up, as the contract's flags: 1 for volumes, 2 for network interfaces, 4 for
    /// snapshots.
    pub related: u32,
    /// Further fields of the module: memories, tables, a start function.
    pub fields: String,
    /// Imports, which must come first.
    pub imports: String,
    /// What `cabi_realloc` does before it allocates. Its fourth parameter is the requested size.
    pub realloc: String,
    /// The version of the contract that it declares.
    pub contract: String,
    /// What its world has beyond the contract's, as WIT: imports of WASI.
    pub world: String,
}

/// What `extract` does.
#[derive(Debug, Clone)]
pub enum Extract {
    /// Answers with these taggings.
    Answer(Vec<Tagging>),
    /// Runs these instructions, which leave an `i32` or never end.
    Body(String),
}

/// Resources, and the tags that all of them get.
#[derive(Debug, Clone)]
pub struct Tagging {
    /// The ids or ARNs of what is tagged.
    pub resources: Vec<String>,
    /// The tags, key and value each.
    pub tags: Vec<(String, String)>,
}

/// The event pattern of plugins that declare no other.
pub const RUN_INSTANCES: &str = r#"{"source": ["aws.ec2"], "detail": {"eventName": ["RunInstances"]}}"#;

impl WatPlugin {
    /// A plugin that behaves.
    #[must_use]
    pub fn new(name: &str) -> Self {
        Self {
            name: name.into(),
            event_patterns: vec![RUN_INSTANCES.into()],
            tag_keys: vec!["Owner".into(), "PrincipalId".into()],
            describe: None,
            check_settings: None,
            extract: Extract::Answer(Vec::new()),
            related: 0,
            fields: String::new(),
            imports: String::new(),
            realloc: String::new(),
            contract: "1.0.0".into(),
            world: String::new(),
        }
    }

    /// A plugin that answers `extract` with one tagging.
    #[must_use]
    pub fn that_answers(self, resources: &[&str], tags: &[(&str, &str)]) -> Self {
        let resources = resources.iter().map(|&id| id.to_owned()).collect();
        let tags = tags.iter().map(|&(key, value)| (key.to_owned(), value.to_owned())).collect();
        Self { extract: Extract::Answer(vec![Tagging { resources, tags }]), ..self }
    }

    /// A plugin that runs these instructions in `extract`.
    #[must_use]
    pub fn that_runs(self, body: &str) -> Self {
        Self { extract: Extract::Body(body.into()), ..self }
    }

    /// With further fields of the module.
    #[must_use]
    pub fn with_fields(self, fields: &str) -> Self {
        Self { fields: self.fields + fields, ..self }
    }

    /// With the contract's log function as `$log`, which takes a level and a string.
    #[must_use]
    pub fn with_log(self) -> Self {
        let log = format!(r#"(import "autotag:plugin/log@{}" "log" (func $log (param i32 i32 i32)))"#, self.contract);
        Self { imports: self.imports + &log, ..self }
    }

    /// Writes the plugin into a folder, as `NAME.wasm`.
    pub fn write(&self, folder: &Path) -> PathBuf {
        let path = folder.join(&self.name).with_extension("wasm");
        fs::write(&path, self.assemble()).unwrap();
        path
    }

    /// The core module, with the type section of the contract.
    #[must_use]
    pub fn assemble(&self) -> Vec<u8> {
        let mut module = self.core_module();
        let mut resolve = Resolve::default();
        let contract = CONTRACT.replace("@1.0.0", &format!("@{}", self.contract));
        let mut package = resolve.push_str("plugin.wit", &contract).unwrap();
        if !self.world.is_empty() {
            resolve.push_str("wasi.wit", WASI).unwrap();
            let Self { contract, world, .. } = self;
            let world =
                format!("package test:more; world plugin {{ include autotag:plugin/plugin@{contract}; {world} }}");
            package = resolve.push_str("world.wit", &world).unwrap();
        }
        let world = resolve.select_world(&[package], Some("plugin")).unwrap();
        wit_component::embed_component_metadata(&mut module, &resolve, world, StringEncoding::UTF8).unwrap();
        module
    }

    /// The component that the host makes of the core module.
    #[must_use]
    pub fn component(&self) -> Vec<u8> {
        ComponentEncoder::default().module(&self.assemble()).unwrap().encode().unwrap()
    }

    /// The core module without a type section.
    #[must_use]
    pub fn core_module(&self) -> Vec<u8> {
        wat::parse_str(self.core_text()).unwrap()
    }

    /// The same, as text.
    #[must_use]
    pub fn core_text(&self) -> String {
        let mut constants = Constants::default();
        let describe = self.describe.clone().unwrap_or_else(|| {
            let (name, version) = (constants.string(&self.name), constants.string("0.1.0"));
            let patterns = constants.strings(&self.event_patterns);
            constants.words(&[name, version, patterns].concat()).to_string()
        });
        let check_settings = self.check_settings.clone().unwrap_or_else(|| {
            let keys = constants.strings(&self.tag_keys);
            // A result: its case, and the list.
            constants.words(&[&[0], &keys[..]].concat()).to_string()
        });
        let constant = |text: String| if text.parse::<u32>().is_ok() { format!("i32.const {text}") } else { text };
        let extract = match &self.extract {
            Extract::Body(body) => body.clone(),
            Extract::Answer(taggings) => {
                let mut words = Vec::new();
                for Tagging { resources, tags } in taggings {
                    let resources = constants.strings(resources);
                    let pairs: Vec<u32> = tags
                        .iter()
                        .flat_map(|(key, value)| [constants.string(key), constants.string(value)].concat())
                        .collect();
                    let tags = [constants.words(&pairs), u32::try_from(tags.len()).unwrap()];
                    // The related flags are a byte, padded to a word.
                    words.extend([&resources[..], &[self.related], &tags[..]].concat());
                }
                let list = constants.words(&words);
                let answer = constants.words(&[0, list, u32::try_from(taggings.len()).unwrap(), 0]);
                format!("i32.const {answer}")
            }
        };
        let Self { imports, fields, realloc, contract, .. } = self;
        let (describe, check_settings) = (constant(describe), constant(check_settings));
        let data = constants.data();
        format!(
            r#"(module
                {imports}
                (memory (export "memory") 16)
                (global $top (mut i32) (i32.const {HEAP}))
                (func (export "cabi_realloc") (param i32 i32 i32 i32) (result i32)
                    {realloc}
                    global.get $top
                    global.get $top local.get 3 i32.add i32.const 15 i32.add i32.const -16 i32.and global.set $top)
                (func (export "autotag:plugin/extractor@{contract}#describe") (result i32) {describe})
                (func (export "autotag:plugin/extractor@{contract}#check-settings") (param i32 i32) (result i32) {check_settings})
                (func $extract (export "autotag:plugin/extractor@{contract}#extract")
                    (param i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32) (result i32) {extract})
                (data (i32.const {CONSTANTS}) "{data}")
                {fields})"#
        )
    }
}

/// Constants in the plugin's memory, in the layout of the canonical ABI.
#[derive(Default)]
struct Constants {
    bytes: Vec<u8>,
    /// The addresses of strings that are there already, so that an answer can repeat one at no cost.
    texts: HashMap<String, [u32; 2]>,
}

impl Constants {
    /// Adds a string, and returns its address and length.
    fn string(&mut self, text: &str) -> [u32; 2] {
        if let Some(place) = self.texts.get(text) {
            return *place;
        }
        let place = [self.end(), u32::try_from(text.len()).unwrap()];
        self.bytes.extend(text.as_bytes());
        self.texts.insert(text.into(), place);
        place
    }

    /// Adds a list of strings, and returns its address and length.
    fn strings(&mut self, texts: &[String]) -> [u32; 2] {
        let words: Vec<u32> = texts.iter().flat_map(|text| self.string(text)).collect();
        [self.words(&words), u32::try_from(texts.len()).unwrap()]
    }

    /// Adds words, and returns their address.
    fn words(&mut self, words: &[u32]) -> u32 {
        self.bytes.resize(self.bytes.len().next_multiple_of(4), 0);
        let address = self.end();
        self.bytes.extend(words.iter().flat_map(|word| word.to_le_bytes()));
        address
    }

    fn end(&self) -> u32 {
        CONSTANTS + u32::try_from(self.bytes.len()).unwrap()
    }

    fn data(&self) -> String {
        self.bytes.iter().map(|byte| format!("\\{byte:02x}")).collect()
    }
}
