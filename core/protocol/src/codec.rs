//! JSON under zstd, bounded on both sides: a small body never becomes a large one. Gzip is understood, too, for a phone
//! that cannot do better; it is known by its first bytes.

use std::io::Read;

use serde::Serialize;
use serde::de::{DeserializeOwned, Error as _};

/// How hard a compressor tries. Levels of zstd by what was measured (docs/guide/performance.md).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Effort {
    /// By a phone, once, and what is short in answers: a visit takes 0.2 ms, and is 5 % larger than at level 19.
    Phone = 9,
    /// By the server, once for one phone: a first pull is 4 % smaller than at level 9 and takes 5 ms more.
    Answer = 12,
    /// Once for many phones: 7 % smaller, at three times the price.
    Pack = 15,
    /// By a phone that was long without a line: a day of 40 visits takes 0.3 s and is 16 % smaller than at level 9.
    Backlog = 19,
}

/// JSON of so many bytes, some twelve visits, is a backlog.
const BACKLOG: usize = 128 << 10;

/// How gzip begins.
const GZIP: [u8; 2] = [0x1f, 0x8b];

/// Why bytes are no message.
#[derive(Debug, thiserror::Error)]
pub enum CodecError {
    /// Larger than allowed after decompression.
    #[error("message is larger than {limit} bytes")]
    TooLarge {
        /// The limit.
        limit: usize,
    },
    /// Neither zstd nor gzip, or cut off.
    #[error("message cannot be decompressed: {0}")]
    Compression(#[from] std::io::Error),
    /// Not the JSON of this message.
    #[error("message cannot be read: {0}")]
    Json(#[from] serde_json::Error),
}

/// The message as compressed JSON.
///
/// # Errors
/// [`CodecError::TooLarge`] if it would not be taken on the other side.
pub fn encode<T: Serialize>(message: &T, limit: usize) -> Result<Vec<u8>, CodecError> {
    let json = serde_json::to_vec(message)?;
    if json.len() > limit {
        return Err(CodecError::TooLarge { limit });
    }
    compress(&json, if json.len() < BACKLOG { Effort::Phone } else { Effort::Backlog })
}

/// Bytes as zstd.
///
/// # Errors
/// What the compressor refuses.
pub fn compress(bytes: &[u8], effort: Effort) -> Result<Vec<u8>, CodecError> {
    Ok(zstd::bulk::compress(bytes, effort as i32)?)
}

/// Reads a compressed message; stops at `limit` bytes of JSON.
///
/// # Errors
/// Too large, not zstd, or not this message.
pub fn decode<T: DeserializeOwned>(bytes: &[u8], limit: usize) -> Result<T, CodecError> {
    Ok(read(&decompress(bytes, limit)?)?)
}

/// Reads JSON that came as bytes. As text, as a phone reads what lies in its file: of a second reader its library would carry
/// every message twice.
///
/// # Errors
/// Not UTF-8, or not this message.
pub fn read<T: DeserializeOwned>(json: &[u8]) -> Result<T, serde_json::Error> {
    serde_json::from_str(std::str::from_utf8(json).map_err(serde_json::Error::custom)?)
}

/// Undoes zstd or gzip, at most `limit` bytes. A frame that wants a larger window than the limit needs is refused before
/// the window is there.
///
/// # Errors
/// Too large, or neither.
pub fn decompress(bytes: &[u8], limit: usize) -> Result<Vec<u8>, CodecError> {
    if bytes.starts_with(&GZIP) {
        return read_all(flate2::read::MultiGzDecoder::new(bytes), bytes.len(), limit);
    }
    let mut stream = zstd::stream::Decoder::new(bytes)?;
    let window = limit.next_power_of_two().ilog2().clamp(10, 27);
    stream.window_log_max(window)?;
    read_all(stream, bytes.len(), limit)
}

fn read_all(stream: impl Read, packed: usize, limit: usize) -> Result<Vec<u8>, CodecError> {
    let mut out = Vec::with_capacity(packed.saturating_mul(4).min(limit));
    let bound = u64::try_from(limit).unwrap_or(u64::MAX).saturating_add(1);
    let read = stream.take(bound).read_to_end(&mut out);
    read.map_err(|why| if is_window(&why) { CodecError::TooLarge { limit } } else { why.into() })?;
    if out.len() > limit { Err(CodecError::TooLarge { limit }) } else { Ok(out) }
}

/// Whether zstd refused the window that a frame wants; it has a name for that, and no kind.
fn is_window(why: &std::io::Error) -> bool {
    const WINDOW_TOO_LARGE: usize = 0usize.wrapping_sub(16);
    why.to_string() == zstd::zstd_safe::get_error_name(WINDOW_TOO_LARGE)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_survives_the_way() {
        let bytes = encode(&vec!["点库存"; 3], 1000).unwrap();
        assert_eq!(decode::<Vec<String>>(&bytes, 1000).unwrap(), ["点库存"; 3]);
    }

    #[test]
    fn a_bomb_is_stopped_at_the_limit() {
        let bomb = zstd::bulk::compress(&vec![b' '; 50 << 20], 19).unwrap();
        assert!(bomb.len() < 10_000);
        assert!(matches!(decode::<String>(&bomb, 1 << 20), Err(CodecError::TooLarge { .. })));
    }

    #[test]
    fn gzip_is_understood_and_its_bombs_are_stopped_too() {
        let pack = |bytes: &[u8]| {
            let mut pen = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
            std::io::Write::write_all(&mut pen, bytes).unwrap();
            pen.finish().unwrap()
        };
        let text = pack("\"点库存\"".as_bytes());
        assert_eq!(decode::<String>(&text, 100).unwrap(), "点库存");
        assert!(matches!(decode::<String>(&text[..text.len() - 3], 100), Err(CodecError::Compression(_))));
        let bomb = pack(&vec![b' '; 20 << 20]);
        assert!(matches!(decode::<String>(&bomb, 1 << 20), Err(CodecError::TooLarge { .. })));
    }

    #[test]
    fn a_frame_that_wants_a_large_window_gets_none() {
        // Magic, a head without content size that asks for 64 MiB, one empty last block.
        let greedy = [0x28, 0xb5, 0x2f, 0xfd, 0x00, 16 << 3, 0x01, 0x00, 0x00];
        assert!(matches!(decompress(&greedy, 1 << 20), Err(CodecError::TooLarge { .. })));
        assert_eq!(decompress(&greedy, 64 << 20).unwrap(), b"");
    }

    #[test]
    fn cut_off_or_foreign_bytes_are_a_typed_error() {
        let bytes = encode(&"x".repeat(1000), 2000).unwrap();
        assert!(matches!(decode::<String>(&bytes[..bytes.len() - 3], 2000), Err(CodecError::Compression(_))));
        assert!(matches!(decode::<String>(b"{}", 2000), Err(CodecError::Compression(_))));
        assert!(matches!(decode::<u32>(&bytes, 2000), Err(CodecError::Json(_))));
        for garbled in [&b"\"\xff\""[..], b"\"\xe7\x82\"", b"\xff"] {
            let bytes = compress(garbled, Effort::Phone).unwrap();
            assert!(matches!(decode::<String>(&bytes, 2000), Err(CodecError::Json(_))), "{garbled:?}");
        }
    }

    #[test]
    fn nothing_is_sent_that_would_not_be_taken() {
        assert!(matches!(encode(&"x".repeat(100), 50), Err(CodecError::TooLarge { limit: 50 })));
    }

    proptest::proptest! {
        #[test]
        fn no_bytes_make_more_than_the_limit(bytes in proptest::collection::vec(proptest::num::u8::ANY, 0..2_000)) {
            proptest::prop_assert!(decode::<crate::PushRequest>(&bytes, 1 << 16).is_err());
            // Compressed nonsense comes through the first door and is stopped at the second.
            let packed = compress(&bytes, Effort::Answer).unwrap();
            proptest::prop_assert_eq!(&decompress(&packed, 1 << 16).unwrap(), &bytes);
            proptest::prop_assert!(decode::<crate::PushRequest>(&packed, 1 << 16).is_err());
            let is_too_much = matches!(decompress(&packed, 100), Err(CodecError::TooLarge { .. }));
            proptest::prop_assert_eq!(is_too_much, bytes.len() > 100);
        }
    }
}
