//! Compression (RS-7): what the client takes, siblings in the artefact, and compressing in memory.

use std::io::Write;

use actix_web::http::header::{ACCEPT_ENCODING, HeaderMap};
use bytes::Bytes;

/// Below this size, in bytes, the header costs more than compressing saves.
const MIN_SIZE: usize = 860;
/// Compressing must save at least one part in this many.
const WORTH: usize = 20;

/// A content coding.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Coding {
    /// `br`
    Brotli,
    /// `gzip`
    Gzip,
}

impl Coding {
    /// By their [`Coding::index`].
    pub const ALL: [Self; 2] = [Self::Brotli, Self::Gzip];

    /// Its place among [`Coding::ALL`].
    pub fn index(self) -> usize {
        self as usize
    }

    /// The name in headers.
    pub fn name(self) -> &'static str {
        match self {
            Self::Brotli => "br",
            Self::Gzip => "gzip",
        }
    }

    /// The extension of a sibling file in the artefact.
    pub fn sibling(self) -> &'static str {
        match self {
            Self::Brotli => ".br",
            Self::Gzip => ".gz",
        }
    }

    /// The sibling of a file.
    pub fn sibling_of(self, relative: &str) -> String {
        format!("{relative}{}", self.sibling())
    }
}

/// The codings a client takes, best first: by weight, then Brotli before gzip.
pub fn accepted(headers: &HeaderMap) -> [Option<Coding>; 2] {
    let (mut brotli, mut gzip) = (0u16, 0u16);
    let (mut named_brotli, mut named_gzip, mut any) = (false, false, None);
    for item in headers
        .get_all(ACCEPT_ENCODING)
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
    {
        let mut parts = item.split(';');
        let name = parts.next().unwrap_or("").trim();
        let weight = parts
            .find_map(|part| part.trim().strip_prefix("q="))
            .map_or(1000, weight);
        match name {
            _ if name.eq_ignore_ascii_case("br") => (brotli, named_brotli) = (weight, true),
            _ if name.eq_ignore_ascii_case("gzip") || name.eq_ignore_ascii_case("x-gzip") => {
                (gzip, named_gzip) = (weight, true)
            }
            "*" => any = Some(weight),
            _ => {}
        }
    }
    if let Some(weight) = any {
        brotli = if named_brotli { brotli } else { weight };
        gzip = if named_gzip { gzip } else { weight };
    }
    let take = |coding, weight| (weight > 0).then_some(coding);
    let (brotli_first, brotli, gzip) = (
        brotli >= gzip,
        take(Coding::Brotli, brotli),
        take(Coding::Gzip, gzip),
    );
    if brotli_first {
        [brotli, gzip]
    } else {
        [gzip, brotli]
    }
}

/// A weight in thousandths.
fn weight(text: &str) -> u16 {
    text.trim()
        .parse::<f32>()
        .map_or(0, |weight| (weight.clamp(0.0, 1.0) * 1000.0) as u16)
}

/// Whether a body of this size is worth compressing at all.
pub fn is_worth_trying(size: usize) -> bool {
    size >= MIN_SIZE
}

/// Compresses a body; `None` when it does not get smaller. Costs milliseconds a megabyte: keep it off the workers.
pub fn compress(coding: Coding, bytes: &[u8]) -> Option<Bytes> {
    let out = match coding {
        Coding::Gzip => {
            let mut encoder = flate2::write::GzEncoder::new(
                Vec::with_capacity(bytes.len() / 3),
                flate2::Compression::new(6),
            );
            encoder.write_all(bytes).ok()?;
            encoder.finish().ok()?
        }
        Coding::Brotli => {
            let mut out = Vec::with_capacity(bytes.len() / 3);
            let parameters = brotli::enc::BrotliEncoderParams {
                quality: 5,
                ..Default::default()
            };
            brotli::BrotliCompress(&mut &*bytes, &mut out, &parameters).ok()?;
            out
        }
    };
    (out.len() + bytes.len() / WORTH < bytes.len()).then(|| out.into())
}

#[cfg(test)]
mod tests {
    use super::*;
    use actix_web::http::header::HeaderValue;

    #[test]
    fn rs_7_negotiation() {
        use Coding::{Brotli, Gzip};
        for (text, expected) in [
            ("gzip, deflate, br", [Some(Brotli), Some(Gzip)]),
            ("gzip", [Some(Gzip), None]),
            ("br;q=0.5, gzip;q=0.9", [Some(Gzip), Some(Brotli)]),
            ("br;q=0, *", [Some(Gzip), None]),
            ("identity", [None, None]),
            ("*;q=0", [None, None]),
            ("GZIP;q=nonsense", [None, None]),
        ] {
            let mut headers = HeaderMap::new();
            headers.insert(ACCEPT_ENCODING, HeaderValue::from_static(text));
            let found = accepted(&headers);
            assert_eq!(
                found.iter().flatten().collect::<Vec<_>>(),
                expected.iter().flatten().collect::<Vec<_>>(),
                "{text}"
            );
        }
    }

    #[test]
    fn compressing_what_does_not_shrink_is_refused() {
        let mut state = 88_172_645_463_325_252_u64;
        let noise: Vec<u8> = std::iter::repeat_with(|| {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            (state >> 24) as u8
        })
        .take(4096)
        .collect();
        assert!(compress(Coding::Gzip, &noise).is_none());
        assert!(compress(Coding::Brotli, &[b'a'; 4096]).is_some_and(|out| out.len() < 100));
    }
}
