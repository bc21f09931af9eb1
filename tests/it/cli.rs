//! The command line: the built program against the embedded world, told only by its configuration file.

mod config;
mod filters;
mod flag;
mod manual;
mod metrics;
mod schema;
mod status;

use std::fs;
use std::ops::Deref;
use std::path::PathBuf;
use std::process::{Output, Stdio};

use flightdeck::domain::clock::Clock as _;
use flightdeck::shell::clock::SystemClock;
use flightdeck::sim::{Options, Running, Sim};
use serde_json::Value;
use tempfile::TempDir;
use tokio::io::AsyncWriteExt as _;
use tokio::process::Command;
use tokio::sync::{Semaphore, SemaphorePermit};

/// A folder with a configuration, and a state directory in it.
struct Desk {
    folder: TempDir,
}

/// What the program did.
#[derive(Debug)]
struct Ran {
    code: Option<i32>,
    out: String,
    err: String,
}

impl Ran {
    fn json(&self) -> Value {
        serde_json::from_str(&self.out).unwrap_or_else(|error| panic!("{error}: {self:?}"))
    }

    /// The exit code, with everything that was said where it is another.
    #[track_caller]
    fn ended(&self, code: i32) -> &Self {
        assert_eq!(self.code, Some(code), "{}\n{}", self.out, self.err);
        self
    }

    /// Both streams hold each of these.
    #[track_caller]
    fn says(&self, texts: &[&str]) -> &Self {
        for text in texts {
            let both = format!("{}\n{}", self.out, self.err);
            assert!(both.contains(text), "{text:?} is not in:\n{both}");
        }
        self
    }
}

impl Desk {
    fn new() -> Self {
        Self {
            folder: tempfile::tempdir().unwrap(),
        }
    }

    /// A desk that is told of a world, as one of its people.
    fn at(world: &Running, person: &str) -> Self {
        let desk = Self::new();
        let kubeconfig = desk.path("kubeconfig");
        fs::write(&kubeconfig, world.kubeconfig(person)).unwrap();
        let config = world.config(Some(&kubeconfig.display().to_string()));
        let (since, epoch) = (SystemClock.now(), world.now());
        let clock = format!(
            "\n[clock]\nepoch = \"{epoch}\"\nspeed = {:?}\nsince = \"{since}\"\n",
            world.speed
        );
        fs::write(desk.path("config.toml"), config + &clock).unwrap();
        desk
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Writes a file and gives its name.
    fn file(&self, name: &str, text: &str) -> String {
        let path = self.path(name);
        fs::write(&path, text).unwrap();
        path.display().to_string()
    }

    async fn run(&self, arguments: &[&str]) -> Ran {
        self.run_with(arguments, None).await
    }

    async fn run_with(&self, arguments: &[&str], stdin: Option<&str>) -> Ran {
        let mut command = Command::new(env!("CARGO_BIN_EXE_flightdeck"));
        command
            .args(arguments)
            .args(patience(arguments))
            .env_clear()
            .env("HOME", self.folder.path())
            .env("FLIGHTDECK_STATE", self.path("state"))
            .stdin(stdin.map_or_else(Stdio::null, |_| Stdio::piped()))
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .kill_on_drop(true);
        let config = self.path("config.toml");
        if config.exists() {
            command.env("FLIGHTDECK_CONFIG", config);
        }
        let mut child = command.spawn().unwrap();
        if let (Some(text), Some(mut pipe)) = (stdin, child.stdin.take()) {
            pipe.write_all(text.as_bytes()).await.unwrap();
        }
        let Output {
            status,
            stdout,
            stderr,
        } = child.wait_with_output().await.unwrap();
        Ran {
            code: status.code(),
            out: String::from_utf8(stdout).unwrap(),
            err: String::from_utf8(stderr).unwrap(),
        }
    }
}

/// Longer than any machine that runs the tests lets sources take, where a command has a limit.
fn patience(arguments: &[&str]) -> &'static [&'static str] {
    match arguments.first() {
        Some(&"status" | &"flag") => &["--wait", "120"],
        Some(_) | None => &[],
    }
}

/// One world at a time: the program's deadlines are real, and a machine that runs four of them misses them.
static TURN: Semaphore = Semaphore::const_new(1);

/// A world whose turn it is.
struct World {
    running: Running,
    _turn: SemaphorePermit<'static>,
}

impl Deref for World {
    type Target = Running;

    fn deref(&self) -> &Running {
        &self.running
    }
}

/// A world of a scenario, from one of its times on.
async fn world(scenario: &str, from: &str) -> World {
    world_of(Options::new(scenario), from).await
}

async fn world_of(options: Options, from: &str) -> World {
    let turn = TURN.acquire().await.unwrap();
    let start_at = format!("2026-11-21T{from}Z").parse().unwrap();
    let options = Options {
        start_at: Some(start_at),
        ..options
    };
    World {
        running: Sim::start(options).await.unwrap(),
        _turn: turn,
    }
}

#[tokio::test]
async fn what_is_not_a_command_is_wrong_usage() {
    let desk = Desk::new();
    let wrong: [&[&str]; 6] = [
        &["statos"],
        &["judge"],
        &["decide"],
        &["flag", "disable", "x"],
        &["status", "--output", "xml"],
        &["status"],
    ];
    for arguments in wrong {
        desk.run(arguments).await.ended(2);
    }
    desk.run(&["status"])
        .await
        .says(&["there is no configuration", "flightdeck demo"]);
    desk.run(&[
        "flag",
        "disable",
        "x",
        "--service",
        "s",
        "--environment",
        "canary",
        "--yes",
    ])
    .await
    .ended(2)
    .says(&["--reason"]);
}
