//! The folder of compiled plugins: its content is native code that the host runs.

use std::fs::{self, Permissions};
use std::os::unix::fs::{MetadataExt, PermissionsExt, chown};
use std::path::{Path, PathBuf};

use autotag_tests::harness::Harness;
use autotag_tests::wat_plugin::WatPlugin;

/// A harness with a cache folder of its own.
fn kept() -> (Harness, PathBuf) {
    let harness = Harness::of(&WatPlugin::new("kept"));
    let cache = harness.folder().join("cache");
    let variable = cache.display().to_string();
    (harness.env("AUTOTAG_CACHE", &variable), cache)
}

/// All files below a folder, sorted.
fn files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() { found.extend(files(&path)) } else { found.push(path) }
    }
    found.sort();
    found
}

/// The compiled plugins, without wasmtime's notes beside them.
fn entries(folder: &Path) -> Vec<PathBuf> {
    files(&folder.join("modules")).into_iter().filter(|path| path.extension().is_none()).collect()
}

#[track_caller]
fn assert_works(harness: &Harness) {
    assert_eq!(harness.result()["reason"], "nothing to tag");
}

#[test]
fn each_plugin_is_kept_and_found_again() {
    let (harness, cache) = kept();
    assert_works(&harness);
    let kept = entries(&cache);
    assert_eq!(kept.len(), 2, "{kept:?}");
    let inodes = || kept.iter().map(|path| fs::metadata(path).unwrap().ino()).collect::<Vec<_>>();
    let before = inodes();
    assert_works(&harness);
    assert_eq!((entries(&cache), inodes()), (kept.clone(), before), "nothing was compiled again");
    assert_eq!(fs::metadata(&cache).unwrap().mode() & 0o777, 0o700);
}

#[test]
fn damaged_entries_are_compiled_anew() {
    let (harness, cache) = kept();
    assert_works(&harness);
    let damages: [fn(Vec<u8>) -> Vec<u8>; 5] = [
        |_| Vec::new(),
        |content| content[..content.len() / 2].to_vec(),
        |content| content.iter().map(|byte| !byte).collect(),
        |content| vec![0; content.len()],
        |_| b"\x7fELF and more".to_vec(),
    ];
    for damage in damages {
        assert_eq!(entries(&cache).len(), 2);
        for file in files(&cache) {
            let damaged = damage(fs::read(&file).unwrap());
            fs::write(&file, damaged).unwrap();
        }
        assert_works(&harness);
    }
}

#[test]
fn entries_that_are_no_files_do_not_keep_a_plugin_from_loading() {
    let (harness, cache) = kept();
    assert_works(&harness);
    for entry in entries(&cache) {
        fs::remove_file(&entry).unwrap();
        fs::create_dir(&entry).unwrap();
    }
    assert_works(&harness);
}

#[test]
fn entries_of_another_engine_are_left_alone() {
    let (harness, cache) = kept();
    // Without a pool, the compiled code checks its bounds itself.
    let replay = harness.replay_by(super::pool::with_little_address_space());
    assert_eq!(harness.result_in(&replay)["reason"], "nothing to tag");
    let of_another = entries(&cache);
    assert_works(&harness);
    let all = entries(&cache);
    assert_eq!((of_another.len(), all.len()), (2, 4));
    assert!(of_another.iter().all(|entry| all.contains(entry)));
}

/// The host does not start, and reports this problem with the folder.
#[track_caller]
fn assert_not_private(harness: &Harness, place: &Path, problem: &str) {
    let replay = harness.replay();
    let error = format!(
        "error: compiled plugins are code that the host runs, but {} {problem}; make it a folder that only the host's user can \
         write to, or set `cache` to another or to `off`\n",
        place.display()
    );
    assert_eq!((replay.status, replay.stderr, replay.stdout.as_str()), (2, error, ""));
}

#[test]
fn a_folder_that_others_can_write_to_is_refused() {
    for mode in [0o777, 0o720, 0o702, 0o1777] {
        let (harness, cache) = kept();
        fs::create_dir(&cache).unwrap();
        fs::set_permissions(&cache, Permissions::from_mode(mode)).unwrap();
        assert_not_private(&harness, &cache, &format!("can be written to by others (mode {mode:o})"));
    }
}

#[test]
fn a_folder_that_others_can_exchange_is_refused() {
    let (harness, cache) = kept();
    fs::set_permissions(harness.folder(), Permissions::from_mode(0o777)).unwrap();
    fs::create_dir(&cache).unwrap();
    assert_not_private(&harness, harness.folder(), "above it can be written to by others (mode 777)");
}

#[test]
fn a_folder_of_another_user_is_refused() {
    let (harness, cache) = kept();
    let user = rustix::process::geteuid().as_raw();
    let (harness, cache, owner) = if user == 0 {
        fs::create_dir(&cache).unwrap();
        chown(&cache, Some(12_345), None).unwrap();
        (harness, cache, 12_345)
    } else {
        // Only root can give folders away, but every system has a folder that root owns.
        (harness.env("AUTOTAG_CACHE", "/"), "/".into(), 0)
    };
    assert_not_private(&harness, &cache, &format!("belongs to user {owner}, and the host runs as {user}"));
}

#[test]
fn what_another_user_has_put_into_the_folder_is_refused() {
    let (harness, cache) = kept();
    let user = rustix::process::geteuid().as_raw();
    if user != 0 {
        // Only root can give files away.
        return;
    }
    assert_works(&harness);
    // The folder was open to all once, and was then made private as the host demands.
    let entry = &entries(&cache)[0];
    chown(entry, Some(12_345), None).unwrap();
    assert_not_private(&harness, entry, &format!("belongs to user 12345, and the host runs as {user}"));
    // As the error says, a fresh folder solves it.
    fs::remove_dir_all(&cache).unwrap();
    assert_works(&harness);
}

#[test]
fn a_link_is_as_private_as_what_it_leads_to() {
    let (harness, cache) = kept();
    let open = harness.folder().join("open");
    fs::create_dir(&open).unwrap();
    fs::set_permissions(&open, Permissions::from_mode(0o777)).unwrap();
    std::os::unix::fs::symlink(&open, &cache).unwrap();
    assert_not_private(&harness, &fs::canonicalize(&open).unwrap(), "can be written to by others (mode 777)");
}

#[test]
fn what_is_no_folder_is_refused() {
    let (harness, cache) = kept();
    fs::write(&cache, "").unwrap();
    let replay = harness.replay();
    let error = format!("error: cannot use {} for compiled plugins: File exists (os error 17)\n", cache.display());
    assert_eq!((replay.status, replay.stderr), (2, error));
}

#[test]
fn a_folder_that_cannot_be_written_to_is_said_once_and_done_without() {
    let (harness, cache) = kept();
    fs::create_dir(&cache).unwrap();
    // Like a full disk: wasmtime's folder cannot be created.
    fs::write(cache.join("modules"), "").unwrap();
    let replay = harness.replay();
    assert_eq!(harness.result_in(&replay)["reason"], "nothing to tag");
    let lines: Vec<_> = replay.stderr.lines().filter(|line| line.contains("compiled plugins cannot be kept")).collect();
    assert!(lines.len() == 1 && lines[0].contains(r#""level":"WARN""#), "{}", replay.stderr);
    assert!(lines[0].contains("File exists"), "{}", lines[0]);
    assert_works(&kept().0);
}

#[test]
fn a_usual_folder_that_is_not_private_is_done_without() {
    let (harness, cache) = kept();
    fs::create_dir(&cache).unwrap();
    fs::set_permissions(&cache, Permissions::from_mode(0o777)).unwrap();
    let mut command = autotag_tests::host::command();
    command.env("AUTOTAG_LOG", "info").env("CACHE_DIRECTORY", &cache);
    let harness = harness.without_env("AUTOTAG_CACHE");
    command.env_remove("AUTOTAG_CACHE");
    let replay = harness.replay_by(command);
    assert_eq!(harness.result_in(&replay)["reason"], "nothing to tag");
    assert!(
        replay.stderr.contains("compiled plugins are not kept: each start compiles them anew"),
        "{}",
        replay.stderr
    );
    assert_eq!(files(&cache), [""; 0].map(PathBuf::from));
}
