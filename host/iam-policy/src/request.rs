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
pub struct Context(BTreeMap<String, Vec<String>>);

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
}

impl Context {
    /// Sets a key to one value, in place of those that it has.
    #[must_use]
    pub fn with(self, key: &str, value: &str) -> Self {
        self.with_values(key, &[value])
    }

    /// Sets a key to several values, in place of those that it has. Conditions treat a key without values as absent.
    #[must_use]
    pub fn with_values(mut self, key: &str, values: &[&str]) -> Self {
        self.0.insert(key.to_lowercase(), values.iter().map(|&value| value.to_owned()).collect());
        self
    }

    /// The values of a key; `None` if it is absent.
    #[must_use]
    pub fn get(&self, key: &str) -> Option<&[String]> {
        self.0.get(&key.to_lowercase()).map(Vec::as_slice)
    }

    /// Sets a key unless it is there already.
    pub(crate) fn set_if_absent(&mut self, key: &str, value: &str) {
        self.0.entry(key.to_lowercase()).or_insert_with(|| vec![value.into()]);
    }
}
