//! The fields of an event, as far as patterns ask for them.

use std::borrow::Cow;
use std::collections::HashMap;
use std::fmt;
use std::rc::Rc;

use serde::Deserialize;
use serde::de::{DeserializeSeed, Deserializer, Error, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::value::RawValue;

use super::UnreadableEvent;
use super::alternative::Scalar;
use super::number::Number;

/// How deep an event may be nested: as deep as serde reads.
const MAX_DEPTH: usize = 128;
/// How deep the lists that patterns ask for may be nested: no CloudTrail record has more than a few levels.
const MAX_LISTS: usize = 16;

/// The fields that patterns ask for, each with its index among the fields of an event: a trie of their names.
#[derive(Debug, Clone, Default)]
pub(crate) struct Paths {
    root: Node,
    count: usize,
}

/// What patterns ask for at a path, and below it.
#[derive(Debug, Clone, Default)]
struct Node {
    index: Option<usize>,
    below: HashMap<String, Node>,
}

impl Paths {
    /// Adds a field by its path; returns its index.
    pub(super) fn add(&mut self, path: &str) -> usize {
        let mut node = &mut self.root;
        for name in path.split('.') {
            node = node.below.entry(name.into()).or_default();
        }
        *node.index.get_or_insert_with(|| {
            self.count += 1;
            self.count - 1
        })
    }
}

impl Node {
    /// The node that a field of this name leads to. A name with dots leads as far as several names: EventBridge does
    /// not tell them apart.
    fn step(&self, name: &str) -> Option<&Self> {
        name.split('.').try_fold(self, |node, name| node.below.get(name))
    }
}

/// An element of a list of the event: the list's number, and the element's index in it.
pub(super) type Element = (usize, usize);

/// A value of a field.
#[derive(Debug)]
pub(super) struct FieldValue<'e> {
    pub(super) value: Scalar<'e>,
    /// The elements of lists that the value lies in. Two values of one list belong together only if they are of one
    /// element.
    pub(super) elements: Rc<[Element]>,
}

/// The values of an event's fields, by the index of each field. Those of one field are in the order of the event.
#[derive(Debug)]
pub(crate) struct EventFields<'e>(Vec<Vec<FieldValue<'e>>>);

impl<'e> EventFields<'e> {
    /// Reads the fields of an event, JSON text.
    ///
    /// # Errors
    /// If it is no JSON object, or is nested too deep.
    pub(crate) fn read(event: &'e str, paths: &Paths) -> Result<Self, UnreadableEvent> {
        let mut reader = Reader {
            fields: std::iter::repeat_with(Vec::new).take(paths.count).collect(),
            elements: Vec::new(),
            shared: None,
            lists: 0,
            depth: 0,
        };
        let mut deserializer = serde_json::Deserializer::from_str(event);
        let read = deserializer.deserialize_map(EventVisitor { node: &paths.root, reader: &mut reader });
        read.and_then(|()| deserializer.end()).map_err(|error| UnreadableEvent(error.to_string()))?;
        Ok(Self(reader.fields))
    }

    /// The values of the field with this index.
    pub(super) fn values(&self, index: usize) -> &[FieldValue<'e>] {
        self.0.get(index).map_or(&[], Vec::as_slice)
    }
}

struct Reader<'e> {
    fields: Vec<Vec<FieldValue<'e>>>,
    /// The elements that are being read, the innermost last.
    elements: Vec<Element>,
    /// The same, shared by all values that lie in exactly these elements.
    shared: Option<Rc<[Element]>>,
    /// How many lists have been read, which numbers the next one.
    lists: usize,
    depth: usize,
}

impl<'e> Reader<'e> {
    /// Reads a value that may be one of a field.
    fn read_value(&mut self, node: &Node, json: &'e str) -> Result<(), serde_json::Error> {
        let value = match json.as_bytes().first() {
            Some(b'{') if node.below.is_empty() => return Ok(()),
            Some(b'{' | b'[') => {
                // Serde's own limit starts anew for each of them.
                if self.depth >= MAX_DEPTH {
                    return Err(serde_json::Error::custom("it is too deep"));
                }
                self.depth += 1;
                let read = if json.starts_with('{') {
                    serde_json::Deserializer::from_str(json).deserialize_map(EventVisitor { node, reader: self })
                } else {
                    self.read_list(node, json)
                };
                self.depth -= 1;
                return read;
            }
            Some(b'"') => {
                let Text(text) = serde_json::from_str(json)?;
                Scalar::Text(text)
            }
            Some(b't' | b'f' | b'n') => Scalar::Word(json),
            _ => Scalar::Number(Number::read(json)),
        };
        if let Some(values) = node.index.and_then(|index| self.fields.get_mut(index)) {
            let elements = self.shared.get_or_insert_with(|| self.elements.as_slice().into());
            values.push(FieldValue { value, elements: Rc::clone(elements) });
        }
        Ok(())
    }

    fn read_list(&mut self, node: &Node, json: &'e str) -> Result<(), serde_json::Error> {
        let list = self.new_list();
        for (index, element) in serde_json::from_str::<Vec<&RawValue>>(json)?.into_iter().enumerate() {
            // Scalars of a list are not bound to an element: each is a value of the field.
            if element.get().starts_with(['{', '[']) {
                self.enter((list, index))?;
                self.read_value(node, element.get())?;
                self.leave();
            } else {
                self.read_value(node, element.get())?;
            }
        }
        Ok(())
    }

    /// Begins to read an element of a list.
    fn enter(&mut self, element: Element) -> Result<(), serde_json::Error> {
        if self.elements.len() >= MAX_LISTS {
            return Err(serde_json::Error::custom("it has too many lists inside of each other"));
        }
        self.elements.push(element);
        self.shared = None;
        Ok(())
    }

    fn leave(&mut self) {
        self.elements.pop();
        self.shared = None;
    }

    fn new_list(&mut self) -> usize {
        self.lists += 1;
        self.lists - 1
    }
}

/// A string of the event, which is only copied if it has escapes.
#[derive(Deserialize)]
struct Text<'e>(#[serde(borrow)] Cow<'e, str>);

/// Reads a value that is no field's itself, but may contain values of fields.
struct EventVisitor<'p, 'r, 'e> {
    node: &'p Node,
    reader: &'r mut Reader<'e>,
}

impl<'e> DeserializeSeed<'e> for EventVisitor<'_, '_, 'e> {
    type Value = ();

    fn deserialize<D: Deserializer<'e>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'e> Visitor<'e> for EventVisitor<'_, '_, 'e> {
    type Value = ();

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("an object")
    }

    fn visit_map<A: MapAccess<'e>>(self, mut map: A) -> Result<(), A::Error> {
        let Self { node, reader } = self;
        while let Some(Text(name)) = map.next_key()? {
            match node.step(&name) {
                None => drop(map.next_value::<IgnoredAny>()?),
                Some(node) if node.index.is_none() => {
                    map.next_value_seed(EventVisitor { node, reader: &mut *reader })?
                }
                Some(node) => {
                    let json: &RawValue = map.next_value()?;
                    reader.read_value(node, json.get()).map_err(A::Error::custom)?;
                }
            }
        }
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'e>>(self, mut list: A) -> Result<(), A::Error> {
        let Self { node, reader } = self;
        let number = reader.new_list();
        for index in 0.. {
            reader.enter((number, index)).map_err(A::Error::custom)?;
            let element = list.next_element_seed(EventVisitor { node, reader: &mut *reader })?;
            reader.leave();
            if element.is_none() {
                break;
            }
        }
        Ok(())
    }

    fn visit_bool<E>(self, _: bool) -> Result<(), E> {
        Ok(())
    }

    fn visit_i64<E>(self, _: i64) -> Result<(), E> {
        Ok(())
    }

    fn visit_u64<E>(self, _: u64) -> Result<(), E> {
        Ok(())
    }

    fn visit_f64<E>(self, _: f64) -> Result<(), E> {
        Ok(())
    }

    fn visit_str<E>(self, _: &str) -> Result<(), E> {
        Ok(())
    }

    fn visit_unit<E>(self) -> Result<(), E> {
        Ok(())
    }
}
