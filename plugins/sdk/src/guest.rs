//! From the component's exports to a [`Plugin`].

use serde::de::DeserializeOwned;

use crate::bindings::exports::autotag::plugin::extractor::{Guest, Manifest};
use crate::{Event, Failure, Tagging};

/// A plugin: what it is, and what it answers. [`export!`](crate::export) exports it as a component.
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
