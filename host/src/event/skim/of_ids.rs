//! The quick way to what a text says of ids: see [`crate::event::of_ids`].

use super::cursor::Cursor;
use crate::event::of_ids::{Found, Wanted};

/// How deep objects and lists are followed. What is deeper is left to serde, as in the rest of an event.
const MAX_DEPTH: u32 = 63;

/// All that a JSON text says of ids.
pub(in crate::event) fn find<'a>(json: &'a str, wanted: &[Wanted]) -> Option<Vec<Found<'a>>> {
    let names = wanted.iter().map(|wanted| wanted.fields());
    let lengths = names.fold(0, |lengths, (id, field)| lengths | length_bit(id) | length_bit(field));
    let mut walk = Walk { json, wanted, lengths, seen: Vec::new(), found: Vec::new() };
    let mut cursor = Cursor::new(json);
    walk.value(&mut cursor, 0)?;
    cursor.end()?;
    Some(walk.found)
}

struct Walk<'a, 'w> {
    json: &'a str,
    wanted: &'w [Wanted],
    /// How long the fields' names are, a bit for each length: hardly any other name has to be looked at.
    lengths: u64,
    /// The wanted fields of what has been walked through so far.
    seen: Vec<Seen<'a>>,
    found: Vec<Found<'a>>,
}

struct Seen<'a> {
    depth: u32,
    name: &'a str,
    value: &'a str,
}

fn length_bit(name: &str) -> u64 {
    1 << (name.len() % 64)
}

impl<'a> Walk<'a, '_> {
    fn value(&mut self, cursor: &mut Cursor<'a>, depth: u32) -> Option<()> {
        match cursor.peek()? {
            b'{' | b'[' if depth > MAX_DEPTH => None,
            b'{' => self.object(cursor, depth),
            b'[' => cursor.array(|cursor| self.value(cursor, depth + 1)),
            _ => cursor.skip_value(),
        }
    }

    fn object(&mut self, cursor: &mut Cursor<'a>, depth: u32) -> Option<()> {
        let first = self.seen.len();
        cursor.object(|cursor, name| {
            let start = cursor.begin_value()?;
            self.value(cursor, depth + 1)?;
            if self.lengths & length_bit(name) != 0 && self.is_wanted(name) {
                // Of a field that stands twice, readers take the last one.
                if self.beside(first, depth, name).is_some() {
                    return None;
                }
                self.seen.push(Seen { depth, name, value: self.json.get(start..cursor.at())? });
            }
            Some(())
        })?;
        if self.seen.len() == first {
            return Some(());
        }
        for &wanted in self.wanted {
            let (id_field, field) = wanted.fields();
            let id = self.beside(first, depth, id_field).and_then(|id| id.strip_prefix('"')?.strip_suffix('"'));
            let Some(id) = id else { continue };
            if id.contains('\\') {
                return None;
            }
            let found = |value: &'a str| Found { id: id.into(), field, value: value.into() };
            match wanted {
                Wanted::Beside { .. } => {
                    self.found.push(found(self.beside(first, depth, field).unwrap_or("null")));
                }
                Wanted::Within { .. } => {
                    let within = self.seen.iter().skip(first).filter(|seen| seen.name == field);
                    self.found.extend(within.map(|seen| found(seen.value)));
                }
            }
        }
        Some(())
    }

    fn is_wanted(&self, name: &str) -> bool {
        self.wanted.iter().any(|wanted| {
            let (id, field) = wanted.fields();
            name == id || name == field
        })
    }

    /// A field of the object that is being walked through, whose first field was seen as the `first`.
    fn beside(&self, first: usize, depth: u32, name: &str) -> Option<&'a str> {
        let mut seen = self.seen.iter().skip(first);
        seen.find(|seen| seen.depth == depth && seen.name == name).map(|seen| seen.value)
    }
}
