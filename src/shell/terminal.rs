//! The terminal while it is ours: raw, on its other screen, without a cursor. It is given back on return, on a panic of
//! the main thread and on SIGTERM; after a hang-up nothing more is written to it. Nothing is ever asked of it, for on a
//! slow line the answer would arrive as keys.

use std::io::{self, BufWriter, IsTerminal as _, Stdout, Write as _};
use std::panic::PanicHookInfo;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use crossterm::cursor::{Hide, Show};
use crossterm::event::{DisableBracketedPaste, EnableBracketedPaste};
use crossterm::style::ResetColor;
use crossterm::terminal::{
    BeginSynchronizedUpdate, Clear, ClearType, EndSynchronizedUpdate, EnterAlternateScreen,
    LeaveAlternateScreen,
};
use crossterm::{execute, queue};
use ratatui::buffer::Buffer;

use crate::view::render::{Pen, delta};

/// Room for a whole frame, so that a frame is one write.
const FRAME_BYTES: usize = 256 * 1024;

/// Cells whose change needs no synchronised update.
const IN_ONE_PIECE: usize = 32;

/// The terminal, held as long as this value lives.
#[derive(Debug)]
pub struct Terminal {
    out: BufWriter<Stdout>,
    /// What the terminal shows, and the style that it writes in; none when that is not known.
    shown: Option<(Buffer, Pen)>,
    /// Whether it is to be given back; shared with the panic hook.
    ours: Arc<AtomicBool>,
}

/// Whether a person sits at a terminal that can show a deck.
pub fn is_usable() -> bool {
    let dumb = std::env::var_os("TERM").is_none_or(|term| term.is_empty() || term == "dumb");
    io::stdin().is_terminal() && io::stdout().is_terminal() && !dumb
}

/// Whether the terminal on stdin is still there. A reader of a terminal that hung up would spin without an error.
pub fn is_gone() -> bool {
    matches!(
        rustix::termios::tcgetpgrp(io::stdin()),
        Err(rustix::io::Errno::IO | rustix::io::Errno::NOTTY | rustix::io::Errno::BADF)
    )
}

impl Terminal {
    /// Takes the terminal.
    pub fn open() -> io::Result<Self> {
        let ours = Arc::new(AtomicBool::new(false));
        restore_on_panic(Arc::clone(&ours));
        let mut terminal = Self {
            out: BufWriter::with_capacity(FRAME_BYTES, io::stdout()),
            shown: None,
            ours,
        };
        terminal.take()?;
        Ok(terminal)
    }

    /// Takes the terminal, also anew after somebody else had it.
    pub fn take(&mut self) -> io::Result<()> {
        crossterm::terminal::enable_raw_mode()?;
        self.ours.store(true, Ordering::SeqCst);
        self.shown = None;
        queue!(self.out, EnterAlternateScreen, EnableBracketedPaste, Hide)?;
        self.out.flush()
    }

    /// Gives the terminal back.
    pub fn give_back(&mut self) -> io::Result<()> {
        if self.ours.swap(false, Ordering::SeqCst) {
            self.out.flush()?;
            restore()
        } else {
            Ok(())
        }
    }

    /// Never writes to it again: whoever was there is gone.
    pub fn abandon(&self) {
        self.ours.store(false, Ordering::SeqCst);
    }

    /// Shows a picture: what changed since the last, in one write; nothing where nothing changed.
    pub fn draw(&mut self, picture: Buffer) -> io::Result<()> {
        if !self.ours.load(Ordering::SeqCst) {
            return Ok(());
        }
        let known = self.shown.take();
        let known = known.filter(|(shown, _)| shown.area == picture.area);
        let is_new = known.is_none();
        let nothing = || (Buffer::empty(picture.area), Pen::default());
        let (before, mut pen) = known.unwrap_or_else(nothing);
        let change = delta(&before, &picture, &mut pen);
        if is_new || change.cells > 0 {
            // So few cells come in one piece anyhow, and each second a clock is all that changed.
            let could_tear = is_new || change.cells > IN_ONE_PIECE;
            if could_tear {
                queue!(self.out, BeginSynchronizedUpdate)?;
            }
            if is_new {
                queue!(self.out, ResetColor, Clear(ClearType::All))?;
            }
            self.out.write_all(change.bytes.as_bytes())?;
            if could_tear {
                queue!(self.out, EndSynchronizedUpdate)?;
            }
            self.out.flush()?;
        }
        self.shown = Some((picture, pen));
        Ok(())
    }

    /// Forgets what is shown, so that the next picture is drawn whole.
    pub fn forget(&mut self) {
        self.shown = None;
    }

    /// Rings the bell.
    pub fn ring(&mut self) -> io::Result<()> {
        if self.ours.load(Ordering::SeqCst) {
            self.out.write_all(b"\x07")?;
            self.out.flush()?;
        }
        Ok(())
    }

    /// Offers a text to the clipboard of whoever looks at the terminal, wherever that is: OSC 52 of xterm's control
    /// sequences, with the selector `c`, the only one that mosh passes on. A terminal or a multiplexer may drop it (tmux
    /// does unless `set-clipboard` is `on`), and nobody tells.
    pub fn offer(&mut self, text: &str) -> io::Result<()> {
        if self.ours.load(Ordering::SeqCst) {
            write!(self.out, "\x1b]52;c;{}\x07", STANDARD.encode(text))?;
            self.out.flush()?;
        }
        Ok(())
    }

    /// Gives the terminal back and stops this process until somebody continues it. SIGSTOP, for a stop that a process
    /// sends itself by SIGTSTP is dropped where no shell waits for it.
    pub fn suspend(&mut self) -> io::Result<()> {
        self.give_back()?;
        rustix::process::kill_process(rustix::process::getpid(), rustix::process::Signal::STOP)?;
        self.take()
    }
}

impl Drop for Terminal {
    fn drop(&mut self) {
        if let Err(error) = self.give_back() {
            tracing::warn!(%error, "the terminal could not be given back");
        }
    }
}

fn restore() -> io::Result<()> {
    let done = execute!(
        io::stdout(),
        EndSynchronizedUpdate,
        ResetColor,
        DisableBracketedPaste,
        Show,
        LeaveAlternateScreen
    );
    crossterm::terminal::disable_raw_mode()?;
    done
}

/// A panic of the main thread gives the terminal back before it speaks; one of a task is logged, and its owner tells.
fn restore_on_panic(ours: Arc<AtomicBool>) {
    let speak = std::panic::take_hook();
    let main = std::thread::current().id();
    std::panic::set_hook(Box::new(move |info: &PanicHookInfo<'_>| {
        tracing::error!(panic = %info, "a thread panicked");
        if std::thread::current().id() != main {
            return;
        }
        if ours.swap(false, Ordering::SeqCst) {
            // Nothing better can be done with a failure here.
            let _ = restore();
        }
        speak(info);
    }));
}
