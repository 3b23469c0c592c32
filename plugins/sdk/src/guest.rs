//! From the component's exports to a [`Plugin`].

use serde::de::DeserializeOwned;

use crate::bindings::exports::autotag::plugin::extractor::{Guest, Manifest};
use crate::{Event, Failure, Tagging};

/// A plugin: what it is, and what it answers. [`export!`](crate::export) exports it as a component.
///
/// The crate's documentation has one that names the creator. This one has a setting of its own instead:
///
/// ```
/// use autotag_plugin_sdk::{CloudTrailRecord, Event, Failure, Manifest, Plugin, Tag, Tagging, api_call_patterns};
///
/// #[derive(serde::Deserialize)]
/// #[serde(deny_unknown_fields)]
/// struct Team {
///     team: String,
/// }
///
/// struct KeyPairs;
///
/// impl Plugin for KeyPairs {
///     type Settings = Team;
///
///     fn describe() -> Manifest {
///         let event_patterns = api_call_patterns("aws.ec2", "ec2.amazonaws.com", ["CreateKeyPair"]);
///         Manifest { name: "key-pairs".into(), version: "1.0.0".into(), event_patterns }
///     }
///
///     fn tag_keys(_: &Team) -> Vec<String> {
///         vec!["Team".into()]
///     }
///
///     fn extract(event: &Event, settings: &Team) -> Result<Vec<Tagging>, Failure> {
///         let key_pairs = CloudTrailRecord::parse(&event.detail)?.created(&["keyPairId"])?;
///         Ok(vec![Tagging::new(key_pairs, vec![Tag { key: "Team".into(), value: settings.team.clone() }])])
///     }
/// }
///
/// let settings: Team = serde_json::from_str(r#"{"team": "platform"}"#)?;
/// let event = autotag_plugin_sdk::testing::api_call(
///     "aws.ec2",
///     r#"{"eventName": "CreateKeyPair", "responseElements": {"keyPairId": "key-0123456789abcdef0"}}"#,
/// );
/// let taggings = KeyPairs::extract(&event, &settings)?;
/// assert_eq!(taggings[0].resources, ["key-0123456789abcdef0"]);
/// assert_eq!(taggings[0].tags, [Tag { key: "Team".into(), value: "platform".into() }]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub trait Plugin {
    /// The operator's settings for this plugin, read from JSON; no settings are `{}`. Derive `Deserialize` with
    /// `deny_unknown_fields`, so that a misspelt key is an error that the operator sees when the plugin is loaded.
    type Settings: DeserializeOwned;

    /// The plugin's name and version, and the EventBridge patterns of the events that it wants.
    fn describe() -> Manifest;

    /// The only tag keys that [`extract`](Self::extract) will ever write with these settings.
    fn tag_keys(settings: &Self::Settings) -> Vec<String>;

    /// What to tag for `event`, which matches one of the manifest's patterns and whose API call succeeded. An empty
    /// list says that there is nothing to tag, and nothing to say about it.
    ///
    /// # Errors
    /// [`Failure::Skip`] if there is nothing to tag for a reason that an operator may ask for, such as a caller that
    /// the settings leave out; [`Failure::CannotTell`] if the event lacks what tagging needs, such as who made the API
    /// call; [`Failure::Malformed`] if it is not of the shape that the plugin knows.
    fn extract(event: &Event, settings: &Self::Settings) -> Result<Vec<Tagging>, Failure>;
}

impl<P: Plugin> Guest for P {
    fn describe() -> Manifest {
        report_panics();
        P::describe()
    }

    fn check_settings(settings: String) -> Result<Vec<String>, String> {
        report_panics();
        Ok(P::tag_keys(&parse_settings::<P>(&settings)?))
    }

    fn extract(event: Event, settings: String) -> Result<Vec<Tagging>, Failure> {
        report_panics();
        let settings = parse_settings::<P>(&settings).map_err(Failure::Malformed)?;
        P::extract(&event, &settings)
    }
}

fn parse_settings<P: Plugin>(settings: &str) -> Result<P::Settings, String> {
    serde_json::from_str(settings).map_err(|error| error.to_string())
}

/// A panic in Wasm is a trap without a message. So the message goes into the log, and the host reports it beside the
/// trap.
fn report_panics() {
    #[cfg(target_arch = "wasm32")]
    std::panic::set_hook(Box::new(|panic| crate::log::error(&panic.to_string())));
}
