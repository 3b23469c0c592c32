//! Whether the host's credentials reach all accounts that it is to tag in.

use super::credentials::CallerIdentity;
use super::deployment::Deployment;
use super::finding::{Check, Findings};

pub(super) fn examine(deployment: &Deployment<'_>, identity: &CallerIdentity, findings: &mut Findings) {
    let own = identity.account.as_str();
    let Some(accounts) = &deployment.config.guard.accounts else { return };
    let others: Vec<&str> = accounts.iter().map(String::as_str).filter(|account| *account != own).collect();
    let listed = others.join(", ");
    if !others.is_empty() && deployment.service.role.is_none() {
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
