//! The instances of a launch whose response CloudTrail has omitted.

use autotag_core::ownership::{Claim, Doubt, Verdict};
use autotag_core::resource::Resource;
use autotag_core::tagging::Launch;

use super::ec2::ByInstance;
use super::error::TagError;
use super::recorded_call::RecordedCall;
use super::services::Services;

/// The instances that a launch made, and an error while there may be more. A repeated launch has the same client token,
/// so that only the instances' own times can tell the two apart.
pub(super) async fn instances(
    services: &Services,
    call: &RecordedCall<'_>,
    launch: &Launch,
) -> (Vec<Claim>, Result<(), TagError>) {
    let Launch { client_token, min_count, max_count, .. } = launch;
    let mut claims = Vec::new();
    for (_, instances) in services.ec2.instances.load(ByInstance::ClientToken, vec![client_token.clone()]).await {
        match instances {
            Ok(instances) => claims.extend(instances.into_iter().map(|instance| Claim {
                resource: Resource::Ec2(instance.id),
                verdict: Verdict::Open(Doubt::ClientToken),
                is_reusable: false,
                unique_id: None,
            })),
            Err(failure) => return (claims, Err(TagError::of(failure, None, call))),
        }
    }
    let shown = claims.len();
    let missing = || {
        let wanted = if min_count == max_count { min_count.to_string() } else { format!("{min_count} to {max_count}") };
        format!("EC2 shows {shown} instances with the client token {client_token}, and the request asked for {wanted}")
    };
    let problem = if (shown < *min_count && call.is_recent()) || (shown < *max_count && call.is_just_made()) {
        Err(TagError::not_yet(missing()))
    } else if shown == 0 {
        Err(TagError::gone(missing()))
    } else {
        if shown < *min_count {
            tracing::warn!(reason = missing(), "tagged without all instances of the launch, which was long ago");
        }
        Ok(())
    };
    (claims, problem)
}
