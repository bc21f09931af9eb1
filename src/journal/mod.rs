//! The append-only, hash-chained record of intents and outcomes.
