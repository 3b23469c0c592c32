//! What IAM would answer: evaluates policy documents against a request, without asking AWS.
//!
//! It is small on purpose. What it does not know, such as a condition operator, it says instead of guessing: see
//! [`Decision::CannotTell`].
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
//! assert_eq!(decide(&[queue], &request), Decision::NotAllowed);
//! # Ok::<(), autotag_iam_policy::PolicyError>(())
//! ```

mod condition;
mod document;
mod principal;
mod truth;
mod value;

use std::collections::BTreeMap;

use document::{Effect, Statement};
pub use document::{Policy, PolicyError};
use principal::{Named, Who};
use truth::Truth;

/// What is asked of IAM.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Request {
    /// Who asks.
    pub principal: Principal,
    /// What for, with its service: `sqs:SendMessage`.
    pub action: String,
    /// The resource's ARN; `*` for an action that is on none in particular.
    pub resource: String,
    /// What else is known of the request. What follows from the principal need not be said: `aws:PrincipalArn`,
    /// `aws:PrincipalAccount`, `aws:PrincipalIsAWSService` and `aws:PrincipalServiceName`.
    pub context: Context,
}

/// Who asks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Principal {
    /// An AWS service on its own behalf: `events.amazonaws.com`.
    Service(String),
    /// A user, role, session of a role or root user, by its ARN; or an account as a whole, by its number.
    Aws(String),
    /// Somebody whom an identity provider knows, by that provider.
    Federated(String),
    /// Nobody in particular: a request that is not signed.
    Anonymous,
}

/// Condition keys with their values. Keys are not case-sensitive. A key that is absent differs from one with an empty
/// text.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Context(BTreeMap<String, Vec<String>>);

/// What IAM answers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Decision {
    /// A statement allows it, and none denies it.
    Allowed {
        /// The statement's `Sid`, if it has one.
        sid: Option<String>,
    },
    /// A statement denies it, whatever others say.
    Denied {
        /// The statement's `Sid`, if it has one.
        sid: Option<String>,
    },
    /// No statement allows it, which denies it just as well.
    NotAllowed,
    /// It depends on what this evaluator does not know.
    CannotTell {
        /// What that is.
        why: String,
    },
}

impl Request {
    /// A request without context.
    #[must_use]
    pub fn new(principal: Principal, action: &str, resource: &str) -> Self {
        Self { principal, action: action.into(), resource: resource.into(), context: Context::default() }
    }

    /// With this condition key.
    #[must_use]
    pub fn with(self, key: &str, value: &str) -> Self {
        Self { context: self.context.with(key, value), ..self }
    }

    /// With this condition key of several values, such as `aws:TagKeys`.
    #[must_use]
    pub fn with_all(self, key: &str, values: &[&str]) -> Self {
        Self { context: self.context.with_all(key, values), ..self }
    }
}

impl Context {
    /// With this key.
    #[must_use]
    pub fn with(self, key: &str, value: &str) -> Self {
        self.with_all(key, &[value])
    }

    /// With this key of several values.
    #[must_use]
    pub fn with_all(mut self, key: &str, values: &[&str]) -> Self {
        self.0.insert(key.to_lowercase(), values.iter().map(|&value| value.to_owned()).collect());
        self
    }

    /// The values of a key; none if it is absent.
    #[must_use]
    pub fn get(&self, key: &str) -> Option<&[String]> {
        self.0.get(&key.to_lowercase()).map(Vec::as_slice)
    }

    /// Adds a key that is not there.
    fn fill(&mut self, key: &str, value: &str) {
        self.0.entry(key.to_lowercase()).or_insert_with(|| vec![value.into()]);
    }
}

impl Decision {
    /// Whether it is certain that the request is allowed.
    #[must_use]
    pub fn is_allowed(&self) -> bool {
        matches!(self, Self::Allowed { .. })
    }
}

/// Decides on a request by all policies that apply to it: the principal's own, and that of the resource. An explicit
/// deny wins.
///
/// Which policies those are is for the caller to know: one without `Principal` is taken to be the requester's. In one
/// account, it is enough that either side allows a request. Where both must, as from another account, and for
/// permission boundaries and policies of an organization that allow anything, decide on each alone. An allow to an
/// account as a whole leaves the decision on its users and roles to their own policies, and is none by itself.
#[must_use]
pub fn decide(policies: &[Policy], request: &Request) -> Decision {
    let who = Who::of(&request.principal);
    let mut context = request.context.clone();
    who.fill(&mut context);
    let facts = Facts { request, who: &who, context: &context };

    let mut allowed = None;
    let mut uncertain_deny = None;
    let mut uncertain_allow = None;
    let mut left_to_account = None;
    for (statement, variables) in policies.iter().flat_map(Policy::statements) {
        let (named, truth) = facts.apply(statement, variables);
        let doubt = |why: &str| format!("{}: {why}", statement.name());
        match (statement.effect, truth) {
            (_, Truth::No) => {}
            (Effect::Deny, Truth::Yes) => return Decision::Denied { sid: statement.sid.clone() },
            (Effect::Deny, Truth::Unknown(why)) => drop(uncertain_deny.get_or_insert_with(|| doubt(&why))),
            (Effect::Allow, _) if named == Named::ByAccount => {
                left_to_account.get_or_insert_with(|| {
                    doubt("it leaves the decision to the account's own policies for the principal")
                });
            }
            (Effect::Allow, Truth::Yes) => drop(allowed.get_or_insert_with(|| statement.sid.clone())),
            (Effect::Allow, Truth::Unknown(why)) => drop(uncertain_allow.get_or_insert_with(|| doubt(&why))),
        }
    }
    let knows_the_principals_own = policies.iter().any(Policy::is_of_an_identity);
    match (allowed, uncertain_allow, left_to_account) {
        (Some(sid), _, _) => uncertain_deny.map_or(Decision::Allowed { sid }, |why| Decision::CannotTell { why }),
        (None, Some(why), _) => Decision::CannotTell { why: uncertain_deny.unwrap_or(why) },
        (None, None, Some(why)) if !knows_the_principals_own => Decision::CannotTell { why },
        // Whether a statement denies it does not matter: nothing allows it.
        (None, None, _) => Decision::NotAllowed,
    }
}

/// A request, and what follows from it.
struct Facts<'a> {
    request: &'a Request,
    who: &'a Who,
    context: &'a Context,
}

impl Facts<'_> {
    /// Whether a statement is about the request, and how it names the principal.
    fn apply(&self, statement: &Statement, variables: bool) -> (Named, Truth) {
        let (named, about_principal) = match &statement.principals {
            None => (Named::Itself, Truth::Yes),
            Some(principals) => principals.name(self.who, statement.effect),
        };
        let action = self.request.action.to_lowercase();
        let about_action = statement.actions.is_about(|pattern| value::is_like(&action, pattern, false, self.context));
        let about_resource = statement.resources.as_ref().map_or(Truth::Yes, |resources| {
            resources.is_about(|pattern| value::is_like(&self.request.resource, pattern, variables, self.context))
        });
        let conditions = statement.conditions.iter().map(|condition| condition.holds(variables, self.context));
        let truth = [about_principal, about_action, about_resource].into_iter().chain(conditions);
        (named, truth.fold(Truth::Yes, Truth::and))
    }
}

#[cfg(test)]
mod tests;
