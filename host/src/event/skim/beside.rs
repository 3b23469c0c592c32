//! The quick way to what stands beside an id: see [`crate::event::beside`].

use super::cursor::Cursor;
use crate::event::beside::{Beside, Pair};

/// How deep objects and lists are followed. What is deeper is left to serde, as in the rest of an event.
const MAX_DEPTH: u32 = 63;

/// All that stands beside ids in a JSON text.
pub(in crate::event) fn beside<'a>(json: &'a str, pairs: &[Pair]) -> Option<Vec<Beside<'a>>> {
    let lengths = pairs.iter().fold(0, |lengths, (id, field)| lengths | length_bit(id) | length_bit(field));
    let mut walk = Walk { json, pairs, lengths, found: Vec::new() };
    let mut cursor = Cursor::new(json);
    walk.value(&mut cursor, 0)?;
    cursor.end()?;
    Some(walk.found)
}

fn length_bit(name: &str) -> u64 {
    1 << (name.len() % 64)
}

struct Walk<'a, 'p> {
    json: &'a str,
    pairs: &'p [Pair],
    /// How long the fields' names are, a bit for each length: hardly any other name has to be looked at.
    lengths: u64,
    found: Vec<Beside<'a>>,
}

impl<'a> Walk<'a, '_> {
    fn value(&mut self, cursor: &mut Cursor<'a>, depth: u32) -> Option<()> {
        if depth > MAX_DEPTH {
            return None;
        }
        match cursor.peek()? {
            b'{' => self.object(cursor, depth),
            b'[' => cursor.array(|cursor| self.value(cursor, depth + 1)),
            _ => cursor.skip_value(),
        }
    }

    fn object(&mut self, cursor: &mut Cursor<'a>, depth: u32) -> Option<()> {
        // Empty, and so without a place in memory, of all but the few objects that matter.
        let mut fields: Vec<(&str, &str)> = Vec::new();
        cursor.object(|cursor, key| {
            let start = cursor.begin_value()?;
            self.value(cursor, depth + 1)?;
            if self.lengths & length_bit(key) != 0 && self.pairs.iter().any(|&(id, field)| key == id || key == field) {
                // Readers would disagree on a field that stands twice.
                if fields.iter().any(|&(name, _)| name == key) {
                    return None;
                }
                fields.push((key, self.json.get(start..cursor.at())?));
            }
            Some(())
        })?;
        let find = |wanted: &str| fields.iter().find(|(name, _)| *name == wanted).map(|&(_, value)| value);
        for &(id_field, field) in self.pairs {
            let Some(id) = find(id_field).and_then(|id| id.strip_prefix('"')?.strip_suffix('"')) else { continue };
            if id.contains('\\') {
                return None;
            }
            self.found.push(Beside { id: id.into(), field, value: find(field).unwrap_or("null").into() });
        }
        Some(())
    }
}
