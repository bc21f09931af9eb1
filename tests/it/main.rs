//! Everything about the deck that needs more than one room, or a wire.

#[cfg(test)]
mod architecture;
#[cfg(test)]
mod chaos;
#[cfg(test)]
mod cli;
#[cfg(test)]
mod evidence;
#[cfg(test)]
mod journeys;
#[cfg(test)]
mod pty;
#[cfg(test)]
mod recorded;
#[cfg(test)]
mod render;
#[cfg(test)]
mod scenarios;
#[cfg(test)]
mod screens;
#[cfg(test)]
mod stage;
#[cfg(test)]
mod stories;
#[cfg(test)]
mod terminal;
#[cfg(test)]
mod tidy;
#[cfg(test)]
mod wire;
#[cfg(test)]
mod wrong_configs;
