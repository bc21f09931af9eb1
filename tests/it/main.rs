//! The integration tests: one binary, a module a concern.

#[cfg(test)]
mod screens;
