//! No code. Cargo compiles a dependency anew for each set of features that is asked of it, and all that builds on it:
//! `cargo test` of the whole workspace, `cargo test -p autotag-sandbox` and the demo's build without the feature `full`
//! would each have a wasmtime or an `aws-sdk-ec2` of their own. What builds on this crate asks for the same features
//! always.
