//! Large inputs, which are read one event after the other.

use std::io;
use std::ops::ControlFlow;

use super::*;

/// As many copies as make an input that is not read as a whole.
const MANY: usize = 6_000;

fn streamed(input: &[u8]) -> Vec<Result<Event, DecodeError>> {
    let mut events = Vec::new();
    decode_each(input, |event| {
        events.push(event);
        ControlFlow::Continue(())
    })
    .unwrap();
    events
}

fn packed(input: &[u8]) -> Vec<u8> {
    let mut packed = GzEncoder::new(Vec::new(), Compression::fast());
    packed.write_all(input).unwrap();
    packed.finish().unwrap()
}

fn records() -> String {
    (0..MANY).map(|number| RECORD.replace("e-1", &number.to_string())).collect::<Vec<_>>().join(",")
}

#[test]
fn a_large_input_gives_the_same_events_as_a_whole_and_one_after_the_other() {
    let message = |number: usize| {
        format!(r#"{{"MessageId": "m", "Body": {}}}"#, as_json_string(&envelope().replace("e-1", &number.to_string())))
    };
    let messages = (0..MANY).map(message).collect::<Vec<_>>().join(",");
    let lines = records().replace("},{", "}\n{").replace("\n    ", " ");
    for input in [
        format!(r#"{{"Records": [{}]}}"#, records()),
        format!(r#"{{"NextToken": "t", "Events": [{}], "Later": {{}}}}"#, records()),
        format!(r#"{{"Messages": [{messages}]}}"#),
        format!("[{}]", records()),
        format!("\u{feff}[{}]\n", records()),
        lines.clone(),
        format!("broken\n\n{lines}\nbroken, too\n"),
        format!(r#"{{"detail": {{"big": "{}"}}}}"#, "x".repeat(2 << 20)),
        format!(r#"{{"other": "{}"}}"#, "x".repeat(2 << 20)),
    ] {
        assert!(input.len() > 1 << 20, "{}", input.len());
        let whole = decode(input.as_bytes());
        let start = input.get(..40).unwrap();
        assert!(streamed(input.as_bytes()) == whole, "{start}");
        assert!(streamed(&packed(input.as_bytes())) == whole, "{start}");
    }
}

#[test]
fn of_an_input_that_breaks_off_what_came_before_is_read() {
    let input = format!(r#"{{"Records": [{}, {{"eventName": "#, records());
    let events = streamed(input.as_bytes());
    assert_eq!(events.len(), MANY + 1);
    assert!(events[..MANY].iter().all(Result::is_ok));
    assert!(matches!(&events[MANY], Err(DecodeError::NotJson(_))));
    let packed = packed(format!("[{}]", records()).as_bytes());
    let events = streamed(&packed[..packed.len() - 20]);
    assert!(events.len() > 1 && matches!(events.last(), Some(Err(DecodeError::Gzip(_)))), "{:?}", events.last());
}

#[test]
fn it_stops_when_it_is_told_to_and_says_what_cannot_be_read() {
    for input in [format!("[{}]", records()), records().replace("},{", "}\n{").replace("\n    ", " ")] {
        let mut count = 0;
        decode_each(input.as_bytes(), |_| {
            count += 1;
            if count == 3 { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
        })
        .unwrap();
        assert_eq!(count, 3);
    }
    struct Broken;
    impl io::Read for Broken {
        fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
            Err(io::ErrorKind::ConnectionReset.into())
        }
    }
    let error = decode_each(Broken, |_| ControlFlow::Continue(())).unwrap_err();
    assert_eq!(error.kind(), io::ErrorKind::ConnectionReset);
}

proptest! {
    #[test]
    fn a_small_input_is_decoded_as_a_whole(input in any::<Vec<u8>>()) {
        prop_assert!(streamed(&input) == decode(&input));
    }
}
