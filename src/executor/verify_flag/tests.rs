//! Which answers show that a change has arrived, and which do not.

use super::*;

fn said(answers: &[(&str, Answer)]) -> Vec<Evaluation> {
    let of = |(instance, answer): &(&str, Answer)| Evaluation {
        instance: (*instance).into(),
        answer: answer.clone(),
    };
    answers.iter().map(of).collect()
}

fn served() -> Answer {
    Answer::Served {
        value: true.into(),
        variant: Some("on".into()),
        reason: "STATIC".into(),
    }
}

#[test]
fn not_found_is_disabled_only_where_the_flag_was_known() {
    let answers = said(&[("a", Answer::NotFound), ("b", Answer::NotFound)]);
    let knew = |names: &[&str]| names.iter().map(|name| Untrusted::from(*name)).collect();
    for (known, as_wanted, why) in [
        (vec!["a", "b"], 2, ""),
        (vec!["a"], 1, "does not know this flag: b"),
        (vec![], 0, "does not know this flag: a, b"),
    ] {
        let seen = Seen::of(&answers, FlagState::Disabled, &mut knew(&known));
        assert_eq!((seen.as_wanted, seen.is_all()), (as_wanted, why.is_empty()));
        if !why.is_empty() {
            let Outcome::Unverified { why: said, .. } = seen.outcome() else {
                panic!("not all are as wanted");
            };
            assert_eq!(said.raw(), why);
        }
    }
    // One that still served it when it was first asked knew it.
    let mut knew = BTreeSet::new();
    let before = said(&[("a", served()), ("b", Answer::NotFound)]);
    Seen::of(&before, FlagState::Disabled, &mut knew);
    let seen = Seen::of(&answers, FlagState::Disabled, &mut knew);
    assert_eq!((seen.as_wanted, seen.of), (1, 2));
}

#[test]
fn who_is_not_there_or_says_otherwise_shows_nothing() {
    let mut knew = BTreeSet::new();
    assert!(!Seen::of(&[], FlagState::Disabled, &mut knew).is_all());
    for (answer, off, on) in [
        (served(), false, true),
        (Answer::Disabled, true, false),
        (
            Answer::Failed {
                message: "no".into(),
            },
            false,
            false,
        ),
    ] {
        let all = said(&[("a", answer)]);
        assert_eq!(Seen::of(&all, FlagState::Disabled, &mut knew).is_all(), off);
        assert_eq!(Seen::of(&all, FlagState::Enabled, &mut knew).is_all(), on);
    }
}
