//! A PostgreSQL of our own: started once per test program in a fresh folder, ended with it. Debian keeps the programs
//! out of the path; the server refuses to run as root, so that a root run lends it the user `postgres`.

use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

/// Beginning of the folder's name; the test program's process id follows.
const FOLDER: &str = "xundian-pg-";

/// A running server; it ends with the value.
#[derive(Debug)]
pub struct Postgres {
    process: Child,
    folder: PathBuf,
}

impl Drop for Postgres {
    fn drop(&mut self) {
        // Killed at once: nothing in it outlives the tests.
        let _ = self.process.kill();
        let _ = self.process.wait();
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}

fn programs() -> Option<PathBuf> {
    let versions = std::fs::read_dir("/usr/lib/postgresql").ok()?.flatten();
    versions.map(|version| version.path().join("bin")).find(|bin| bin.join("initdb").exists())
}

fn is_root() -> bool {
    Command::new("id").arg("-u").output().is_ok_and(|id| id.stdout.trim_ascii() == b"0")
}

/// The command as a user that may run the server; it ends when the thread that started it does.
fn command(program: &Path) -> Command {
    let mut command = Command::new("setpriv");
    if is_root() {
        command.args(["--reuid=postgres", "--regid=postgres", "--clear-groups"]);
    }
    command.arg("--pdeathsig=KILL").arg(program);
    command
}

/// What test programs that are gone left behind.
fn sweep() {
    for entry in std::fs::read_dir(std::env::temp_dir()).into_iter().flatten().flatten() {
        let name = entry.file_name();
        let pid =
            name.to_str().and_then(|name| name.strip_prefix(FOLDER)).and_then(|pid| pid.parse::<u32>().ok());
        if pid.is_some_and(|pid| !Path::new(&format!("/proc/{pid}")).exists()) {
            let _ = std::fs::remove_dir_all(entry.path());
        }
    }
}

impl Postgres {
    /// Makes a cluster and starts it on a socket in its own folder.
    ///
    /// # Errors
    /// PostgreSQL is not installed (`cargo xtask setup` does it) or does not start.
    pub fn start() -> Result<Self, String> {
        let bin = programs().ok_or("PostgreSQL is not installed: run `cargo xtask setup`")?;
        sweep();
        let folder = std::env::temp_dir().join(format!("{FOLDER}{}", std::process::id()));
        std::fs::create_dir(&folder).map_err(|why| why.to_string())?;
        if is_root() {
            let owner = Command::new("chown").arg("postgres").arg(&folder).status();
            owner.map_err(|why| why.to_string())?;
        }
        let data = folder.join("data");
        let made = command(&bin.join("initdb"))
            .args(["--auth=trust", "--username=xundian", "--encoding=UTF8", "--locale=C", "-D"])
            .arg(&data)
            .output()
            .map_err(|why| why.to_string())?;
        if !made.status.success() {
            return Err(String::from_utf8_lossy(&made.stderr).into_owned());
        }
        let process = command(&bin.join("postgres"))
            .arg("-D")
            .arg(&data)
            .args(["-c", "listen_addresses=", "-c", "max_connections=200", "-k"])
            .arg(&folder)
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .map_err(|why| why.to_string())?;
        let started = Self { process, folder };
        started.wait(&bin)?;
        Ok(started)
    }

    fn wait(&self, bin: &Path) -> Result<(), String> {
        for _ in 0..200 {
            let ready = command(&bin.join("pg_isready")).args(["-q", "-h"]).arg(&self.folder).status();
            if ready.is_ok_and(|status| status.success()) {
                return Ok(());
            }
            std::thread::sleep(Duration::from_millis(50));
        }
        Err("PostgreSQL does not answer".to_owned())
    }

    /// Makes an empty database; gives its address.
    ///
    /// # Errors
    /// It cannot be made.
    pub fn database(&self) -> Result<String, String> {
        static NEXT: AtomicU32 = AtomicU32::new(1);
        let name = format!("t{}", NEXT.fetch_add(1, Ordering::Relaxed));
        let bin = programs().ok_or("PostgreSQL is not installed")?;
        let made = command(&bin.join("createdb"))
            .args(["-U", "xundian", "-h"])
            .arg(&self.folder)
            .arg(&name)
            .output()
            .map_err(|why| why.to_string())?;
        if !made.status.success() {
            return Err(String::from_utf8_lossy(&made.stderr).into_owned());
        }
        let host = self.folder.to_string_lossy().replace('/', "%2F");
        Ok(format!("postgres://xundian@{host}/{name}"))
    }
}

/// The one server of this test program.
///
/// # Errors
/// See [`Postgres::start`].
pub fn shared() -> Result<&'static Postgres, String> {
    static SHARED: OnceLock<Result<Postgres, String>> = OnceLock::new();
    let start = || {
        let (report, started) = std::sync::mpsc::sync_channel(1);
        // The thread that starts the server must live as long as this program: the server dies with it.
        std::thread::spawn(move || {
            let _ = report.send(Postgres::start());
            loop {
                std::thread::park();
            }
        });
        started.recv().unwrap_or_else(|why| Err(why.to_string()))
    };
    SHARED.get_or_init(start).as_ref().map_err(Clone::clone)
}
