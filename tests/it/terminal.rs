//! The deck on a real terminal: whatever ends or disturbs it, the terminal is as before, nothing is written to a cluster,
//! and no processor is kept busy.

use std::time::Duration;

use flightdeck::journal::Entry;
use flightdeck::shell::terminal::Terminal;
use portable_pty::CommandBuilder;
use ratatui::buffer::Buffer;
use rustix::process::Signal;

use crate::pty::Pty;
use crate::stage::Stage;

/// Set where this test program runs as the program on the terminal.
const ON_STAGE: &str = "FLIGHTDECK_IT_ON_STAGE";

/// The built program on that world.
fn deck(stage: &Stage) -> Pty {
    let mut command = CommandBuilder::new(env!("CARGO_BIN_EXE_flightdeck"));
    command.arg("--config");
    command.arg(stage.config_path());
    command.env("FLIGHTDECK_STATE", stage.state_path());
    Pty::start(command, 80, 24)
}

/// The deck with a plan on the screen that `Y` would confirm.
fn planning(stage: &Stage) -> Pty {
    let mut deck = deck(stage);
    deck.until_planning();
    deck
}

/// This test program again, as a program on a terminal that runs one of its tests.
fn on_stage(test: &str) -> Pty {
    let mut command = CommandBuilder::new(std::env::current_exe().unwrap());
    command.args([test, "--exact", "--nocapture"]);
    command.env(ON_STAGE, "1");
    Pty::start(command, 80, 24)
}

fn is_on_stage() -> bool {
    std::env::var_os(ON_STAGE).is_some()
}

/// That nothing was asked of the clusters but to look, and nothing recorded but that a session began.
fn assert_nothing_was_done(stage: &Stage) {
    assert_eq!(stage.writes(), []);
    let began = |entry: &Entry| matches!(entry, Entry::Opened { .. });
    assert!(stage.journal().iter().all(began), "{:?}", stage.journal());
}

fn draw(terminal: &mut Terminal, text: &str) {
    let mut picture = Buffer::empty(ratatui::layout::Rect::new(0, 0, 80, 24));
    picture.set_string(0, 0, text, ratatui::style::Style::new());
    terminal.draw(picture).unwrap();
}

#[test]
fn on_stage_a_panic() {
    if is_on_stage() {
        let mut terminal = Terminal::open().unwrap();
        draw(&mut terminal, "flying");
        panic!("on purpose");
    }
}

#[test]
fn a_panic_gives_the_terminal_back_and_is_readable() {
    let mut program = on_stage("terminal::on_stage_a_panic");
    assert!(!program.until_ended().success());
    program.assert_restored();
    assert!(program.text().contains("on purpose"), "{}", program.text());
}

#[test]
fn on_stage_a_panic_of_a_task() {
    if is_on_stage() {
        let mut terminal = Terminal::open().unwrap();
        let task = std::thread::spawn(|| panic!("of a task"));
        assert!(task.join().is_err());
        draw(&mut terminal, "still flying");
        std::io::Read::read(&mut std::io::stdin(), &mut [0]).unwrap();
    }
}

#[test]
fn a_panic_of_a_task_leaves_the_deck_flying() {
    let mut program = on_stage("terminal::on_stage_a_panic_of_a_task");
    program.until("still flying", |screen| {
        screen.alternate_screen() && screen.contents().starts_with("still flying")
    });
    assert!(!program.text().contains("of a task"), "{}", program.text());
    program.press("q");
    assert!(program.until_ended().success());
    program.assert_restored();
}

#[test]
fn on_stage_a_copy() {
    if is_on_stage() {
        let mut terminal = Terminal::open().unwrap();
        terminal.offer(&"x".repeat(6_000)).unwrap();
        terminal.give_back().unwrap();
        // Nobody's terminal any more: nothing is written to it.
        terminal.offer("secret").unwrap();
    }
}

#[test]
fn a_copied_text_is_offered_to_the_clipboard_and_not_shown() {
    let mut program = on_stage("terminal::on_stage_a_copy");
    assert!(program.until_ended().success());
    let whole = ("c".to_owned(), "eHh4".repeat(2_000));
    assert_eq!(program.offered(), [whole]);
    assert!(!program.text().contains("eHh4"), "{}", program.text());
}

#[test]
fn leaving_gives_the_terminal_back() {
    let stage = Stage::shared();
    let mut deck = planning(&stage);
    assert!(deck.is_raw());
    deck.press("q");
    assert!(deck.until_ended().success());
    deck.assert_restored();
    assert_nothing_was_done(&stage);
}

#[test]
fn twice_ctrl_c_leaves() {
    let stage = Stage::shared();
    let mut deck = planning(&stage);
    deck.press("\x03\x03");
    assert!(deck.until_ended().success());
    deck.assert_restored();
    assert_nothing_was_done(&stage);
}

#[test]
fn a_request_to_end_gives_the_terminal_back() {
    let stage = Stage::shared();
    for signal in [Signal::TERM, Signal::INT] {
        let mut deck = planning(&stage);
        deck.signal(signal);
        assert!(deck.until_ended().success());
        deck.assert_restored();
    }
    assert_nothing_was_done(&stage);
}

#[test]
fn a_terminal_that_is_gone_ends_the_deck_in_order() {
    let stage = Stage::shared();
    let mut deck = planning(&stage);
    deck.hang_up();
    deck.until_ended();
    assert_nothing_was_done(&stage);
}

#[test]
fn suspended_the_terminal_is_the_shells_and_ours_again_afterwards() {
    let stage = Stage::shared();
    let mut deck = planning(&stage);
    deck.press("\x1a");
    deck.until_stopped();
    deck.until("the shell's screen", |screen| !screen.alternate_screen());
    deck.assert_restored();
    deck.signal(Signal::CONT);
    deck.until("the deck again", |screen| {
        screen.alternate_screen() && screen.contents().contains("Y disable it")
    });
    assert!(deck.is_raw());
    deck.press("q");
    assert!(deck.until_ended().success());
    deck.assert_restored();
}

#[test]
fn as_small_as_it_gets_and_back() {
    let stage = Stage::shared();
    let mut deck = planning(&stage);
    deck.resize(20, 5);
    deck.until("a small picture", |screen| {
        let text = screen.contents();
        text.contains("too small") && !text.contains("Y disable it")
    });
    deck.resize(80, 24);
    deck.until_shown("Y disable it on canary");
    deck.press("q");
    assert!(deck.until_ended().success());
    deck.assert_restored();
    assert_nothing_was_done(&stage);
}

#[test]
fn ten_thousand_pasted_keys_do_nothing() {
    let stage = Stage::shared();
    let mut deck = planning(&stage);
    let text = "Y4tY\rcheckout\ruY:confirm\rY".repeat(380);
    deck.press(&format!("\x1b[200~{text}\x1b[201~"));
    deck.until_shown("pasted");
    deck.press(&text);
    // What comes after a paste is taken for keys again, once nothing came for a while.
    let pause = Duration::from_millis(400);
    while !deck.text().contains("everywhere") {
        deck.press("\x1b");
        deck.bytes_in(pause);
        deck.press("?");
        deck.bytes_in(pause);
    }
    deck.press("q");
    assert!(deck.until_ended().success());
    deck.assert_restored();
    assert_nothing_was_done(&stage);
}

#[test]
fn nothing_keeps_a_processor_busy() {
    let stage = Stage::shared();
    let mut deck = planning(&stage);
    let before = deck.processor_time();
    deck.bytes_in(Duration::from_secs(4));
    let used = deck.processor_time().saturating_sub(before);
    assert!(used < Duration::from_secs(2), "{used:?} of 4s");
}
