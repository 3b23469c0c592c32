//! ARNs: their form, and where the resources that they name can be.

/// In Unicode characters.
const MAX_LENGTH: usize = 1_011;

/// The parts of an ARN, its partition left out.
pub(in super::super) struct Arn<'a> {
    pub service: &'a str,
    region: &'a str,
    account: &'a str,
    pub resource: &'a str,
}

impl<'a> Arn<'a> {
    /// Parses a well-formed ARN: `arn:aws:SERVICE:REGION:ACCOUNT:RESOURCE`. Region and account may be empty.
    pub fn parse(text: &'a str) -> Option<Self> {
        let parts: Vec<&str> = text.splitn(6, ':').collect();
        let ["arn", partition, service, region, account, resource] = parts.as_slice() else { return None };
        let word = |text: &str| text.bytes().all(|byte| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'-'));
        let account_fits =
            account.is_empty() || account.len() == 12 && account.bytes().all(|byte| byte.is_ascii_digit());
        let fits = partition.starts_with("aws")
            && word(partition)
            && !service.is_empty()
            && word(service)
            && word(region)
            && account_fits
            && !resource.is_empty()
            && !text.contains(char::is_control)
            && text.chars().count() <= MAX_LENGTH;
        fits.then_some(Self { service, region, account, resource })
    }

    /// Whether it has no Region, like a bucket's.
    pub fn is_of_no_region(&self) -> bool {
        self.region.is_empty()
    }

    /// Whether the resource can be in this account and Region. An ARN without one of them, such as a bucket's, can be
    /// in any.
    pub fn can_be_in(&self, account: &str, region: &str) -> bool {
        let fits = |own: &str, place: &str| own.is_empty() || own == place;
        fits(self.account, account) && fits(self.region, region)
    }
}
