//! Everything about the deck that needs more than one room, or a wire.

#[cfg(test)]
mod architecture;
#[cfg(test)]
mod cli;
#[cfg(test)]
mod evidence;
#[cfg(test)]
mod render;
#[cfg(test)]
mod screens;
#[cfg(test)]
mod tidy;
#[cfg(test)]
mod wire;
