//! `host plugin list`.

use super::*;

#[test]
fn it_shows_each_plugin_of_the_configured_folder() {
    let plugins = tested();
    let variables = [("AUTOTAG_PLUGINS", plugins.path().as_os_str())];
    let words = ["tagger.wasm", "tagger@0.1.0", "RunInstances"];
    assert_status(&plugin_with(folder().path(), &variables, ["list"]), 0, &words);
    // The command line wins over the environment.
    let elsewhere = [("AUTOTAG_PLUGINS", std::ffi::OsStr::new("/nowhere"))];
    assert_status(&plugin_with(plugins.path(), &elsewhere, ["list", "."]), 0, &words);
    assert_status(&plugin(folder().path(), ["list"]), 2, &["set AUTOTAG_PLUGINS"]);
    assert_status(&plugin(folder().path(), ["list", "."]), 2, &["no .wasm file in ."]);
}

#[test]
fn what_is_refused_alone_does_not_hide_what_is_wrong_with_the_others() {
    let folder = tested();
    fs::copy(folder.path().join("tagger.wasm"), folder.path().join("twin.wasm")).unwrap();
    let mut greedy = WatPlugin::new("greedy");
    greedy.tag_keys.push("CostCenter".into());
    greedy.write(folder.path());
    write(folder.path(), "text.wasm", "no WebAssembly");
    // One section configures a plugin that is refused. The error must not be that this plugin is missing.
    write(folder.path(), "host.toml", "[plugin.text]\nevents = []\n[plugin.gone]\nevents = []\n");

    let ended = plugin(folder.path(), ["list", ".", "--format", "json"]);
    assert_eq!(ended.status, 1, "{ended:?}");
    let result = ended.result();
    let refused: Vec<_> = result["files"].as_array().unwrap().iter().map(|file| file["refused"].as_str()).collect();
    assert_eq!(refused, [None, None, Some("not WebAssembly"), None]);
    let problems: Vec<_> = result["problems"].as_array().unwrap().iter().map(|text| text.as_str().unwrap()).collect();
    let expected = ["are both the plugin `tagger`", "settings for a plugin `gone`", "the tag key `CostCenter`"];
    assert_eq!(problems.len(), expected.len(), "{problems:?}");
    for (problem, words) in problems.iter().zip(expected) {
        assert!(problem.contains(words), "{problem}");
    }
    let words = ["refused: not WebAssembly", "problem: ./tagger.wasm and ./twin.wasm are both the plugin"];
    assert_status(&plugin(folder.path(), ["list", "."]), 1, &words);
}
