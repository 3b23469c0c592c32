//! `host plugin bench`.

use super::*;

fn bench(folder: &Path, arguments: &[&str]) -> Replay {
    // An own folder, so that its leftovers can be told from those of other processes.
    let tmp = folder.join("tmp");
    fs::create_dir_all(&tmp).unwrap();
    let arguments = ["bench", "tagger.wasm", "--repeat", "10"].iter().chain(arguments);
    let ended = plugin_with(folder, &[("TMPDIR", tmp.as_os_str())], arguments);
    assert_eq!(files(&tmp), [""; 0]);
    ended
}

#[test]
fn it_measures_loading_and_calls_of_a_fresh_instance() {
    let folder = tested();
    let result = bench(folder.path(), &["events/launch.json", "--format", "json"]).result();
    assert_eq!(result["plugin"], "tagger@0.1.0");
    let number = |value: &Value| value.as_f64().unwrap();
    assert!(number(&result["load_cold_micros"]) >= number(&result["compile_micros"]), "{result}");
    assert!(number(&result["load_warm_micros"]) > 0.0, "{result}");
    let event = &result["events"][0];
    assert_eq!((&event["event"], &event["calls"]), (&json!("RunInstances"), &json!(10)));
    assert!(0.0 < number(&event["p50_micros"]) && number(&event["p50_micros"]) <= number(&event["p99_micros"]));
    assert!(number(&event["fuel"]) > 0.0 && number(&event["peak_memory_bytes"]) >= 1_048_576.0, "{event}");
    let words = ["load from the cache", "RunInstances", "10 calls for each event"];
    assert_status(&bench(folder.path(), &["events/launch.json"]), 0, &words);
}

#[test]
fn an_event_that_the_plugin_would_never_get_is_wrong_usage() {
    let folder = tested();
    let mut record = run_instances();
    record["eventName"] = "CreateVolume".into();
    write(folder.path(), "events/volume.json", &envelope(&record).to_string());
    let words = ["events/volume.json: no event pattern of tagger@0.1.0 matches CreateVolume"];
    assert_status(&bench(folder.path(), &["events"]), 2, &words);
    write(folder.path(), "events/volume.json", "no event");
    assert_status(&bench(folder.path(), &["events"]), 2, &["events/volume.json"]);
}

#[test]
fn what_is_expected_of_events_is_no_event() {
    let folder = tested();
    plugin(folder.path(), ["test", "--accept"]);
    let both = ["events/launch.json", "events/launch.expected.json"];
    assert_status(&bench(folder.path(), &both), 0, &["RunInstances"]);
    assert_status(&bench(folder.path(), &["events"]), 0, &["RunInstances"]);
    assert_status(&bench(folder.path(), &both[1..]), 2, &["no events"]);
}

#[test]
fn a_call_that_fails_is_no_success() {
    let folder = tested();
    tagger().that_runs("unreachable").write(folder.path());
    assert_status(&bench(folder.path(), &["events"]), 1, &["failed: the plugin trapped"]);
}
