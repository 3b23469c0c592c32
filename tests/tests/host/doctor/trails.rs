//! CloudTrail.

use autotag_fake_aws::{EventSelector, Fault, On, Selectors, Trail};
use serde_json::{Value, json};

use super::world::{World, each};

type Break = fn(&World);

#[test]
fn no_trail_that_logs_calls_that_write_is_wrong() {
    const LEFT_OUT: &str = "leaves out management events that write";
    let cases: [(Break, &str); 6] = [
        (|world| world.aws.delete_trail("all-calls"), "no trail logs in us-east-1"),
        (
            |world| world.aws.update_trail("all-calls", |trail| trail.is_logging = false),
            "the trail all-calls does not log",
        ),
        (|world| basic(world, EventSelector { read_write_type: "ReadOnly".into(), ..EventSelector::all() }), LEFT_OUT),
        (|world| basic(world, EventSelector { include_management_events: false, ..EventSelector::all() }), LEFT_OUT),
        (|world| advanced(world, json!([{"Field": "eventCategory", "Equals": ["Data"]}])), LEFT_OUT),
        (
            |world| {
                let management = json!({"Field": "eventCategory", "Equals": ["Management"]});
                advanced(world, json!([management, {"Field": "readOnly", "Equals": ["true"]}]));
            },
            LEFT_OUT,
        ),
    ];
    each(&cases, |(break_it, says)| {
        let world = World::new();
        break_it(&world);
        world.examined().assert_only("trail", "wrong", says, "aws cloudtrail");
    });
}

fn basic(world: &World, selector: EventSelector) {
    select(world, Selectors::Basic(vec![selector]));
}

fn advanced(world: &World, fields: Value) {
    select(world, Selectors::Advanced(json!([{"FieldSelectors": fields}])));
}

fn select(world: &World, selectors: Selectors) {
    world.aws.update_trail("all-calls", |trail| trail.selectors = selectors);
}

#[test]
fn one_of_several_trails_is_enough_though_its_home_is_elsewhere() {
    let world = World::new();
    world.aws.update_trail("all-calls", |trail| trail.is_logging = false);
    world
        .aws
        .at("111122223333", "eu-central-1")
        .put_trail(Trail { multi_region: true, ..Trail::logging("everywhere") });
    let diagnosis = world.examined();
    assert_eq!(diagnosis.troubles(), []);
    diagnosis.assert_says("trail", "ok", "the trail everywhere logs management events in us-east-1", "");
}

#[test]
fn what_may_not_be_seen_is_not_called_wrong_and_the_permission_is_named() {
    each(&["DescribeTrails", "GetTrailStatus", "GetEventSelectors"], |action| {
        let world = World::new();
        world.aws.fault(On::action(action), Fault::AccessDenied);
        world.examined().assert_only("trail", "cannot_tell", "AccessDenied", &format!("Allow cloudtrail:{action}"));
    });
}

#[test]
fn whether_an_organizations_trail_logs_a_member_cannot_tell() {
    let world = World::new();
    world.aws.update_trail("all-calls", |trail| {
        trail.organization = true;
        trail.of_account = Some("999988887777".into());
    });
    let fix = "with credentials of 999988887777: aws cloudtrail get-trail-status --name arn:aws:cloudtrail:us-east-1:";
    world.examined().assert_only("trail", "cannot_tell", "only 999988887777 can see", fix);
}
