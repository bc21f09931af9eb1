//! The name under which the API server keeps who wrote a field: ours, and the person's.

use std::fmt::Write as _;

use sha2::{Digest as _, Sha256};

use crate::domain::names::UserName;

/// The longest name that Kubernetes takes, in bytes (`FieldManagerMaxLength`).
const LONGEST: usize = 128;

/// How many bytes of the whole name's hash stand at the end of one that was cut, so that two people stay two.
const HASHED: usize = 6;

/// The field manager of a person's writes: `flightdeck/USER`.
pub(super) fn field_manager(by: Option<&UserName>) -> String {
    let Some(by) = by else {
        return "flightdeck".to_owned();
    };
    let whole = format!("flightdeck/{by}");
    if whole.len() <= LONGEST {
        return whole;
    }
    let mut end = String::from("~");
    for byte in Sha256::digest(whole.as_bytes()).iter().take(HASHED) {
        // Writing to a string can't fail.
        let _ = write!(end, "{byte:02x}");
    }
    let room = LONGEST - end.len();
    let fits = whole.char_indices();
    let mut kept: String = fits
        .take_while(|(at, c)| at + c.len_utf8() <= room)
        .map(|(_, c)| c)
        .collect();
    kept.push_str(&end);
    kept
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_name_is_cut_and_stays_its_own() {
        let of = |name: &str| field_manager(Some(&UserName::parse(name).unwrap()));
        assert_eq!(field_manager(None), "flightdeck");
        assert_eq!(of("bob"), "flightdeck/bob");
        let longest = "x".repeat(LONGEST - "flightdeck/".len());
        assert_eq!(of(&longest), format!("flightdeck/{longest}"));
        let role = format!("arn:aws:sts::123456789012:assumed-role/{}", "r".repeat(120));
        let (alice, bob) = (of(&format!("{role}/alice")), of(&format!("{role}/bob")));
        assert_eq!((alice.len(), bob.len()), (LONGEST, LONGEST));
        assert_ne!(alice, bob);
        assert!(
            alice.starts_with("flightdeck/arn:aws:sts::123456789012:"),
            "{alice}"
        );
    }
}
