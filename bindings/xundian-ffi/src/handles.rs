//! Tests of the border: a phone on its other side, which clones the handle for each call and frees it when it likes.

use std::mem::ManuallyDrop;
use std::net::TcpListener;
use std::path::Path;
use std::sync::mpsc::channel;
use std::sync::{Arc, Weak};
use std::time::Duration;

use uniffi::{FfiConverterArc, Handle, Lift, RustCallStatus, RustCallStatusCode};

use crate::UniFfiTag;
use crate::border::text;
use crate::codes::Conflict;
use crate::errors::{CoreError, ShellError};
use crate::phone::{
    RepPhone, tests, uniffi_xundian_ffi_fn_clone_repphone, uniffi_xundian_ffi_fn_free_repphone,
    uniffi_xundian_ffi_fn_method_repphone_is_ready, uniffi_xundian_ffi_fn_method_repphone_pause,
};
use crate::sending::uniffi_xundian_ffi_fn_method_repphone_enrol;
use crate::shell::Clocks;

/// An answer is waited for half a minute.
const SOON: Duration = Duration::from_secs(15);

/// A call across the border, as it ends on the other side.
fn called<T>(call: impl FnOnce(&mut RustCallStatus) -> T) -> Result<T, CoreError> {
    let mut status = RustCallStatus::default();
    let answer = call(&mut status);
    let said = ManuallyDrop::into_inner(status.error_buf);
    match status.code {
        RustCallStatusCode::Success => Ok(answer),
        RustCallStatusCode::Error => Err(<CoreError as Lift<UniFfiTag>>::try_lift(said).unwrap()),
        RustCallStatusCode::UnexpectedError | RustCallStatusCode::Cancelled => {
            panic!("not agreed upon: {:?}", <String as Lift<UniFfiTag>>::try_lift(said))
        }
    }
}

/// A phone as the other side holds it.
struct Held(Handle);

impl Held {
    fn of(phone: Arc<RepPhone>) -> Self {
        Self(<RepPhone as FfiConverterArc<UniFfiTag>>::lower(phone))
    }

    /// For one call, which takes it, or to be held beside this one.
    fn cloned(&self) -> Handle {
        // SAFETY: it came from `lower` and is not freed yet.
        called(|status| unsafe { uniffi_xundian_ffi_fn_clone_repphone(self.0.clone(), status) }).unwrap()
    }

    fn free(self) {
        // SAFETY: it came from `lower` or from a clone, and nobody has it after this.
        called(|status| unsafe { uniffi_xundian_ffi_fn_free_repphone(self.0, status) }).unwrap();
    }

    fn is_ready(&self) -> Result<bool, CoreError> {
        let answer = called(|status| uniffi_xundian_ffi_fn_method_repphone_is_ready(self.cloned(), status))?;
        Ok(answer == 1)
    }

    fn pause(&self) -> Result<(), CoreError> {
        called(|status| uniffi_xundian_ffi_fn_method_repphone_pause(self.cloned(), status))
    }
}

fn enrol(call: Handle, server: &str) -> Result<(), CoreError> {
    let (server, code) = (text(server), text("ABCD2345"));
    called(|status| uniffi_xundian_ffi_fn_method_repphone_enrol(call, server, code, status))
}

/// A new phone's handle, and what knows how often the phone is held.
fn held(folder: &Path) -> (Held, Weak<RepPhone>) {
    let phone = tests::opened(folder);
    let seen = Arc::downgrade(&phone);
    (Held::of(phone), seen)
}

#[test]
fn a_clone_is_good_after_its_handle_was_freed_and_the_last_one_takes_the_phone_along() {
    let folder = tempfile::tempdir().unwrap();
    let (first, phone) = held(folder.path());
    let second = Held(first.cloned());
    assert_eq!((first.is_ready(), phone.strong_count()), (Ok(false), 2), "a call keeps nothing");
    first.free();
    assert_eq!(second.is_ready(), Ok(false));
    assert_eq!(second.pause(), Ok(()));
    assert_eq!(second.is_ready(), Err(CoreError::conflict(Conflict::Paused)));
    assert_eq!(phone.strong_count(), 1, "an error keeps nothing either");
    second.free();
    assert_eq!(phone.strong_count(), 0);
}

#[test]
fn a_phone_that_is_freed_while_a_long_call_runs_goes_when_the_call_has_ended() {
    let folder = tempfile::tempdir().unwrap();
    let (held, phone) = held(folder.path());
    let door = TcpListener::bind("127.0.0.1:0").unwrap();
    let (server, call) = (format!("http://{}", door.local_addr().unwrap()), held.cloned());
    let (tell, ended) = channel();
    std::thread::spawn(move || tell.send(enrol(call, &server)));
    let _silent = door.accept().unwrap();
    held.free();
    assert_eq!(phone.strong_count(), 1, "it is the call's alone");
    phone.upgrade().unwrap().cancel().unwrap();
    assert_eq!(ended.recv_timeout(SOON), Ok(Err(CoreError::Cancelled)));
    assert_eq!(phone.strong_count(), 0);
}

/// Clocks that are no shell's: what a shell throws is no panic here.
struct Odd;

impl Clocks for Odd {
    fn wall_ms(&self) -> Result<i64, ShellError> {
        panic!("the clock is odd")
    }

    fn since_boot_ms(&self) -> Result<i64, ShellError> {
        Ok(60_000)
    }

    fn boot_id(&self) -> Result<String, ShellError> {
        Ok("boot".to_owned())
    }
}

#[test]
fn a_fault_comes_across_as_an_error_and_the_phone_goes_on() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("phone.db").to_string_lossy().into_owned();
    let phone = Held::of(RepPhone::open(path, Arc::new(Odd), None, None, None, None).unwrap());
    let reason = "the clock is odd".to_owned();
    let fault = CoreError::Internal { reason };
    for _ in 0..2 {
        assert_eq!(enrol(phone.cloned(), "http://127.0.0.1:9"), Err(fault.clone()), "nobody is busy");
    }
    assert_eq!(phone.is_ready(), Ok(false));
    phone.free();
}
