//! The settings of the service that are numbers. Each is one row: its type, its default, its range and what it does;
//! flag, variable, key of `host.toml`, help and errors follow from it.

use std::num::NonZeroU32;
use std::str::FromStr;
use std::time::Duration;

use clap::Args;
use serde::Deserialize;

macro_rules! numbers {
    ($(
        $(#[doc = $doc:literal])+
        $(#[more = $more:literal])?
        $field:ident: $type:ty = $default:literal, $least:literal..=$most:literal, $variable:literal $unit:literal;
    )+) => {
        /// The numbers that are set.
        #[derive(Debug, Default, Args, Deserialize)]
        #[serde(default)]
        pub struct NumberArgs {
            $(
                #[arg(long, env = $variable, value_name = $unit, help = concat!(
                    $($doc,)+ ": ", $least, " to ", $most, $(". ", $more,)? " [default: ", $default, "]"
                ).trim_start())]
                $field: Option<Number<$least, $most>>,
            )+
        }

        impl NumberArgs {
            /// What is set here, and for the rest what is set in `other`.
            pub(super) fn or(self, other: Self) -> Self {
                Self { $( $field: self.$field.or(other.$field), )+ }
            }

            /// What is set, else the defaults.
            pub(super) fn resolve(self) -> Numbers {
                Numbers { $( $field: self.$field.map_or($default, |Number(value)| value).convert(), )+ }
            }
        }

        /// The numbers that the service works with.
        #[derive(Debug, Clone, Copy, PartialEq)]
        pub struct Numbers {
            $( $(#[doc = $doc])+ pub $field: $type, )+
        }
    };
}

numbers! {
    /// How long one receive waits for messages, in seconds
    // SQS's own bound on long polls.
    wait_seconds: Duration = 20, 0..=20, "AUTOTAG_WAIT_SECONDS" "SECONDS";
    /// How many receives wait for messages at once
    // Each receive takes a connection.
    pollers: usize = 8, 1..=100, "AUTOTAG_POLLERS" "RECEIVES";
    /// For how long a message is hidden from other hosts, in seconds
    #[more = "It is extended for as long as the message is worked on; if the host dies, the message comes again after it"]
    // SQS's own bound; below two seconds there is no time to extend it.
    visibility_seconds: Duration = 60, 2..=43_200, "AUTOTAG_VISIBILITY_SECONDS" "SECONDS";
    /// For how long after its API call an event is tagged over what is there, if it proves that the API call created
    /// it, in seconds
    #[more = "CloudTrail itself can take a quarter of an hour"]
    // A day: an older event may have been overtaken by a hand-over.
    fresh_seconds: Duration = 3_600, 0..=86_400, "AUTOTAG_FRESH_SECONDS" "SECONDS";
    /// How many messages are worked on at once
    // Each is held in memory.
    max_in_flight: usize = 1_000, 1..=10_000, "AUTOTAG_MAX_IN_FLIGHT" "MESSAGES";
    /// How long to work on after SIGTERM, SIGINT or SIGHUP, in seconds
    // The supervisor that stops the host must wait longer than this.
    drain_seconds: Duration = 25, 1..=900, "AUTOTAG_DRAIN_SECONDS" "SECONDS";
    /// How many resources go into one CreateTags
    // EC2's own bound.
    resources_per_call: usize = 200, 1..=1_000, "AUTOTAG_RESOURCES_PER_CALL" "RESOURCES";
    // EC2's own token buckets, as far as they are known, and the tagging API's quotas.
    /// How many CreateTags in an account and Region may follow each other at once
    create_tags_burst: f64 = 100, 1..=1_000_000, "AUTOTAG_CREATE_TAGS_BURST" "REQUESTS";
    /// How many CreateTags in an account and Region there may be a second in the long run
    create_tags_per_second: f64 = 10, 1..=1_000_000, "AUTOTAG_CREATE_TAGS_PER_SECOND" "REQUESTS";
    /// How many Describe requests of each kind in an account and Region may follow each other at once
    describe_burst: f64 = 100, 1..=1_000_000, "AUTOTAG_DESCRIBE_BURST" "REQUESTS";
    /// How many Describe requests of each kind in an account and Region there may be a second in the long run
    describe_per_second: f64 = 20, 1..=1_000_000, "AUTOTAG_DESCRIBE_PER_SECOND" "REQUESTS";
    /// How many TagResources, for what is not EC2's, in an account and Region may follow each other at once
    tag_resources_burst: f64 = 5, 1..=1_000_000, "AUTOTAG_TAG_RESOURCES_BURST" "REQUESTS";
    /// How many TagResources in an account and Region there may be a second in the long run
    tag_resources_per_second: f64 = 5, 1..=1_000_000, "AUTOTAG_TAG_RESOURCES_PER_SECOND" "REQUESTS";
    /// How many GetResources, for what is not EC2's, in an account and Region may follow each other at once
    get_resources_burst: f64 = 15, 1..=1_000_000, "AUTOTAG_GET_RESOURCES_BURST" "REQUESTS";
    /// How many GetResources in an account and Region there may be a second in the long run
    get_resources_per_second: f64 = 15, 1..=1_000_000, "AUTOTAG_GET_RESOURCES_PER_SECOND" "REQUESTS";
}

/// A number that is checked when it is read, from a flag, the environment or the file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(try_from = "u64")]
pub(super) struct Number<const LEAST: u64, const MOST: u64>(u64);

impl<const LEAST: u64, const MOST: u64> TryFrom<u64> for Number<LEAST, MOST> {
    type Error = String;

    fn try_from(value: u64) -> Result<Self, String> {
        if (LEAST..=MOST).contains(&value) {
            Ok(Self(value))
        } else {
            Err(format!("{value} is not from {LEAST} to {MOST}"))
        }
    }
}

impl<const LEAST: u64, const MOST: u64> FromStr for Number<LEAST, MOST> {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        text.parse::<u64>().map_err(|error| error.to_string())?.try_into()
    }
}

impl<const MOST: u64> Number<1, MOST> {
    /// As the sandbox takes it.
    pub(super) fn non_zero(self) -> NonZeroU32 {
        u32::try_from(self.0).ok().and_then(NonZeroU32::new).unwrap_or(NonZeroU32::MIN)
    }
}

/// From what is read to what the service works with.
trait Convert<T> {
    fn convert(self) -> T;
}

impl Convert<Duration> for u64 {
    fn convert(self) -> Duration {
        Duration::from_secs(self)
    }
}

impl Convert<usize> for u64 {
    fn convert(self) -> usize {
        usize::try_from(self).unwrap_or(usize::MAX)
    }
}

impl Convert<f64> for u64 {
    fn convert(self) -> f64 {
        // Exact: it is at most a million.
        self as f64
    }
}
