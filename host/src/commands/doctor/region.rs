//! Where the queue is.

use autotag_core::resource::is_region;

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
    if is_region(text) {
        Ok(text.to_owned())
    } else {
        Err(format!("`{text}` is not the name of a Region, such as eu-central-1"))
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
}
