//! Where the queue is.

use super::finding::{Check, Findings};

/// The queue's Region. None if neither the URL nor the configuration names one: then no request to AWS can be sent.
pub(super) fn examine(named_by_url: Option<&str>, set: Option<&str>, findings: &mut Findings) -> Option<String> {
    let fix = "Set AWS_REGION to the queue's Region.";
    match (named_by_url, set) {
        (Some(named), Some(set)) if named != set => {
            let says = format!(
                "the queue is in {named}, as its URL says; AWS_REGION or the profile says {set}, which does not matter"
            );
            findings.ok(Check::Region, says);
        }
        (Some(named), _) => findings.ok(Check::Region, format!("the queue is in {named}, as its URL says")),
        (None, Some(set)) => {
            findings.ok(Check::Region, format!("the queue is in {set}, as AWS_REGION or the profile says"))
        }
        (None, None) => {
            findings.wrong(Check::Region, "neither the queue's URL nor AWS_REGION nor a profile says it", fix)
        }
    }
    named_by_url.or(set).map(ToOwned::to_owned)
}

/// Reads a Region's name: `eu-central-1`.
///
/// # Errors
/// If it is not written like one.
pub(super) fn parse(text: &str) -> Result<String, String> {
    let parts: Vec<&str> = text.split('-').collect();
    let is_word = |part: &&str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_lowercase());
    match parts.as_slice() {
        [words @ .., number] if words.len() >= 2 && words.iter().all(is_word) && number.parse::<u8>().is_ok() => {
            Ok(text.to_owned())
        }
        _ => Err(format!("`{text}` is not the name of a Region, such as eu-central-1")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn region_of(named: Option<&str>, set: Option<&str>) -> (Option<String>, bool) {
        let mut findings = Findings::default();
        (examine(named, set, &mut findings), findings.has_wrong())
    }

    #[test]
    fn the_url_says_the_region_before_anything_else_does_and_something_has_to() {
        assert_eq!(region_of(Some("eu-west-1"), Some("us-east-1")), (Some("eu-west-1".into()), false));
        assert_eq!(region_of(None, Some("us-east-1")), (Some("us-east-1".into()), false));
        assert_eq!(region_of(None, None), (None, true));
    }

    #[test]
    fn a_region_is_told_from_what_looks_nearly_like_one() {
        for region in ["eu-central-1", "us-gov-west-1", "eusc-de-east-1", "ap-southeast-10"] {
            assert_eq!(parse(region).as_deref(), Ok(region));
        }
        for text in ["us-east1", "eu", "", "EU-central-1", "eu-central-1a", "1-2-3"] {
            assert!(parse(text).is_err(), "{text}");
        }
    }
}
