//! Which features of WebAssembly a file needs that the host does not run.

use wasmparser::{Validator, WasmFeatures};

/// What the host leaves out, and what to do without it: some are off in
/// the engine's settings, most in the features that wasmtime is built with.
const LEFT_OUT: [(WasmFeatures, &str); 11] = [
    (
        WasmFeatures::CM_ASYNC,
        "the component model's async (build for the synchronous ABI, such as `componentize-qjs --sync`)",
    ),
    (WasmFeatures::LEGACY_EXCEPTIONS, "legacy exceptions (build with `-fno-exceptions`)"),
    (WasmFeatures::EXCEPTIONS, "exceptions (build with `-fno-exceptions`, or with panics that abort)"),
    (WasmFeatures::GC, "garbage collection (use a language or a mode that manages linear memory)"),
    (WasmFeatures::MEMORY64, "memory64 (build for wasm32)"),
    (WasmFeatures::THREADS, "threads: atomics and shared memories (build for one thread)"),
    (WasmFeatures::RELAXED_SIMD, "relaxed SIMD (build without `-mrelaxed-simd`)"),
    (WasmFeatures::WIDE_ARITHMETIC, "wide arithmetic (build without it)"),
    (WasmFeatures::STACK_SWITCHING, "stack switching (build without it)"),
    (WasmFeatures::CUSTOM_PAGE_SIZES, "custom page sizes (build without them)"),
    (WasmFeatures::CM_ERROR_CONTEXT, "the component model's error contexts (build without them)"),
];

/// The features that a file needs and the host leaves out, as a list to read; `None` if that is not what is wrong.
pub(crate) fn missing(wasm: &[u8]) -> Option<String> {
    let is_valid = |features| Validator::new_with_features(features).validate_all(wasm).is_ok();
    let all = WasmFeatures::all();
    let left_out = LEFT_OUT.iter().fold(WasmFeatures::empty(), |union, (feature, _)| union | *feature);
    if is_valid(all - left_out) || !is_valid(all) {
        return None;
    }
    let missing: Vec<_> =
        LEFT_OUT.iter().filter(|(feature, _)| !is_valid(all - *feature)).map(|(_, name)| *name).collect();
    if missing.is_empty() { None } else { Some(missing.join("; ")) }
}

#[cfg(test)]
mod tests {
    use wasmtime::Engine;
    use wasmtime::component::Component;

    use super::*;
    use crate::engine::{Metering, config};

    /// A file for each feature that is left out.
    const SAMPLES: [&str; LEFT_OUT.len()] = [
        "(component (core func (canon task.cancel)))",
        "(module (func try catch_all end))",
        "(module (tag $t) (func (throw $t)))",
        "(module (type (struct (field i32))))",
        "(module (memory i64 1))",
        "(module (memory 1 1 shared))",
        "(module (func (param v128) (result v128) (i32x4.relaxed_trunc_f32x4_s (local.get 0))))",
        "(module (func (param i64 i64) (result i64 i64) (i64.mul_wide_u (local.get 0) (local.get 1))))",
        "(module (type $f (func)) (type (cont $f)))",
        "(module (memory 1 (pagesize 1)))",
        "(component (core func (canon error-context.drop)))",
    ];

    #[test]
    fn the_engine_takes_none_of_what_is_left_out() {
        let engine = Engine::new(&config(Metering::Off)).unwrap();
        let is_taken = |text: &str| {
            let text = if text.starts_with("(module") {
                format!("(component (core {}", &text[1..]) + ")"
            } else {
                text.into()
            };
            Component::new(&engine, wat::parse_str(&text).unwrap()).is_ok()
        };
        assert!(is_taken("(module (memory 1))"));
        for text in SAMPLES {
            assert!(!is_taken(text), "{text}");
        }
    }

    fn missing_of(text: &str) -> Option<String> {
        missing(&wat::parse_str(text).unwrap())
    }

    #[test]
    fn what_a_file_needs_is_named_with_what_to_do() {
        for ((feature, name), text) in LEFT_OUT.iter().zip(SAMPLES) {
            assert_eq!(missing_of(text).as_deref(), Some(*name), "{text} needs {feature:?}");
        }
        let both = missing_of("(module (memory i64 1) (type (struct (field i32))))").unwrap();
        assert!(both.contains("garbage collection") && both.contains("memory64"), "{both}");
    }

    #[test]
    fn what_the_host_runs_or_is_no_webassembly_lacks_nothing() {
        assert_eq!(missing_of("(module (memory 1) (memory 1) (func (result v128) (v128.const i64x2 0 0)))"), None);
        assert_eq!(missing(b"\0asm\x01\0\0\0\x63"), None);
    }
}
