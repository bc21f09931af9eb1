//! A buffer as text, as escape sequences and as a picture.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::{Color, Modifier, Style};

use super::*;

fn buffer() -> Buffer {
    let mut buffer = Buffer::empty(Rect::new(0, 0, 8, 2));
    buffer.set_string(1, 0, "a<b", Style::new().fg(Color::Red));
    buffer.set_string(0, 1, "PROD", Style::new().add_modifier(Modifier::REVERSED));
    buffer
}

#[test]
fn text_has_a_line_a_row_and_no_spaces_at_its_ends() {
    assert_eq!(text(&buffer()), " a<b\nPROD\n");
}

#[test]
fn styles_become_escape_sequences_that_end_with_the_line() {
    assert_eq!(
        ansi(&buffer()),
        " \u{1b}[0;31ma<b\u{1b}[0m    \n\u{1b}[0;7mPROD\u{1b}[0m    \n"
    );
}

#[test]
fn a_picture_is_escaped_and_reverse_swaps_its_colours() {
    let picture = svg(&buffer(), "#000000", "#ffffff");
    assert!(picture.contains(">a&lt;b</text>"), "{picture}");
    assert!(picture.contains("fill=\"#cd0000\""));
    assert!(picture.contains("height=\"18\" fill=\"#ffffff\""));
}

/// A picture of so many cells, each drawn from a seed.
fn scribble(seed: u32) -> Buffer {
    const COLORS: [Color; 5] = [
        Color::Reset,
        Color::Red,
        Color::LightBlue,
        Color::Indexed(203),
        Color::Rgb(20, 184, 29),
    ];
    let mut state = seed.wrapping_mul(2_654_435_761).wrapping_add(1);
    let mut dice = |sides: usize| {
        state ^= state << 13;
        state ^= state >> 17;
        state ^= state << 5;
        usize::try_from(state).unwrap() % sides
    };
    let mut buffer = Buffer::empty(Rect::new(0, 0, 12, 5));
    for y in 0..5 {
        let mut x = 0;
        while x < 12 {
            let mut modifier = Modifier::from_bits_truncate(u16::try_from(dice(512)).unwrap());
            if modifier.contains(Modifier::BOLD) {
                // The test's terminal knows one of the two.
                modifier.remove(Modifier::DIM);
            }
            let style = Style::new()
                .fg(COLORS[dice(5)])
                .bg(COLORS[dice(5)])
                .add_modifier(modifier & DRAWN);
            let text = ["a", " ", "▸", "界", "é"][dice(5)];
            let wide = u16::try_from(text.width()).unwrap();
            if x + wide <= 12 {
                buffer.set_string(x, y, text, style);
            }
            x += wide;
        }
    }
    buffer
}

/// What a terminal in a test can tell apart.
const DRAWN: Modifier = Modifier::BOLD
    .union(Modifier::DIM)
    .union(Modifier::ITALIC)
    .union(Modifier::UNDERLINED)
    .union(Modifier::REVERSED);

/// Each cell as a terminal has it: its text, colours and modifiers.
fn on_terminal(sent: &str) -> Vec<String> {
    let rows = std::num::NonZero::new(5).unwrap();
    let columns = std::num::NonZero::new(12).unwrap();
    let mut terminal = vt100::Parser::new(rows, columns, 0);
    terminal.process(sent.as_bytes());
    let screen = terminal.screen();
    let cells = (0..5).flat_map(|y| (0..12).map(move |x| (x, y)));
    cells
        .map(|(x, y)| {
            let cell = screen.cell(y, x).unwrap();
            let is = [
                cell.bold(),
                cell.dim(),
                cell.italic(),
                cell.underline(),
                cell.inverse(),
            ];
            let text = if cell.has_contents() {
                cell.contents()
            } else {
                " "
            };
            let back = cell.bgcolor();
            if text == " " && !cell.inverse() {
                // Ink that is not seen.
                return format!("{back:?} {}", cell.underline());
            }
            format!("{text:?} {:?} {back:?} {is:?}", cell.fgcolor())
        })
        .collect()
}

#[test]
fn each_picture_comes_from_the_one_before_as_if_it_were_drawn_alone() {
    let mut shown = Buffer::empty(Rect::new(0, 0, 12, 5));
    let (mut pen, mut sent) = (Pen::default(), String::new());
    for seed in 0..200 {
        let mut next = scribble(seed);
        if seed % 3 == 0 {
            // Most of a picture stays.
            next.content[..48].clone_from_slice(&shown.content[..48]);
        }
        let step = delta(&shown, &next, &mut pen);
        sent.push_str(&step.bytes);
        let alone = delta(&Buffer::empty(next.area), &next, &mut Pen::default());
        let pairs = on_terminal(&sent)
            .into_iter()
            .zip(on_terminal(&alone.bytes));
        let differ: Vec<_> = pairs.enumerate().filter(|(_, (a, b))| a != b).collect();
        assert!(differ.is_empty(), "{seed}: {differ:?}");
        assert!(step.bytes.len() <= alone.bytes.len() + 40 * step.cells);
        shown = next;
    }
    assert_eq!(delta(&shown, &shown.clone(), &mut pen), Delta::default());
}

#[test]
fn a_digit_of_the_clock_costs_a_move_and_itself() {
    let plain = Style::new().fg(Color::Rgb(215, 220, 226));
    let clock = |text| {
        let mut buffer = Buffer::empty(Rect::new(0, 0, 12, 1));
        buffer.set_string(2, 0, text, plain);
        buffer
    };
    let mut pen = Pen::default();
    let first = delta(&Buffer::empty(clock("").area), &clock("03:12:41"), &mut pen);
    assert_eq!(first.bytes, "\u{1b}[1;3H\u{1b}[38;2;215;220;226m03:12:41");
    let next = delta(&clock("03:12:41"), &clock("03:12:42"), &mut pen);
    assert_eq!((next.bytes.as_str(), next.cells), ("\u{1b}[1;10H2", 1));
}
