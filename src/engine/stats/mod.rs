//! The statistics of the judge: tests that may be looked at after every interval. Each process is a fold with
//! constant state, so that live, late and batch give the same bits.

pub mod counts;
pub mod dispersion;
pub mod likelihood;
pub mod margin;
pub mod normal;
pub mod onset;
pub mod prior;
pub mod rank;
pub mod restart;
pub mod sequence;
pub mod worse;

#[cfg(test)]
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_precision_loss,
    clippy::cast_sign_loss,
    clippy::many_single_char_names,
    reason = "small numbers in tests"
)]
mod tests;
