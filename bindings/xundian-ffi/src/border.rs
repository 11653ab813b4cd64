//! Tests of the border: a shell on its other side, whose handle says how its calls end.

use std::mem::ManuallyDrop;
use std::ptr::NonNull;
use std::sync::Arc;

use uniffi::{FfiConverterArc, Handle, Lower, LowerError, RustBuffer, RustCallStatus, RustCallStatusCode};
use xundian_device::sync::Progress;

use crate::UniFfiTag;
use crate::errors::ShellError;
use crate::phone::RepPhone;
use crate::shell::{
    Changed, Clocks, LogLevel, UniFfiTraitVtableClocks, UniFfiTraitVtableWatcher, Watcher,
    uniffi_xundian_ffi_fn_init_callback_vtable_clocks, uniffi_xundian_ffi_fn_init_callback_vtable_watcher,
};

/// Handles of the other side are odd.
const ANSWERS: u64 = 1;
/// With the error that was agreed upon.
const FAILS: u64 = 3;
/// With anything else.
const THROWS: u64 = 5;

const WORDS: &str = "the shell is out of order";

pub(crate) fn text(text: &str) -> RustBuffer {
    <String as Lower<UniFfiTag>>::lower(text.to_owned())
}

fn failed() -> ShellError {
    ShellError::Failed { reason: WORDS.to_owned() }
}

fn end(handle: u64, status: &mut RustCallStatus) {
    let (code, said) = match handle {
        FAILS => (RustCallStatusCode::Error, <ShellError as LowerError<UniFfiTag>>::lower_error(failed())),
        THROWS => (RustCallStatusCode::UnexpectedError, text(WORDS)),
        _ => return,
    };
    status.code = code;
    status.error_buf = ManuallyDrop::new(said);
}

extern "C" fn uniffi_free(_: u64) {}

extern "C" fn uniffi_clone(handle: u64) -> u64 {
    handle
}

extern "C" fn number(handle: u64, answer: &mut i64, status: &mut RustCallStatus) {
    *answer = 7;
    end(handle, status);
}

extern "C" fn boot_id(handle: u64, answer: &mut RustBuffer, status: &mut RustCallStatus) {
    if handle == ANSWERS {
        *answer = text("boot 7");
    }
    end(handle, status);
}

extern "C" fn hear(handle: u64, what: RustBuffer, _: &mut (), status: &mut RustCallStatus) {
    what.destroy();
    end(handle, status);
}

extern "C" fn log(handle: u64, level: RustBuffer, line: RustBuffer, _: &mut (), status: &mut RustCallStatus) {
    level.destroy();
    line.destroy();
    end(handle, status);
}

fn clocks(handle: u64) -> Arc<dyn Clocks> {
    let calls = UniFfiTraitVtableClocks {
        uniffi_free,
        uniffi_clone,
        wall_ms: number,
        since_boot_ms: number,
        boot_id,
    };
    uniffi_xundian_ffi_fn_init_callback_vtable_clocks(NonNull::from(Box::leak(Box::new(calls))));
    <dyn Clocks as FfiConverterArc<UniFfiTag>>::try_lift(Handle::from_raw_unchecked(handle)).unwrap()
}

fn watcher(handle: u64) -> Arc<dyn Watcher> {
    let calls = UniFfiTraitVtableWatcher { uniffi_free, uniffi_clone, changed: hear, progress: hear, log };
    uniffi_xundian_ffi_fn_init_callback_vtable_watcher(NonNull::from(Box::leak(Box::new(calls))));
    <dyn Watcher as FfiConverterArc<UniFfiTag>>::try_lift(Handle::from_raw_unchecked(handle)).unwrap()
}

#[test]
fn whatever_is_thrown_on_the_other_side_is_an_error_on_this_one() {
    assert_eq!(clocks(ANSWERS).wall_ms(), Ok(7));
    assert_eq!(clocks(ANSWERS).boot_id(), Ok("boot 7".to_owned()));
    assert_eq!(watcher(ANSWERS).changed(Changed::Visit), Ok(()));
    for handle in [FAILS, THROWS] {
        assert_eq!(clocks(handle).since_boot_ms(), Err(failed()));
        assert_eq!(clocks(handle).boot_id(), Err(failed()));
        assert_eq!(watcher(handle).changed(Changed::Facts), Err(failed()));
        assert_eq!(watcher(handle).progress(Progress::default()), Err(failed()));
        assert_eq!(watcher(handle).log(LogLevel::Error, "a line".to_owned()), Err(failed()));
    }
}

#[test]
fn a_phone_whose_clocks_and_ears_throw_goes_on() {
    for handle in [FAILS, THROWS] {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("phone.db").to_string_lossy().into_owned();
        let ears = Some(watcher(handle));
        let phone = RepPhone::open(path, clocks(handle), None, None, None, ears).unwrap();
        assert_eq!(phone.rep(), Ok(None));
        assert_eq!(phone.keep_photo(vec![1, 2, 3]).unwrap().len, 3);
        assert_eq!(phone.change(Changed::Facts, |_| Ok(7)), Ok(7), "it was told");
    }
}
