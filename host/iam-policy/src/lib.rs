//! Evaluates IAM policy documents against a request, offline: no request goes to AWS.
//!
//! It covers a part of the policy language. Where the answer depends on another part, such as a condition operator that
//! it does not know, the decision is [`Decision::Unknown`] instead of a guess.
//!
//! ```
//! use autotag_iam_policy::{Decision, Policy, Principal, Request, decide};
//!
//! let queue = Policy::parse(
//!     r#"{"Version": "2012-10-17", "Statement": {
//!         "Sid": "RulesSendEvents", "Effect": "Allow", "Principal": {"Service": "events.amazonaws.com"},
//!         "Action": "sqs:SendMessage", "Resource": "arn:aws:sqs:eu-central-1:111122223333:autotag",
//!         "Condition": {"ArnLike": {"aws:SourceArn": "arn:aws:events:eu-central-1:111122223333:rule/autotag-*"}}}}"#,
//! )?;
//! let request = Request::new(
//!     Principal::Service("events.amazonaws.com".into()),
//!     "sqs:SendMessage",
//!     "arn:aws:sqs:eu-central-1:111122223333:autotag",
//! );
//! let rule = "arn:aws:events:eu-central-1:111122223333:rule/autotag-ec2";
//! let of_the_rule = request.clone().with("aws:SourceArn", rule);
//! assert_eq!(decide(&[queue.clone()], &of_the_rule), Decision::Allowed { sid: Some("RulesSendEvents".into()) });
//! assert_eq!(decide(&[queue], &request), Decision::ImplicitDeny);
//! # Ok::<(), autotag_iam_policy::PolicyError>(())
//! ```

#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;

mod condition;
mod document;
mod effect;
mod principal;
mod request;
mod truth;
mod value;

use document::Statement;
pub use document::{Policy, PolicyError};
use effect::Effect;
use principal::{PrincipalMatch, RequestPrincipal};
pub use request::{Context, Principal, Request};
use truth::Truth;

/// What [`decide`] returns. Only [`Decision::Allowed`] lets the request through.
///
/// ```
/// use autotag_iam_policy::{Decision, Policy, Principal, Request, decide};
///
/// let policy = Policy::parse(
///     r#"{"Statement": {"Effect": "Allow", "Action": "ec2:*", "Resource": "*",
///         "Condition": {"DateLessThan": {"aws:CurrentTime": "2030-01-01T00:00:00Z"}}}}"#,
/// )?;
/// let bob = Principal::Aws("arn:aws:iam::111122223333:user/bob".into());
/// let decision = decide(&[policy], &Request::new(bob, "ec2:StopInstances", "*"));
/// assert!(!decision.is_allowed());
/// assert!(matches!(decision, Decision::Unknown { reason } if reason.contains("DateLessThan")));
/// # Ok::<(), autotag_iam_policy::PolicyError>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Decision {
    /// A statement allows the request, and none denies it.
    Allowed {
        /// The statement's `Sid`, if it has one.
        sid: Option<String>,
    },
    /// A statement denies the request, which overrides every allow.
    ExplicitDeny {
        /// The statement's `Sid`, if it has one.
        sid: Option<String>,
    },
    /// No statement allows the request.
    ImplicitDeny,
    /// The decision depends on something that this crate does not evaluate or AWS does not document.
    Unknown {
        /// What that is, and in which statement.
        reason: String,
    },
}

impl Decision {
    /// Whether the request is certainly allowed: [`Decision::Unknown`] is not.
    ///
    /// ```
    /// use autotag_iam_policy::Decision;
    ///
    /// assert!(Decision::Allowed { sid: Some("RulesSendEvents".into()) }.is_allowed());
    /// assert!(!Decision::ImplicitDeny.is_allowed());
    /// let reason = "statement 1: the condition operator DateLessThan is not known here".into();
    /// assert!(!Decision::Unknown { reason }.is_allowed());
    /// ```
    #[must_use]
    pub fn is_allowed(&self) -> bool {
        matches!(self, Self::Allowed { .. })
    }
}

/// Decides on a request by all policies that apply to it: the principal's identity-based policies and the resource's
/// resource-based policy. An explicit deny overrides every allow.
///
/// The caller chooses the policies. One without `Principal` is taken for an identity-based policy of the requesting
/// principal. Within one account, it is enough that either kind allows the request.
///
/// Decide on policies separately where each of them must allow the request: both kinds if the principal is of another
/// account, and permissions boundaries and an organization's policies if they contain an allow.
///
/// An allow to an account as a whole delegates the decision on its users and roles to their identity-based policies,
/// and allows them nothing by itself.
///
/// ```
/// use autotag_iam_policy::{Decision, Policy, Principal, Request, decide};
///
/// let policy = Policy::parse(
///     r#"{"Version": "2012-10-17", "Statement": [
///         {"Effect": "Allow", "Action": "ec2:*", "Resource": "*"},
///         {"Sid": "Keep", "Effect": "Deny", "Action": "ec2:Terminate*", "Resource": "*"}]}"#,
/// )?;
/// let bob = Principal::Aws("arn:aws:iam::111122223333:user/bob".into());
/// let decide = |action| decide(&[policy.clone()], &Request::new(bob.clone(), action, "*"));
/// assert_eq!(decide("ec2:StopInstances"), Decision::Allowed { sid: None });
/// assert_eq!(decide("ec2:TerminateInstances"), Decision::ExplicitDeny { sid: Some("Keep".into()) });
/// assert_eq!(decide("s3:CreateBucket"), Decision::ImplicitDeny);
/// # Ok::<(), autotag_iam_policy::PolicyError>(())
/// ```
#[must_use]
pub fn decide(policies: &[Policy], request: &Request) -> Decision {
    let principal = RequestPrincipal::of(&request.principal);
    let mut context = request.context.clone();
    principal.add_condition_keys(&mut context);
    let request = RequestContext { request, principal: &principal, context: &context };

    let mut allowed = None;
    let mut uncertain_deny = None;
    let mut uncertain_allow = None;
    let mut delegated = None;
    for (statement, variables) in policies.iter().flat_map(Policy::statements) {
        let (principal_match, truth) = request.evaluate(statement, variables);
        let of_statement = |reason: &str| format!("{}: {reason}", statement.name());
        match (statement.effect, truth) {
            (_, Truth::No) => {}
            (Effect::Deny, Truth::Yes) => return Decision::ExplicitDeny { sid: statement.sid.clone() },
            (Effect::Deny, Truth::Unknown(reason) | Truth::Unresolved(reason)) => {
                uncertain_deny.get_or_insert_with(|| of_statement(&reason));
            }
            (Effect::Allow, _) if principal_match == PrincipalMatch::ByAccount => {
                delegated.get_or_insert_with(|| {
                    of_statement("it leaves the decision to the account's own policies for the principal")
                });
            }
            (Effect::Allow, Truth::Yes) => drop(allowed.get_or_insert_with(|| statement.sid.clone())),
            (Effect::Allow, Truth::Unknown(reason) | Truth::Unresolved(reason)) => {
                uncertain_allow.get_or_insert_with(|| of_statement(&reason));
            }
        }
    }
    let has_identity_based = policies.iter().any(Policy::is_identity_based);
    match (allowed, uncertain_allow, delegated) {
        (Some(sid), _, _) => uncertain_deny.map_or(Decision::Allowed { sid }, |reason| Decision::Unknown { reason }),
        (None, Some(reason), _) => Decision::Unknown { reason: uncertain_deny.unwrap_or(reason) },
        (None, None, Some(reason)) if !has_identity_based => Decision::Unknown { reason },
        // An uncertain deny does not matter: nothing allows the request.
        (None, None, _) => Decision::ImplicitDeny,
    }
}

/// A request, with the condition keys that follow from its principal.
struct RequestContext<'a> {
    request: &'a Request,
    principal: &'a RequestPrincipal,
    context: &'a Context,
}

impl RequestContext<'_> {
    /// How a statement names the principal, and whether it applies to the request.
    fn evaluate(&self, statement: &Statement, variables: bool) -> (PrincipalMatch, Truth) {
        let (principal_match, principal) = match &statement.principals {
            None => (PrincipalMatch::Direct, Truth::Yes),
            Some(principals) => principals.evaluate(self.principal, statement.effect),
        };
        let action = self.request.action.to_lowercase();
        let action = statement.actions.matches(|pattern| value::is_like(&action, pattern, false, self.context));
        let resource = statement.resources.as_ref().map_or(Truth::Yes, |resources| {
            resources
                .matches(|pattern| value::is_like_resource(&self.request.resource, pattern, variables, self.context))
        });
        let conditions = statement.conditions.iter().map(|condition| condition.holds(variables, self.context));
        let truth = [principal, action, resource].into_iter().chain(conditions);
        (principal_match, truth.fold(Truth::Yes, Truth::and))
    }
}

#[cfg(test)]
mod tests;
