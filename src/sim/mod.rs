//! The embedded world: a seeded model on a virtual clock, served in the real wire formats.
