//! A program on a terminal of its own: what it shows, which modes it set, and keys for it.

use std::io::{Read as _, Write};
use std::num::NonZero;
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::time::Duration;

use flightdeck::shell::clock::moment;
use portable_pty::{Child, CommandBuilder, ExitStatus, MasterPty, PtySize, native_pty_system};
use rustix::process::{Pid, Signal, WaitId, WaitIdOptions, kill_process, waitid};
use rustix::termios::LocalModes;
use vt100::{Callbacks, Parser, Screen};

/// Longer than anything takes, on a machine that does much else.
const PATIENCE: Duration = Duration::from_secs(60);

/// How often is looked at what can't be waited for.
const LOOK: Duration = Duration::from_millis(20);

/// What was offered to the terminal's clipboard: where to, and what, in base64.
#[derive(Debug, Default)]
struct Clipboard(Vec<(String, String)>);

impl Callbacks for Clipboard {
    fn copy_to_clipboard(&mut self, _: &mut Screen, to: &[u8], data: &[u8]) {
        let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
        self.0.push((text(to), text(data)));
    }
}

/// A program on a terminal.
pub(crate) struct Pty {
    screen: Parser<Clipboard>,
    /// How many bytes came so far.
    bytes: usize,
    /// What the program writes; closed when the terminal is.
    written: Receiver<Vec<u8>>,
    child: Box<dyn Child + Send + Sync>,
    keys: Option<Box<dyn Write + Send>>,
    master: Option<Box<dyn MasterPty + Send>>,
}

impl Pty {
    /// Starts a program on a terminal of so many columns and rows.
    pub(crate) fn start(mut command: CommandBuilder, columns: u16, rows: u16) -> Self {
        command.env("TERM", "xterm-256color");
        command.env("COLORTERM", "truecolor");
        command.env("LC_ALL", "C.UTF-8");
        command.env("RUST_BACKTRACE", "0");
        let pair = native_pty_system().openpty(size(columns, rows)).unwrap();
        let child = pair.slave.spawn_command(command).unwrap();
        drop(pair.slave);
        let mut from = pair.master.try_clone_reader().unwrap();
        let (tell, written) = channel();
        std::thread::spawn(move || {
            let mut piece = [0; 4096];
            while let Ok(n @ 1..) = from.read(&mut piece) {
                if tell.send(piece[..n].to_vec()).is_err() {
                    return;
                }
            }
        });
        Self {
            screen: Parser::new_with_callbacks(some(rows), some(columns), 0, Clipboard::default()),
            bytes: 0,
            written,
            child,
            keys: Some(pair.master.take_writer().unwrap()),
            master: Some(pair.master),
        }
    }

    /// Presses keys, as they are typed.
    pub(crate) fn press(&mut self, keys: &str) {
        let to = self.keys.as_mut().unwrap();
        to.write_all(keys.as_bytes()).unwrap();
        to.flush().unwrap();
    }

    /// The text on the screen.
    pub(crate) fn text(&mut self) -> String {
        self.listen(Duration::ZERO);
        self.screen.screen().contents()
    }

    /// What was offered to the clipboard so far.
    pub(crate) fn offered(&self) -> &[(String, String)] {
        &self.screen.callbacks().0
    }

    /// How many bytes come in so long.
    pub(crate) fn bytes_in(&mut self, time: Duration) -> usize {
        let (start, before) = (moment(), self.bytes);
        while self.listen(time.saturating_sub(start.elapsed())) && start.elapsed() < time {}
        self.bytes - before
    }

    /// Waits until the screen is so.
    pub(crate) fn until(&mut self, what: &str, is_so: impl Fn(&Screen) -> bool) {
        let start = moment();
        while !is_so(self.screen.screen()) {
            let left = PATIENCE.saturating_sub(start.elapsed());
            let is_open = self.listen(left);
            let text = self.screen.screen().contents();
            assert!(
                is_open || is_so(self.screen.screen()),
                "{what}: the terminal closed, showing\n{text}"
            );
            assert!(!left.is_zero(), "{what}: it never came, but\n{text}");
        }
    }

    /// Takes what comes within so long, and all that waits behind it; false once nothing can come any more.
    fn listen(&mut self, time: Duration) -> bool {
        let mut next = self.written.recv_timeout(time);
        loop {
            match next {
                Ok(piece) => {
                    self.screen.process(&piece);
                    self.bytes += piece.len();
                }
                Err(RecvTimeoutError::Timeout) => return true,
                Err(RecvTimeoutError::Disconnected) => return false,
            }
            next = self.written.recv_timeout(Duration::ZERO);
        }
    }

    /// Waits until a text is on the screen.
    pub(crate) fn until_shown(&mut self, text: &str) {
        self.until(text, |screen| screen.contents().contains(text));
    }

    /// Opens the plan of the first flag of canary, which `Y` would confirm.
    pub(crate) fn until_planning(&mut self) {
        self.press("4");
        self.until_shown("t the plan to disable it");
        self.press("t");
        self.until_shown("Y disable it on canary");
    }

    /// Changes the terminal's size, as a window does.
    pub(crate) fn resize(&mut self, columns: u16, rows: u16) {
        self.listen(Duration::ZERO);
        self.screen.screen_mut().set_size(some(rows), some(columns));
        let master = self.master.as_ref().unwrap();
        master.resize(size(columns, rows)).unwrap();
    }

    pub(crate) fn pid(&self) -> u32 {
        self.child.process_id().unwrap()
    }

    pub(crate) fn signal(&self, signal: Signal) {
        let pid = Pid::from_raw(i32::try_from(self.pid()).unwrap()).unwrap();
        kill_process(pid, signal).unwrap();
    }

    /// Takes the terminal away, as a lost connection does.
    pub(crate) fn hang_up(&mut self) {
        self.keys = None;
        self.master = None;
        // The reader ends with the next bytes, and with it the last that holds the terminal.
        self.written = channel().1;
    }

    /// Waits until the program is stopped.
    pub(crate) fn until_stopped(&self) {
        let pid = Pid::from_raw(i32::try_from(self.pid()).unwrap()).unwrap();
        let (tell, told) = channel();
        std::thread::spawn(move || {
            let stopped = WaitIdOptions::STOPPED | WaitIdOptions::NOWAIT;
            // Nobody may listen any more.
            tell.send(waitid(WaitId::Pid(pid), stopped)).ok();
        });
        let stopped = told.recv_timeout(PATIENCE).expect("it never stopped");
        assert!(stopped.unwrap().is_some_and(|status| status.stopped()));
    }

    /// Waits until the program ended.
    pub(crate) fn until_ended(&mut self) -> ExitStatus {
        let mut status = None;
        let start = moment();
        while status.is_none() {
            let text = self.screen.screen().contents();
            assert!(
                start.elapsed() < PATIENCE,
                "it never ended, showing\n{text}"
            );
            status = self.child.try_wait().unwrap();
            self.listen(LOOK);
        }
        while self.master.is_some() && self.listen(PATIENCE) {}
        status.unwrap()
    }

    /// How long the program used a processor so far.
    pub(crate) fn processor_time(&self) -> Duration {
        let fields = stat(self.pid());
        // utime and stime, in hundredths of a second.
        let ticks: u64 = fields[11..13]
            .iter()
            .map(|f| f.parse::<u64>().unwrap())
            .sum();
        Duration::from_millis(ticks * 10)
    }

    /// That the terminal is as a shell wants it.
    pub(crate) fn assert_restored(&mut self) {
        self.listen(Duration::ZERO);
        let screen = self.screen.screen();
        let text = screen.contents();
        assert!(
            !screen.alternate_screen(),
            "still on the other screen:\n{text}"
        );
        assert!(!screen.hide_cursor(), "no cursor");
        assert!(!screen.bracketed_paste(), "pastes are still bracketed");
        assert!(!self.is_raw(), "still raw");
    }

    /// Whether keys go to the program one by one.
    pub(crate) fn is_raw(&self) -> bool {
        let modes = self.master.as_ref().unwrap().get_termios().unwrap();
        let cooked = (LocalModes::ICANON | LocalModes::ECHO).bits();
        modes.local_flags.bits() & cooked != cooked
    }
}

impl Drop for Pty {
    fn drop(&mut self) {
        // It has ended, or the test failed and it must.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn some(n: u16) -> NonZero<u16> {
    NonZero::new(n).unwrap()
}

fn size(cols: u16, rows: u16) -> PtySize {
    PtySize {
        rows,
        cols,
        pixel_width: 0,
        pixel_height: 0,
    }
}

/// The fields of `/proc/PID/stat` from the state on.
fn stat(pid: u32) -> Vec<String> {
    let text = std::fs::read_to_string(format!("/proc/{pid}/stat")).unwrap();
    let (_, fields) = text.rsplit_once(')').unwrap();
    fields.split_whitespace().map(str::to_owned).collect()
}
