//! Event patterns, as a plugin's manifest declares them, and events for them.
//!
//! A pattern that is accepted matches any event without an error, alone and beside another, and the same each time.

#![no_main]

use autotag_host::event::decode;
use autotag_host::router::{EventPattern, Router};
use libfuzzer_sys::fuzz_target;

// Two patterns and events, with a null byte between them, so that seeds are easily written.
fuzz_target!(|input: &[u8]| {
    let mut parts = input.splitn(3, |byte| *byte == 0);
    let (Some(one), Some(other), Some(events)) = (parts.next(), parts.next(), parts.next()) else { return };
    let texts = [one, other].map(std::str::from_utf8);
    let patterns: Vec<_> = texts.iter().flatten().map(|text| EventPattern::parse(text)).collect();
    let accepted: Vec<_> = patterns.iter().flatten().enumerate().collect();
    let Ok(both) = Router::new(accepted.iter().copied()) else {
        panic!("accepted one by one, and not together: {accepted:?}");
    };
    for event in decode(events).into_iter().flatten() {
        let together = both.route(event.text()).expect("an event that was read can be matched");
        for (number, pattern) in &accepted {
            let alone = Router::new([(*number, *pattern)]).expect("it was accepted").route(event.text());
            let alone = alone.expect("an event that was read can be matched");
            assert_eq!(alone.contains(number), together.contains(number), "{pattern:?} {event:?}");
        }
    }
});
