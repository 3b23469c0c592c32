//! Decodes inputs of any size, one event after the other.

use std::cell::Cell;
use std::fmt;
use std::io::{self, BufRead, BufReader, Cursor, Read};
use std::ops::ControlFlow;
use std::rc::Rc;

use flate2::bufread::MultiGzDecoder;
use serde::de::{DeserializeSeed, Deserializer, MapAccess, SeqAccess, Visitor};
use serde_json::error::Category;
use serde_json::value::RawValue;

use super::{DecodeError, Event, MAX_INPUT_BYTES, decode_text, is_one_document_a_line, numbered, read_value, text_of};

/// Up to this size, an input is decoded as a whole: nearly all are a single event, or few.
const WHOLE_BYTES: u64 = 1024 * 1024;

/// Decodes all events in `input`, as [`decode`](super::decode) does, and hands each over as soon as it is read, until
/// it is told to stop. Of a large list, only one element is in memory at a time.
///
/// ```
/// use std::ops::ControlFlow;
///
/// use autotag_core::event::decode_each;
///
/// let mut names = Vec::new();
/// decode_each(&br#"{"Records": [{"eventName": "CreateVolume"}]}"#[..], |event| {
///     names.extend(event.ok().and_then(|event| event.name()));
///     ControlFlow::Continue(())
/// })?;
/// assert_eq!(names, ["CreateVolume"]);
/// # Ok::<(), std::io::Error>(())
/// ```
///
/// # Errors
/// If the input cannot be read. What it holds is no such error: that is handed over, too.
pub fn decode_each<R, F>(mut input: R, mut each: F) -> io::Result<()>
where
    R: Read,
    F: FnMut(Result<Event, DecodeError>) -> ControlFlow<()>,
{
    let mut magic = Vec::new();
    input.by_ref().take(2).read_to_end(&mut magic)?;
    let is_packed = magic == [0x1f, 0x8b];
    let input = BufReader::new(Cursor::new(magic).chain(input));
    let left = Rc::new(Cell::new(MAX_INPUT_BYTES));
    let result = if is_packed {
        decode_unpacked(Bounded { inner: MultiGzDecoder::new(input), left: Rc::clone(&left) }, &left, &mut each)
    } else {
        decode_unpacked(Bounded { inner: input, left: Rc::clone(&left) }, &left, &mut each)
    };
    match result {
        Err(error) if left.get() == 0 && error.kind() == io::ErrorKind::FileTooLarge => {
            let _ = each(Err(DecodeError::TooLarge));
            Ok(())
        }
        Err(error) if is_packed && is_about_content(&error) => {
            let _ = each(Err(DecodeError::Gzip(error.to_string())));
            Ok(())
        }
        result => result,
    }
}

/// Whether the error is about what was read, not about reading.
fn is_about_content(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::InvalidInput | io::ErrorKind::InvalidData | io::ErrorKind::UnexpectedEof)
}

fn decode_unpacked(
    mut input: impl Read,
    left: &Cell<u64>,
    each: &mut impl FnMut(Result<Event, DecodeError>) -> ControlFlow<()>,
) -> io::Result<()> {
    let mut head = Vec::new();
    input.by_ref().take(WHOLE_BYTES + 1).read_to_end(&mut head)?;
    if head.len() as u64 <= WHOLE_BYTES {
        let _ = decode_text(&head).into_iter().try_for_each(each);
        return Ok(());
    }
    let has_mark = head.starts_with("\u{feff}".as_bytes());
    let start = if has_mark { '\u{feff}'.len_utf8() } else { 0 };
    // The last line may go on beyond the head.
    let lines = head.iter().rposition(|byte| *byte == b'\n').and_then(|end| head.get(start..end));
    let is_lines = lines.and_then(|lines| std::str::from_utf8(lines).ok()).is_some_and(is_one_document_a_line);
    let mut head = Cursor::new(head);
    head.set_position(start as u64);
    let input = BufReader::new(head.chain(input));
    if is_lines { decode_lines(input, left, each) } else { decode_document(input, left, each) }
}

/// Newline-delimited JSON.
fn decode_lines(
    mut input: impl BufRead,
    left: &Cell<u64>,
    each: &mut impl FnMut(Result<Event, DecodeError>) -> ControlFlow<()>,
) -> io::Result<()> {
    let (mut line, mut events) = (Vec::new(), Vec::new());
    for number in 1_u64.. {
        line.clear();
        left.set(MAX_INPUT_BYTES);
        if input.read_until(b'\n', &mut line)? == 0 {
            break;
        }
        match text_of(&line) {
            Err(DecodeError::Empty) => continue,
            Err(error) => events.push(Err(error)),
            Ok(text) => read_value(text, 1, &mut events),
        }
        numbered(events.first_mut(), number);
        if events.drain(..).try_for_each(&mut *each).is_break() {
            break;
        }
    }
    Ok(())
}

/// One JSON document: most likely a list of events.
fn decode_document(
    input: impl Read,
    left: &Cell<u64>,
    each: &mut impl FnMut(Result<Event, DecodeError>) -> ControlFlow<()>,
) -> io::Result<()> {
    let mut json = serde_json::Deserializer::from_reader(input);
    let mut is_stopped = false;
    let mut hand_over = |event| {
        let next = each(event);
        is_stopped = next.is_break();
        next
    };
    let read = Document { left, each: &mut hand_over }.deserialize(&mut json).and_then(|()| json.end());
    match read {
        Ok(()) => Ok(()),
        Err(_) if is_stopped => Ok(()),
        Err(error) => match error.classify() {
            Category::Io => Err(error.into()),
            Category::Data => {
                let _ = each(Err(DecodeError::WrongType(error.to_string())));
                Ok(())
            }
            Category::Syntax | Category::Eof => {
                let _ = each(Err(DecodeError::NotJson(error.to_string())));
                Ok(())
            }
        },
    }
}

/// Reads a document, and hands over the events in it.
struct Document<'a, F> {
    left: &'a Cell<u64>,
    each: &'a mut F,
}

impl<'de, F: FnMut(Result<Event, DecodeError>) -> ControlFlow<()>> DeserializeSeed<'de> for Document<'_, F> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de, F: FnMut(Result<Event, DecodeError>) -> ControlFlow<()>> Visitor<'de> for Document<'_, F> {
    type Value = ();

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a list of events, or an object that holds one")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut elements: A) -> Result<(), A::Error> {
        let mut events = Vec::new();
        let mut is_empty = true;
        while let Some(element) = elements.next_element::<Box<RawValue>>()? {
            is_empty = false;
            self.left.set(MAX_INPUT_BYTES);
            read_value(element.get(), 2, &mut events);
            if events.drain(..).try_for_each(&mut *self.each).is_break() {
                return Err(serde::de::Error::custom("told to stop"));
            }
        }
        if is_empty {
            let _ = (self.each)(Err(DecodeError::EmptyList));
        }
        Ok(())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut fields: A) -> Result<(), A::Error> {
        let mut others = Vec::new();
        let mut is_list = false;
        while let Some(name) = fields.next_key::<String>()? {
            if matches!(name.as_str(), "Records" | "Events" | "Messages") {
                is_list = true;
                fields.next_value_seed(Document { left: self.left, each: &mut *self.each })?;
            } else {
                others.push((name, fields.next_value::<Box<RawValue>>()?));
            }
        }
        if is_list {
            return Ok(());
        }
        // A single event that is larger than EventBridge's.
        let field = |(name, value): &(String, Box<RawValue>)| format!("{}:{value}", serde_json::Value::from(&**name));
        let text = format!("{{{}}}", others.iter().map(field).collect::<Vec<_>>().join(","));
        let mut events = Vec::new();
        read_value(&text, 1, &mut events);
        let _ = events.into_iter().try_for_each(self.each);
        Ok(())
    }
}

/// Fails when `left` bytes are read. Who reads a list sets it anew for each element, so that one element is bounded and
/// the list is not.
struct Bounded<R> {
    inner: R,
    left: Rc<Cell<u64>>,
}

impl<R: Read> Read for Bounded<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let left = self.left.get();
        if left == 0 {
            return Err(io::ErrorKind::FileTooLarge.into());
        }
        let most = buffer.len().min(usize::try_from(left).unwrap_or(usize::MAX));
        let read = self.inner.read(buffer.get_mut(..most).unwrap_or_default())?;
        self.left.set(left - read as u64);
        Ok(read)
    }
}
