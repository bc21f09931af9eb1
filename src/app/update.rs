//! From keys and facts to state.
