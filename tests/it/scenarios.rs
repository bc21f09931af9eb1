//! The scenarios, each as a test of its own: the one list, held to be all that there are.

/// Makes a test of each scenario, which calls the function with its name.
macro_rules! each_scenario {
    ($holds:ident) => {
        crate::scenarios::each_scenario! { $holds
            story: "story";
            calm: "calm";
            feature_errors: "feature-errors";
            bad_release: "bad-release";
            low_traffic: "low-traffic";
            both_bad: "both-bad";
            prometheus_down: "prometheus-down";
            flag_kill_does_not_help: "flag-kill-does-not-help";
            spread_errors: "spread-errors";
            slow_everything: "slow-everything";
            pool_exhausted: "pool-exhausted";
            cpu_hot: "cpu-hot";
            memory_creep: "memory-creep";
            business_drop: "business-drop";
            health_down: "health-down";
            noisy_but_fine: "noisy-but-fine";
            retries: "retries";
            late_failure: "late-failure";
            mix_shift: "mix-shift";
            flagd_down: "flagd-down";
            recovers_alone: "recovers-alone";
            cluster_unreachable: "cluster-unreachable";
            two_flags: "two-flags";
            production_soak: "production-soak";
            production_soak_bad: "production-soak-bad";
            security_incident: "security-incident";
        }
    };
    ($holds:ident $($test:ident: $name:literal;)+) => {
        $(
            #[test]
            fn $test() {
                $holds($name);
            }
        )+

        #[test]
        fn none_is_left_out() {
            let all = flightdeck::sim::scenario::list().unwrap();
            let all: Vec<&str> = all.iter().map(|s| s.name).collect();
            assert_eq!(all, [$($name),+]);
        }
    };
}

pub(crate) use each_scenario;
