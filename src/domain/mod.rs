//! The nouns: what the deck knows, can ask for, and has done. No I/O, no clock.
