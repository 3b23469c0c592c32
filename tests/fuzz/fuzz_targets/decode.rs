//! Any bytes, read as events.
//!
//! Nothing panics. Whatever is read is JSON, reading it again gives the same, and the quick way to read a record finds
//! what serde finds in it.

#![no_main]

use autotag_core::event::{DecodeError, Event, Record, decode};
use libfuzzer_sys::fuzz_target;
use serde::de::IgnoredAny;

fuzz_target!(|input: &[u8]| {
    let events = decode(input);
    assert!(!events.is_empty(), "neither an event nor an error");
    for event in events.into_iter().flatten() {
        serde_json::from_str::<IgnoredAny>(event.text()).expect("the event is JSON");
        serde_json::from_str::<IgnoredAny>(event.detail()).expect("its detail is JSON");
        let slow = serde_json::from_str::<Record<'_>>(event.detail());
        match (event.record(), slow) {
            (Ok(quick), Ok(slow)) => {
                assert_eq!(parts(&quick), parts(&slow), "{event:?}");
                assert_eq!(event.name().as_deref(), Some(&*slow.event_name));
            }
            (Err(_), Err(_)) => assert_eq!(event.name(), None),
            (quick, slow) => panic!("{event:?} is {quick:?} and {slow:?}"),
        }
        match decode(event.text().as_bytes()).as_slice() {
            [Ok(again)] => assert_eq!(said(again), said(&event)),
            // A record need not say what an envelope must.
            [Err(DecodeError::MissingField(_))] => {}
            other => panic!("{event:?} became {other:?}"),
        }
    }
});

/// All that an event says. How it was read is its own affair.
fn said(event: &Event) -> [&str; 8] {
    let Event { id, source, detail_type, account, region, time, .. } = event;
    [id, source, detail_type, account, region, time, event.text(), event.detail()]
}

type Parts<'a> = (&'a str, Option<&'a str>, Option<&'a str>, Option<&'a str>, Option<&'a str>);

/// All that the host decides by.
fn parts<'a>(record: &'a Record<'_>) -> Parts<'a> {
    let Record { event_name, error_code, principal_id, request_parameters, response_elements, .. } = record;
    (event_name, error_code.as_deref(), principal_id.as_deref(), request_parameters.json(), response_elements.json())
}
