//! What was written in the configuration, and what it means.
