//! Random numbers that are the same in every run, and what they do to bytes.

/// SplitMix64.
pub struct Random(u64);

/// Pieces that parsers stumble over.
const PIECES: [&[u8]; 24] = [
    b"%",
    b"%2e",
    b"%00",
    b"%ff",
    b"%E0%A4%A",
    b"/",
    b"//",
    b"..",
    b"/../",
    b"?",
    b"#",
    b"\\",
    b"\"",
    b"{",
    b"}",
    b"*",
    b"\0",
    b"\r\n",
    b"\n",
    b" ",
    b"\xff\xfe",
    b"\xc3\xa9",
    b"99999999999999999999",
    b"-1",
];

impl Random {
    pub fn new(seed: u64) -> Self {
        Self(seed)
    }

    pub fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// A number below `end`, which is not 0.
    pub fn below(&mut self, end: usize) -> usize {
        (self.next() % end as u64) as usize
    }

    /// True once in `times`.
    pub fn one_in(&mut self, times: usize) -> bool {
        self.below(times) == 0
    }

    pub fn pick<'a, T>(&mut self, items: &'a [T]) -> &'a T {
        &items[self.below(items.len())]
    }

    /// Changes, removes, repeats or adds something somewhere; `other` lends pieces.
    pub fn mutate(&mut self, bytes: &mut Vec<u8>, other: &[u8]) {
        let at = self.below(bytes.len() + 1);
        match self.below(6) {
            0 if at < bytes.len() => bytes[at] = self.next() as u8,
            1 if at < bytes.len() => bytes[at] ^= 1 << self.below(8),
            2 => {
                let end = (at + 1 + self.below(8)).min(bytes.len());
                bytes.drain(at..end);
            }
            3 if !other.is_empty() => {
                let from = self.below(other.len());
                let to = (from + 1 + self.below(24)).min(other.len());
                bytes.splice(at..at, other[from..to].iter().copied());
            }
            4 => bytes.truncate(at),
            _ => {
                let piece = *self.pick(&PIECES);
                bytes.splice(at..at, piece.iter().copied());
            }
        }
        bytes.truncate(64 * 1024);
    }
}
