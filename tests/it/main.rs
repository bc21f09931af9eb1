//! Everything about the deck that needs more than one room, or a wire.

mod evidence;
#[cfg(test)]
mod screens;
mod wire;
