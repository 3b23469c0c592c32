//! Services that act on their own behalf or on a principal's, with their own roles or with customers'.

use autotag_fake_aws::{Instance, RegionHandle, Snapshot};
use serde_json::{Value, json};

use super::cases::Case;
use super::events::{ACCOUNT, ALICE, ago, by_service, ec2, id, launched, millis, with_token};

const FLEET_SERVICE: &str = "ec2fleet.amazonaws.com";

fn fleet(number: u32) -> String {
    format!("fleet-{number:08x}-67cd-8ef9-ba9b-9208dddddddd")
}

/// An instance of an instant fleet: the service launches it, and the fleet's creator gets it in the answer.
fn of_instant_fleet(name: &'static str, number: u32) -> Case {
    let (instance, interface) = (id("i", number), id("eni", number));
    let put = {
        let (instance, interface) = (instance.clone(), interface.clone());
        move |region: &RegionHandle| {
            let launched = Instance::new(&instance).launched(ago(60)).network_interface(&interface);
            region.put_instance(launched.tag("aws:ec2:fleet-id", &fleet(number)));
            region.put_fleet(&fleet(number), "instant");
            region.born(&fleet(number), ago(60));
        }
    };
    let service = by_service(
        ec2(ALICE, "RunInstances", ago(60), json!({}), launched(&instance, &interface, ago(60))),
        FLEET_SERVICE,
    );
    let answer = json!({"CreateFleetResponse": {
        "fleetId": fleet(number), "fleetInstanceSet": {"item": {"instanceIds": {"item": instance}}}}});
    let person = ec2(ALICE, "CreateFleet", ago(60), json!({"CreateFleetRequest": {"ClientToken": "f"}}), answer);
    Case::new(name, put, vec![service, person])
        .belongs_to(&instance, ALICE)
        .belongs_to(&fleet(number), ALICE)
        .says(0, "instant_fleet")
}

/// A snapshot by a role's session, which a service either passes on or creates on its own behalf.
fn snapshot(number: u32, session: &str, invoked_by: &str) -> (String, impl Fn(&RegionHandle) + use<>, Value) {
    let snapshot = id("snap", number);
    let put = {
        let snapshot = snapshot.clone();
        move |region: &RegionHandle| region.put_snapshot(Snapshot::new(&snapshot).started(ago(60)))
    };
    let mut event =
        ec2(ALICE, "CreateSnapshot", ago(60), json!({}), json!({"snapshotId": snapshot, "startTime": millis(ago(60))}));
    event["detail"]["userIdentity"] = json!({
        "type": "AssumedRole",
        "principalId": format!("AIDAALICE:{session}"),
        "arn": format!("arn:aws:sts::{ACCOUNT}:assumed-role/Role/{session}"),
        "accountId": ACCOUNT,
        "accessKeyId": "ASIAEXAMPLE",
        "sessionContext": {"sessionIssuer": {"type": "Role", "arn": format!("arn:aws:iam::{ACCOUNT}:role/Role"), "userName": "Role"}},
        "invokedBy": invoked_by,
    });
    (snapshot, put, event)
}

pub(crate) fn cases() -> Vec<Case> {
    let mut cases = vec![of_instant_fleet("a service's launch for an instant fleet, and its maker's call", 0x500)];
    // Only this event names a fleet that a service creates on its own behalf.
    let (instance, maker) = (id("i", 0x501), "ec2fleet.amazonaws.com");
    let put = {
        let instance = instance.clone();
        move |region: &RegionHandle| {
            region.put_fleet(&fleet(0x501), "instant");
            region.born(&fleet(0x501), ago(60));
            let launched = Instance::new(&instance).launched(ago(60));
            region.put_instance(launched.tag("aws:ec2:fleet-id", &fleet(0x501)));
        }
    };
    let answer = json!({"CreateFleetResponse": {
        "fleetId": fleet(0x501), "fleetInstanceSet": {"item": {"instanceIds": {"item": instance}}}}});
    let event = by_service(ec2(ALICE, "CreateFleet", ago(60), json!({"CreateFleetRequest": {}}), answer), maker);
    cases.push(
        Case::new("an instant fleet that a service makes for itself", put, vec![event])
            .belongs_to(&instance, maker)
            .belongs_to(&fleet(0x501), maker),
    );
    let sessions = [
        ("AWSCloudFormation", "cloudformation.amazonaws.com"),
        ("servicecatalog", "servicecatalog.amazonaws.com"),
        ("AWSDataLifecycleManager", "dlm.amazonaws.com"),
        ("AWSBackup-AWSBackupDefaultServiceRole", "backup.amazonaws.com"),
        ("CCSSession", "elasticmapreduce.amazonaws.com"),
    ];
    for ((session, service), number) in sessions.into_iter().zip(0x510..) {
        let (snapshot, put, event) = snapshot(number, session, service);
        cases.push(
            Case::new("a service by a role of the customer's", put, vec![event])
                .belongs_to(&snapshot, service)
                .says(0, "tagged"),
        );
    }
    // A copy of a principal's snapshot, with its tags, by such a service: no principal gets it.
    let (snapshot, put, event) = snapshot(0x520, "AWSDataLifecycleManager", "dlm.amazonaws.com");
    let tagged = {
        let snapshot = snapshot.clone();
        move |region: &RegionHandle| {
            put(region);
            region.set_tag(&snapshot, "Owner", ALICE);
            region.set_tag(&snapshot, "PrincipalId", "AIDAALICE");
        }
    };
    cases.push(
        Case::new("a service's snapshot with a person's tags", tagged, vec![event])
            .belongs_to(&snapshot, ALICE)
            .says(0, "held"),
    );
    // A user's proved API call replaces a service's name, and a service's later event changes nothing.
    let (instance, interface) = (id("i", 0x521), id("eni", 0x521));
    let put = {
        let (instance, interface) = (instance.clone(), interface.clone());
        move |region: &RegionHandle| {
            region.put_instance(Instance::new(&instance).launched(ago(60)).network_interface(&interface));
            region.set_tag(&instance, "Owner", FLEET_SERVICE);
        }
    };
    let event = ec2(ALICE, "RunInstances", ago(60), with_token("s"), launched(&instance, &interface, ago(60)));
    cases.push(Case::new("a service's name that is there already", put, vec![event]).belongs_to(&instance, ALICE));
    cases
}
