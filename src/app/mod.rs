//! The pure half of the loop: state, events, actions, effects, and the one function between them.
