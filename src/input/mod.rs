//! Keymap files to actions; editing a field through the text-area crate.

pub mod chord;
pub mod field;
pub mod keymap;

pub use keymap::Keymap;
