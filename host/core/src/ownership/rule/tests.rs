use std::time::Duration;

use proptest::prelude::*;

use super::super::{Doubt, LONG_LAUNCH_TOLERANCE};
use super::*;
use crate::resource::{Resource, ResourceArn, ResourceId};

fn policy() -> TagPolicy {
    TagPolicy { access_keys: ["PrincipalId".to_owned()].into(), keep_keys: ["Owner".to_owned()].into() }
}

fn tags(pairs: &[(&str, &str)]) -> Tags {
    pairs.iter().map(|&(key, value)| (key.into(), value.into())).collect()
}

fn bobs() -> Tags {
    tags(&[("Owner", "bob"), ("PrincipalId", "BOB")])
}

fn shown(pairs: &[(&str, &str)]) -> Observed {
    Observed::of(tags(pairs).into_iter().collect())
}

fn called() -> SystemTime {
    SystemTime::UNIX_EPOCH + Duration::from_secs(1_000_000)
}

fn id(verdict: Verdict) -> Claim {
    let resource = Resource::Ec2(ResourceId::parse("i-1").unwrap());
    Claim { resource, verdict, is_reusable: false, unique_id: None }
}

fn name(verdict: Verdict, unique_id: Option<&str>) -> Claim {
    let resource = Resource::Other(ResourceArn::parse("arn:aws:rds:r:a:db:orders").unwrap());
    Claim { resource, verdict, is_reusable: true, unique_id: unique_id.map(Into::into) }
}

const PROVED: Verdict = Verdict::Proved(Proof::Success);
const OPEN: Verdict = Verdict::Open(Doubt::ClientToken);

/// The ruling for a person's young or old event.
fn ruling(is_young: bool, claim: &Claim, tags: &Tags, shown: Option<&Observed>) -> Ruling {
    let policy = policy();
    OwnershipRule { policy: &policy, called: Some(called()), is_young, is_by_service: false, caller: Some("BOB") }
        .apply(claim, tags, shown)
}

fn of_service(claim: &Claim, tags: &Tags, shown: Option<&Observed>) -> Ruling {
    let policy = policy();
    OwnershipRule { policy: &policy, called: Some(called()), is_young: true, is_by_service: true, caller: None }
        .apply(claim, tags, shown)
}

#[track_caller]
fn assert_writes(ruling: Ruling, expected: &[(&str, &str)]) {
    let Ruling::Write { tags: written, .. } = ruling else { panic!("{ruling:?}") };
    assert_eq!(written, tags(expected));
}

#[track_caller]
fn assert_withheld(ruling: Ruling, reason: &str) {
    let Ruling::Withhold(withheld) = ruling else { panic!("{ruling:?}") };
    assert_eq!(withheld.kind().name(), reason, "{withheld}");
}

const BOTH: &[(&str, &str)] = &[("Owner", "bob"), ("PrincipalId", "BOB")];
const ALICES: &[(&str, &str)] = &[("Owner", "alice"), ("PrincipalId", "ALICE")];

#[test]
fn what_a_young_event_proves_goes_over_whatever_stands_there_and_is_not_waited_for() {
    assert_writes(ruling(true, &id(PROVED), &bobs(), Some(&shown(ALICES))), BOTH);
    assert_writes(ruling(true, &id(PROVED), &bobs(), None), &[("PrincipalId", "BOB")]);
}

#[test]
fn what_is_old_or_open_is_written_only_where_no_identity_stands() {
    for (is_young, verdict) in [(false, PROVED), (true, OPEN), (false, OPEN)] {
        assert_writes(ruling(is_young, &id(verdict.clone()), &bobs(), Some(&shown(&[]))), BOTH);
        assert_writes(ruling(is_young, &id(verdict.clone()), &bobs(), Some(&shown(BOTH))), BOTH);
        assert_withheld(ruling(is_young, &id(verdict.clone()), &bobs(), Some(&shown(ALICES))), "held");
        assert_eq!(ruling(is_young, &id(verdict), &bobs(), None), Ruling::Look);
    }
}

#[test]
fn what_is_open_is_decided_by_the_time_that_aws_shows() {
    let at = |seconds: i64, tags| {
        let created = called() - Duration::from_secs(100) + Duration::from_secs(100_u64.saturating_add_signed(seconds));
        shown(tags).created([created])
    };
    assert_writes(ruling(true, &id(OPEN), &bobs(), Some(&at(0, ALICES))), BOTH);
    assert_withheld(ruling(true, &id(OPEN), &bobs(), Some(&at(-3, &[]))), "disproved");
    assert_withheld(ruling(true, &id(OPEN), &bobs(), Some(&at(61, ALICES))), "held");
    // A date that can change only disproves.
    let changeable = |seconds, tags| Observed { time_proves: false, ..at(seconds, tags) };
    assert_withheld(ruling(true, &id(OPEN), &bobs(), Some(&changeable(0, ALICES))), "held");
    assert_withheld(ruling(true, &id(OPEN), &bobs(), Some(&changeable(-3, &[]))), "disproved");
}

#[test]
fn an_earlier_time_without_a_record_disproves_if_nothing_else_is_shown() {
    let open = |seconds| id(Verdict::Open(Doubt::OtherTime(called() - Duration::from_secs(seconds))));
    assert_withheld(ruling(true, &open(61), &bobs(), Some(&shown(&[]))), "disproved");
    assert_writes(ruling(true, &open(60), &bobs(), Some(&shown(&[]))), BOTH);
    assert_writes(ruling(true, &open(61), &bobs(), Some(&shown(&[]).created([called()]))), BOTH);
}

#[test]
fn what_the_record_proves_of_a_long_call_stays_proved_by_what_aws_shows() {
    let made = |before: u64| shown(&[]).created([called() - Duration::from_secs(before)]);
    for is_young in [true, false] {
        assert_writes(ruling(is_young, &id(PROVED), &bobs(), Some(&made(4))), BOTH);
        assert_withheld(ruling(is_young, &id(PROVED), &bobs(), Some(&made(61))), "disproved");
    }
}

#[test]
fn other_tags_of_the_caller_go_beside_the_callers_identity() {
    let team = tags(&[("Team", "red")]);
    assert_writes(ruling(true, &id(OPEN), &team, Some(&shown(BOTH))), &[("Team", "red")]);
    assert_withheld(ruling(true, &id(OPEN), &team, Some(&shown(ALICES))), "held");
}

#[test]
fn what_may_take_long_to_make_is_not_disproved_by_that_and_a_snapshot_is_taken_later() {
    let seconds = Duration::from_secs;
    let launched =
        |before| Observed { earlier: LONG_LAUNCH_TOLERANCE, ..shown(ALICES).created([called() - seconds(before)]) };
    assert_withheld(ruling(true, &id(OPEN), &bobs(), Some(&launched(11))), "disproved");
    assert_withheld(ruling(true, &id(OPEN), &bobs(), Some(&launched(10))), "held");
    assert_writes(ruling(true, &id(OPEN), &bobs(), Some(&launched(2))), BOTH);
    let taken =
        |times: &[SystemTime]| Observed { later: MAX_CREATED_AFTER, ..shown(ALICES).created(times.iter().copied()) };
    let claim = name(PROVED, None);
    assert_writes(ruling(true, &claim, &bobs(), Some(&taken(&[called() + seconds(25)]))), BOTH);
    assert_writes(ruling(true, &claim, &bobs(), Some(&taken(&[called(), called() + seconds(600)]))), BOTH);
    // A copy, which shows the time of its original, too.
    assert_writes(ruling(true, &claim, &bobs(), Some(&taken(&[called() - seconds(9000), called()]))), BOTH);
    assert_withheld(ruling(true, &claim, &bobs(), Some(&taken(&[called() - seconds(9000)]))), "disproved");
    assert_withheld(ruling(true, &claim, &bobs(), Some(&taken(&[called() + seconds(600)]))), "undecided");
}

#[test]
fn a_name_is_whose_the_id_says_that_never_comes_again() {
    let with_id = |id: &str, tags| Observed { unique_id: Some(id.into()), ..shown(tags) };
    let claim = name(PROVED, Some("db-BOB"));
    assert_writes(ruling(true, &claim, &bobs(), Some(&with_id("db-BOB", ALICES))), BOTH);
    assert_withheld(ruling(true, &claim, &bobs(), Some(&with_id("db-ALICE", ALICES))), "disproved");
    assert_withheld(ruling(true, &claim, &bobs(), Some(&with_id("db-ALICE", &[]))), "disproved");
    assert_withheld(ruling(false, &claim, &bobs(), Some(&with_id("db-BOB", ALICES))), "held");
    assert_writes(ruling(false, &claim, &bobs(), Some(&with_id("db-BOB", &[]))), BOTH);
    assert_eq!(ruling(true, &claim, &bobs(), None), Ruling::Look);
}

#[test]
fn a_name_that_nothing_decides_is_written_only_by_a_young_event_where_no_identity_stands() {
    let claim = name(PROVED, None);
    assert_writes(ruling(true, &claim, &bobs(), Some(&shown(&[]))), BOTH);
    assert_withheld(ruling(true, &claim, &bobs(), Some(&shown(ALICES))), "undecided");
    assert_withheld(ruling(false, &claim, &bobs(), Some(&shown(&[]))), "undecided");
}

#[test]
fn a_bucket_whose_date_is_the_calls_is_the_one_that_the_call_proved_to_create() {
    let at = |seconds: u64| {
        let created = called() + Duration::from_secs(seconds);
        Observed { time_proves: false, ..shown(ALICES).created([created]) }
    };
    assert_writes(ruling(true, &name(PROVED, None), &bobs(), Some(&at(1))), BOTH);
    // Its policy has changed since, or it is another one.
    assert_withheld(ruling(true, &name(PROVED, None), &bobs(), Some(&at(30))), "undecided");
    assert_withheld(ruling(true, &name(OPEN, None), &bobs(), Some(&at(1))), "undecided");
}

#[test]
fn a_service_gives_its_name_where_there_is_none_and_never_over_a_persons() {
    let services = tags(&[("Owner", "autoscaling.amazonaws.com")]);
    assert_writes(of_service(&id(PROVED), &services, Some(&shown(&[]))), &[("Owner", "autoscaling.amazonaws.com")]);
    assert_withheld(of_service(&id(PROVED), &services, Some(&shown(&[("PrincipalId", "BOB")]))), "held");
    assert_writes(of_service(&id(PROVED), &services, Some(&shown(&[("Owner", "team-red")]))), &[]);
    assert_eq!(of_service(&id(PROVED), &services, None), Ruling::Look);
}

#[test]
fn a_persons_call_takes_the_place_of_a_services_name_but_not_of_one_that_was_set_by_hand() {
    for services in
        ["autoscaling.amazonaws.com", "autoscaling.amazonaws.com.cn", "AWSServiceRoleForEC2Spot", "AWS Internal"]
    {
        assert_writes(ruling(true, &id(PROVED), &bobs(), Some(&shown(&[("Owner", services)]))), BOTH);
    }
    assert_writes(
        ruling(true, &id(PROVED), &bobs(), Some(&shown(&[("Owner", "team-red")]))),
        &[("PrincipalId", "BOB")],
    );
}

#[test]
fn a_caller_without_an_identity_gets_no_owner_beside_anothers() {
    let nameless = tags(&[("Owner", "bob")]);
    assert_withheld(ruling(true, &id(PROVED), &nameless, Some(&shown(ALICES))), "held");
    assert_writes(ruling(true, &id(PROVED), &nameless, Some(&shown(&[]))), &[("Owner", "bob")]);
}

#[test]
fn what_is_withheld_names_its_holder_and_only_a_contest_needs_attention() {
    let alice = || "alice".to_owned();
    for (withheld, holder, needs_attention, words) in [
        (Withheld::Held { key: "Owner".into(), holder: alice() }, Some("alice"), false, "its Owner is alice already"),
        (Withheld::Contested { holder: alice() }, Some("alice"), true, "alice created it by the same proof"),
        (Withheld::Undecided, None, false, "its name can be taken again"),
        (Withheld::OfInstantFleet { fleet: "fleet-1".into() }, None, false, "for the instant fleet fleet-1"),
        (Withheld::Disproved(Contradiction::BroughtAlong), None, false, "it does not end with the instance"),
    ] {
        assert_eq!((withheld.holder(), withheld.kind().needs_attention()), (holder, needs_attention), "{withheld:?}");
        assert!(withheld.to_string().contains(words), "{withheld}");
    }
}

#[test]
fn what_is_sure_is_looked_up_only_for_a_key_that_keeps_its_value() {
    let policy = policy();
    let caller = Some("BOB");
    let rule = OwnershipRule { policy: &policy, called: Some(called()), is_young: true, is_by_service: false, caller };
    let identity = tags(&[("PrincipalId", "BOB")]);
    assert!(!rule.wants_look(&id(PROVED), &identity));
    assert!(rule.wants_look(&id(PROVED), &bobs()), "its Owner is kept");
    assert!(rule.wants_look(&id(OPEN), &identity));
}

#[test]
fn only_what_is_proved_while_the_event_is_young_may_replace_what_comes_later() {
    for (is_young, verdict, expected) in [(true, PROVED, true), (false, PROVED, false), (true, OPEN, false)] {
        match ruling(is_young, &id(verdict), &bobs(), Some(&shown(&[]))) {
            Ruling::Write { replaces, .. } => assert_eq!(replaces, expected, "{is_young}"),
            other => panic!("{other:?}"),
        }
    }
}

fn verdicts() -> impl Strategy<Value = Verdict> {
    prop_oneof![Just(PROVED), Just(OPEN), Just(Verdict::Disproved(Contradiction::BroughtAlong)),]
}

proptest! {
    #[test]
    fn an_owner_is_never_of_another_principal_than_the_identity_beside_it(
        verdict in verdicts(),
        is_young: bool,
        is_by_service: bool,
        is_reusable: bool,
        has_identity: bool,
        present in prop::sample::select(vec![
            &[][..], ALICES, BOTH, &[("PrincipalId", "ALICE")], &[("Owner", "x.amazonaws.com")],
        ]),
    ) {
        let policy = policy();
        let rule = OwnershipRule { policy: &policy, called: Some(called()), is_young, is_by_service, caller: (!is_by_service).then_some("BOB") };
        let claim = Claim { is_reusable, ..id(verdict.clone()) };
        let given = if has_identity && !is_by_service { bobs() } else { tags(&[("Owner", "bob")]) };
        let mut after: Tags = tags(present);
        match rule.apply(&claim, &given, Some(&shown(present))) {
            Ruling::Write { tags, .. } => {
                prop_assert!(!matches!(verdict, Verdict::Disproved(_)));
                after.extend(tags);
            }
            Ruling::Withhold(_) | Ruling::Look => {}
        }
        let (owner, identity) = (after.get("Owner").map(String::as_str), after.get("PrincipalId").map(String::as_str));
        let agree = !matches!((owner, identity), (Some("bob"), Some("ALICE")) | (Some("alice"), Some("BOB")));
        prop_assert!(agree, "{after:?}");
        // The first identity stays unless something newer is proved.
        if identity != Some("BOB") || present.contains(&("PrincipalId", "BOB")) {
            return Ok(());
        }
        let is_free = !present.iter().any(|(key, _)| *key == "PrincipalId");
        prop_assert!(is_free || (is_young && matches!(verdict, Verdict::Proved(_))), "{after:?}");
    }
}
