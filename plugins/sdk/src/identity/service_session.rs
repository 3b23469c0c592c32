//! Whether a role's session is that of the AWS service that made the API call, or of a caller whose request it passes
//! on.

/// The services whose sessions are not named after them: the first label of `invokedBy`, and the session.
///
/// EKS is not among them. With a cluster's role, it names its session by the time in nanoseconds, and so do some
/// programs by default.
const OTHER_NAMES: [(&str, &str); 4] = [
    ("datapipeline", "EDPSession"),
    ("dlm", "AWSDataLifecycleManager"),
    ("elasticmapreduce", "CCSSession"),
    ("glue", "GlueJobRunnerSession"),
];

/// Whether the session of a role is one that the service itself began: `AWSCloudFormation` of
/// `cloudformation.amazonaws.com`.
///
/// A service that passes on what its caller asked for stands in `invokedBy`, too, but then the session is the caller's.
/// So both have to agree. The session is the service's name, or begins with `AWS` or `Amazon` and goes on with the
/// name, alone or before a separator, such as `AWSBackup-AWSBackupDefaultServiceRole`. Without the prefix, the name has
/// to be all: a person's deployment is easily called `cloudformation-deploy`.
pub(super) fn is_own_session(invoked_by: &str, session: &str) -> bool {
    // Some records say `AWS Internal`, which is no service.
    let Some((service, _)) = invoked_by.split_once('.') else { return false };
    if service.is_empty() {
        return false;
    }
    if OTHER_NAMES.iter().any(|(known, name)| known.eq_ignore_ascii_case(service) && name.eq_ignore_ascii_case(session))
    {
        return true;
    }
    if session.eq_ignore_ascii_case(service) {
        return true;
    }
    ["aws", "amazon"].iter().any(|prefix| {
        let Some(name) = without_prefix(session, prefix) else { return false };
        without_prefix(name.trim_start_matches(['-', '_']), service)
            .is_some_and(|rest| !rest.starts_with(char::is_alphanumeric))
    })
}

/// What follows a prefix, which may be in upper or lower case.
fn without_prefix<'t>(text: &'t str, prefix: &str) -> Option<&'t str> {
    let (start, rest) = text.split_at_checked(prefix.len())?;
    start.eq_ignore_ascii_case(prefix).then_some(rest)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_session_that_a_service_names_after_itself_is_its_own() {
        for (service, session) in [
            ("cloudformation", "AWSCloudFormation"),
            ("cloudformation", "cloudformation"),
            ("servicecatalog", "servicecatalog"),
            ("elasticbeanstalk", "AWSElasticBeanstalk"),
            ("backup", "AWSBackup-AWSBackupDefaultServiceRole"),
            ("lambda", "awslambda_292_20191110150720334"),
            ("batch", "aws-batch"),
            ("sagemaker", "SageMaker"),
            ("eks", "AmazonEKS"),
            ("backup", "Amazon_-Backup"),
        ] {
            assert!(is_own_session(&format!("{service}.amazonaws.com"), session), "{service} {session}");
            assert!(is_own_session(&format!("{service}.amazonaws.com.cn"), session), "{service} {session}");
        }
    }

    #[test]
    fn a_service_whose_session_has_another_name_is_known_by_it() {
        for (service, session) in OTHER_NAMES {
            let invoked_by = format!("{service}.amazonaws.com");
            assert!(is_own_session(&invoked_by, session), "{service} {session}");
            assert!(!is_own_session("cloudformation.amazonaws.com", session), "{service} {session}");
            assert!(!is_own_session(&invoked_by, &format!("{session}-2")), "{service} {session}");
        }
    }

    #[test]
    fn a_session_of_any_other_name_is_of_a_caller_whose_request_the_service_passes_on() {
        for session in [
            "alice",
            "alice@example.com",
            "cloudformation-deploy",
            "deploy-cloudformation",
            "AWSCloudFormationer",
            "AWSCloudFormation2",
            "AWSCloudFormationé",
            "AWSAWSCloudFormation",
            "AWS",
            "aws-",
            "-cloudformation",
            "AWSBackup",
            "ÄWSCloudFormation",
            "",
        ] {
            assert!(!is_own_session("cloudformation.amazonaws.com", session), "{session}");
        }
        assert!(!is_own_session("eks.amazonaws.com", "1692148309803252560"));
    }

    #[test]
    fn what_names_no_service_has_no_sessions() {
        for (invoked_by, session) in [
            ("AWS Internal", "AWS"),
            ("", ""),
            (".", ""),
            (".amazonaws.com", ""),
            (".amazonaws.com", "AWS"),
            ("cloudformation", "AWSCloudFormation"),
        ] {
            assert!(!is_own_session(invoked_by, session), "{invoked_by} {session}");
        }
    }
}
