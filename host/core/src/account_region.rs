//! Where API calls are made and resources live.

use std::fmt;

/// An AWS account and Region.
///
/// ```
/// use autotag_core::AccountRegion;
///
/// let here = AccountRegion { account: "111122223333".into(), region: "eu-central-1".into() };
/// assert_eq!(here.to_string(), "111122223333 in eu-central-1");
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct AccountRegion {
    /// The number of the account, twelve digits: `111122223333`.
    pub account: String,
    /// AWS's name of the Region: `eu-central-1`.
    pub region: String,
}

impl fmt::Display for AccountRegion {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{} in {}", self.account, self.region)
    }
}
