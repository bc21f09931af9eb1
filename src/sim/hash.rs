//! Numbers and names that look random and are the same in every run: from a seed and what they are for.
//!
//! Names of pods, phases of scrapes and seeds of generators come from here, so that nothing depends on an order.

use sha2::{Digest as _, Sha256};

/// The letters that Kubernetes uses in generated names.
const LETTERS: &[u8] = b"bcdfghjklmnpqrstvwxz2456789";

/// 64 bits for `what`.
pub(crate) fn number(what: &str) -> u64 {
    let digest = Sha256::digest(what.as_bytes());
    digest
        .iter()
        .take(8)
        .fold(0, |number, byte| (number << 8) | u64::from(*byte))
}

/// The first `length` hexadecimal digits for `what`.
pub(crate) fn hex(what: &str, length: usize) -> String {
    let digest = Sha256::digest(what.as_bytes());
    digest
        .iter()
        .flat_map(|byte| [byte >> 4, byte & 15])
        .filter_map(|digit| char::from_digit(u32::from(digit), 16))
        .take(length)
        .collect()
}

/// A suffix as Kubernetes generates it.
pub(crate) fn suffix(what: &str, length: usize) -> String {
    let mut left = number(what);
    let letters = LETTERS.len() as u64;
    (0..length)
        .filter_map(|_| {
            let at = usize::try_from(left % letters).ok()?;
            left /= letters;
            LETTERS.get(at).map(|byte| char::from(*byte))
        })
        .collect()
}
