//! A program on a terminal of 200x60, as an operator has it: when its bytes come, and what it costs the machine.

use std::fs;
use std::io::{Read as _, Write};
use std::num::NonZero;
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail};
use flightdeck::shell::clock::moment;
use portable_pty::{Child, CommandBuilder, MasterPty, PtySize, native_pty_system};
use vt100::{Parser, Screen};

pub(crate) const COLUMNS: u16 = 200;
pub(crate) const ROWS: u16 = 60;

/// Bytes and when they came.
type Piece = (Instant, Vec<u8>);

pub(crate) struct Program {
    screen: Parser,
    came: Receiver<Piece>,
    bytes: usize,
    last: Instant,
    started: Instant,
    child: Box<dyn Child + Send + Sync>,
    keys: Box<dyn Write + Send>,
    _master: Box<dyn MasterPty + Send>,
}

/// What a program uses while nobody touches it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Idle {
    /// Share of one core.
    pub(crate) cpu: f64,
    /// Bytes a second on the terminal.
    pub(crate) bytes: f64,
}

/// Resident memory in MB: now, and the most so far.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Memory {
    pub(crate) now: f64,
    pub(crate) peak: f64,
}

impl Program {
    pub(crate) fn start(mut command: CommandBuilder) -> Result<Self> {
        command.env("TERM", "xterm-256color");
        command.env("COLORTERM", "truecolor");
        command.env("LC_ALL", "C.UTF-8");
        let pair = native_pty_system().openpty(PtySize {
            rows: ROWS,
            cols: COLUMNS,
            pixel_width: 0,
            pixel_height: 0,
        })?;
        let mut from = pair.master.try_clone_reader()?;
        let keys = pair.master.take_writer()?;
        let started = moment();
        let child = pair.slave.spawn_command(command)?;
        drop(pair.slave);
        let (tell, came) = channel();
        thread::spawn(move || {
            let mut piece = vec![0; 65_536];
            while let Ok(n @ 1..) = from.read(&mut piece) {
                let bytes = piece.get(..n).unwrap_or_default().to_vec();
                if tell.send((moment(), bytes)).is_err() {
                    return;
                }
            }
        });
        let some = |n| NonZero::new(n).unwrap_or(NonZero::<u16>::MIN);
        Ok(Self {
            screen: Parser::new(some(ROWS), some(COLUMNS), 0),
            came,
            bytes: 0,
            last: started,
            started,
            child,
            keys,
            _master: pair.master,
        })
    }

    /// The text on the screen.
    pub(crate) fn text(&mut self) -> Result<String> {
        self.listen(Duration::ZERO)?;
        Ok(self.screen.screen().contents())
    }

    /// Waits until the screen is so; how long after the start the bytes came that made it so.
    pub(crate) fn until(
        &mut self,
        what: &str,
        limit: Duration,
        is_so: impl Fn(&Screen) -> bool,
    ) -> Result<Duration> {
        while !is_so(self.screen.screen()) {
            if self.started.elapsed() > limit {
                bail!(
                    "{what}: it never came, but\n{}",
                    self.screen.screen().contents()
                );
            }
            self.listen(Duration::from_millis(200))?;
        }
        Ok(self.last.duration_since(self.started))
    }

    /// Takes what comes, for so long at most.
    fn listen(&mut self, time: Duration) -> Result<bool> {
        match self.came.recv_timeout(time) {
            Ok((at, piece)) => {
                self.screen.process(&piece);
                self.bytes += piece.len();
                self.last = at;
                Ok(true)
            }
            Err(RecvTimeoutError::Timeout) => Ok(false),
            Err(RecvTimeoutError::Disconnected) => {
                bail!(
                    "the program ended, showing\n{}",
                    self.screen.screen().contents()
                )
            }
        }
    }

    /// Lets it be for so long.
    pub(crate) fn rest(&mut self, time: Duration) -> Result<()> {
        let start = moment();
        while start.elapsed() < time {
            self.listen(time.saturating_sub(start.elapsed()))?;
        }
        Ok(())
    }

    /// Presses a key: how long until the first byte of what follows, and how many bytes follow within a tenth of a second.
    pub(crate) fn press(&mut self, key: &str) -> Result<(Duration, usize)> {
        while self.listen(Duration::ZERO)? {}
        let (pressed, before) = (moment(), self.bytes);
        self.keys.write_all(key.as_bytes())?;
        self.keys.flush()?;
        if !self.listen(Duration::from_secs(3))? {
            bail!("nothing follows {key:?}");
        }
        let took = self.last.duration_since(pressed);
        self.rest(Duration::from_millis(100))?;
        Ok((took, self.bytes - before))
    }

    /// Presses each key, with pauses of no one length between: when each was answered, sorted, and bytes a key.
    pub(crate) fn press_all(&mut self, keys: &[&str]) -> Result<(Vec<Duration>, usize)> {
        let (mut all, mut bytes) = (Vec::new(), 0);
        for (key, pause) in keys.iter().zip((0..7).cycle()) {
            let (took, cost) = self.press(key)?;
            all.push(took);
            bytes += cost;
            self.rest(Duration::from_millis(10 + pause * 13))?;
        }
        all.sort_unstable();
        Ok((all, bytes / keys.len().max(1)))
    }

    /// What it uses in so long.
    pub(crate) fn idle(&mut self, time: Duration) -> Result<Idle> {
        while self.listen(Duration::ZERO)? {}
        let (start, used, bytes) = (moment(), self.processor()?, self.bytes);
        self.rest(time)?;
        let passed = start.elapsed().as_secs_f64();
        let came = u32::try_from(self.bytes - bytes)?;
        Ok(Idle {
            cpu: self.processor()?.saturating_sub(used).as_secs_f64() / passed,
            bytes: f64::from(came) / passed,
        })
    }

    fn pid(&self) -> Result<u32> {
        self.child.process_id().context("no process")
    }

    /// How long it used a processor so far: fields 14 and 15 of `/proc/PID/stat`, in hundredths of a second.
    fn processor(&self) -> Result<Duration> {
        let text = fs::read_to_string(format!("/proc/{}/stat", self.pid()?))?;
        let (_, fields) = text.rsplit_once(')').context("no process name")?;
        let both = fields.split_whitespace().skip(11).take(2);
        let ticks: Vec<u64> = both.map(str::parse).collect::<Result<_, _>>()?;
        Ok(Duration::from_millis(ticks.iter().sum::<u64>() * 10))
    }

    pub(crate) fn memory(&self) -> Result<Memory> {
        let text = fs::read_to_string(format!("/proc/{}/status", self.pid()?))?;
        let field = |name: &str| -> Result<f64> {
            let line = text.lines().find(|line| line.starts_with(name));
            let kb = line.and_then(|line| line.split_whitespace().nth(1));
            Ok(kb.context("no such field")?.parse::<f64>()? / 1024.0)
        };
        Ok(Memory {
            now: field("VmRSS:")?,
            peak: field("VmHWM:")?,
        })
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        // Its terminal goes with it.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
