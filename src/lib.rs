#![doc = include_str!("ARCHITECTURE.md")]

pub mod adapters;
pub mod app;
pub mod cli;
pub mod domain;
pub mod engine;
pub mod executor;
pub mod input;
pub mod journal;
pub mod settings;
pub mod shell;
pub mod sim;
pub mod theme;
pub mod view;
