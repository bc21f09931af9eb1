//! Keys at given times.

use super::*;
use crate::shell::clock::moment;

fn typed(keys: &[(char, u64)]) -> Vec<Taken> {
    let (mut typing, start) = (Typing::default(), moment());
    typing.shown(
        Some(&OpId::of("2026-11-21T03:00:00Z".parse().unwrap(), 1)),
        start,
    );
    keys.iter()
        .flat_map(|&(key, ms)| typing.keys(&[Chord::char(key)], start + Duration::from_millis(ms)))
        .collect()
}

fn press(held: bool, together: bool, plan_shown_ms: u64) -> Taken {
    Taken::Key(Press {
        held,
        together,
        again_after_ms: None,
        plan_shown_ms,
    })
}

/// The same key as the one before, so many milliseconds later.
fn again(after_ms: u64, taken: Taken) -> Taken {
    match taken {
        Taken::Key(press) => Taken::Key(Press {
            again_after_ms: Some(after_ms),
            ..press
        }),
        Taken::Pasted => taken,
    }
}

#[test]
fn a_key_alone_is_a_key_and_knows_how_long_its_plan_was_shown() {
    assert_eq!(
        typed(&[('a', 100), ('Y', 400), ('Y', 600)]),
        [
            press(false, false, 100),
            press(false, false, 400),
            again(200, press(false, false, 600))
        ]
    );
}

#[test]
fn a_key_held_down_goes_on_as_that_key_however_fast() {
    let held: Vec<(char, u64)> = (0..20).map(|n| ('j', n)).collect();
    let taken = typed(&held);
    assert_eq!(taken.first(), Some(&press(false, false, 0)));
    assert_eq!(taken.last(), Some(&again(1, press(true, true, 19))));
}

#[test]
fn many_keys_together_are_a_paste_to_its_last_character() {
    let taken = typed(&[
        ('c', 0),
        ('h', 1),
        ('e', 1),
        ('c', 2),
        ('k', 2),
        ('o', 2),
        ('u', 120),
        ('Y', 320),
    ]);
    assert_eq!(taken[4], press(false, true, 2));
    assert_eq!(taken[5..7], [Taken::Pasted, Taken::Pasted]);
    assert_eq!(taken[7], press(false, false, 320), "the paste is over");
}

#[test]
fn keys_that_were_there_at_one_look_came_together_the_first_of_them_too() {
    let (mut typing, start) = (Typing::default(), moment());
    let plan = OpId::of("2026-11-21T03:00:00Z".parse().unwrap(), 1);
    typing.shown(Some(&plan), start);
    let look = |text: &str| text.chars().map(Chord::char).collect::<Vec<_>>();
    let later = start + Duration::from_secs(1);
    assert_eq!(
        typing.keys(&look("Yq"), later),
        [press(false, true, 1000), press(false, true, 1000)]
    );
    let all = typing.keys(&look("q a paste"), later + Duration::from_secs(1));
    assert_eq!(all, [Taken::Pasted; 9]);
}

#[test]
fn a_plan_that_is_not_on_the_screen_yet_was_shown_for_no_time() {
    let (mut typing, start) = (Typing::default(), moment());
    let taken = typing.keys(&[Chord::char('Y')], start);
    assert_eq!(taken, [press(false, false, 0)]);
}
