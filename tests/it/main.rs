//! Everything about the deck that needs more than one room, or a wire.

#[cfg(test)]
mod evidence;
#[cfg(test)]
mod screens;
mod wire;
