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
