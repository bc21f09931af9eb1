//! The third line: who is hurt, or how far a calm canary has come.

use super::compare::interval;
use super::headline::{Standing, standing};
use super::number::{counted, failing, share};
use super::sides::theirs;
use crate::engine::advisor::advice::{Advice, Headline, Hurt};
use crate::engine::assess::Compared;

/// The word at the line's beginning, and the line.
pub(crate) fn hurt(advice: &Advice) -> (&'static str, String) {
    by(&advice.headline, advice)
}

fn by(headline: &Headline, advice: &Advice) -> (&'static str, String) {
    // Whom a security incident hurts no metric tells; whom what is measured beside it hurts is not lost.
    if let Headline::Security { measured, .. } = headline {
        return match standing(measured) {
            Standing::Bad => by(measured, advice),
            Standing::Unknown | Standing::Watch | Standing::Well => {
                ("hurt", "no metric tells whom".to_owned())
            }
        };
    }
    if let Compared::Production { .. } = advice.compared {
        return of_production(headline, advice);
    }
    match headline {
        Headline::Soak {
            errors: Some(estimate),
            ..
        } => (
            "so far",
            format!(
                "errors {} production's{}",
                interval(estimate),
                rest(&advice.hurt)
            ),
        ),
        Headline::Blind { .. } => ("hurt", blind(&advice.hurt)),
        Headline::Reading { .. } => ("hurt", format!("not known yet{}", pods(&advice.hurt))),
        Headline::BothBad { .. } | Headline::ProductionBad { .. } => {
            ("hurt", everyone(&advice.hurt))
        }
        Headline::Breach { .. }
        | Headline::RedLine { .. }
        | Headline::StillBad { .. }
        | Headline::Better { .. }
        | Headline::Watch { .. } => ("hurt", some(&advice.hurt)),
        Headline::Security { .. }
        | Headline::Idle
        | Headline::WarmingUp { .. }
        | Headline::Soak { .. }
        | Headline::ProductionSoak { .. }
        | Headline::Passed { .. }
        | Headline::NotEnough { .. }
        | Headline::NotEarned { .. }
        | Headline::Unjudged { .. }
        | Headline::Helped { .. }
        | Headline::WasBad { .. } => (
            "hurt",
            match advice.hurt.production_well {
                Some(true) => format!("nobody that is known of{}", rest(&advice.hurt)),
                Some(false) | None => some(&advice.hurt),
            },
        ),
    }
}

/// The same while production soaks: who is hurt is everybody whom it serves.
fn of_production(headline: &Headline, advice: &Advice) -> (&'static str, String) {
    let hurt = &advice.hurt;
    let errors = match headline {
        Headline::ProductionSoak {
            errors: Some(errors),
            ..
        } => errors,
        Headline::Blind { .. } => {
            return ("hurt", format!("unknown{}", pods_of(hurt, "production")));
        }
        Headline::Reading { .. } => {
            return (
                "hurt",
                format!("not known yet{}", pods_of(hurt, "production")),
            );
        }
        Headline::Breach { .. }
        | Headline::RedLine { .. }
        | Headline::StillBad { .. }
        | Headline::Better { .. }
        | Headline::Watch { .. }
        | Headline::BothBad { .. }
        | Headline::ProductionBad { .. } => return ("hurt", served(hurt)),
        Headline::Security { .. }
        | Headline::ProductionSoak { errors: None, .. }
        | Headline::Idle
        | Headline::WarmingUp { .. }
        | Headline::Soak { .. }
        | Headline::Passed { .. }
        | Headline::NotEnough { .. }
        | Headline::NotEarned { .. }
        | Headline::Unjudged { .. }
        | Headline::Helped { .. }
        | Headline::WasBad { .. } => {
            return match hurt.production_well {
                Some(true) => (
                    "hurt",
                    "nobody that is known of; production is well".to_owned(),
                ),
                Some(false) | None => ("hurt", served(hurt)),
            };
        }
    };
    let so_far = format!(
        "errors {} {}{}",
        interval(errors),
        theirs(advice.compared),
        rest(hurt)
    );
    ("so far", so_far)
}

/// Whom production serves, and how many requests of theirs fail.
fn served(hurt: &Hurt) -> String {
    if let Some((0, wanted @ 1..)) = hurt.canary_pods {
        let pods = counted(u64::from(wanted), "pod");
        return format!("whoever reaches production: 0 of {pods} ready");
    }
    let who = hurt.canary_share.map_or_else(
        || "production's traffic".to_owned(),
        |part| format!("PRODUCTION, {} of traffic", share(part)),
    );
    let many = hurt
        .canary_failing
        .map_or_else(|| "failed requests unknown".to_owned(), failing);
    format!("{who}, {many}")
}

/// How production is, as the end of a sentence.
const fn production(hurt: &Hurt) -> &'static str {
    match hurt.production_well {
        Some(true) => "production is well",
        Some(false) => "production is over its limits",
        None => "production is not known",
    }
}

fn rest(hurt: &Hurt) -> String {
    format!("; {}", production(hurt))
}

fn some(hurt: &Hurt) -> String {
    if let Some((0, wanted @ 1..)) = hurt.canary_pods {
        // What is not answered is counted by nobody.
        return format!(
            "whoever reaches canary: 0 of {} ready{}",
            counted(u64::from(wanted), "pod"),
            rest(hurt)
        );
    }
    let who = hurt.canary_share.map_or_else(
        || "canary's traffic, share unknown".to_owned(),
        |part| format!("{} of traffic", share(part)),
    );
    let many = hurt
        .canary_failing
        .map_or_else(|| "failed requests unknown".to_owned(), failing);
    format!("{who}, {many}{}", rest(hurt))
}

fn everyone(hurt: &Hurt) -> String {
    let total = match (hurt.canary_failing, hurt.production_failing) {
        (Some(canary), Some(production)) => failing(canary + production),
        (None, Some(one)) | (Some(one), None) => failing(one),
        (None, None) => "failed requests unknown".to_owned(),
    };
    format!("all traffic, {total}")
}

fn blind(hurt: &Hurt) -> String {
    format!("unknown{}", pods(hurt))
}

fn pods(hurt: &Hurt) -> String {
    pods_of(hurt, "canary")
}

fn pods_of(hurt: &Hurt, side: &str) -> String {
    hurt.canary_pods
        .map_or_else(String::new, |(ready, wanted)| {
            format!("; {side} pods {ready} of {wanted} ready (kubernetes)")
        })
}
