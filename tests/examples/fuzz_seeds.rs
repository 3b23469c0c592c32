//! Writes the seeds of the fuzz targets in `tests/fuzz`: small events, patterns and plugins into its `corpus`, and the
//! plugin that must stay unharmed into its `healthy`.

use std::fs;
use std::path::Path;

use autotag_tests::events::{call, envelope, run_instances};
use autotag_tests::wat_plugin::nested::with_nested;
use autotag_tests::wat_plugin::{NOTHING, WatPlugin, words_at};
use serde_json::json;

fn main() {
    let write_to = |folder: &str, name: &str, content: &[u8]| {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz").join(folder);
        fs::create_dir_all(&folder).unwrap();
        fs::write(folder.join(name), content).unwrap();
    };
    let write = |target: &str, name: &str, content: &[u8]| write_to(&format!("corpus/{target}"), name, content);
    for (name, input) in events() {
        write("decode", name, input.as_bytes());
    }
    for (number, pattern) in PATTERNS.iter().enumerate() {
        let event = envelope(&call("RunInstances", "2026-01-31T12:00:00Z", json!({"a": "x", "b": [1, "10.0.0.1"]})));
        let (other, event) = (PATTERNS[(number + 1) % PATTERNS.len()], event.to_string());
        write(
            "patterns",
            &number.to_string(),
            [event.as_str(), "plugin", "1.0.0", pattern, other].join("\0").as_bytes(),
        );
    }
    let mut healthy = WatPlugin::new("healthy").that_answers(&["i-0123456789abcdef0"], &[("Owner", "bob")]);
    healthy.event_patterns = vec![r#"{"source": ["aws.ec2"]}"#.into()];
    write_to("healthy", "healthy.wasm", &healthy.assemble());
    for (name, plugin) in plugins() {
        write("load", &format!("{name}-module"), &plugin.assemble());
        write("load", &format!("{name}-component"), &plugin.component());
    }
    let resource = "(component (type $r (resource (rep i32))) (core func $new (canon resource.new $r))
        (core module $m (import \"\" \"new\" (func (param i32) (result i32))) (memory 1) (table 1 funcref))
        (core instance (instantiate $m (with \"\" (instance (export \"new\" (func $new)))))))";
    write("load", "nested", &with_nested(&WatPlugin::new("plugin").component(), resource, 2));
}

/// Events in every form that the host accepts.
fn events() -> Vec<(&'static str, String)> {
    let mut small = call("CreateVolume", "2026-01-31T12:00:00Z", json!({"volumeId": "vol-0123456789abcdef0"}));
    let envelope = envelope(&small).to_string();
    small["userIdentity"] = json!({"principalId": "AIDABOB"});
    let record = small.to_string();
    let held = json!({"CloudTrailEvent": record}).to_string();
    vec![
        ("envelope", envelope.clone()),
        ("record", record.clone()),
        ("log-file", json!({"Records": [small]}).to_string()),
        ("looked-up", format!(r#"{{"Events":[{held}]}}"#)),
        ("message", json!({"Body": envelope}).to_string()),
        ("messages", json!({"Messages": [{"Body": envelope}]}).to_string()),
        ("list", format!("[{envelope},{record}]")),
        ("lines", format!("{envelope}\n{record}\n\n{{\n{held}\n")),
        ("launch", run_instances().to_string()),
    ]
}

const PATTERNS: [&str; 12] = [
    r#"{"source": ["aws.ec2"], "detail": {"eventName": ["RunInstances"]}}"#,
    r#"{"detail": {"responseElements": {"a": [{"prefix": "x"}, {"suffix": "y"}]}}}"#,
    r#"{"detail": {"a": [{"anything-but": ["x", 1]}]}}"#,
    r#"{"detail": {"a": [{"anything-but": {"prefix": "x"}}]}}"#,
    r#"{"source": [{"equals-ignore-case": "AWS.ec2"}]}"#,
    r#"{"source": [{"wildcard": "aws.*c*"}]}"#,
    r#"{"detail": {"responseElements": {"b": [{"numeric": [">", 0, "<=", 3]}]}}}"#,
    r#"{"detail": {"responseElements": {"b": [{"cidr": "10.0.0.0/8"}]}}}"#,
    r#"{"detail": {"errorCode": [{"exists": false}]}}"#,
    r#"{"detail": {"eventName": [{"exists": true}, null, true, 1.5]}}"#,
    r#"{"$or": [{"a": ["x"]}]}"#,
    r#"{"detail": {"a": [{"prefix": {"equals-ignore-case": "x"}}]}}"#,
];

/// Plugins that together use a little of everything.
fn plugins() -> Vec<(&'static str, WatPlugin)> {
    let answers = WatPlugin::new("plugin")
        .that_answers(&["i-0123456789abcdef0"], &[("Owner", "bob"), ("PrincipalId", "AIDABOBBOBBOBBOBBOBBO")]);
    let logs = WatPlugin::new("plugin")
        .with_log()
        .that_runs(&format!("(call $log (i32.const 1) (i32.const 1024) (i32.const 6)) {NOTHING}"));
    let refuses =
        WatPlugin::new("plugin").with_fields(&words_at(400_000, &[1, 1, 1024, 6])).that_runs("i32.const 400000");
    let moves = WatPlugin::new("plugin")
        .with_fields("(memory $other 1 4) (table $table 2 8 funcref) (elem (table $table) (i32.const 0) func $extract)")
        .with_fields("(global $g (mut i64) (i64.const 7)) (func $start (global.set $g (i64.const 8))) (start $start)")
        .that_runs(&format!(
            "(drop (memory.grow $other (i32.const 1))) (drop (table.grow $table (ref.null func) (i32.const 1)))
            (memory.copy (i32.const 400000) (i32.const 1024) (i32.const 64))
            (f64.store (i32.const 400000) (f64.div (f64.const 0) (f64.const 0)))
            (v128.store (i32.const 400000) (i8x16.add (v128.load (i32.const 1024)) (v128.load (i32.const 1040)))) {NOTHING}"
        ));
    let mut looks = WatPlugin::new("plugin");
    looks.world =
        "import wasi:cli/environment@0.2.0; import wasi:io/streams@0.2.0; import wasi:cli/stdout@0.2.0;".into();
    looks.imports = r#"
        (import "wasi:cli/environment@0.2.0" "get-environment" (func $environment (param i32)))
        (import "wasi:cli/stdout@0.2.0" "get-stdout" (func $stdout (result i32)))
        (import "wasi:io/streams@0.2.0" "[method]output-stream.write" (func $write (param i32 i32 i32 i32)))"#
        .into();
    let looks = looks.that_runs(&format!(
        "(call $environment (i32.const 400000))
        (call $write (call $stdout) (i32.const 1024) (i32.const 6) (i32.const 400000)) {NOTHING}"
    ));
    let mut later = answers.clone();
    later.contract = "1.1.0".into();
    vec![
        ("answers", answers),
        ("logs", logs),
        ("refuses", refuses),
        ("moves", moves),
        ("looks", looks),
        ("later", later),
    ]
}
