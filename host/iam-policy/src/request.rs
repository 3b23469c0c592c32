//! The request that is decided on, with its principal and its condition keys.

use std::collections::BTreeMap;

/// The request that is decided on: who wants to do what to which resource.
///
/// ```
/// use autotag_iam_policy::{Principal, Request};
///
/// let bob = Principal::Aws("arn:aws:iam::111122223333:user/bob".into());
/// let request = Request::new(bob, "ec2:CreateTags", "arn:aws:ec2:eu-central-1:111122223333:instance/i-1")
///     .with("aws:username", "bob")
///     .with_values("aws:TagKeys", &["Owner", "PrincipalId"]);
/// assert_eq!(request.context.get("aws:TagKeys").map(<[String]>::len), Some(2));
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Request {
    /// Who makes it.
    pub principal: Principal,
    /// The action, with its service: `sqs:SendMessage`.
    pub action: String,
    /// The resource's ARN; `*` for an action that is not on a single resource.
    pub resource: String,
    /// The request's condition keys. Those that follow from the principal are added by [`decide`](crate::decide) if
    /// they are absent: `aws:PrincipalArn`, `aws:PrincipalAccount`, `aws:PrincipalIsAWSService` and
    /// `aws:PrincipalServiceName`.
    pub context: Context,
}

/// The requesting principal.
///
/// ```
/// use autotag_iam_policy::{Policy, Principal, Request, decide};
///
/// let queue = Policy::parse(
///     r#"{"Statement": {"Effect": "Allow", "Action": "sqs:*", "Resource": "*",
///         "Principal": {"AWS": "arn:aws:iam::111122223333:role/ops/autotag-host"}}}"#,
/// )?;
/// let is_allowed = |principal: Principal| {
///     let request = Request::new(principal, "sqs:ReceiveMessage", "arn:aws:sqs:eu-central-1:111122223333:autotag");
///     decide(&[queue.clone()], &request).is_allowed()
/// };
/// // The ARN of a role's session does not have the role's path.
/// assert!(is_allowed(Principal::Aws("arn:aws:sts::111122223333:assumed-role/autotag-host/i-1".into())));
/// assert!(!is_allowed(Principal::Aws("arn:aws:iam::111122223333:user/bob".into())));
/// assert!(!is_allowed(Principal::Service("events.amazonaws.com".into())));
/// # Ok::<(), autotag_iam_policy::PolicyError>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Principal {
    /// An AWS service on its own behalf: `events.amazonaws.com`.
    Service(String),
    /// A user, role, session of a role or root user, by its ARN; or an account as a whole, by its number.
    Aws(String),
    /// A user of an identity provider, by the provider's name: `cognito-identity.amazonaws.com`.
    Federated(String),
    /// The principal of a request that is not signed.
    Anonymous,
}

/// A request's condition keys with their values. Keys are not case-sensitive. A key that is absent differs from one
/// with an empty value.
///
/// ```
/// use autotag_iam_policy::Context;
///
/// let context = Context::default().with("aws:username", "bob").with("s3:prefix", "");
/// assert_eq!(context.get("AWS:UserName"), Some(&["bob".to_owned()][..]));
/// assert_eq!(context.get("s3:prefix"), Some(&[String::new()][..]));
/// assert_eq!(context.get("s3:delimiter"), None);
/// ```
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Context {
    keys: BTreeMap<String, Values>,
    /// The keys that are certainly absent, if others may have values that are not known; in lower case.
    absent: Option<Vec<String>>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Values {
    values: Vec<String>,
    /// Whether the key is one that can have several values.
    is_multivalued: bool,
}

/// What is known of a condition key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Lookup<'a> {
    /// It has these values, or none.
    Known {
        values: &'a [String],
        /// Whether it is one that can have several.
        is_multivalued: bool,
    },
    /// It may be there, and its value is not known.
    Unknown,
}

/// AWS's global condition keys that can have several values.
const MULTIVALUED: [&str; 6] = [
    "aws:calledvia",
    "aws:principalorgpaths",
    "aws:principalservicenameslist",
    "aws:resourceorgpaths",
    "aws:sourceorgpaths",
    "aws:tagkeys",
];

impl Request {
    /// A request without condition keys.
    #[must_use]
    pub fn new(principal: Principal, action: &str, resource: &str) -> Self {
        Self { principal, action: action.into(), resource: resource.into(), context: Context::default() }
    }

    /// Sets a condition key to one value, in place of those that it has.
    ///
    /// ```
    /// use autotag_iam_policy::{Policy, Principal, Request, decide};
    ///
    /// let own = Policy::parse(
    ///     r#"{"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "ec2:*", "Resource": "*",
    ///         "Condition": {"StringEquals": {"ec2:ResourceTag/PrincipalId": "${aws:userid}"}}}}"#,
    /// )?;
    /// let bob = Principal::Aws("arn:aws:iam::111122223333:user/bob".into());
    /// let instance = "arn:aws:ec2:eu-central-1:111122223333:instance/i-0123456789abcdef0";
    /// let request = Request::new(bob, "ec2:StopInstances", instance).with("aws:userid", "AIDABOB");
    /// let of_bob = request.clone().with("ec2:ResourceTag/PrincipalId", "AIDABOB");
    /// assert!(decide(&[own.clone()], &of_bob).is_allowed());
    /// let of_eve = request.with("ec2:ResourceTag/PrincipalId", "AIDAEVE");
    /// assert!(!decide(&[own], &of_eve).is_allowed());
    /// # Ok::<(), autotag_iam_policy::PolicyError>(())
    /// ```
    #[must_use]
    pub fn with(self, key: &str, value: &str) -> Self {
        Self { context: self.context.with(key, value), ..self }
    }

    /// Sets a condition key to several values, such as `aws:TagKeys`, in place of those that it has.
    ///
    /// ```
    /// use autotag_iam_policy::{Policy, Principal, Request, decide};
    ///
    /// let host = Policy::parse(
    ///     r#"{"Statement": {"Effect": "Allow", "Action": "ec2:CreateTags", "Resource": "*",
    ///         "Condition": {"ForAllValues:StringEquals": {"aws:TagKeys": ["Owner", "PrincipalId"]}}}}"#,
    /// )?;
    /// let role = Principal::Aws("arn:aws:iam::111122223333:role/autotag-host".into());
    /// let request = Request::new(role, "ec2:CreateTags", "arn:aws:ec2:eu-central-1:111122223333:volume/vol-1");
    /// let usual = request.clone().with_values("aws:TagKeys", &["Owner", "PrincipalId"]);
    /// assert!(decide(&[host.clone()], &usual).is_allowed());
    /// let more = request.with_values("aws:TagKeys", &["Owner", "CostCenter"]);
    /// assert!(!decide(&[host], &more).is_allowed());
    /// # Ok::<(), autotag_iam_policy::PolicyError>(())
    /// ```
    #[must_use]
    pub fn with_values(self, key: &str, values: &[&str]) -> Self {
        Self { context: self.context.with_values(key, values), ..self }
    }

    /// Says that the request may have more condition keys than those that are set, except for these, which are
    /// certainly absent. A name that ends with `/` stands for all keys that begin with it. A decision that depends on
    /// another key is [`Unknown`](crate::Decision::Unknown).
    ///
    /// ```
    /// use autotag_iam_policy::{Decision, Policy, Principal, Request, decide};
    ///
    /// let policy = Policy::parse(
    ///     r#"{"Statement": {"Effect": "Allow", "Principal": "*", "Action": "sqs:*", "Resource": "*",
    ///         "Condition": {"StringEquals": {"aws:SourceOrgID": "o-a1b2c3d4e5"}}}}"#,
    /// )?;
    /// let request = Request::new(Principal::Service("events.amazonaws.com".into()), "sqs:SendMessage", "*");
    /// assert_eq!(decide(&[policy.clone()], &request), Decision::ImplicitDeny);
    /// let open = request.with_unknown_keys_except(&["aws:PrincipalTag/"]);
    /// assert!(matches!(decide(&[policy], &open), Decision::Unknown { reason } if reason.contains("aws:SourceOrgID")));
    /// # Ok::<(), autotag_iam_policy::PolicyError>(())
    /// ```
    #[must_use]
    pub fn with_unknown_keys_except(mut self, absent: &[&str]) -> Self {
        self.context.absent = Some(absent.iter().map(|key| key.to_lowercase()).collect());
        self
    }
}

impl Context {
    /// Sets a key to one value, in place of those that it has.
    #[must_use]
    pub fn with(mut self, key: &str, value: &str) -> Self {
        let values = Values { values: vec![value.to_owned()], is_multivalued: is_multivalued(key) };
        self.keys.insert(key.to_lowercase(), values);
        self
    }

    /// Sets a key that can have several values, in place of those that it has. Conditions treat a key without values as
    /// absent.
    #[must_use]
    pub fn with_values(mut self, key: &str, values: &[&str]) -> Self {
        let values = values.iter().map(|&value| value.to_owned()).collect();
        self.keys.insert(key.to_lowercase(), Values { values, is_multivalued: true });
        self
    }

    /// The values of a key; `None` if it is absent.
    #[must_use]
    pub fn get(&self, key: &str) -> Option<&[String]> {
        self.keys.get(&key.to_lowercase()).map(|values| values.values.as_slice())
    }

    /// What is known of a key.
    pub(crate) fn lookup(&self, key: &str) -> Lookup<'_> {
        let key = key.to_lowercase();
        let is_absent = |absent: &Vec<String>| {
            absent.iter().any(|name| if name.ends_with('/') { key.starts_with(name.as_str()) } else { key == *name })
        };
        match self.keys.get(&key) {
            Some(Values { values, is_multivalued }) => Lookup::Known { values, is_multivalued: *is_multivalued },
            None if self.absent.as_ref().is_none_or(is_absent) => {
                Lookup::Known { values: &[], is_multivalued: is_multivalued(&key) }
            }
            None => Lookup::Unknown,
        }
    }

    /// Sets a key unless it is there already.
    pub(crate) fn set_if_absent(&mut self, key: &str, value: &str) {
        let values = || Values { values: vec![value.into()], is_multivalued: is_multivalued(key) };
        self.keys.entry(key.to_lowercase()).or_insert_with(values);
    }
}

fn is_multivalued(key: &str) -> bool {
    MULTIVALUED.contains(&key.to_lowercase().as_str())
}
