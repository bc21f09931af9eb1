//! Carries out an approved plan: journal, step, verify. The only caller of an adapter's write.

mod carry_out;
mod look;
mod read_after;
mod tools;
mod verify_flag;

pub use carry_out::{Told, carry_out};
pub use read_after::read_after;
pub use tools::{Tools, dry_run};
