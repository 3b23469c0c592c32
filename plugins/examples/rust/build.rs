//! A plugin gets a fresh memory for every event, and every page that it touches costs a page fault: Rust's default
//! stack of 1 MiB would make the smallest plugin 17 pages large. To grow the memory costs more still, so it begins as
//! large as it becomes.

fn main() {
    if std::env::var("CARGO_CFG_TARGET_ARCH").as_deref() == Ok("wasm32") {
        println!("cargo:rustc-link-arg-cdylib=-zstack-size=65536");
        println!("cargo:rustc-link-arg-cdylib=--initial-memory=262144");
    }
    println!("cargo:rerun-if-changed=build.rs");
}
