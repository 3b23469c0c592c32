//! A structural index: where strings can end.
//!
//! Most of an event is strings, and most strings are short. To look at each byte, or to search for each string's end
//! from its beginning, costs more than to mark, with SIMD, all bytes of a whole block that can end a string.

use wide::u8x16;

/// How many bytes are indexed together: as many as the bitmap has bits.
const BLOCK: usize = 64;

/// The quotes, backslashes and control characters of one block of a text.
pub(super) struct StructuralIndex {
    /// A bitmap of them, the block's first byte lowest.
    bits: u64,
    /// The offset after the block.
    end: usize,
}

impl StructuralIndex {
    /// An index that is still empty, for offsets from `at` on.
    pub(super) fn from(at: usize) -> Self {
        Self { bits: 0, end: at - at % BLOCK }
    }

    /// The offset of the first one at or after `at`. Invariant: `at` never decreases.
    #[inline(always)]
    pub(super) fn next(&mut self, text: &[u8], mut at: usize) -> Option<usize> {
        loop {
            while at >= self.end {
                self.advance(text)?;
            }
            let left = self.bits >> (at % BLOCK);
            if left != 0 {
                return Some(at + left.trailing_zeros() as usize);
            }
            at = self.end;
        }
    }

    /// Goes on to the next block, if there is one.
    #[inline(never)]
    fn advance(&mut self, text: &[u8]) -> Option<()> {
        let rest = text.get(self.end..).filter(|rest| !rest.is_empty())?;
        self.bits = match rest.first_chunk() {
            Some(block) => marks(block),
            None => {
                let mut block = [b' '; BLOCK];
                block.iter_mut().zip(rest).for_each(|(to, from)| *to = *from);
                marks(&block)
            }
        };
        self.end += BLOCK;
        Some(())
    }
}

#[inline(always)]
fn marks(block: &[u8; BLOCK]) -> u64 {
    let (parts, _) = block.as_chunks::<16>();
    parts.iter().rev().fold(0, |marks, part| {
        let part = u8x16::from(*part);
        let controls = part.min(u8x16::splat(b' ' - 1)).simd_eq(part);
        let specials = controls | part.simd_eq(u8x16::splat(b'"')) | part.simd_eq(u8x16::splat(b'\\'));
        marks << 16 | u64::from(specials.to_bitmask())
    })
}
