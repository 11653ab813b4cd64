//! The shelf: where finished photos lie, a folder or a bucket that speaks S3, by the name of their hash. What comes here
//! is whole and right; who sent it is told by rows. Pictures of display standards lie apart from them: nobody sent them.

use std::path::{Path as FilePath, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use futures_util::TryStreamExt;
use object_store::local::LocalFileSystem;
use object_store::path::Path;
use object_store::prefix::PrefixStore;
use object_store::{ObjectStore, ObjectStoreExt, PutPayload};
use tokio::runtime::Runtime;
use url::Url;
use xundian_protocol::digest::is_sha256;

/// How long one call may take: a phone waits for 30 seconds.
const CALL: Duration = Duration::from_secs(25);

/// Why something does not come on the shelf, or down from it.
#[derive(Debug, thiserror::Error)]
pub enum ShelfError {
    /// The text names no place.
    #[error("photos cannot be kept in `{place}`: {reason}; name a folder or s3://bucket/prefix")]
    Place {
        /// As it was given.
        place: String,
        /// Why not.
        reason: String,
    },
    /// The folder or the bucket.
    #[error("the place of the photos failed: {0}")]
    Store(#[from] object_store::Error),
    /// The folder itself.
    #[error("the folder of the photos failed: {0}")]
    Folder(#[from] std::io::Error),
    /// No answer in time.
    #[error("the place of the photos does not answer")]
    Slow,
}

/// Finished photos. Every call blocks.
#[derive(Debug)]
pub struct Shelf {
    /// `None` for what is not in this machine's file system.
    folder: Option<PathBuf>,
    /// Whether what lies here unfinished was left by a server that is gone.
    is_alone: bool,
    open: Mutex<Option<Arc<Open>>>,
}

impl Shelf {
    /// In this folder, made at the first photo.
    pub fn in_folder(folder: PathBuf) -> Self {
        Self { folder: Some(folder), is_alone: true, open: Mutex::default() }
    }

    /// As a command has it beside a running server: what that one is about to put here is left alone.
    #[must_use]
    pub fn beside(self) -> Self {
        Self { is_alone: false, ..self }
    }

    /// A folder's path, or `s3://bucket/prefix` with the options of the bucket (`AWS_…` of the environment: key, region,
    /// endpoint).
    ///
    /// # Errors
    /// No such place, or an option that cannot be.
    pub fn at(place: &str, options: impl IntoIterator<Item = (String, String)>) -> Result<Self, ShelfError> {
        let Some((scheme, _)) = place.split_once("://") else { return Ok(Self::in_folder(place.into())) };
        let no = |reason: String| ShelfError::Place { place: place.to_owned(), reason };
        // Other stores of the crate forget (memory) or do not flush (file).
        if !matches!(scheme, "s3" | "s3a") {
            return Err(no(format!("`{scheme}` is not known")));
        }
        let url = Url::parse(place).map_err(|why| no(why.to_string()))?;
        let ours = options.into_iter().filter(|(name, _)| name.starts_with("AWS_"));
        let (store, prefix) = object_store::parse_url_opts(&url, ours).map_err(|why| no(why.to_string()))?;
        Self::of(Arc::new(PrefixStore::new(store, prefix)))
    }

    /// In this store.
    ///
    /// # Errors
    /// The machine gives no runtime.
    pub fn of(store: Arc<dyn ObjectStore>) -> Result<Self, ShelfError> {
        let open = Some(Arc::new(Open { store, waiter: Waiter::new()? }));
        Ok(Self { folder: None, is_alone: false, open: Mutex::new(open) })
    }

    fn open(&self) -> Result<Arc<Open>, ShelfError> {
        let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(open) = &*open {
            return Ok(open.clone());
        }
        let folder = self.folder.clone().unwrap_or_default();
        make(&folder)?;
        if self.is_alone {
            remove_unfinished(&folder)?;
        }
        let store = Arc::new(LocalFileSystem::new_with_prefix(&folder)?.with_fsync(true));
        let made = Arc::new(Open { store, waiter: Waiter::new()? });
        *open = Some(made.clone());
        Ok(made)
    }

    /// Bytes of a photo that lies here.
    ///
    /// # Errors
    /// The place fails.
    pub fn length(&self, sha256: &str) -> Result<Option<u64>, ShelfError> {
        self.length_at(&path(sha256))
    }

    /// A whole photo.
    ///
    /// # Errors
    /// The place fails.
    pub fn bytes(&self, sha256: &str) -> Result<Option<Vec<u8>>, ShelfError> {
        self.bytes_at(&path(sha256))
    }

    /// Puts a photo here, at once and durably; one that lies here already stays.
    ///
    /// # Errors
    /// The place fails.
    pub fn put(&self, sha256: &str, bytes: Vec<u8>) -> Result<(), ShelfError> {
        self.put_at(&path(sha256), bytes)
    }

    /// The picture of a display standard.
    ///
    /// # Errors
    /// The place fails.
    pub fn picture(&self, sha256: &str) -> Result<Option<Vec<u8>>, ShelfError> {
        self.bytes_at(&picture_path(sha256))
    }

    /// Puts the picture of a display standard here, as [`Shelf::put`] does a photo. It stays, also when no standard names
    /// it any more: a company draws a few in a year.
    ///
    /// # Errors
    /// The place fails.
    pub fn put_picture(&self, sha256: &str, bytes: Vec<u8>) -> Result<(), ShelfError> {
        self.put_at(&picture_path(sha256), bytes)
    }

    fn length_at(&self, at: &Path) -> Result<Option<u64>, ShelfError> {
        let open = self.open()?;
        let found = open.waiter.wait(open.store.head(at));
        Ok(if_there(found)?.map(|meta| meta.size))
    }

    fn bytes_at(&self, at: &Path) -> Result<Option<Vec<u8>>, ShelfError> {
        let open = self.open()?;
        let found = open.waiter.wait(async { open.store.get(at).await?.bytes().await });
        Ok(if_there(found)?.map(Into::into))
    }

    fn put_at(&self, at: &Path, bytes: Vec<u8>) -> Result<(), ShelfError> {
        if self.length_at(at)? == u64::try_from(bytes.len()).ok() {
            return Ok(());
        }
        let open = self.open()?;
        open.waiter.wait(open.store.put(at, PutPayload::from(bytes)))?;
        Ok(())
    }

    /// Takes a photo away; one that is not here is away.
    ///
    /// # Errors
    /// The place fails.
    pub fn remove(&self, sha256: &str) -> Result<(), ShelfError> {
        let open = self.open()?;
        if_there(open.waiter.wait(open.store.delete(&path(sha256))))?;
        Ok(())
    }

    /// Every photo that lies here: name and length, in stretches of at most `stretch`.
    ///
    /// # Errors
    /// The place fails, or the taker does.
    pub fn each<E: From<ShelfError>>(
        &self,
        stretch: usize,
        mut take: impl FnMut(Vec<(String, u64)>) -> Result<(), E>,
    ) -> Result<(), E> {
        let open = self.open()?;
        let mut all = open.waiter.within(|| open.store.list(None))?;
        loop {
            let mut found = Vec::new();
            while found.len() < stretch {
                let next = open.waiter.wait(all.try_next())?;
                let Some(meta) = next else {
                    return take(found);
                };
                let name = meta.location.filename().unwrap_or_default();
                if is_sha256(name) && meta.location == path(name) {
                    found.push((name.to_owned(), meta.size));
                }
            }
            take(found)?;
        }
    }
}

/// Spread over 256 folders: file systems and people like short lists.
fn path(sha256: &str) -> Path {
    Path::from_iter([sha256.get(..2).unwrap_or_default(), sha256])
}

/// Apart from the photos, which end.
fn picture_path(sha256: &str) -> Path {
    Path::from_iter(["pictures", sha256])
}

fn if_there<T>(found: Result<T, ShelfError>) -> Result<Option<T>, ShelfError> {
    match found {
        Err(ShelfError::Store(object_store::Error::NotFound { .. })) => Ok(None),
        other => other.map(Some),
    }
}

/// A folder that is there after a power cut, too; those in it are the store's care.
fn make(folder: &FilePath) -> std::io::Result<()> {
    if folder.is_dir() {
        return Ok(());
    }
    std::fs::create_dir_all(folder)?;
    let home = folder.parent().filter(|home| !home.as_os_str().is_empty());
    std::fs::File::open(home.unwrap_or(FilePath::new(".")))?.sync_all()
}

/// A process that was killed inside a put leaves a file with a `#` in its name, which is no photo and never becomes one.
fn remove_unfinished(folder: &FilePath) -> std::io::Result<()> {
    for part in std::fs::read_dir(folder)? {
        let part = part?.path();
        if !part.is_dir() {
            continue;
        }
        for file in std::fs::read_dir(part)? {
            let file = file?;
            if file.file_name().to_string_lossy().contains('#') {
                std::fs::remove_file(file.path())?;
            }
        }
    }
    Ok(())
}

/// A store that was opened, and what waits for it.
#[derive(Debug)]
struct Open {
    store: Arc<dyn ObjectStore>,
    waiter: Waiter,
}

/// A runtime of its own: the callers are blocking threads, of a server or of a simulation that has no runtime at all.
/// Were it the server's, a hundred waiting photos could take all its threads from the file calls they wait for.
#[derive(Debug)]
struct Waiter(Option<Runtime>);

impl Waiter {
    fn new() -> std::io::Result<Self> {
        Ok(Self(Some(tokio::runtime::Builder::new_current_thread().enable_all().build()?)))
    }

    fn wait<T>(&self, call: impl Future<Output = object_store::Result<T>>) -> Result<T, ShelfError> {
        let Some(runtime) = &self.0 else { return Err(ShelfError::Slow) };
        let done = runtime.block_on(async { tokio::time::timeout(CALL, call).await });
        Ok(done.map_err(|_| ShelfError::Slow)??)
    }

    /// Makes something that will spawn.
    fn within<T>(&self, make: impl FnOnce() -> T) -> Result<T, ShelfError> {
        let _inside = self.0.as_ref().ok_or(ShelfError::Slow)?.enter();
        Ok(make())
    }
}

impl Drop for Waiter {
    /// The last handle may go inside the server's own runtime, where nothing may block.
    fn drop(&mut self) {
        if let Some(runtime) = self.0.take() {
            runtime.shutdown_background();
        }
    }
}

#[cfg(test)]
mod tests {
    use sha2::{Digest, Sha256};
    use xundian_protocol::digest::hex;

    use super::*;

    fn name(bytes: &[u8]) -> String {
        hex(&Sha256::digest(bytes))
    }

    #[test]
    fn a_photo_lies_in_its_folder_until_it_is_taken_away() {
        let folder = tempfile::tempdir().unwrap();
        let shelf = Shelf::in_folder(folder.path().join("photos"));
        let (one, two) = (name(b"one"), name(b"two"));
        assert_eq!(shelf.length(&one).unwrap(), None);
        shelf.put(&one, b"one".to_vec()).unwrap();
        shelf.put(&two, b"two".to_vec()).unwrap();
        assert_eq!(std::fs::read(folder.path().join("photos").join(&one[..2]).join(&one)).unwrap(), b"one");
        assert_eq!(
            (shelf.length(&one).unwrap(), shelf.bytes(&two).unwrap()),
            (Some(3), Some(b"two".to_vec()))
        );
        let mut stretches = Vec::new();
        shelf
            .each::<ShelfError>(1, |found| {
                stretches.push(found.len());
                Ok(())
            })
            .unwrap();
        assert_eq!(stretches, [1, 1, 0]);
        shelf.remove(&one).unwrap();
        shelf.remove(&one).unwrap();
        assert_eq!(shelf.bytes(&one).unwrap(), None);
    }

    #[test]
    fn what_a_kill_left_behind_is_no_photo_and_goes_at_the_next_start() {
        let folder = tempfile::tempdir().unwrap();
        let name = name(b"one");
        let unfinished = folder.path().join(&name[..2]).join(format!("{name}#1"));
        std::fs::create_dir(folder.path().join(&name[..2])).unwrap();
        std::fs::write(&unfinished, b"on").unwrap();
        let shelf = Shelf::in_folder(folder.path().to_owned());
        assert_eq!(shelf.length(&name).unwrap(), None);
        assert!(!unfinished.exists());
    }

    #[test]
    fn a_command_beside_a_server_leaves_alone_what_that_one_is_about_to_put() {
        let folder = tempfile::tempdir().unwrap();
        let unfinished = folder.path().join("pictures").join(format!("{}#1", name(b"one")));
        std::fs::create_dir(folder.path().join("pictures")).unwrap();
        std::fs::write(&unfinished, b"on").unwrap();
        Shelf::in_folder(folder.path().to_owned())
            .beside()
            .put_picture(&name(b"two"), b"two".to_vec())
            .unwrap();
        assert!(unfinished.exists());
        Shelf::in_folder(folder.path().to_owned()).length(&name(b"one")).unwrap();
        assert!(!unfinished.exists(), "the next server tidies");
    }

    #[test]
    fn pictures_lie_apart_from_photos_also_of_the_same_bytes() {
        let folder = tempfile::tempdir().unwrap();
        let shelf = Shelf::in_folder(folder.path().to_owned());
        let one = name(b"one");
        shelf.put_picture(&one, b"one".to_vec()).unwrap();
        assert_eq!(shelf.bytes(&one).unwrap(), None);
        shelf
            .each::<ShelfError>(9, |found| {
                assert!(found.is_empty(), "it is no photo that somebody forgot");
                Ok(())
            })
            .unwrap();
        shelf.put(&one, b"one".to_vec()).unwrap();
        shelf.remove(&one).unwrap();
        assert_eq!(shelf.picture(&one).unwrap(), Some(b"one".to_vec()));
    }

    #[test]
    fn a_place_is_a_folder_or_a_bucket_and_nothing_that_forgets() {
        let none = || std::iter::empty::<(String, String)>();
        assert!(Shelf::at("photos", none()).is_ok());
        for bad in ["memory:///", "file:///tmp/photos", "gs://bucket/x", "s3://"] {
            assert!(matches!(Shelf::at(bad, none()), Err(ShelfError::Place { .. })), "{bad}");
        }
    }

    #[test]
    fn it_may_be_dropped_inside_the_server_runtime() {
        let folder = tempfile::tempdir().unwrap();
        let shelf = Shelf::in_folder(folder.path().to_owned());
        shelf.length(&name(b"one")).unwrap();
        let runtime = tokio::runtime::Builder::new_multi_thread().build().unwrap();
        runtime.block_on(async move { drop(shelf) });
    }
}
