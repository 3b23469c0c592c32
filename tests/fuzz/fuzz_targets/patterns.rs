//! A plugin's manifest, and events for its patterns.
//!
//! A manifest that is accepted routes an event in the quick way as in the slow one, and each of its patterns alone as
//! all of them together.

#![no_main]

use autotag_core::event::decode;
use autotag_core::router::Router;
use autotag_sandbox::Manifest;
use libfuzzer_sys::fuzz_target;

// Events, a name, a version and patterns, with a null byte between them, so that seeds are easily written.
fuzz_target!(|input: &[u8]| {
    let mut parts = input.split(|byte| *byte == 0);
    let Some(events) = parts.next() else { return };
    let Ok(texts) = parts.map(|part| std::str::from_utf8(part).map(str::to_owned)).collect::<Result<Vec<_>, _>>()
    else {
        return;
    };
    let [name, version, patterns @ ..] = texts.as_slice() else { return };
    let Ok(manifest) = Manifest::new(name.clone(), version.clone(), patterns) else { return };
    assert_eq!(manifest.id.to_string(), format!("{name}@{version}"));
    let patterns: Vec<_> = manifest.event_patterns.iter().enumerate().collect();
    let all = Router::new(patterns.iter().copied());
    for event in decode(events).into_iter().flatten() {
        // One that is too deep is an error, and so no event is lost without a word.
        let Ok(together) = all.route(event.text()) else { continue };
        assert_eq!(all.route_event(&event).as_ref(), Ok(&together), "{patterns:?} {event:?}");
        for (number, pattern) in &patterns {
            let alone = Router::new([(*number, *pattern)]).route_event(&event);
            let alone = alone.expect("an event that all patterns were matched with");
            assert_eq!(alone.contains(number), together.contains(number), "{pattern:?} {event:?}");
        }
    }
});
