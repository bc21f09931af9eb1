//! The deck beside others on one real API server: ten thousand pods, twenty of which change in each second, on a terminal
//! of 200x60: `cargo bench --bench deck`. Where the servers are not installed, only what needs none is measured.
//!
//! Two decks are measured: one told of no metrics, and one whose Prometheus hangs.

#[path = "../../tests/peers/cluster.rs"]
#[expect(dead_code, reason = "the trials need more of it")]
mod cluster;
#[path = "../../tests/peers/fleet.rs"]
mod fleet;
mod frame;
#[path = "../../tests/peers/look.rs"]
mod look;
#[path = "../../tests/peers/process.rs"]
#[expect(dead_code, reason = "the trials need more of it")]
mod process;
#[path = "../../tests/peers/programs.rs"]
mod programs;
mod table;
mod terminal;
mod updates;
#[path = "../../tests/peers/wait.rs"]
mod wait;

use std::fs;
use std::io::{Write as _, stdout};
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::Result;
use portable_pty::CommandBuilder;
use tempfile::TempDir;
use vt100::Screen;

use cluster::{Cluster, Room};
use fleet::Fleet;
use look::Look as _;
use programs::Programs;
use table::{Line, milliseconds, percentile};
use terminal::{COLUMNS, Idle, Memory, Program, ROWS};
use updates::Updates;

/// 40 services with 10,000 pods in 100 Deployments.
const FLEET: Fleet = Fleet {
    namespace: "fleet",
    services: 40,
    deployments: [60, 40],
    pods: 100,
};

const ROOM: Room = Room {
    nodes: 24,
    pods: 500,
};

/// How long each is left alone before and while it is measured.
const SETTLES: Duration = Duration::from_secs(15);
const IDLE: Duration = Duration::from_secs(30);

/// How long each may take to show something.
const PATIENCE: Duration = Duration::from_secs(60);

macro_rules! say {
    ($($arg:tt)*) => { writeln!(stdout(), $($arg)*)? };
}

/// What was measured of a program.
struct Measured {
    full: Duration,
    memory: Memory,
    idle: Idle,
    keys: Option<(Vec<Duration>, usize)>,
}

fn main() -> Result<()> {
    // An error only says that one is there.
    let _ = rustls::crypto::ring::default_provider().install_default();
    say!("load: {}", fs::read_to_string("/proc/loadavg")?.trim());
    for line in frame::frames()? {
        say!("{line}");
    }
    let programs = Programs::discover();
    let missing = programs.missing(&cluster::PROGRAMS);
    if !missing.is_empty() {
        say!(
            "no cluster, and nothing more to measure: not found: {}",
            missing.join(", ")
        );
        return Ok(());
    }
    let folder = TempDir::with_prefix("flightdeck-bench-")?;
    let cluster = Cluster::start("eu-prod", &programs, folder.path(), ROOM)?;
    cluster.apply(include_str!("../../tests/peers/files/featureflag-crd.yaml"))?;
    cluster.apply(include_str!("../../tests/peers/files/rights.yaml"))?;
    let crd = "crd/featureflags.core.openfeature.dev";
    cluster.kubectl("admin", &["wait", "--for=condition=Established", crd])?;
    FLEET.build(&cluster)?;
    let [production, _] = FLEET.namespaces();
    let updates = Updates::start(&cluster, &production)?;
    let (drained, pods) = updates::drain(&cluster)?;
    say!(
        "{pods} pods, {} services; load: {}",
        FLEET.services,
        fs::read_to_string("/proc/loadavg")?.trim()
    );

    let calm = deck(&cluster, None, &folder.path().join("calm"))?;
    let hangs = TcpListener::bind(("127.0.0.1", 0))?;
    let address = format!("http://{}", hangs.local_addr()?);
    let hung = deck(&cluster, Some(&address), &folder.path().join("hung"))?;
    let looks = cluster.looks()?;
    let kubectl = kubectl(&cluster, &programs)?;
    let sofka = match programs.path("sofka") {
        Ok(program) => Some(sofka(&cluster, &program, folder.path())?),
        Err(why) => {
            say!("without sofka: {why:#}; cargo install sofka --version 0.34.0");
            None
        }
    };
    let lists = looks.iter().filter(|look| look.text("/verb") == "list");
    say!(
        "{:.1} pods changed in a second; load: {}",
        updates.rate(),
        fs::read_to_string("/proc/loadavg")?.trim()
    );
    say!("lists in the audit log of both decks: {}", lists.count());
    report(
        "no metrics configured",
        &calm,
        &kubectl,
        sofka.as_ref(),
        drained,
    )?;
    report(
        "with a Prometheus that hangs",
        &hung,
        &kubectl,
        sofka.as_ref(),
        drained,
    )
}

fn report(
    what: &str,
    deck: &Measured,
    kubectl: &Measured,
    sofka: Option<&Measured>,
    drained: Duration,
) -> Result<()> {
    say!("\nThe deck, {what}");
    let line = |name: &str, of: &dyn Fn(&Measured) -> Option<f64>| {
        Line::new(name, of(deck).unwrap_or(f64::NAN))
            .beside("kubectl -w", of(kubectl))
            .beside("sofka", sofka.and_then(of))
    };
    say!(
        "{}",
        line("resident, MB", &|m| Some(m.memory.now)).limit(40.0)
    );
    say!("{}", line("resident at most, MB", &|m| Some(m.memory.peak)));
    say!(
        "{}",
        line("a core, idle, %", &|m| Some(m.idle.cpu * 100.0)).limit(2.0)
    );
    say!(
        "{}",
        line("bytes a second, idle", &|m| Some(m.idle.bytes)).limit(70.0)
    );
    for (name, of, limit) in [
        ("50th", 50, Some(2.0)),
        ("90th", 90, None),
        ("99th", 99, Some(8.0)),
    ] {
        let key = move |m: &Measured| {
            let (took, _) = m.keys.as_ref()?;
            Some(milliseconds(percentile(took, of)))
        };
        let line = line(&format!("key to first byte, {name}, ms"), &key);
        say!(
            "{}",
            limit.map_or_else(|| line.clone(), |limit| line.clone().limit(limit))
        );
    }
    let bytes = |m: &Measured| Some(f64::from(u32::try_from(m.keys.as_ref()?.1).ok()?));
    say!("{}", line("bytes a key", &bytes));
    let full = line("first full screen, ms", &|m| Some(milliseconds(m.full)));
    let drain = format!(
        "a bare watch has all pods after {:.0} ms",
        milliseconds(drained)
    );
    say!("{}", full.limit(1.3 * milliseconds(drained)).note(drain));
    Ok(())
}

fn measure(
    name: &str,
    command: CommandBuilder,
    is_full: impl Fn(&Screen) -> bool,
    first: &[&str],
    moves: bool,
) -> Result<Measured> {
    let mut program = Program::start(command)?;
    let full = program.until(name, PATIENCE, is_full)?;
    program.rest(SETTLES)?;
    let idle = program.idle(IDLE)?;
    let memory = program.memory()?;
    let keys = if moves {
        for key in first {
            program.press(key)?;
        }
        let down = ["j"; 40].into_iter().chain(["k"; 40]);
        Some(program.press_all(&down.collect::<Vec<_>>())?)
    } else {
        None
    };
    if std::env::var_os("FLIGHTDECK_BENCH_SHOW").is_some() {
        say!("{name}:\n{}", program.text()?);
    }
    Ok(Measured {
        full,
        memory,
        idle,
        keys,
    })
}

/// The deck, by its own program: the overview while it is left alone, and the list of all changes for its keys.
fn deck(cluster: &Cluster, prometheus: Option<&str>, folder: &Path) -> Result<Measured> {
    let config = FLEET.config(cluster, "pilot", prometheus, folder)?;
    let mut command = CommandBuilder::new(env!("CARGO_BIN_EXE_flightdeck"));
    command.arg("--config");
    command.arg(config);
    command.env("FLIGHTDECK_STATE", folder.join("state"));
    // All that answers is there: what hangs is named as what is waited for.
    let is_full = |screen: &Screen| {
        let text = screen.contents();
        let is_read = !text.contains("reading") || text.contains("waiting for prometheus");
        text.contains("service-00") && text.contains("2.0.3") && is_read
    };
    measure("flightdeck", command, is_full, &["8"], true)
}

fn kubectl(cluster: &Cluster, programs: &Programs) -> Result<Measured> {
    let mut command = CommandBuilder::new(programs.path("kubectl")?);
    command.args(["get", "pods", "-A", "-w"]);
    command.env("KUBECONFIG", cluster.kubeconfig("admin"));
    measure("kubectl get pods -A -w", command, is_filled, &[], false)
}

fn sofka(cluster: &Cluster, program: &PathBuf, folder: &Path) -> Result<Measured> {
    let mut command = CommandBuilder::new(program);
    command.env("KUBECONFIG", cluster.kubeconfig("admin"));
    command.env("HOME", folder);
    command.args(["-A"]);
    measure("sofka", command, is_filled, &[], true)
}

/// Pods from the top to all but the last rows.
fn is_filled(screen: &Screen) -> bool {
    let rows = screen.rows(0, COLUMNS);
    let pods = rows.filter(|row| row.contains("service-")).count();
    pods + 15 >= usize::from(ROWS)
}
