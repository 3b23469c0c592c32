//! A position in a JSON text, and the steps to the next one.
//!
//! Every step returns `None` for text that is no JSON, and for JSON that is not plain; see [`super`].

use std::ops::Range;

use super::structural_index::StructuralIndex;

/// Longer numbers are left to serde, which knows how large they may be.
const MAX_NUMBER_BYTES: usize = 40;

/// A position in a JSON text.
pub(super) struct Scanner<'a> {
    text: &'a str,
    bytes: &'a [u8],
    at: usize,
    specials: StructuralIndex,
}

impl<'a> Scanner<'a> {
    /// A scanner at the beginning of a text.
    pub(super) fn new(text: &'a str) -> Self {
        Self::at_offset(text, 0)
    }

    /// A scanner at an offset of a text.
    pub(super) fn at_offset(text: &'a str, at: usize) -> Self {
        Self { text, bytes: text.as_bytes(), at, specials: StructuralIndex::from(at) }
    }

    /// The offset of the next byte.
    pub(super) fn at(&self) -> usize {
        self.at
    }

    /// Succeeds if nothing but white space is left.
    pub(super) fn end(&mut self) -> Option<()> {
        self.peek().is_none().then_some(())
    }

    /// The offset of the next value.
    pub(super) fn begin_value(&mut self) -> Option<usize> {
        self.peek().map(|_| self.at)
    }

    /// Steps over an object; `member` runs after each key's colon, and steps over the value.
    pub(super) fn object(&mut self, mut member: impl FnMut(&mut Self, &'a str) -> Option<()>) -> Option<()> {
        self.expect(b'{')?;
        if self.peek()? == b'}' {
            return self.expect(b'}');
        }
        loop {
            let key = self.plain_text()?;
            let key = self.text.get(key)?;
            self.expect(b':')?;
            member(self, key)?;
            match self.token()? {
                b',' => {}
                b'}' => return Some(()),
                _ => return None,
            }
        }
    }

    /// Steps over a list; `element` runs before each element, and steps over it.
    pub(super) fn array(&mut self, mut element: impl FnMut(&mut Self) -> Option<()>) -> Option<()> {
        self.expect(b'[')?;
        if self.peek()? == b']' {
            return self.expect(b']');
        }
        loop {
            element(self)?;
            match self.token()? {
                b',' => {}
                b']' => return Some(()),
                _ => return None,
            }
        }
    }

    /// Steps over a string without escapes; returns the range of its characters.
    pub(super) fn plain_text(&mut self) -> Option<Range<usize>> {
        self.expect(b'"')?;
        let start = self.at;
        (self.special_in_string()? == b'"').then(|| start..self.at - 1)
    }

    /// Like [`Self::plain_text`]; returns `Some(None)` for a null.
    pub(super) fn plain_text_or_null(&mut self) -> Option<Option<Range<usize>>> {
        if self.peek()? == b'n' { self.skip_value().map(|()| None) } else { self.plain_text().map(Some) }
    }

    /// Steps over any value; returns its range, and `Some(None)` for a null.
    pub(super) fn value_or_null(&mut self) -> Option<Option<Range<usize>>> {
        let is_null = self.peek()? == b'n';
        let start = self.at;
        self.skip_value()?;
        Some((!is_null).then_some(start..self.at))
    }

    /// Steps over any value.
    pub(super) fn skip_value(&mut self) -> Option<()> {
        // The stack of open objects (1) and lists (0), the innermost in the lowest bit. The highest bit set marks its
        // bottom.
        let mut open = 1_u64;
        loop {
            match self.token()? {
                b'"' => self.skip_string()?,
                b'{' => {
                    open = push(open, 1)?;
                    match self.token()? {
                        b'"' => {
                            self.skip_string()?;
                            self.expect(b':')?;
                            continue;
                        }
                        b'}' => open >>= 1,
                        _ => return None,
                    }
                }
                b'[' => {
                    open = push(open, 0)?;
                    if self.peek()? != b']' {
                        continue;
                    }
                    self.at += 1;
                    open >>= 1;
                }
                b't' => self.literal(b"rue")?,
                b'f' => self.literal(b"alse")?,
                b'n' => self.literal(b"ull")?,
                first @ (b'-' | b'0'..=b'9') => self.number(first)?,
                _ => return None,
            }
            // After a value.
            loop {
                if open == 1 {
                    return Some(());
                }
                let in_object = open & 1 == 1;
                match self.token()? {
                    b',' if in_object => {
                        self.expect(b'"')?;
                        self.skip_string()?;
                        self.expect(b':')?;
                        break;
                    }
                    b',' => break,
                    b'}' if in_object => open >>= 1,
                    b']' if !in_object => open >>= 1,
                    _ => return None,
                }
            }
        }
    }

    /// Steps past the end of a string, from after its opening quote. Inlined, since most of an event is strings.
    #[inline(always)]
    fn skip_string(&mut self) -> Option<()> {
        while self.special_in_string()? == b'\\' {
            match self.next()? {
                b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't' => {}
                b'u' => {
                    let digits = self.bytes.get(self.at..self.at + 4)?;
                    if !digits.iter().all(u8::is_ascii_hexdigit) {
                        return None;
                    }
                    self.at += 4;
                }
                _ => return None,
            }
        }
        Some(())
    }

    /// Steps past the next quote or backslash of a string, and returns it.
    #[inline(always)]
    fn special_in_string(&mut self) -> Option<u8> {
        self.at = self.specials.next(self.bytes, self.at)?;
        self.next().filter(|&special| special >= b' ')
    }

    /// Steps over a number, from after its first character.
    fn number(&mut self, first: u8) -> Option<()> {
        let start = self.at;
        let first = if first == b'-' { self.next()? } else { first };
        match first {
            b'0' => {}
            b'1'..=b'9' => self.digits(),
            _ => return None,
        }
        if self.bytes.get(self.at) == Some(&b'.') {
            self.at += 1;
            let fraction = self.at;
            self.digits();
            if self.at == fraction {
                return None;
            }
        }
        // An exponent, or a digit after a zero, is no token that may follow.
        (self.at - start < MAX_NUMBER_BYTES).then_some(())
    }

    fn digits(&mut self) {
        while self.bytes.get(self.at).is_some_and(u8::is_ascii_digit) {
            self.at += 1;
        }
    }

    fn literal(&mut self, rest: &[u8]) -> Option<()> {
        let end = self.at + rest.len();
        let found = self.bytes.get(self.at..end)? == rest;
        self.at = end;
        found.then_some(())
    }

    #[inline]
    fn expect(&mut self, token: u8) -> Option<()> {
        (self.token()? == token).then_some(())
    }

    /// Steps past the next byte that is no white space, and returns it.
    #[inline]
    fn token(&mut self) -> Option<u8> {
        let token = self.peek()?;
        self.at += 1;
        Some(token)
    }

    /// Steps up to the next byte that is no white space, and returns it.
    #[inline]
    pub(super) fn peek(&mut self) -> Option<u8> {
        loop {
            match *self.bytes.get(self.at)? {
                token @ b'!'.. => return Some(token),
                b' ' | b'\n' | b'\t' | b'\r' => self.at += 1,
                other => return Some(other),
            }
        }
    }

    #[inline]
    fn next(&mut self) -> Option<u8> {
        let byte = *self.bytes.get(self.at)?;
        self.at += 1;
        Some(byte)
    }
}

/// Pushes one more onto the stack; none if no bit is left for it.
fn push(open: u64, kind: u64) -> Option<u64> {
    (open.leading_zeros() > 0).then_some(open << 1 | kind)
}

#[cfg(test)]
mod tests;
