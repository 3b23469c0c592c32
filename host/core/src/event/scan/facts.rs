//! The fast path to the facts about ids: see [`crate::event::facts`].

use memchr::memmem;

use super::scanner::Scanner;
use crate::event::fact::{Fact, FactSelector, MAX_ID_BYTES};

/// How deep objects and lists are walked. Deeper ones are left to serde, as in the rest of an event.
const MAX_DEPTH: u32 = 63;

/// Collects the facts about ids in a JSON text; none if it is not plain.
pub(in crate::event) fn facts<'a>(json: &'a str, wanted: &[FactSelector]) -> Option<Vec<Fact<'a>>> {
    // Serde refuses some of these escapes.
    if memmem::find(json.as_bytes(), b"\\u").is_some() {
        return None;
    }
    let names = wanted.iter().map(|wanted| wanted.fields());
    let lengths = names.fold(0, |lengths, (id, field)| lengths | length_bit(id) | length_bit(field));
    let mut walk = FactWalk { json, wanted, lengths, seen: Vec::new(), facts: Vec::new() };
    let mut scanner = Scanner::new(json);
    walk.value(&mut scanner, 0)?;
    scanner.end()?;
    Some(walk.facts)
}

struct FactWalk<'a, 'w> {
    json: &'a str,
    wanted: &'w [FactSelector],
    /// A bitmap of the wanted names' lengths: hardly any other name has to be compared.
    lengths: u64,
    /// The wanted fields that have been walked so far.
    seen: Vec<Seen<'a>>,
    facts: Vec<Fact<'a>>,
}

struct Seen<'a> {
    depth: u32,
    name: &'a str,
    value: &'a str,
}

fn length_bit(name: &str) -> u64 {
    1 << (name.len() % 64)
}

impl<'a> FactWalk<'a, '_> {
    fn value(&mut self, scanner: &mut Scanner<'a>, depth: u32) -> Option<()> {
        match scanner.peek()? {
            b'{' | b'[' if depth > MAX_DEPTH => None,
            b'{' => self.object(scanner, depth),
            b'[' => scanner.array(|scanner| self.value(scanner, depth + 1)),
            _ => scanner.skip_value(),
        }
    }

    fn object(&mut self, scanner: &mut Scanner<'a>, depth: u32) -> Option<()> {
        let first = self.seen.len();
        scanner.object(|scanner, name| {
            let start = scanner.begin_value()?;
            self.value(scanner, depth + 1)?;
            if self.lengths & length_bit(name) != 0 && self.is_wanted(name) {
                // Of a duplicate key, JSON readers take the last value.
                if self.beside(first, depth, name).is_some() {
                    return None;
                }
                self.seen.push(Seen { depth, name, value: self.json.get(start..scanner.at())? });
            }
            Some(())
        })?;
        if self.seen.len() == first {
            return Some(());
        }
        let mut said = Vec::new();
        for &wanted in self.wanted {
            let (id_field, field) = wanted.fields();
            let id = self.beside(first, depth, id_field).and_then(|id| id.strip_prefix('"')?.strip_suffix('"'));
            let Some(id) = id.filter(|id| id.len() <= MAX_ID_BYTES) else { continue };
            if id.contains('\\') {
                return None;
            }
            let fact = |value: &'a str| Fact { id: id.into(), field, value: value.into() };
            match wanted {
                FactSelector::Beside { .. } => {
                    self.facts.push(fact(self.beside(first, depth, field).unwrap_or("null")));
                }
                FactSelector::Within { .. } => {
                    said.push(field);
                    let within = self.seen.iter().skip(first).filter(|seen| seen.name == field);
                    self.facts.extend(within.map(|seen| fact(seen.value)));
                }
            }
        }
        self.keep_for_outer(first, &said);
        Some(())
    }

    /// Of what was seen from `first` on, keeps the fields that may belong to an id of an enclosing object.
    fn keep_for_outer(&mut self, first: usize, said: &[&'static str]) {
        let mut kept = first;
        for index in first..self.seen.len() {
            let name = self.seen.get(index).map_or("", |seen| seen.name);
            let is_within =
                |wanted: &FactSelector| matches!(wanted, FactSelector::Within { field, .. } if *field == name);
            if self.wanted.iter().any(is_within) && !said.contains(&name) {
                self.seen.swap(kept, index);
                kept += 1;
            }
        }
        self.seen.truncate(kept);
    }

    fn is_wanted(&self, name: &str) -> bool {
        self.wanted.iter().any(|wanted| {
            let (id, field) = wanted.fields();
            name == id || name == field
        })
    }

    /// A field of the current object, whose fields begin in `seen` at `first`.
    fn beside(&self, first: usize, depth: u32, name: &str) -> Option<&'a str> {
        let mut seen = self.seen.iter().skip(first);
        seen.find(|seen| seen.depth == depth && seen.name == name).map(|seen| seen.value)
    }
}
