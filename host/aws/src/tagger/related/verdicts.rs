//! Whether what was found beside an instance or an image was made with it.

use std::time::{Duration, SystemTime};

use autotag_core::ownership::{Contradiction, Doubt, MAX_CREATED_AFTER, MAX_CREATED_BEFORE, Proof, Verdict};

use crate::tagger::ec2::Found;

/// How much earlier than its instance or image a resource may have been created: that it belongs to it is evidence,
/// too.
const EARLIER: Duration = Duration::from_secs(60);

/// How long after a launch its own volumes and interfaces are attached at the latest.
const ATTACHED: Duration = Duration::from_secs(15);

/// The same, where nothing else can have been attached: a launch attaches only volumes that it makes, anything else
/// needs an instance that runs, and none runs so soon.
const ATTACHED_BY_LAUNCH: Duration = Duration::from_secs(5);

fn verdict_by_time(found: &Found, made: SystemTime) -> Verdict {
    match found.created {
        Some(created) if created + EARLIER < made || created > made + MAX_CREATED_AFTER => {
            Verdict::Disproved(Contradiction::CreatedAt { created, called: made })
        }
        Some(created) => Verdict::Proved(Proof::CreatedAt(created)),
        None => Verdict::Open(Doubt::NoCreationTime),
    }
}

/// A snapshot that is not older than the image is the image's own, however long it took to make: the snapshots that an
/// image is built on are fixed when it is created, and those that the request names are not taken along.
pub(super) fn verdict_on_snapshot(snapshot: &Found, called: SystemTime) -> Verdict {
    match snapshot.created {
        Some(created) if created >= called => Verdict::Proved(Proof::CreatedAt(created)),
        _ => verdict_by_time(snapshot, called),
    }
}

/// A volume that was created with its instance, was attached at once and ends with it is the launch's own. One that was
/// attached later is not.
pub(super) fn verdict_on_volume(volume: &Found, launched: SystemTime) -> Verdict {
    match (verdict_by_time(volume, launched), volume.attached) {
        (Verdict::Proved(_), Some(attached)) if attached > launched + ATTACHED => {
            Verdict::Disproved(Contradiction::AttachedLater { attached, called: launched })
        }
        (Verdict::Proved(Proof::CreatedAt(created)), Some(attached))
            if volume.ends_with_instance
                && attached <= launched + ATTACHED_BY_LAUNCH
                && launched <= created + MAX_CREATED_BEFORE =>
        {
            Verdict::Proved(Proof::MadeWithInstance)
        }
        (Verdict::Proved(_), _) => Verdict::Open(Doubt::MayBeBroughtAlong),
        (verdict, _) => verdict,
    }
}

/// EC2 does not say when an interface was created, and whether it ends with its instance can be changed later. One that
/// does not end with it, or was attached later, was not made for the launch. A launch template may have brought along
/// one that is older.
pub(super) fn verdict_on_interface(interface: &Found, launched: SystemTime, may_use_template: bool) -> Verdict {
    match interface.attached {
        Some(attached) if attached > launched + ATTACHED => {
            Verdict::Disproved(Contradiction::AttachedLater { attached, called: launched })
        }
        _ if !interface.ends_with_instance => Verdict::Disproved(Contradiction::BroughtAlong),
        Some(attached) if attached <= launched + ATTACHED_BY_LAUNCH && !may_use_template => {
            Verdict::Proved(Proof::MadeWithInstance)
        }
        _ => Verdict::Open(Doubt::MayBeBroughtAlong),
    }
}

#[cfg(test)]
mod tests {
    use std::time::UNIX_EPOCH;

    use autotag_core::resource::ResourceId;

    use super::*;

    /// A second of the clock at which everything below happens.
    const MADE: u64 = 1_700_000_000;

    fn at(seconds: i64) -> SystemTime {
        UNIX_EPOCH + Duration::from_secs(MADE.saturating_add_signed(seconds))
    }

    /// What was created and attached so many seconds after its instance or image.
    fn found(created: Option<i64>, attached: Option<i64>, ends_with_instance: bool) -> Found {
        let id = ResourceId::parse("vol-0123456789abcdef0").unwrap();
        Found { id, created: created.map(at), attached: attached.map(at), ends_with_instance, tags: Vec::new() }
    }

    fn name(verdict: &Verdict) -> &'static str {
        match verdict {
            Verdict::Proved(Proof::CreatedAt(_)) => "created at that time",
            Verdict::Proved(Proof::MadeWithInstance) => "made with it",
            Verdict::Open(Doubt::NoCreationTime) => "no time",
            Verdict::Open(Doubt::MayBeBroughtAlong) => "may be brought along",
            Verdict::Disproved(Contradiction::CreatedAt { .. }) => "created at another time",
            Verdict::Disproved(Contradiction::AttachedLater { .. }) => "attached later",
            Verdict::Disproved(Contradiction::BroughtAlong) => "brought along",
            _ => "another",
        }
    }

    #[test]
    fn a_snapshot_is_its_images_if_it_is_not_much_older() {
        for (created, expected) in [
            (Some(-61), "created at another time"),
            (Some(-60), "created at that time"),
            (Some(0), "created at that time"),
            (Some(3600), "created at that time"),
            (None, "no time"),
        ] {
            assert_eq!(name(&verdict_on_snapshot(&found(created, None, false), at(0))), expected, "{created:?}");
        }
    }

    #[test]
    fn a_volume_is_its_instances_if_both_were_made_at_once_and_end_at_once() {
        for (created, attached, ends_with_instance, expected) in [
            (Some(0), Some(0), true, "made with it"),
            (Some(-2), Some(5), true, "made with it"),
            (Some(60), Some(5), true, "made with it"),
            (Some(-3), Some(0), true, "may be brought along"),
            (Some(0), Some(6), true, "may be brought along"),
            (Some(0), Some(15), true, "may be brought along"),
            (Some(0), Some(0), false, "may be brought along"),
            (Some(0), None, true, "may be brought along"),
            (Some(0), Some(16), true, "attached later"),
            (Some(-60), Some(16), true, "attached later"),
            (Some(-61), Some(0), true, "created at another time"),
            (Some(61), Some(0), true, "created at another time"),
            (None, Some(0), true, "no time"),
            (None, Some(16), true, "no time"),
        ] {
            let volume = found(created, attached, ends_with_instance);
            assert_eq!(name(&verdict_on_volume(&volume, at(0))), expected, "{volume:?}");
        }
    }

    #[test]
    fn an_interface_is_its_instances_if_it_was_attached_at_once_and_no_template_may_have_brought_it() {
        for (attached, ends_with_instance, may_use_template, expected) in [
            (Some(0), true, false, "made with it"),
            (Some(5), true, false, "made with it"),
            (Some(6), true, false, "may be brought along"),
            (Some(15), true, false, "may be brought along"),
            (Some(0), true, true, "may be brought along"),
            (None, true, false, "may be brought along"),
            (Some(16), true, false, "attached later"),
            (Some(16), false, true, "attached later"),
            (Some(15), false, false, "brought along"),
            (None, false, false, "brought along"),
        ] {
            let interface = found(None, attached, ends_with_instance);
            let verdict = verdict_on_interface(&interface, at(0), may_use_template);
            assert_eq!(name(&verdict), expected, "{interface:?}, {may_use_template}");
        }
    }
}
