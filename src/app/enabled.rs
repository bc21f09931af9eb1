//! May I.
