//! The screens: a pure function of state, theme, keymap and size.
