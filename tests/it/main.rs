//! Everything about the deck that needs more than one room, or a wire.

#[cfg(test)]
mod architecture;
mod evidence;
#[cfg(test)]
mod screens;
#[cfg(test)]
mod tidy;
#[cfg(test)]
mod wire;
