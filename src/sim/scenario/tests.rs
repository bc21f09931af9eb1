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
            // Doing something and promoting are never both right.
            assert!(
                expectation.rung.is_none() || !expectation.promote,
                "{} {}",
                summary.name,
                expectation.time()
            );
        }
        for effect in &script.effects {
            let service = fleet
                .services
                .iter()
                .find(|service| service.name == effect.service)
                .expect("a service");
            let endpoints: Vec<String> = service.endpoints.iter().map(Endpoint::name).collect();
            for endpoint in effect
                .errors
                .keys()
                .chain(effect.slower.keys())
                .filter(|name| *name != "*")
            {
                assert!(endpoints.contains(endpoint), "{}: {endpoint}", summary.name);
            }
            if let Some(flag) = &effect.flag {
                assert!(
                    fleet.flags["flags"].get(flag).is_some(),
                    "{}: {flag}",
                    summary.name
                );
            }
        }
    }
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
