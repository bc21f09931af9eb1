//! Keymap files to actions; editing a field through the text-area crate.
