//! How fast AWS may be asked.

/// How fast AWS may be called in each account and Region, and with how much.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Rates {
    /// For CreateTags.
    pub create_tags: Rate,
    /// For each of the Describe calls.
    pub describe: Rate,
    /// For TagResources.
    pub tag_resources: Rate,
    /// For GetResources.
    pub get_resources: Rate,
    /// How many resources go into one CreateTags. EC2 takes 1,000 and advises fewer.
    pub resources_per_call: usize,
}

/// How large a bucket of tokens is, and how fast it fills.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Rate {
    /// How many tokens it holds.
    pub burst: f64,
    /// How many it gains.
    pub per_second: f64,
}
