//! Where strings end.
//!
//! Most of an event is strings, and most strings are so short that looking at each byte, or finding the end of each from its
//! beginning, costs more than to mark what ends a string in whole blocks, wherever strings begin.

use wide::u8x16;

/// How many bytes are looked at together: as many as an integer has bits.
const BLOCK: usize = 64;

/// The quotes, backslashes and control characters of one block of a text.
pub(super) struct StructuralIndex {
    /// Set for each of them, the block's first byte lowest.
    bits: u64,
    /// The offset behind the block.
    end: usize,
}

impl StructuralIndex {
    /// None yet, for places in the text that are not in front of this one.
    pub(super) fn from(at: usize) -> Self {
        Self { bits: 0, end: at - at % BLOCK }
    }

    /// The offset of the first one that is not in front of `at`, which never goes back between calls.
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
