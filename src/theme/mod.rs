//! Theme files to the style of each role, for the colours that a terminal has.
