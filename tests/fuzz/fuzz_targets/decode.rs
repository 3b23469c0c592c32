//! Any bytes, read as events.
//!
//! Nothing panics. Whatever is read is JSON, and reading it again gives the same.

#![no_main]

use autotag_host::event::{DecodeError, decode};
use libfuzzer_sys::fuzz_target;
use serde::de::IgnoredAny;

fuzz_target!(|input: &[u8]| {
    let events = decode(input);
    assert!(!events.is_empty(), "neither an event nor an error");
    for event in events.into_iter().flatten() {
        serde_json::from_str::<IgnoredAny>(event.text()).expect("the event is JSON");
        serde_json::from_str::<IgnoredAny>(event.detail()).expect("its detail is JSON");
        let name = event.name();
        if let Ok(record) = event.record() {
            assert_eq!(name.as_deref(), Some(&*record.event_name));
            let _ = record.principal_id();
        }
        match decode(event.text().as_bytes()).as_slice() {
            [Ok(again)] => assert_eq!(again, &event),
            // A record need not say what an envelope must.
            [Err(DecodeError::MissingField(_))] => {}
            other => panic!("{event:?} became {other:?}"),
        }
    }
});
