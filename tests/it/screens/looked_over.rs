//! What every picture keeps to, of whatever it is: nothing is cut without a sign, columns stand under their names, and
//! a number that is told twice is the same number.

use std::collections::BTreeSet;

use ratatui::buffer::Buffer;
use unicode_width::UnicodeWidthStr;

use super::gallery::{Look, Plate, SIZES};
use super::picture;

fn symbols(buffer: &Buffer) -> impl Iterator<Item = &str> {
    buffer.content.iter().map(ratatui::buffer::Cell::symbol)
}

/// Colours change no word, and without UTF-8 every sign has one twin and all else stays.
pub(crate) fn every_look_says_the_same(plate: &Plate) {
    for (width, height) in SIZES {
        let draw = |look: Look| picture(&plate.state, &look.theme(), width, height);
        let (mono, ascii) = (draw(Look::Mono), draw(Look::Ascii));
        for look in [Look::Text, Look::Dark, Look::Light] {
            assert!(symbols(&draw(look)).eq(symbols(&mono)), "{}", plate.name);
        }
        for (sign, twin) in symbols(&mono).zip(symbols(&ascii)) {
            assert!(
                twin.is_ascii() && twin.len() == 1 && (!sign.is_ascii() || sign == twin),
                "{}: {sign} became {twin}",
                plate.name
            );
            // A sign of ours has a twin of its own; only a name from outside may become a question mark.
            assert!(
                twin != "?" || sign == "?",
                "{}: {sign} has no twin",
                plate.name
            );
        }
    }
}

/// Where the column on the right begins, when there is one; the list of services needs more for itself, and a chart
/// over the whole screen has all of it.
fn side(text: &str, width: u16) -> Option<usize> {
    let list = text.lines().any(|line| line.starts_with(" 0 services"));
    let wide = if list { 178 } else { 110 };
    let mut lines = text.lines().skip(4);
    let whole = lines
        .next()
        .is_some_and(|title| title.contains(", each ") && title.contains(" to "));
    (width >= wide && !whole).then_some(usize::from(width) - 56)
}

/// The lines without the column on the right.
fn main_lines(text: &str, width: u16) -> Vec<Vec<char>> {
    let end = side(text, width).unwrap_or(usize::from(width));
    text.lines()
        .enumerate()
        .map(|(y, line)| {
            // The first three lines and the last have the whole width.
            let whole = y < 4 || y + 1 == text.lines().count();
            let end = if whole { usize::from(width) } else { end };
            line.chars().take(end).collect()
        })
        .collect()
}

/// Every row is as wide as the terminal at most, there are as many as it has, no sign is a control character, and what
/// stands on the left ends before the column on the right.
pub(crate) fn stays_in_its_place(name: &str, text: &str, (width, height): (u16, u16)) {
    assert_eq!(text.lines().count(), usize::from(height), "{name}");
    for line in text.lines() {
        assert!(line.width() <= usize::from(width), "{name}: {line}");
        assert!(!line.chars().any(char::is_control), "{name}: {line:?}");
    }
    if let Some(from) = side(text, width) {
        for line in text.lines().skip(4).take(usize::from(height) - 5) {
            let gap: String = line.chars().skip(from - 2).take(2).collect();
            assert!(gap.trim().is_empty(), "{name}: {line}");
        }
    }
}

fn words(text: &str) -> impl Iterator<Item = &str> {
    text.split(|c: char| !(c.is_alphanumeric() || c == '-' || c == '…'))
        .filter(|word| {
            word.chars()
                .all(|c| c.is_alphabetic() || c == '-' || c == '…')
        })
}

/// A word of one size that is only the beginning of a word of the others was cut, and says so. A long one that goes on
/// in the next line was not.
pub(crate) fn nothing_is_cut_unseen(name: &str, sizes: &[String]) {
    let known: Vec<BTreeSet<&str>> = sizes.iter().map(|text| words(text).collect()).collect();
    for (at, text) in sizes.iter().enumerate() {
        let others = || {
            let rest = known.iter().enumerate();
            let rest = rest.filter(move |(other, _)| *other != at);
            rest.flat_map(|(_, words)| words)
        };
        let mut lines = text.lines().peekable();
        while let Some(line) = lines.next() {
            let next = lines.peek().map_or("", |next| next.trim_start());
            // A word in the middle of a line is whole: only what ends a line, or stands before a gap, can be cut.
            for piece in line.split("  ").map(str::trim) {
                let last = words(piece).last().filter(|last| piece.ends_with(last));
                let Some(last) = last.filter(|last| last.chars().any(char::is_alphabetic)) else {
                    continue;
                };
                if last.len() < 3 || others().any(|word| *word == last) {
                    continue;
                }
                let longer: Vec<&str> = others()
                    .filter_map(|word| word.strip_prefix(last))
                    .collect();
                let goes_on = longer.iter().any(|rest| next.starts_with(rest));
                assert!(
                    longer.is_empty() || goes_on,
                    "{name}: {last} was cut: {line}"
                );
            }
        }
    }
}

/// On which side a column's values stand under its name.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Side {
    Left,
    Right,
}
use Side::{Left, Right};

/// The tables by the words of their heads, in order.
const TABLES: [&[(&str, Side)]; 8] = [
    &[("canary", Right), ("prod", Right), ("canary:prod", Left)],
    &[
        ("by endpoint", Left),
        ("canary", Right),
        ("prod", Right),
        ("canary:prod", Left),
        ("of all", Right),
    ],
    &[
        ("flag", Left),
        ("state", Left),
        ("default", Left),
        ("rules", Left),
        ("evaluated", Left),
        ("changed", Left),
    ],
    &[
        ("rev", Left),
        ("version", Left),
        ("status", Left),
        ("changed", Left),
        ("Helm says", Left),
    ],
    &[("time", Left), ("where", Left), ("what", Left)],
    &[
        ("service", Left),
        ("what", Left),
        ("errors", Right),
        ("requests", Right),
        ("pods", Right),
        ("do", Left),
    ],
    &[
        ("pod", Left),
        ("cpu", Right),
        ("memory", Right),
        ("throttled", Right),
        ("pressure", Right),
        ("restarts", Right),
    ],
    &[("usual", Right), ("state", Left)],
];

/// Where the words stand in a head, in their order.
fn columns(head: &[char], table: &[(&str, Side)]) -> Option<Vec<(usize, Side)>> {
    let mut from = 0;
    let mut found = Vec::new();
    for (word, side) in table {
        let word: Vec<char> = word.chars().collect();
        let bound = |at: Option<&char>| at.is_none_or(|c| *c == ' ');
        let at = (from..(head.len() + 1).checked_sub(word.len())?).find(|&at| {
            head[at..].starts_with(&word)
                && bound(at.checked_sub(1).and_then(|at| head.get(at)))
                && bound(head.get(at + word.len()))
        })?;
        from = at + word.len();
        found.push((if *side == Left { at } else { from }, *side));
    }
    Some(found)
}

/// Under each name of a table's head stands its column: where the name begins, or where it ends.
pub(crate) fn columns_are_aligned(name: &str, text: &str, width: u16) {
    let mut lines = main_lines(text, width);
    // The last line has the keys.
    lines.pop();
    let heads = lines.iter().enumerate().flat_map(|(y, line)| {
        let of = move |table: &&[(&str, Side)]| Some((y, columns(line, table)?));
        TABLES.iter().filter_map(of)
    });
    for (y, columns) in heads.filter(|(y, _)| *y > 3) {
        for row in lines[y + 1..]
            .iter()
            .take_while(|line| line.iter().any(|c| *c != ' '))
        {
            let said: String = row.iter().collect();
            // Lines that are no rows: how many are not shown, a moment between two rows, a sentence in a row's place.
            let apart = [
                " more",
                " older",
                " newer",
                "-- ",
                " above",
                " below",
                "   from ",
                "   alerts ",
                "no service",
                "no flag has",
                "no revision has",
                "no change has",
                "Esc shows",
            ];
            if apart.iter().any(|word| said.contains(word)) || said.contains("no metric was") {
                continue;
            }
            let at = |x: usize| row.get(x).copied().unwrap_or(' ');
            for &(x, side) in &columns {
                let (outside, inside) = match side {
                    Left => (x.checked_sub(1).map_or(' ', at), at(x)),
                    Right => (at(x), at(x - 1)),
                };
                let near = match side {
                    Left => [x + 1, x + 2],
                    Right => [x - 2, x - 3],
                };
                let empty = inside == ' ' && near.iter().all(|&x| at(x) == ' ');
                assert!(
                    outside == ' ' && (inside != ' ' || empty),
                    "{name}: column {x} of {said}\nunder {}",
                    lines[y].iter().collect::<String>()
                );
            }
        }
    }
}

/// A number at the beginning of a text, and what follows it.
fn number(text: &str) -> Option<(f64, &str)> {
    let end = text
        .find(|c: char| !(c.is_ascii_digit() || c == '.'))
        .unwrap_or(text.len());
    let (number, rest) = text.split_at(end);
    Some((number.trim_end_matches('.').parse().ok()?, rest))
}

/// The number at the end of a text.
fn number_before(text: &str) -> Option<f64> {
    let from = text
        .rfind(|c: char| !(c.is_ascii_digit() || c == '.'))
        .map_or(0, |at| {
            at + text.split_at(at).1.chars().next().map_or(1, char::len_utf8)
        });
    text.split_at(from).1.parse().ok()
}

/// Half of what the last digit of a shown share stands for, and of the counts' own rounding nothing: they are whole.
fn is_share(shown: f64, bad: f64, total: f64) -> bool {
    let exact = 100.0 * bad / total;
    (shown - exact).abs() <= if shown >= 10.0 { 0.51 } else { 0.051 }
}

/// The next column of a table, which stands close.
fn beside(rest: &str) -> Option<&str> {
    let next = rest.trim_start();
    (2..6).contains(&(rest.len() - next.len())).then_some(next)
}

/// `A of B ... P%` is that share; the ratio of `Rx ... Lx to Hx` is between its ends.
fn each_line_agrees(name: &str, line: &str) {
    for (at, _) in line.match_indices(" of ") {
        let (Some(some), Some((all, rest))) = (
            number_before(line.split_at(at).0),
            number(line.split_at(at + 4).1),
        ) else {
            continue;
        };
        if all.fract() == 0.0 && some.fract() == 0.0 && !rest.starts_with(['%', 'm', 's', 'h']) {
            assert!(some <= all, "{name}: {line}");
        }
        // `412 of 490 canary errors (84%)`, or the next column of a table.
        let told = rest.split_once('(').map(|(_, rest)| rest);
        let told = told.or_else(|| beside(rest));
        if let Some((share, end)) = told.and_then(number)
            && end.starts_with('%')
        {
            assert!(is_share(share, some, all), "{name}: {line}");
        }
    }
    for (at, _) in line.match_indices("x to ") {
        let (Some(low), Some((high, _))) = (
            number_before(line.split_at(at).0),
            number(line.split_at(at + 5).1),
        ) else {
            continue;
        };
        assert!(low <= high, "{name}: {line}");
        let before = line
            .split_at(at)
            .0
            .trim_end_matches(|c: char| c.is_ascii_digit() || c == '.');
        let before = before.trim_end().trim_end_matches([',', ':']);
        if let Some(ratio) = before.strip_suffix('x').and_then(number_before) {
            assert!((low..=high).contains(&ratio), "{name}: {line}");
        }
    }
}

/// What follows a word on a line, as a number.
fn told(text: &str, before: &str, after: &str) -> Option<f64> {
    text.match_indices(after)
        .filter(|(at, _)| text.split_at(*at).0.contains(before))
        .find_map(|(at, _)| number_before(text.split_at(at).0))
}

/// What is said twice is the same: the ratio in the verdict and in the table, the share of the traffic, the pods, and
/// how many services are listed.
pub(crate) fn numbers_agree(name: &str, text: &str, width: u16) {
    for line in text.lines() {
        each_line_agrees(name, line);
    }
    let lines: Vec<&str> = text.lines().collect();
    let row = |of: &str| {
        lines.iter().skip(4).find(|line| {
            let fields: Vec<&str> = line.split_whitespace().collect();
            line.get(..13).is_some()
                && fields.iter().take(4).any(|field| *field == of)
                && line.contains("   ")
        })
    };
    let table = lines.iter().position(|line| line.contains("canary:prod,"));
    if let Some(at) = table {
        let rows = &lines[at + 1..];
        let of = |metric: &str| {
            let is = |line: &&&str| {
                line.chars()
                    .skip(12)
                    .collect::<String>()
                    .starts_with(metric)
            };
            rows.iter().take_while(|line| !line.is_empty()).find(is)
        };
        for metric in ["errors", "p95"] {
            let said = told(lines[1], &format!("canary {metric} are "), "x production's");
            let shown = of(metric).and_then(|row| told(row, metric, "x "));
            // After an action the sentence counts from it, the table from the onset.
            if let (Some(said), Some(shown)) = (said, shown)
                && !lines[1].contains("still")
            {
                assert!(
                    (said - shown).abs() < f64::EPSILON,
                    "{name}: {said} and {shown}\n{text}"
                );
            }
        }
        let said = told(lines[2], "hurt", "% of traffic");
        let shown = of("requests").and_then(|row| told(row, "requests", "% of all"));
        if let (Some(said), Some(shown)) = (said, shown) {
            assert!((said - shown).abs() < f64::EPSILON, "{name}\n{text}");
        }
    }
    if let (Some(pods), Some(readiness)) = (row("pods"), row("readiness")) {
        let ready = readiness.split_whitespace().collect::<Vec<_>>().join(" ");
        if let Some((canary, _)) = pods.split_once(" ready") {
            let canary = canary.rsplit("canary ").next().unwrap();
            assert!(ready.contains(canary), "{name}: {pods}\n{readiness}");
        }
    }
    let main: Vec<String> = main_lines(text, width)
        .iter()
        .map(|line| line.iter().collect::<String>().trim_end().to_owned())
        .collect();
    lists_agree(name, &main);
}

/// A list has as many lines as its head says, and the header's count of services is that of the list.
fn lists_agree(name: &str, lines: &[String]) {
    let head = lines
        .iter()
        .position(|line| line.starts_with(" 0 services"));
    let Some(head) = head else { return };
    let list: Vec<&String> = lines[head + 2..]
        .iter()
        .take_while(|line| !line.is_empty())
        .collect();
    let hidden = list
        .iter()
        .any(|line| line.contains(" below") || line.contains(" above"));
    let counted = told(&lines[head], "services", " of ");
    let rows = list
        .iter()
        .filter(|line| line.starts_with([' ', '>']) && !line.starts_with("   "))
        .count();
    if let Some(counted) = counted
        && !hidden
    {
        assert_eq!(
            counted.to_string(),
            rows.to_string(),
            "{name}\n{}",
            lines.join("\n")
        );
    }
    let bad = list
        .iter()
        .filter(|line| line.chars().nth(1) == Some('✗'))
        .count();
    if let Some((said, _)) = lines[1].split_once(" services bad")
        && !hidden
        && !lines[head].contains(" / ")
    {
        let said = said.rsplit(" of ").nth(1).and_then(number_before);
        assert_eq!(
            said,
            u32::try_from(bad).ok().map(f64::from),
            "{name}\n{}",
            lines.join("\n")
        );
    }
}
