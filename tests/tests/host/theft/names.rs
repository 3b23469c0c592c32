//! Names that are reused once they are free, and events that are delivered again.

use std::time::{Duration, SystemTime};

use autotag_fake_aws::{RegionHandle, Volume};
use serde_json::{Value, json};

use super::cases::Case;
use super::events::{ACCOUNT, ALICE, EVE, REGION, ago, call, ec2, id, millis};

const DAYS: u64 = 86_400;

fn database(name: &str) -> String {
    format!("arn:aws:rds:{REGION}:{ACCOUNT}:db:{name}")
}

fn created(who: &str, name: &str, unique_id: &str, at: SystemTime) -> Value {
    let response = json!({"dBInstanceIdentifier": name, "dBInstanceArn": database(name), "dbiResourceId": unique_id});
    call(who, "rds", "CreateDBInstance", at, json!({"dBInstanceIdentifier": name}), response)
}

/// A database of this name and this age.
fn there(name: &'static str, unique_id: &'static str, age: u64) -> impl Fn(&RegionHandle) {
    move |region: &RegionHandle| {
        region.put_arn(&database(name), &[]);
        region.unique_id(&database(name), unique_id);
        region.born(&database(name), ago(age));
    }
}

fn snapshot_created(who: &str, name: &str, at: SystemTime) -> (String, Value) {
    let arn = format!("arn:aws:rds:{REGION}:{ACCOUNT}:snapshot:{name}");
    let response = json!({"dBSnapshotIdentifier": name, "dBSnapshotArn": arn});
    let event = call(who, "rds", "CreateDBSnapshot", at, json!({"dBSnapshotIdentifier": name}), response);
    (arn, event)
}

fn group_created(who: &str, name: &str, at: SystemTime) -> (String, Value) {
    let arn = format!("arn:aws:rds:{REGION}:{ACCOUNT}:pg:{name}");
    let response = json!({"dBParameterGroupName": name, "dBParameterGroupArn": arn});
    let event = call(who, "rds", "CreateDBParameterGroup", at, json!({"dBParameterGroupName": name}), response);
    (arn, event)
}

fn bucket_created(who: &str, name: &str, at: SystemTime) -> Value {
    call(who, "s3", "CreateBucket", at, json!({"bucketName": name}), Value::Null)
}

fn bucket(name: &'static str, age: u64, tags: &'static [(&'static str, &'static str)]) -> impl Fn(&RegionHandle) {
    move |region: &RegionHandle| {
        let arn = format!("arn:aws:s3:::{name}");
        region.put_arn(&arn, tags);
        region.born(&arn, ago(age));
    }
}

fn replayed(mut event: Value) -> Value {
    event["replay-name"] = "incident-42".into();
    event
}

pub(crate) fn cases() -> Vec<Case> {
    let mut cases = vec![
        Case::new(
            "a database of the same name, whose first maker's event comes again after three days",
            there("orders-1", "db-ALICE", 60),
            vec![created(EVE, "orders-1", "db-EVE", ago(3 * DAYS)), created(ALICE, "orders-1", "db-ALICE", ago(60))],
        )
        .belongs_to(&database("orders-1"), ALICE)
        .says(0, "withheld"),
        Case::new(
            "the same within the hour",
            there("orders-2", "db-ALICE", 60),
            vec![created(EVE, "orders-2", "db-EVE", ago(1_800)), created(ALICE, "orders-2", "db-ALICE", ago(60))],
        )
        .belongs_to(&database("orders-2"), ALICE)
        .says(0, "disproved"),
        Case::new(
            "the same by the replay of an archive",
            there("orders-3", "db-ALICE", 60),
            vec![
                replayed(created(EVE, "orders-3", "db-EVE", ago(3 * DAYS))),
                created(ALICE, "orders-3", "db-ALICE", ago(60)),
            ],
        )
        .belongs_to(&database("orders-3"), ALICE)
        .says(0, "refused"),
        Case::new(
            "a young event that is replayed",
            there("orders-4", "db-EVE", 60),
            vec![replayed(created(EVE, "orders-4", "db-EVE", ago(60)))],
        )
        .belongs_to(&database("orders-4"), None)
        .says(0, "refused"),
        Case::new(
            "a database that was handed over, and its first maker's event is redriven",
            |region: &RegionHandle| {
                there("orders-5", "db-EVE", 2 * DAYS)(region);
                region.set_tag(&database("orders-5"), "Owner", ALICE);
                region.set_tag(&database("orders-5"), "PrincipalId", "AIDAALICE");
            },
            vec![created(EVE, "orders-5", "db-EVE", ago(2 * DAYS))],
        )
        .belongs_to(&database("orders-5"), ALICE)
        .says(0, "held"),
        Case::new(
            "a redrive of the creator's event, while it has no owner",
            there("orders-6", "db-ALICE", 2 * DAYS),
            vec![created(ALICE, "orders-6", "db-ALICE", ago(2 * DAYS))],
        )
        .belongs_to(&database("orders-6"), ALICE)
        .says(0, "tagged"),
        Case::new(
            "a planted identity on a new database",
            |region: &RegionHandle| {
                there("orders-7", "db-ALICE", 30)(region);
                region.set_tag(&database("orders-7"), "PrincipalId", "AIDAEVE");
            },
            vec![created(ALICE, "orders-7", "db-ALICE", ago(30))],
        )
        .belongs_to(&database("orders-7"), ALICE)
        .says(0, "tagged"),
        Case::new(
            "an index of tags that lags",
            |region: &RegionHandle| {
                there("orders-8", "db-ALICE", 60)(region);
                region.tags_shown_after(&database("orders-8"), Duration::from_secs(3_600));
            },
            vec![created(EVE, "orders-8", "db-EVE", ago(600)), created(ALICE, "orders-8", "db-ALICE", ago(60))],
        )
        .belongs_to(&database("orders-8"), ALICE),
    ];
    let (arn, of_eve) = snapshot_created(EVE, "nightly", ago(3 * DAYS));
    let (_, of_alice) = snapshot_created(ALICE, "nightly", ago(60));
    let put = {
        let arn = arn.clone();
        move |region: &RegionHandle| {
            region.put_arn(&arn, &[]);
            region.born(&arn, ago(60));
        }
    };
    cases.push(
        Case::new("a snapshot of the same name", put, vec![of_eve, of_alice])
            .belongs_to(&arn, ALICE)
            .says(0, "withheld"),
    );
    // Before any host has tagged it, it has the tags of Bob's database, which it is a snapshot of. Taking it takes a
    // while.
    for (name, kind, call, number) in [
        ("copied-1", "snapshot", "CreateDBSnapshot", 90),
        ("copied-2", "cluster-snapshot", "CreateDBClusterSnapshot", 30),
    ] {
        let arn = format!("arn:aws:rds:{REGION}:{ACCOUNT}:{kind}:{name}");
        let put = {
            let arn = arn.clone();
            move |region: &RegionHandle| {
                region.put_arn(&arn, &[("Owner", "bob"), ("PrincipalId", "AIDABOB")]);
                region.born(&arn, ago(120));
                region.taken(&arn, ago(120 - number));
            }
        };
        let name_field = if kind == "snapshot" { "dBSnapshotIdentifier" } else { "dBClusterSnapshotIdentifier" };
        let arn_field = if kind == "snapshot" { "dBSnapshotArn" } else { "dBClusterSnapshotArn" };
        let event = super::events::call(
            ALICE,
            "rds",
            call,
            ago(120),
            json!({name_field: name}),
            json!({name_field: name, arn_field: arn}),
        );
        cases.push(
            Case::new("a snapshot with the tags of a colleague's database", put, vec![event])
                .belongs_to(&arn, ALICE)
                .says(0, "tagged"),
        );
    }
    // Nothing shows when a parameter group was created.
    let (arn, of_eve) = group_created(EVE, "tuned", ago(3 * DAYS));
    let (_, of_alice) = group_created(ALICE, "tuned", ago(60));
    let put = {
        let arn = arn.clone();
        move |region: &RegionHandle| region.put_arn(&arn, &[])
    };
    cases.push(
        Case::new("a parameter group of the same name", put, vec![of_eve, of_alice])
            .belongs_to(&arn, ALICE)
            .says(0, "undecided"),
    );
    cases.extend([
        Case::new(
            "a bucket of the same name, whose first maker's event comes again",
            bucket("orders-b1", 60, &[]),
            vec![bucket_created(EVE, "orders-b1", ago(3 * DAYS)), bucket_created(ALICE, "orders-b1", ago(60))],
        )
        .belongs_to("arn:aws:s3:::orders-b1", ALICE)
        .says(0, "withheld"),
        Case::new(
            "a planted identity on a new bucket",
            bucket("orders-b2", 30, &[("PrincipalId", "AIDAEVE"), ("Owner", "eve")]),
            vec![bucket_created(ALICE, "orders-b2", ago(30))],
        )
        .belongs_to("arn:aws:s3:::orders-b2", ALICE)
        .says(0, "tagged"),
        Case::new(
            "a bucket that was handed over, and its first maker's event is redriven",
            bucket("orders-b3", 2 * DAYS, &[("PrincipalId", "AIDAALICE"), ("Owner", "alice")]),
            vec![bucket_created(EVE, "orders-b3", ago(2 * DAYS))],
        )
        .belongs_to("arn:aws:s3:::orders-b3", ALICE)
        .says(0, "held"),
    ]);
    cases.extend([
        Case::new(
            "a bucket that is created once more where that succeeds",
            bucket("orders-b4", 600, &[]),
            vec![bucket_created(ALICE, "orders-b4", ago(600)), bucket_created(EVE, "orders-b4", ago(5))],
        )
        .in_region("us-east-1")
        .belongs_to("arn:aws:s3:::orders-b4", ALICE)
        .says(0, "tagged")
        .says(1, "disproved"),
        Case::new(
            "a bucket from before without an owner, that is created once more",
            bucket("orders-b5", 400 * DAYS, &[]),
            vec![bucket_created(EVE, "orders-b5", ago(5))],
        )
        .in_region("us-east-1")
        .belongs_to("arn:aws:s3:::orders-b5", None)
        .says(0, "disproved"),
        Case::new(
            "a bucket whose policy has changed since, which moves its date",
            bucket("orders-b6", 3, &[("PrincipalId", "AIDAALICE"), ("Owner", "alice")]),
            vec![bucket_created(EVE, "orders-b6", ago(5))],
        )
        .in_region("us-east-1")
        .belongs_to("arn:aws:s3:::orders-b6", ALICE)
        .says(0, "undecided"),
    ]);
    // Ids are never reused, but events are delivered again.
    let volume = id("vol", 0x200);
    let put = {
        let volume = volume.clone();
        move |region: &RegionHandle| {
            let handed_over = Volume::new(&volume).created(ago(2 * DAYS)).tag("Owner", ALICE);
            region.put_volume(handed_over.tag("PrincipalId", "AIDAALICE"));
        }
    };
    let answer = json!({"volumeId": volume, "createTime": millis(ago(2 * DAYS))});
    let events = vec![ec2(EVE, "CreateVolume", ago(2 * DAYS), json!({}), answer)];
    cases.push(
        Case::new("a volume that was handed over, and its maker's event is redriven", put, events)
            .belongs_to(&volume, ALICE)
            .says(0, "held"),
    );
    cases
}
