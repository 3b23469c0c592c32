//! Who the host is, where it is, and whether it may tag in the accounts that it is to tag in.

use super::finding::{Check, Findings};
use super::patient::Patient;
use crate::tagger::{Class, Failure};

/// Who the host is to AWS.
#[derive(Debug)]
pub(super) struct Identity {
    pub(super) account: String,
    pub(super) arn: String,
}

/// Says where the queue is. None: nobody says it, so that nothing on AWS can be asked.
pub(super) fn region(named_by_url: Option<&str>, set: Option<&str>, findings: &mut Findings) -> Option<String> {
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

/// Asks AWS who the host is. None if AWS does not say: then nothing else can be asked either.
pub(super) async fn identity(patient: &Patient<'_>, findings: &mut Findings) -> Option<Identity> {
    let answer = aws_sdk_sts::Client::new(&patient.sdk).get_caller_identity().send().await;
    match answer.map_err(|error| Failure::of("GetCallerIdentity", error)) {
        Ok(identity) => {
            let identity =
                Identity { account: identity.account.unwrap_or_default(), arn: identity.arn.unwrap_or_default() };
            findings.ok(Check::Credentials, format!("they are those of {}", identity.arn));
            Some(identity)
        }
        Err(failure) => {
            let fix = match failure.class {
                Class::Throttled | Class::Transient => {
                    "STS does not answer: look at the network from here to AWS, such as proxy, VPC endpoint, DNS, AWS_ENDPOINT_URL."
                }
                _ => {
                    "Give the host credentials: the role of its task, pod or instance, or AWS_PROFILE or AWS_ACCESS_KEY_ID. The rest of \
                     AWS can only be looked at with them."
                }
            };
            findings.wrong(Check::Credentials, failure.why, fix);
            None
        }
    }
}

/// Whether the credentials can reach all accounts that events are tagged in.
pub(super) fn accounts(patient: &Patient<'_>, identity: &Identity, findings: &mut Findings) {
    let own = identity.account.as_str();
    let Some(accounts) = &patient.config.guard.accounts else { return };
    let others: Vec<&str> = accounts.iter().map(String::as_str).filter(|account| *account != own).collect();
    let listed = others.join(", ");
    if !others.is_empty() && patient.service.role.is_none() {
        let says = format!(
            "events of {listed} are to be tagged, and the credentials are those of {own}, which can tag nothing there"
        );
        let fix = format!(
            "Make a role of the same name in each of them (infra/member.yaml does) and name it in assume_role; run the host with credentials of \
             {listed}; or take it out of accounts."
        );
        return findings.wrong(Check::Accounts, says, fix);
    }
    if accounts.contains(own) {
        let all = accounts.iter().map(String::as_str).collect::<Vec<_>>().join(", ");
        findings.ok(Check::Accounts, format!("events of {all} are tagged; those of other accounts are not"));
    } else {
        // Nothing wrong with that, if it is meant.
        findings.ok(
            Check::Accounts,
            format!("events of {listed} are tagged; those of {own}, the host's own account, are not"),
        );
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn region_of(named: Option<&str>, set: Option<&str>) -> (Option<String>, bool) {
        let mut findings = Findings::default();
        (region(named, set, &mut findings), findings.has_wrong())
    }

    #[test]
    fn the_url_says_the_region_before_anything_else_does_and_somebody_has_to() {
        assert_eq!(region_of(Some("eu-west-1"), Some("us-east-1")), (Some("eu-west-1".into()), false));
        assert_eq!(region_of(None, Some("us-east-1")), (Some("us-east-1".into()), false));
        assert_eq!(region_of(None, None), (None, true));
    }
}
