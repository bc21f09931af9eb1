//! Everything about the deck that needs more than one room, or a wire.

#[cfg(test)]
mod pty;
#[cfg(test)]
mod screens;
#[cfg(test)]
mod stage;
#[cfg(test)]
mod terminal;
mod wire;
