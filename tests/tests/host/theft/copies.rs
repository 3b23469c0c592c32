//! Tags that exist already: set in the request, copied along, planted, or so many that there is no room.

use autotag_fake_aws::{RegionHandle, Snapshot, Volume};
use serde_json::json;

use super::cases::Case;
use super::events::{ALICE, EVE, ago, ec2, id, millis};

fn volume(number: u32, tags: &'static [(&'static str, &'static str)]) -> (String, impl Fn(&RegionHandle)) {
    let volume = id("vol", number);
    let put = {
        let volume = volume.clone();
        move |region: &RegionHandle| {
            let volume = Volume::new(&volume).created(ago(60));
            region.put_volume(tags.iter().fold(volume, |volume, (key, value)| volume.tag(key, value)));
        }
    };
    (volume, put)
}

fn created(who: &str, volume: &str, request: serde_json::Value) -> serde_json::Value {
    ec2(who, "CreateVolume", ago(60), request, json!({"volumeId": volume, "createTime": millis(ago(60))}))
}

pub(crate) fn cases() -> Vec<Case> {
    let mut cases = Vec::new();
    let (hers, put) = volume(0x400, &[("Owner", "eve"), ("PrincipalId", "AIDAEVE")]);
    cases.push(
        Case::new("a planted identity on a new volume", put, vec![created(ALICE, &hers, json!({}))])
            .belongs_to(&hers, ALICE)
            .says(0, "tagged"),
    );
    let (hers, put) = volume(0x401, &[("Owner", "alice"), ("PrincipalId", "AIDAALICE")]);
    let request = json!({"tagSpecificationSet": {"items": [{"resourceType": "volume", "tags": [
        {"key": "PrincipalId", "value": "AIDAALICE"}, {"key": "Owner", "value": "alice"}]}]}});
    cases.push(
        Case::new("another's identity among the tags of the request", put, vec![created(EVE, &hers, request)])
            .belongs_to(&hers, EVE),
    );
    let snapshot = id("snap", 0x402);
    let put = {
        let snapshot = snapshot.clone();
        move |region: &RegionHandle| {
            let copy = Snapshot::new(&snapshot).started(ago(60)).tag("Owner", "eve").tag("PrincipalId", "AIDAEVE");
            region.put_snapshot(copy);
        }
    };
    let answer = json!({"snapshotSet": {"item": {"snapshotId": snapshot, "startTime": millis(ago(60))}}});
    cases.push(
        Case::new(
            "the tags of the volume, copied to a snapshot",
            put,
            vec![ec2(ALICE, "CreateSnapshots", ago(60), json!({"copyTagsFromSource": "volume"}), answer)],
        )
        .belongs_to(&snapshot, ALICE),
    );
    // An id that is smuggled into a field that EC2 echoes.
    let (hers, put) = volume(0x403, &[]);
    let answer = json!({"snapshotId": id("snap", 0x403), "startTime": millis(ago(60)), "description": hers});
    let request = json!({"description": hers});
    let put = move |region: &RegionHandle| {
        put(region);
        region.put_snapshot(Snapshot::new(&id("snap", 0x403)).started(ago(60)));
    };
    cases.push(
        Case::new("a colleague's id in a description", put, vec![ec2(EVE, "CreateSnapshot", ago(60), request, answer)])
            .belongs_to(&hers, None)
            .belongs_to(&id("snap", 0x403), EVE),
    );
    // 49 tags leave room for one, which the identity takes.
    let full = |number: u32, count: usize| {
        let volume = id("vol", number);
        let put = {
            let volume = volume.clone();
            move |region: &RegionHandle| {
                region.put_volume(Volume::new(&volume).created(ago(60)));
                (0..count).for_each(|tag| region.set_tag(&volume, &format!("own-{tag}"), "x"));
            }
        };
        (volume, put)
    };
    let (hers, put) = full(0x404, 49);
    cases.push(
        Case::new("49 tags of its own", put, vec![created(ALICE, &hers, json!({}))])
            .has_identity_of(&hers, ALICE)
            .says(0, "tagged"),
    );
    let (hers, put) = full(0x405, 50);
    cases.push(
        Case::new("50 tags of its own", put, vec![created(ALICE, &hers, json!({}))])
            .belongs_to(&hers, None)
            .says(0, "failed"),
    );
    cases
}
