//! What a queue's or a key's own policy says to EventBridge when it comes on behalf of a rule.

use crate::policy::{Decision, Policy, PolicyError, Principal, Request, decide};
use crate::resource::Arn;

/// Who delivers events.
const EVENTBRIDGE: &str = "events.amazonaws.com";

/// Whether EventBridge may do something on behalf of a rule.
pub(super) fn decide_for_rule(
    policy: &str,
    rule: &str,
    action: &str,
    resource: &str,
    extra: &[(&str, &str)],
) -> Result<Decision, PolicyError> {
    let account = Arn::parse(rule).map(|arn| arn.account).unwrap_or_default();
    let request = Request::new(Principal::Service(EVENTBRIDGE.to_owned()), action, resource)
        .with("aws:SourceArn", rule)
        .with("aws:SourceAccount", account)
        .with("aws:SecureTransport", "true");
    let request = extra.iter().fold(request, |request, (key, value)| request.with(key, value));
    Ok(decide(&[Policy::parse(policy)?], &request))
}
