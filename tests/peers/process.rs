//! Programs as child processes: run to the end, or kept running until dropped.
//!
//! Each has its own log file, and its end is bound to the value that holds it, so a failed trial leaves nothing behind.

use std::fs::{self, File};
use std::io::Write as _;
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU16, Ordering};

use anyhow::{Context, Result, bail};

use crate::wait::Gone;

/// A program that runs until this is dropped.
#[derive(Debug)]
pub(crate) struct Running {
    name: String,
    child: Child,
    log: PathBuf,
}

impl Running {
    /// Starts `command` with both outputs in `FOLDER/NAME.log`.
    pub(crate) fn start(name: &str, folder: &Path, command: &mut Command) -> Result<Self> {
        let log = folder.join(format!("{name}.log"));
        let out = File::create(&log).with_context(|| format!("create {}", log.display()))?;
        let err = out.try_clone()?;
        let child = command
            .stdin(Stdio::null())
            .stdout(out)
            .stderr(err)
            .spawn()
            .with_context(|| format!("start {name}: {}", command.get_program().display()))?;
        Ok(Self {
            name: name.to_owned(),
            child,
            log,
        })
    }

    /// What it has written so far.
    pub(crate) fn log(&self) -> Result<String> {
        Ok(String::from_utf8_lossy(&fs::read(&self.log)?).into_owned())
    }

    /// Waits for its end, and tells its log; an exit code other than 0 is an error.
    pub(crate) fn finish(mut self) -> Result<String> {
        let status = self.child.wait()?;
        let log = self.log()?;
        if !status.success() {
            bail!("{} ended with {status}: {}", self.name, log.trim());
        }
        Ok(log)
    }

    /// An error with the end of its log, if it has ended by itself.
    pub(crate) fn check(&mut self) -> Result<()> {
        let Some(status) = self.child.try_wait()? else {
            return Ok(());
        };
        let log = self.log()?;
        let tail: Vec<&str> = log.lines().rev().take(15).collect();
        Err(Gone(format!(
            "{} ended with {status}:\n{}",
            self.name,
            tail.into_iter().rev().collect::<Vec<_>>().join("\n")
        ))
        .into())
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // Its data is thrown away with it, so there is nothing to end in order.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Runs a command to its end and returns its output; an exit code other than 0 is an error with what it said.
pub(crate) fn run(command: &mut Command, input: Option<&str>) -> Result<String> {
    let (code, out, err) = outcome(command, input)?;
    if code != 0 {
        bail!(
            "{} {:?} exited with {code}: {}{}",
            command.get_program().display(),
            args(command),
            err.trim(),
            out.trim()
        );
    }
    Ok(out)
}

/// Runs a command to its end, whatever its exit code: code, output, errors.
pub(crate) fn outcome(command: &mut Command, input: Option<&str>) -> Result<(i32, String, String)> {
    let mut child = command
        .stdin(if input.is_some() {
            Stdio::piped()
        } else {
            Stdio::null()
        })
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .with_context(|| format!("run {}", command.get_program().display()))?;
    if let (Some(text), Some(mut pipe)) = (input, child.stdin.take()) {
        pipe.write_all(text.as_bytes())?;
    }
    let done = child.wait_with_output()?;
    let text = |bytes: Vec<u8>| String::from_utf8_lossy(&bytes).into_owned();
    Ok((
        done.status.code().unwrap_or(-1),
        text(done.stdout),
        text(done.stderr),
    ))
}

fn args(command: &Command) -> Vec<String> {
    command
        .get_args()
        .map(|arg| arg.to_string_lossy().into_owned())
        .collect()
}

/// A port on loopback that nothing listens on. Below the range that the kernel gives to outgoing connections, and no
/// number twice in one run, so that it is still free when the peer comes to bind it.
pub(crate) fn free_port() -> Result<u16> {
    static NEXT: AtomicU16 = AtomicU16::new(0);
    let base = 20_000 + u16::try_from(std::process::id() % 40)? * 250;
    for _ in 0..2_000 {
        let port = base + NEXT.fetch_add(1, Ordering::Relaxed) % 2_000;
        if TcpListener::bind(("127.0.0.1", port)).is_ok() {
            return Ok(port);
        }
    }
    bail!("no free port on loopback")
}
