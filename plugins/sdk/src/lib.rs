//! The SDK for autotag plugins in Rust.
//!
//! A plugin answers one question for the host: *which resources did this event create, and which tags do they get?* It
//! implements [`Plugin`] and ends with [`export!`]. `host plugin new NAME` writes such a crate; this is how to write
//! one by hand.
//!
//! # 1. Say what it is, and read the response
//!
//! Of the record's `responseElements`, name only the paths of the ids. [`Settings`] say who made the API call, and
//! which tags the operator wants.
//!
//! ```
//! use autotag_plugin_sdk::{CloudTrailRecord, Event, Failure, Manifest, Plugin, Settings, Tagging, api_call_patterns};
//!
//! struct KeyPairs;
//!
//! impl Plugin for KeyPairs {
//!     type Settings = Settings;
//!
//!     fn describe() -> Manifest {
//!         Manifest {
//!             name: "key-pairs".into(),
//!             version: "1.0.0".into(),
//!             event_patterns: api_call_patterns("aws.ec2", "ec2.amazonaws.com", ["CreateKeyPair"]),
//!         }
//!     }
//!
//!     fn tag_keys(settings: &Settings) -> Vec<String> {
//!         settings.tag_keys()
//!     }
//!
//!     fn extract(event: &Event, settings: &Settings) -> Result<Vec<Tagging>, Failure> {
//!         let record = CloudTrailRecord::parse(&event.detail)?;
//!         let creator = settings.creator(event, &record)?;
//!         let key_pairs = record.created(&["keyPairId"])?;
//!         Ok(vec![Tagging::new(key_pairs, settings.tags(event, &record, &creator))])
//!     }
//! }
//!
//! autotag_plugin_sdk::export!(KeyPairs);
//!
//! // In a test: plain `cargo test`, no Wasm toolchain.
//! let event = autotag_plugin_sdk::testing::api_call(
//!     "aws.ec2",
//!     r#"{"eventName": "CreateKeyPair", "userIdentity": {"userName": "bob", "principalId": "AIDABOB"},
//!         "responseElements": {"keyPairId": "key-0123456789abcdef0"}}"#,
//! );
//! let taggings = KeyPairs::extract(&event, &Settings::default()).unwrap();
//! assert_eq!(taggings[0].resources, ["key-0123456789abcdef0"]);
//! assert_eq!(taggings[0].tags[0].value, "bob");
//!
//! // If the record is not of the shape that the plugin knows, the failure says what is missing.
//! let event = autotag_plugin_sdk::testing::api_call(
//!     "aws.ec2",
//!     r#"{"eventName": "CreateKeyPair", "userIdentity": {"userName": "bob"}, "responseElements": {}}"#,
//! );
//! let failure = KeyPairs::extract(&event, &Settings::default()).unwrap_err();
//! assert!(matches!(failure, Failure::Malformed(_)));
//! ```
//!
//! # 2. Build it
//!
//! `host plugin build` does it all. The crate is a library of type `cdylib` for the host and `rlib` for its own tests:
//!
//! ```toml
//! [lib]
//! crate-type = ["cdylib", "rlib"]
//!
//! [dependencies]
//! autotag-plugin-sdk = { path = "../sdk" }
//! ```
//!
//! A plugin gets a fresh memory for every event, so its `build.rs` keeps the stack small. It also makes the memory
//! begin as large as it usually becomes, since growing it takes longer than anything else that a plugin does:
//!
//! ```
//! if std::env::var("CARGO_CFG_TARGET_ARCH").as_deref() == Ok("wasm32") {
//!     println!("cargo:rustc-link-arg-cdylib=-zstack-size=65536");
//!     println!("cargo:rustc-link-arg-cdylib=--initial-memory=262144");
//! }
//! ```
//!
//! For the same reason the SDK comes with a bump allocator, which never frees: the invocation is over, and its memory
//! gone, before that matters. A plugin that builds large values and drops them again turns it off with
//! `default-features = false` for `autotag-plugin-sdk`. It then has Rust's own allocator, or the one that it declares.
//!
//! `cargo build --release --target wasm32-unknown-unknown` makes the `.wasm` file, which goes into the host's plugin
//! folder as it is.
//!
//! # 3. Try it in the sandbox
//!
//! Put recorded events into `events/`, and let `host plugin test --accept` write the plugin's answer beside each. From
//! then on `host plugin test` fails if an answer differs, with the guard's rules and within the bounds. `host plugin
//! bench` measures what an event takes.
//!
//! The contract, `wit/v1`, says what the host requires of an answer, and documents each field of [`Event`],
//! [`Manifest`] and [`Tagging`]. The author's guide, `plugins/README.md`, says what a trap looks like, and how plugins
//! stay compatible.

pub mod arn;
#[doc(hidden)]
pub mod bindings;
mod guest;
mod identity;
pub mod log;
mod paths;
mod patterns;
mod record;
pub mod settings;
mod table;
pub mod testing;
mod text;

pub use bindings::autotag::plugin::types::{Event, Failure, Related, Tag, Tagging};
pub use bindings::exports::autotag::plugin::extractor::Manifest;
pub use guest::Plugin;
pub use identity::{Creator, OnBehalfOf, SessionContext, SessionIssuer, UserIdentity};
pub use patterns::api_call_patterns;
pub use record::{CloudTrailRecord, Omission};
pub use settings::Settings;
pub use table::find_by_name;

/// A bump allocator. It uses up the initial memory before it grows it, and frees nothing: the whole memory goes with
/// the invocation.
#[cfg(all(target_arch = "wasm32", feature = "bump-allocator"))]
#[global_allocator]
static ALLOCATOR: mini_alloc::MiniAlloc = mini_alloc::MiniAlloc::INIT;

/// Exports a [`Plugin`] as a component: `export!(MyPlugin);`, once in a crate of type `cdylib`.
#[macro_export]
macro_rules! export {
    ($plugin:ident) => {
        // Natively there is nothing to export, and a linker would refuse the component model's names.
        #[cfg(target_arch = "wasm32")]
        $crate::bindings::export_component!($plugin with_types_in $crate::bindings);
        const _: fn() = || {
            fn is_a_plugin<P: $crate::Plugin>() {}
            is_a_plugin::<$plugin>();
        };
    };
}

impl Tagging {
    /// Puts the same tags on all of `resources`, and has the host look up nothing.
    ///
    /// ```
    /// use autotag_plugin_sdk::{Related, Tag, Tagging};
    ///
    /// let tags = vec![Tag { key: "Owner".into(), value: "bob".into() }];
    /// let tagging = Tagging::new(vec!["i-0123456789abcdef0".into()], tags);
    /// assert_eq!(tagging.related, Related::empty());
    ///
    /// // The host tags the volumes of the instance along.
    /// let tagging = tagging.with(Related::VOLUMES);
    /// assert_eq!(tagging.related, Related::VOLUMES);
    /// ```
    #[must_use]
    pub fn new(resources: Vec<String>, tags: Vec<Tag>) -> Self {
        Self { resources, related: Related::empty(), tags }
    }

    /// Sets what the host is to look up from the resources, in place of what was set before.
    ///
    /// ```
    /// use autotag_plugin_sdk::{Related, Tagging};
    ///
    /// let launch = Tagging::new(vec!["i-0123456789abcdef0".into()], Vec::new());
    /// let launch = launch.with(Related::VOLUMES | Related::NETWORK_INTERFACES);
    /// assert!(launch.related.contains(Related::NETWORK_INTERFACES));
    ///
    /// // What was set before is gone.
    /// assert_eq!(launch.with(Related::PARENT).related, Related::PARENT);
    /// ```
    #[must_use]
    pub fn with(self, related: Related) -> Self {
        Self { related, ..self }
    }
}
