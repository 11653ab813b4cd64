//! How much one message may hold. Both sides check: the phone before it sends, the server before it believes.

/// Records in one push.
pub const PUSH_RECORDS: usize = 500;
/// Bytes of one push before compression.
pub const PUSH_BYTES: usize = 1 << 20;
/// Bytes of one record's body on the wire: with its envelope it must fit into a push of its own, or it would block the row.
pub const RECORD_BYTES: usize = 512 << 10;
/// Bytes of one pull answer before compression, as a phone takes it: twice of what an answer is filled up to.
pub const PULL_BYTES: usize = 16 << 20;
/// A pull answer ends with the page that reaches so many bytes before compression; more is asked for.
pub const ANSWER_BYTES: usize = 8 << 20;
/// Pages of one pull answer: a first pull of a territory fits into two. A phone on a thin line asks for fewer.
pub const PULL_PAGES: usize = 32;
/// Bytes of one page, unless its only row is longer.
pub const PAGE_BYTES: usize = 256 << 10;
/// Bytes of every other message.
pub const SMALL_BYTES: usize = 64 << 10;
/// Rows of one page: the phone commits it in one transaction of at most 15 ms.
pub const PAGE_ROWS: usize = 400;
/// Bytes of one piece of a photo.
pub const BLOB_PIECE_BYTES: usize = 64 << 10;
/// Bytes of a whole photo.
pub const BLOB_BYTES: u64 = 8 << 20;
/// Bytes of the picture of a display standard: on a phone's screen no more is seen.
pub const PICTURE_BYTES: usize = 300 << 10;
/// Pictures of display standards that one phone keeps: a company has a standard for each kind of store.
pub const PICTURES: usize = 64;
/// New records of one phone in one day; replays do not count. The server's `--push-day-records` says otherwise.
pub const DAY_RECORDS: u64 = 2_000;
/// Bytes of new records of one phone in one day. The server's `--push-day-mb` says otherwise.
pub const DAY_BYTES: u64 = 20_000_000;
/// Photos that wait on one phone; the oldest goes first.
pub const HAVE_BLOBS: usize = 200;
/// Photos that one phone may send in 24 hours: more than a full phone has.
pub const DAY_PHOTOS: u64 = 1_000;
/// Bytes of photos of one phone in 24 hours, half ones included: a phone that waited for weeks empties itself in one
/// evening. The server's `--photo-day-mib` says otherwise.
pub const DAY_PHOTO_BYTES: u64 = 450 << 20;
