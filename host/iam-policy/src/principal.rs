//! Which principals a statement applies to.

use crate::effect::Effect;
use crate::truth::Truth;
use crate::{Context, Principal};

/// The requesting principal, with every name that a policy can use for it.
#[derive(Debug)]
pub(crate) enum Who {
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

/// The principals that a statement names.
#[derive(Debug, Clone)]
pub(crate) struct Principals {
    /// `NotPrincipal`: the statement applies to all but these.
    pub(crate) negated: bool,
    pub(crate) listed: Vec<Listed>,
}

/// One principal as a policy names it.
#[derive(Debug, Clone)]
pub(crate) enum Listed {
    Everyone,
    Aws(String),
    Service(String),
    Federated(String),
    /// Of a kind that a [`Principal`] cannot be: `CanonicalUser`.
    Other,
}

/// How a statement names the requesting principal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Named {
    /// By itself, by its role, or by `*`.
    Itself,
    /// By the account that it belongs to.
    ByAccount,
}

impl Who {
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
    pub(crate) fn fill(&self, context: &mut Context) {
        match self {
            Self::Service(service) => {
                context.fill("aws:PrincipalIsAWSService", "true");
                context.fill("aws:PrincipalServiceName", service);
            }
            Self::Aws { arn, account, role } => {
                context.fill("aws:PrincipalIsAWSService", "false");
                context.fill("aws:PrincipalAccount", account);
                let partition = arn.split(':').nth(1).unwrap_or("aws");
                match role {
                    // A session's key holds its role's ARN, here without the role's path, which the session's ARN does
                    // not have.
                    Some(role) => {
                        context.fill("aws:PrincipalArn", &format!("arn:{partition}:iam::{account}:role/{role}"));
                    }
                    None if arn == account => {
                        context.fill("aws:PrincipalArn", &format!("arn:{partition}:iam::{account}:root"));
                    }
                    None => context.fill("aws:PrincipalArn", arn),
                }
            }
            Self::Federated(_) | Self::Anonymous => {}
        }
    }

    /// Whether it is an account's root user, or the account as a whole.
    fn is_account(&self) -> bool {
        matches!(self, Self::Aws { arn, account, .. } if arn == account || is_root(arn, account))
    }
}

impl Principals {
    /// How a statement with these principals names the requesting principal, and whether it applies to it.
    pub(crate) fn name(&self, who: &Who, effect: Effect) -> (Named, Truth) {
        let is_listed = |test: fn(&Listed, &Who) -> bool| self.listed.iter().any(|listed| test(listed, who));
        let in_person = is_listed(Listed::is);
        let by_role = is_listed(Listed::is_role_of);
        let by_account = is_listed(Listed::is_account_of);
        if self.negated {
            return (Named::Itself, self.all_but(who, in_person, by_role, by_account));
        }
        match (in_person || by_role, by_account) {
            (false, false) => (Named::Itself, Truth::No),
            // A deny to an account denies every principal in it.
            (false, true) if effect == Effect::Allow && !who.is_account() => (Named::ByAccount, Truth::Yes),
            _ => (Named::Itself, Truth::Yes),
        }
    }

    /// Whether a statement with `NotPrincipal` applies to the requesting principal. It certainly does not only if every
    /// name of the principal is listed: user and account, or session, role and account.
    fn all_but(&self, who: &Who, in_person: bool, by_role: bool, by_account: bool) -> Truth {
        let everyone = self.listed.iter().any(|listed| matches!(listed, Listed::Everyone));
        let names = match who {
            _ if everyone => return Truth::No,
            Who::Aws { .. } if who.is_account() => vec![in_person || by_account],
            Who::Aws { role: Some(_), .. } => vec![in_person, by_role, by_account],
            Who::Aws { role: None, .. } => vec![in_person, by_account],
            Who::Service(_) | Who::Federated(_) | Who::Anonymous => vec![in_person],
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

impl Listed {
    fn is(&self, who: &Who) -> bool {
        match (self, who) {
            (Self::Everyone, _) => true,
            (Self::Aws(listed), Who::Aws { arn: name, .. })
            | (Self::Service(listed), Who::Service(name))
            | (Self::Federated(listed), Who::Federated(name)) => listed == name,
            _ => false,
        }
    }

    /// Whether it is the session's role. Paths are ignored: a session's ARN has none, and a role's name is unique in
    /// its account.
    fn is_role_of(&self, who: &Who) -> bool {
        let (Self::Aws(listed), Who::Aws { account, role: Some(role), .. }) = (self, who) else { return false };
        let mut parts = listed.splitn(6, ':').skip(2);
        let is_of_account = parts.next() == Some("iam") && parts.next() == Some("") && parts.next() == Some(account);
        is_of_account
            && parts.next().and_then(|resource| resource.strip_prefix("role/")).and_then(|path| path.rsplit('/').next())
                == Some(role)
    }

    fn is_account_of(&self, who: &Who) -> bool {
        let (Self::Aws(listed), Who::Aws { account, .. }) = (self, who) else { return false };
        listed == account || is_root(listed, account)
    }
}

/// Whether an ARN is that of an account's root user, which stands for the whole account in policies.
fn is_root(arn: &str, account: &str) -> bool {
    arn.splitn(6, ':').skip(2).eq(["iam", "", account, "root"])
}
