//! Forged envelopes.

use autotag_fake_aws::{NetworkInterface, RegionHandle, Volume};
use serde_json::{Value, json};

use super::cases::Case;
use super::events::{ACCOUNT, EVE, REGION, ago, call, ec2, id, millis};

/// A volume without an owner, and Eve's event of it, changed by `change`.
fn forged(name: &'static str, number: u32, outcome: &'static str, change: impl Fn(&mut Value)) -> Case {
    let volume = id("vol", number);
    let answer = json!({"volumeId": volume, "createTime": millis(ago(30))});
    let mut event = ec2(EVE, "CreateVolume", ago(30), json!({}), answer);
    change(&mut event);
    let put = {
        let volume = volume.clone();
        move |region: &RegionHandle| region.put_volume(Volume::new(&volume).created(ago(30)))
    };
    let case = Case::new(name, put, vec![event]).belongs_to(&volume, None);
    // If it is no event, the log has no event id of it.
    if outcome.is_empty() { case } else { case.says(0, outcome) }
}

pub(crate) fn cases() -> Vec<Case> {
    let mut cases = vec![
        // No plugin wants these, and none ever will.
        forged("an event of a partner's", 0x600, "failed", |event| {
            event["source"] = "aws.partner/example.com/anything".into();
            event["time"] = "2026-01-31T12:00:00Z".into();
        }),
        forged("an event that any account can send", 0x601, "failed", |event| {
            event["source"] = "my.app".into();
            event["time"] = "2026-01-31T12:00:00Z".into();
        }),
        forged("a record of another account", 0x602, "refused", |event| {
            event["detail"]["recipientAccountId"] = "444455556666".into();
        }),
        forged("a record of another Region", 0x603, "refused", |event| {
            event["detail"]["awsRegion"] = "us-east-1".into()
        }),
        forged("an account that the host may not tag in", 0x604, "refused", |event| {
            event["account"] = "444455556666".into();
            event["detail"]["recipientAccountId"] = "444455556666".into();
        }),
        forged("a replay", 0x605, "refused", |event| event["replay-name"] = "r".into()),
        forged("a replay whose name is none", 0x606, "refused", |event| event["replay-name"] = "".into()),
        forged("a call that failed", 0x607, "skip", |event| {
            event["detail"]["errorCode"] = "Client.Unauthorized".into()
        }),
        forged("a bare record in the queue", 0x608, "", |event| {
            let record = event["detail"].take();
            *event = record;
        }),
    ];
    // One of EC2's ids in the answer of another service.
    let interface = id("eni", 0x609);
    let put = {
        let interface = interface.clone();
        move |region: &RegionHandle| {
            region.put_network_interface(NetworkInterface::new(&interface));
            region.put_arn(&format!("arn:aws:rds:{REGION}:{ACCOUNT}:db:x"), &[]);
        }
    };
    let arn = format!("arn:aws:rds:{REGION}:{ACCOUNT}:db:x");
    let answer = json!({"dBInstanceIdentifier": interface, "dBInstanceArn": arn});
    let event = call(EVE, "rds", "CreateDBInstance", ago(30), json!({}), answer);
    cases.push(Case::new("an id of EC2's in another service's answer", put, vec![event]).belongs_to(&interface, None));
    cases
}
