//! How fast requests may go to AWS.

/// How fast requests may go to AWS in each account and Region, and how large they may be.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Rates {
    /// For CreateTags.
    pub create_tags: Rate,
    /// For each of the Describe APIs.
    pub describe: Rate,
    /// For TagResources.
    pub tag_resources: Rate,
    /// For GetResources.
    pub get_resources: Rate,
    /// How many resources go into one CreateTags request. EC2 takes 1,000 and advises fewer.
    pub resources_per_call: usize,
}

/// How large a token bucket is, and how fast it fills.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Rate {
    /// How many tokens it holds.
    pub burst: f64,
    /// How many it gains.
    pub per_second: f64,
}
