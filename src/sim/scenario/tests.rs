use super::*;

#[test]
fn every_scenario_loads_and_says_what_to_conclude() {
    let fleet = fleet().expect("the fleet");
    let summaries = list().expect("all scenarios");
    assert_eq!(summaries.len(), FILES.len());
    for summary in summaries {
        let script = load(summary.name).expect(summary.name);
        assert!(
            !script.title.is_empty() && !script.story.trim().is_empty(),
            "{}",
            summary.name
        );
        assert!(!script.expect.is_empty(), "{}", summary.name);
        for expectation in &script.expect {
            assert!(
                fleet
                    .services
                    .iter()
                    .any(|service| service.name == expectation.service)
            );
            assert!(!expectation.because.is_empty());
            assert!(expectation.says.iter().all(|word| !word.is_empty()));
            // Doing something and promoting are never both right.
            assert!(
                expectation.rung.is_none() || !expectation.promote,
                "{} {}",
                summary.name,
                expectation.time()
            );
        }
    }
}

/// What has to be known of the fleet for a script to mean anything.
fn is_known(fleet: &Fleet, service: &str, endpoints: &[&String]) -> bool {
    let Some(service) = fleet.services.iter().find(|known| known.name == service) else {
        return false;
    };
    let known: Vec<String> = service.endpoints.iter().map(Endpoint::name).collect();
    let there = |endpoint: &&String| *endpoint == "*" || known.contains(endpoint);
    endpoints.iter().all(there)
}

#[test]
fn what_a_scenario_names_is_there_and_in_its_time() {
    let fleet = fleet().expect("the fleet");
    let flag = |key: &str| fleet.flags["flags"].get(key).is_some();
    for (name, _) in FILES {
        let script = load(name).expect(name);
        let last = script.expect.iter().map(|expectation| expectation.at.0);
        let last = last.max().expect("an expectation");
        // Nothing happens before the night or after the last conclusion is drawn.
        let inside = |at: Offset| (0..=last).contains(&at.0);
        assert!(inside(script.starts), "{name}");
        for event in &script.events {
            let told = format!("{name}: {event:?}");
            assert!(inside(event.at()), "{told}");
            if let Some((_, until, sides)) = event.outage() {
                assert!(until > event.at() && !sides.is_empty(), "{told}");
            }
            match event {
                Event::Flag {
                    flag: key, state, ..
                } => {
                    assert!(
                        flag(key) && ["ENABLED", "DISABLED"].contains(&&**state),
                        "{told}"
                    );
                }
                Event::Deploy { service, .. } => {
                    assert!(is_known(&fleet, service, &[]), "{told}");
                }
                Event::HealthDown {
                    service,
                    until,
                    version,
                    side,
                    at,
                } => {
                    assert!(is_known(&fleet, service, &[]), "{told}");
                    assert!(until.is_none_or(|until| until > *at), "{told}");
                    assert!(
                        runs(&script, &fleet, (service, *side, version), *at),
                        "{told}"
                    );
                }
                Event::PrometheusDown { .. }
                | Event::FlagdDown { .. }
                | Event::ClusterUnreachable { .. } => {}
            }
        }
        for effect in &script.effects {
            let told = format!("{name}: {effect:?}");
            let tables = [&effect.errors, &effect.slower, &effect.mix];
            let named: Vec<&String> = tables.iter().flat_map(|table| table.keys()).collect();
            assert!(is_known(&fleet, &effect.service, &named), "{told}");
            assert!(effect.flag.as_deref().is_none_or(flag), "{told}");
            assert!(effect.from.is_none_or(inside), "{told}");
            let from = effect.from.unwrap_or(Offset(i64::MIN));
            assert!(effect.until.is_none_or(|until| until > from), "{told}");
            // Other shares are of all requests, and every endpoint has one.
            assert!(!effect.mix.contains_key("*"), "{told}");
            assert!(effect.mix.values().sum::<f64>() <= 1.0, "{told}");
            // What grows has a beginning.
            let grows = effect.memory_per_minute.abs() > 0.0;
            assert!(!grows || effect.from.is_some(), "{told}");
            if let Some(Bursts {
                every_seconds,
                lasting_seconds,
            }) = effect.bursts
            {
                assert!((1..every_seconds).contains(&lasting_seconds), "{told}");
            }
            if let (Some(version), Some(from)) = (&effect.version, effect.from) {
                let place = (effect.service.as_str(), effect.side, version.as_str());
                assert!(runs(&script, &fleet, place, from), "{told}");
            }
        }
    }
}

#[test]
fn a_security_incident_is_of_a_service_in_its_time() {
    let fleet = fleet().expect("the fleet");
    for (name, _) in FILES {
        for incident in incidents(name).expect("a scenario") {
            let told = format!("{name}: {incident:?}");
            assert!(is_known(&fleet, &incident.service, &[]), "{told}");
            assert!(incident.ends > incident.at, "{told}");
            assert!(!incident.sides.is_empty(), "{told}");
            let said = [&incident.reason, &incident.found];
            assert!(said.iter().all(|words| !words.is_empty()), "{told}");
        }
    }
}

/// Whether a version is on its way or there at that time.
fn runs(script: &Script, fleet: &Fleet, (of, on, what): (&str, Side, &str), by: Offset) -> bool {
    let before = fleet.services.iter().filter(|known| known.name == of);
    let mut before = before.filter_map(|known| known.on(on).releases.last());
    before.any(|release| release.version == what)
        || script.events.iter().any(|event| match event {
            Event::Deploy {
                at,
                service,
                side,
                version,
                ..
            } => (service.as_str(), *side, version.as_str()) == (of, on, what) && *at < by,
            Event::Flag { .. }
            | Event::PrometheusDown { .. }
            | Event::FlagdDown { .. }
            | Event::ClusterUnreachable { .. }
            | Event::HealthDown { .. } => false,
        })
}

#[test]
fn the_fleet_is_whole() {
    for service in fleet().expect("the fleet").services {
        let shares: f64 = service
            .endpoints
            .iter()
            .map(|endpoint| endpoint.share)
            .sum();
        assert!((shares - 1.0).abs() < 1e-9, "{}: {shares}", service.name);
        for side in Side::BOTH {
            assert!(!service.on(side).releases.is_empty());
        }
        let business = service
            .endpoints
            .iter()
            .any(|endpoint| endpoint.business > 0.0);
        assert_eq!(business, service.business.is_some(), "{}", service.name);
    }
}

#[test]
fn times_are_those_of_the_night() {
    for (text, seconds) in [
        ("03:00:00", 0),
        ("03:12:41", 761),
        ("02:58:01", -119),
        ("23:59:59", 75_599),
    ] {
        let offset = Offset::parse(text).expect(text);
        assert_eq!(offset.0, seconds * 1000, "{text}");
        assert_eq!(offset.to_string(), text);
    }
    for text in [
        "",
        "3",
        "03:12",
        "03:60:00",
        "24:00:00",
        "03:00:00:00",
        "+m",
    ] {
        assert_eq!(Offset::parse(text), None, "{text}");
    }
}

#[test]
fn a_key_that_no_one_reads_is_an_error() {
    let text = "title = \"t\"\nstory = \"s\"\nstarts = \"03:00:00\"\nexpct = []\n";
    let error = toml::from_str::<Script>(text).expect_err("an unknown key");
    assert!(error.to_string().contains("expct"), "{error}");
    match load("nonsense") {
        Err(ScenarioError::Unknown { known, .. }) => assert!(known.contains("feature-errors")),
        other => panic!("{other:?}"),
    }
}
