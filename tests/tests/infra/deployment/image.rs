//! `infra/Dockerfile`.

use std::path::Path;

use autotag_tests::host;

use super::read;

/// The instructions of the last stage, which is the image itself, with continued lines joined.
fn image() -> String {
    let text: String =
        read("Dockerfile").lines().filter(|line| !line.starts_with('#')).map(|line| format!("{line}\n")).collect();
    let text = text.replace("\\\n", " ");
    text.rsplit_once("FROM scratch").unwrap().1.to_owned()
}

fn instruction(name: &str) -> String {
    let image = image();
    let line = image.lines().find_map(|line| line.strip_prefix(name)).unwrap_or_else(|| panic!("no {name}"));
    line.trim().to_owned()
}

/// The value of a variable in the image.
pub(super) fn variable(name: &str) -> String {
    let variables = instruction("ENV");
    let value = variables.split_whitespace().find_map(|word| word.strip_prefix(&format!("{name}=")));
    value.unwrap_or_else(|| panic!("no {name} in {variables}")).to_owned()
}

/// The port that the host listens on in the image.
pub(super) fn port() -> u16 {
    variable("AUTOTAG_LISTEN").rsplit(':').next().unwrap().parse().unwrap()
}

#[test]
fn the_host_runs_as_an_unprivileged_user_and_is_asked_for_its_health_without_a_shell() {
    assert_eq!(instruction("USER"), "65532:65532");
    assert_eq!(instruction("ENTRYPOINT"), r#"["/usr/bin/autotag"]"#);
    assert_eq!(instruction("CMD"), r#"["run"]"#);
    assert!(instruction("HEALTHCHECK").ends_with(r#"CMD ["/usr/bin/autotag", "health"]"#));
    assert_eq!(instruction("EXPOSE"), port().to_string());
    assert_eq!(instruction("STOPSIGNAL"), "SIGTERM");
}

#[test]
fn nothing_is_written_anywhere_so_that_the_root_file_system_can_be_read_only() {
    assert_eq!(variable("AUTOTAG_CACHE"), "off");
    assert!(!image().contains("VOLUME"));
}

#[test]
fn the_plugins_are_all_of_the_projects_own_unless_some_are_chosen() {
    let built = std::fs::read_dir(host::plugins()).unwrap().map(|entry| entry.unwrap().path());
    let mut names: Vec<_> = built.map(|path| path.file_stem().unwrap().to_str().unwrap().to_owned()).collect();
    names.sort();
    assert!(read("Dockerfile").contains(&format!("ARG PLUGINS=\"{}\"", names.join(" "))), "{names:?}");
    assert_eq!(variable("AUTOTAG_PLUGINS"), "/plugins");
}

#[test]
fn the_toolchain_and_the_version_are_the_projects() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let toolchain = std::fs::read_to_string(root.join("rust-toolchain.toml")).unwrap();
    let (_, rest) = toolchain.split_once("channel = \"").unwrap();
    let channel = rest.split('"').next().unwrap();
    let dockerfile = read("Dockerfile");
    assert!(dockerfile.contains(&format!("ENV RUSTUP_TOOLCHAIN={channel}\n")));
    assert!(dockerfile.contains(&format!("/rust:{channel}-bookworm\n")));
    let workflow = std::fs::read_to_string(root.join(".github/workflows/release.yml")).unwrap();
    assert_eq!(workflow.matches("/rust:").count(), workflow.matches(&format!("/rust:{channel}-bookworm ")).count());
    assert!(dockerfile.contains(&format!("ARG VERSION={}\n", env!("CARGO_PKG_VERSION"))));
}

#[test]
fn what_is_built_for_production_has_the_allocator_for_production() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let (dist, readme) = ("xtask/src/dist.rs", "README.md");
    let read_root = |file: &str| std::fs::read_to_string(root.join(file)).unwrap();
    for (text, build) in [
        (read("Dockerfile"), "--features autotag-host/jemalloc --bin host"),
        (read_root(dist), r#""--features", "autotag-host/jemalloc", "--bin", "host""#),
        (read_root(readme), "cargo build --release --features autotag-host/jemalloc"),
    ] {
        assert!(text.contains(build), "{build}");
    }
}
