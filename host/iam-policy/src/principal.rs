//! Which principals a statement applies to.

use crate::effect::Effect;
use crate::request::{Context, Principal};
use crate::truth::Truth;

/// The requesting principal, with every name that a policy can use for it.
#[derive(Debug)]
pub(crate) enum RequestPrincipal {
    Service(String),
    Aws {
        /// Its ARN, or the account's number.
        arn: String,
        account: String,
        /// For a session of a role, the role's name.
        role: Option<String>,
    },
    Federated(String),
    Anonymous,
}

/// The element `Principal` or `NotPrincipal` of a statement.
#[derive(Debug, Clone)]
pub(crate) struct PrincipalElement {
    /// `NotPrincipal`: the statement applies to all but these.
    pub(crate) negated: bool,
    pub(crate) principals: Vec<PolicyPrincipal>,
}

/// One principal as a policy names it.
#[derive(Debug, Clone)]
pub(crate) enum PolicyPrincipal {
    /// `*`.
    All,
    Aws(String),
    Service(String),
    Federated(String),
    /// A [`Principal`] cannot be one, so its value does not matter.
    CanonicalUser,
}

/// How a statement names the requesting principal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum PrincipalMatch {
    /// By itself, by its role, or by `*`.
    Direct,
    /// By the account that it belongs to.
    ByAccount,
}

impl RequestPrincipal {
    pub(crate) fn of(principal: &Principal) -> Self {
        match principal {
            Principal::Service(service) => Self::Service(service.clone()),
            Principal::Federated(provider) => Self::Federated(provider.clone()),
            Principal::Anonymous => Self::Anonymous,
            Principal::Aws(arn) => {
                let account = arn.split(':').nth(4).unwrap_or(arn).to_owned();
                let role = arn.split(':').nth(5).and_then(|resource| resource.strip_prefix("assumed-role/"));
                let role = role.and_then(|role| role.split('/').next()).map(ToOwned::to_owned);
                Self::Aws { arn: arn.clone(), account, role }
            }
        }
    }

    /// Sets the condition keys that follow from the principal, if they are absent.
    pub(crate) fn add_condition_keys(&self, context: &mut Context) {
        match self {
            Self::Service(service) => {
                context.set_if_absent("aws:PrincipalIsAWSService", "true");
                context.set_if_absent("aws:PrincipalServiceName", service);
            }
            Self::Aws { arn, account, role } => {
                context.set_if_absent("aws:PrincipalIsAWSService", "false");
                context.set_if_absent("aws:PrincipalAccount", account);
                let partition = arn.split(':').nth(1).unwrap_or("aws");
                let principal_arn = match role {
                    // A session's key holds its role's ARN, here without the role's path, which the session's ARN does
                    // not have.
                    Some(role) => format!("arn:{partition}:iam::{account}:role/{role}"),
                    None if arn == account => format!("arn:{partition}:iam::{account}:root"),
                    None => arn.clone(),
                };
                context.set_if_absent("aws:PrincipalArn", &principal_arn);
            }
            Self::Federated(_) | Self::Anonymous => {}
        }
    }

    /// Whether it is an account's root user, or the account as a whole.
    fn is_account(&self) -> bool {
        matches!(self, Self::Aws { arn, account, .. } if arn == account || is_root(arn, account))
    }
}

impl PrincipalElement {
    /// How a statement with these principals names the requesting principal, and whether it applies to it.
    pub(crate) fn evaluate(&self, principal: &RequestPrincipal, effect: Effect) -> (PrincipalMatch, Truth) {
        let is_listed = |test: fn(&PolicyPrincipal, &RequestPrincipal) -> bool| {
            self.principals.iter().any(|listed| test(listed, principal))
        };
        let directly = is_listed(PolicyPrincipal::is);
        let by_role = is_listed(PolicyPrincipal::is_role_of);
        let by_account = is_listed(PolicyPrincipal::is_account_of);
        if self.negated {
            return (PrincipalMatch::Direct, self.matches_not_principal(principal, directly, by_role, by_account));
        }
        match (directly || by_role, by_account) {
            (false, false) => (PrincipalMatch::Direct, Truth::No),
            // A deny to an account denies every principal in it.
            (false, true) if effect == Effect::Allow && !principal.is_account() => {
                (PrincipalMatch::ByAccount, Truth::Yes)
            }
            _ => (PrincipalMatch::Direct, Truth::Yes),
        }
    }

    /// Whether a statement with `NotPrincipal` applies to the requesting principal. It certainly does not only if every
    /// name of the principal is listed: user and account, or session, role and account.
    fn matches_not_principal(
        &self,
        principal: &RequestPrincipal,
        directly: bool,
        by_role: bool,
        by_account: bool,
    ) -> Truth {
        let is_any = self.principals.iter().any(|listed| matches!(listed, PolicyPrincipal::All));
        let names = match principal {
            _ if is_any => return Truth::No,
            RequestPrincipal::Aws { .. } if principal.is_account() => vec![directly || by_account],
            RequestPrincipal::Aws { role: Some(_), .. } => vec![directly, by_role, by_account],
            RequestPrincipal::Aws { role: None, .. } => vec![directly, by_account],
            RequestPrincipal::Service(_) | RequestPrincipal::Federated(_) | RequestPrincipal::Anonymous => {
                vec![directly]
            }
        };
        match (names.iter().all(|&named| named), names.iter().any(|&named| named)) {
            (true, _) => Truth::No,
            (false, false) => Truth::Yes,
            (false, true) => Truth::Unknown(
                "NotPrincipal names the principal in part: not all of the user, or the session and its role, and the account"
                    .into(),
            ),
        }
    }
}

impl PolicyPrincipal {
    fn is(&self, principal: &RequestPrincipal) -> bool {
        match (self, principal) {
            (Self::All, _) => true,
            (Self::Aws(listed), RequestPrincipal::Aws { arn: name, .. })
            | (Self::Service(listed), RequestPrincipal::Service(name))
            | (Self::Federated(listed), RequestPrincipal::Federated(name)) => listed == name,
            _ => false,
        }
    }

    /// Whether it is the session's role. Paths are ignored: a session's ARN has none, and a role's name is unique in
    /// its account.
    fn is_role_of(&self, principal: &RequestPrincipal) -> bool {
        let (Self::Aws(listed), RequestPrincipal::Aws { account, role: Some(role), .. }) = (self, principal) else {
            return false;
        };
        let mut parts = listed.splitn(6, ':').skip(2);
        let is_of_account = parts.next() == Some("iam") && parts.next() == Some("") && parts.next() == Some(account);
        is_of_account
            && parts.next().and_then(|resource| resource.strip_prefix("role/")).and_then(|path| path.rsplit('/').next())
                == Some(role)
    }

    fn is_account_of(&self, principal: &RequestPrincipal) -> bool {
        let (Self::Aws(listed), RequestPrincipal::Aws { account, .. }) = (self, principal) else { return false };
        listed == account || is_root(listed, account)
    }
}

/// Whether an ARN is that of an account's root user, which stands for the whole account in policies.
fn is_root(arn: &str, account: &str) -> bool {
    arn.splitn(6, ':').skip(2).eq(["iam", "", account, "root"])
}
