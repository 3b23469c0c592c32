//! The model: what happens to one resource, whose it is in the end, and the events of it.

use std::time::{Duration, SystemTime};

use autotag_fake_aws::{RegionHandle, Volume};
use aws_sdk_sqs::primitives::{DateTime, DateTimeFormat};
use proptest::prelude::*;
use serde_json::{Value, json};

use crate::hosts::{ACCOUNT, FRESH, REGION};

const PEOPLE: [&str; 3] = ["alice", "bob", "eve"];

/// The principal id of one of the people.
pub(crate) fn principal_of(name: &str) -> String {
    format!("AIDA{}", name.to_uppercase())
}

/// What a history is of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// It has an id that never comes again, and its answers have its creation time.
    Volume,
    /// It has a name, which can be taken again, and an id beside it that never comes again.
    Database,
    /// It has a name, and since when it is there.
    Snapshot,
}

/// What happens, in this order. `who` is one of the people.
#[derive(Debug, Clone, Copy)]
enum Step {
    /// A person creates it, or, if it is there, repeats the API call and gets the same response, or an error.
    Create { who: usize },
    /// An administrator hands it over to a person, by hand.
    HandOver { to: usize },
    /// It is deleted, so that its name is free.
    Delete,
}

/// One resource's history.
#[derive(Debug, Clone)]
pub(crate) struct History {
    number: usize,
    kind: Kind,
    steps: Vec<(Step, u64)>,
    /// For each event, in which order it comes, how often, and whether once more by a replay.
    delivery: Vec<(u32, usize, bool)>,
}

/// What is there.
struct Alive {
    since: SystemTime,
    unique_id: String,
    owner: usize,
    was_handed_over: bool,
}

impl History {
    pub(crate) fn strategy(number: usize) -> impl Strategy<Value = Self> {
        let kind = prop_oneof![Just(Kind::Volume), Just(Kind::Database), Just(Kind::Snapshot)];
        let step = prop_oneof![
            4 => (0..PEOPLE.len()).prop_map(|who| Step::Create { who }),
            2 => (0..PEOPLE.len()).prop_map(|to| Step::HandOver { to }),
            2 => Just(Step::Delete),
        ];
        // In seconds: from a moment to half a day.
        let pause = prop_oneof![5_u64..30, 60_u64..600, Just(FRESH.as_secs() + 60), 20_000_u64..40_000];
        let first = (Just(Step::Create { who: 0 }), 0_u64..1);
        let steps = (first, prop::collection::vec((step, pause), 0..6));
        let delivery = prop::collection::vec((any::<u32>(), 1_usize..3, any::<bool>()), 8);
        (kind, steps, delivery, 5_u64..20_000).prop_map(move |(kind, (first, mut steps), delivery, end)| {
            steps.insert(0, first);
            // How long ago each step was: the last one `end` seconds before now.
            let mut ago = end;
            for (_, pause) in steps.iter_mut().rev() {
                let own = *pause;
                *pause = ago;
                ago += own;
            }
            Self { number, kind, steps, delivery }
        })
    }

    pub(crate) fn resource(&self) -> String {
        let arn = |kind: &str| format!("arn:aws:rds:{REGION}:{ACCOUNT}:{kind}:orders-{}", self.number);
        match self.kind {
            Kind::Volume => format!("vol-{:017x}", self.number),
            Kind::Database => arn("db"),
            Kind::Snapshot => arn("snapshot"),
        }
    }

    /// Its owner in the end; none if it is not there.
    pub(crate) fn owner(&self) -> Option<&'static str> {
        let (alive, _) = self.play();
        alive.map(|alive| PEOPLE[alive.owner])
    }

    /// Puts into the fake AWS what is there in the end.
    pub(crate) fn happen(&self, account_region: &RegionHandle) {
        let (alive, _) = self.play();
        let resource = self.resource();
        match self.kind {
            Kind::Volume => account_region.put_volume(Volume::new(&resource).created(alive.as_ref().unwrap().since)),
            _ => account_region.put_arn(&resource, &[]),
        }
        if let (Kind::Database | Kind::Snapshot, Some(alive)) = (self.kind, &alive) {
            account_region.born(&resource, alive.since);
            if self.kind == Kind::Database {
                account_region.unique_id(&resource, &alive.unique_id);
            }
        }
        if let Some(Alive { owner, was_handed_over: true, .. }) = alive {
            account_region.set_tag(&resource, "Owner", PEOPLE[owner]);
            account_region.set_tag(&resource, "PrincipalId", &principal_of(PEOPLE[owner]));
        }
    }

    /// The events, as they come.
    pub(crate) fn events(&self) -> Vec<Value> {
        let (_, events) = self.play();
        let mut deliveries = Vec::new();
        for (event, (order, times, is_replayed)) in events.into_iter().zip(&self.delivery) {
            for copy in 0..*times {
                deliveries.push((order.rotate_left(u32::try_from(copy).unwrap() * 7), event.clone()));
            }
            if *is_replayed {
                let mut event = event;
                event["replay-name"] = "incident".into();
                deliveries.push((!order, event));
            }
        }
        deliveries.sort_by_key(|(order, _)| *order);
        deliveries.into_iter().map(|(_, event)| event).collect()
    }

    fn play(&self) -> (Option<Alive>, Vec<Value>) {
        let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap().as_secs();
        let mut alive: Option<Alive> = None;
        let mut events = Vec::new();
        for ((step, ago), number) in self.steps.iter().zip(0_u32..) {
            let at = SystemTime::UNIX_EPOCH + Duration::from_secs(now - ago);
            match (step, &mut alive) {
                (Step::Create { who }, None) => {
                    let unique_id = format!("db-{}-{number}", self.number);
                    events.push(self.created(*who, at, at, &unique_id));
                    alive = Some(Alive { since: at, unique_id, owner: *who, was_handed_over: false });
                }
                // A repeat with the same client token; a name that is taken is an error.
                (Step::Create { who }, Some(there)) if self.kind == Kind::Volume => {
                    events.push(self.created(*who, at, there.since, ""));
                }
                // The guide asks for a hand-over to wait until the event is no longer young.
                (Step::HandOver { to }, Some(there)) if at >= there.since + FRESH => {
                    (there.owner, there.was_handed_over) = (*to, true);
                }
                (Step::Delete, Some(there)) if self.may_be_deleted(there, at, number) => alive = None,
                _ => {}
            }
        }
        (alive, events)
    }

    /// An id does not come again: another history has it. A resource that has nothing but a name and a date, and is
    /// made again while the first event is young, is open, as the documentation says. A name that is not taken again is
    /// of no interest.
    fn may_be_deleted(&self, there: &Alive, at: SystemTime, number: u32) -> bool {
        let is_closed = match self.kind {
            Kind::Volume => false,
            Kind::Database => true,
            Kind::Snapshot => at >= there.since + FRESH,
        };
        let later = self.steps.iter().skip(number as usize + 1);
        is_closed && later.into_iter().any(|(step, _)| matches!(step, Step::Create { .. }))
    }

    fn created(&self, who: usize, at: SystemTime, since: SystemTime, unique_id: &str) -> Value {
        let time = DateTime::from(at).fmt(DateTimeFormat::DateTime).unwrap();
        let millis = u64::try_from(since.duration_since(SystemTime::UNIX_EPOCH).unwrap().as_millis()).unwrap();
        let resource = self.resource();
        let name = format!("orders-{}", self.number);
        let (service, call, request, response) = match self.kind {
            Kind::Volume => (
                "ec2",
                "CreateVolume",
                json!({"clientToken": "t"}),
                json!({"volumeId": resource, "createTime": millis}),
            ),
            Kind::Database => (
                "rds",
                "CreateDBInstance",
                json!({"dBInstanceIdentifier": name}),
                json!({"dBInstanceArn": resource, "dbiResourceId": unique_id}),
            ),
            Kind::Snapshot => {
                ("rds", "CreateDBSnapshot", json!({"dBSnapshotIdentifier": name}), json!({"dBSnapshotArn": resource}))
            }
        };
        json!({
            "version": "0",
            "id": format!("{}-{time}", self.number),
            "detail-type": "AWS API Call via CloudTrail",
            "source": format!("aws.{service}"),
            "account": ACCOUNT,
            "time": time,
            "region": REGION,
            "resources": [],
            "detail": {
                "userIdentity": {"type": "IAMUser", "principalId": principal_of(PEOPLE[who]), "userName": PEOPLE[who]},
                "eventTime": time,
                "eventSource": format!("{service}.amazonaws.com"),
                "eventName": call,
                "awsRegion": REGION,
                "recipientAccountId": ACCOUNT,
                "requestParameters": request,
                "responseElements": response,
            },
        })
    }
}
