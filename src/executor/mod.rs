//! Carries out an approved plan: authorise, journal, step, verify.
