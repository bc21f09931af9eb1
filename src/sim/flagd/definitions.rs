//! Flag definitions as flagd holds them, and their evaluation by the engine that its own project publishes.
//!
//! The world and the OFREP server ask the same evaluation, so that what is answered is what happens.

use std::collections::BTreeMap;

use flagd_evaluation_engine::model::FeatureFlag;
use flagd_evaluation_engine::{FlagParser, Operator};
use open_feature::EvaluationContext;
use serde_json::{Map, Value};

/// One version of a namespace's flags.
#[derive(Clone, Debug, Default)]
pub(crate) struct Definitions {
    flags: BTreeMap<String, FeatureFlag>,
    set: Map<String, Value>,
    /// Changes with the definitions, the same for the same text.
    pub(crate) etag: String,
}

/// What an evaluation answers.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Resolution {
    /// A value was served.
    Served {
        value: Value,
        variant: String,
        reason: &'static str,
        metadata: Map<String, Value>,
    },
    /// The flag is switched off: the code's own default holds.
    Disabled { metadata: Map<String, Value> },
    /// No such flag.
    NotFound,
    /// The definition or its targeting can't be used.
    Broken(String),
}

impl Definitions {
    /// Reads a `FeatureFlag` resource's `flagSpec`.
    pub(crate) fn read(spec: &Value) -> Result<Self, String> {
        let text = spec.to_string();
        let parsed = FlagParser::parse_string(&text).map_err(|error| error.to_string())?;
        Ok(Self {
            flags: parsed.flags.into_iter().collect(),
            set: parsed.flag_set_metadata.into_iter().collect(),
            etag: crate::sim::hash::hex(&text, 32),
        })
    }

    /// Every flag's name, in order.
    pub(crate) fn keys(&self) -> impl Iterator<Item = &str> {
        self.flags.keys().map(String::as_str)
    }

    /// The metadata of the whole set.
    pub(crate) fn set_metadata(&self) -> &Map<String, Value> {
        &self.set
    }

    /// Evaluates one flag, as flagd 0.16 does.
    pub(crate) fn evaluate(&self, key: &str, context: &Map<String, Value>) -> Resolution {
        let Some(flag) = self.flags.get(key) else {
            return Resolution::NotFound;
        };
        let mut metadata = self.set.clone();
        metadata.extend(flag.metadata.iter().map(|(k, v)| (k.clone(), v.clone())));
        if flag.state == "DISABLED" {
            return Resolution::Disabled { metadata };
        }
        let served = |variant: &str, reason| match flag.variants.get(variant) {
            Some(value) => Resolution::Served {
                value: value.clone(),
                variant: variant.to_owned(),
                reason,
                metadata: metadata.clone(),
            },
            None => Resolution::Broken(format!("flag {key} has no variant {variant:?}")),
        };
        let targeting = flag
            .targeting
            .as_ref()
            .filter(|rule| rule.as_object().is_some_and(|rule| !rule.is_empty()));
        let Some(rule) = targeting else {
            return served(&flag.default_variant, "STATIC");
        };
        match Operator::new().apply(key, &rule.to_string(), &evaluation_context(context)) {
            Ok(Some(variant)) => served(&variant, "TARGETING_MATCH"),
            Ok(None) => served(&flag.default_variant, "DEFAULT"),
            Err(error) => Resolution::Broken(error.to_string()),
        }
    }

    /// The share of users for whom a flag serves `true`, from 0 to 1.
    pub(crate) fn share(&self, key: &str, context: &Map<String, Value>) -> f64 {
        const USERS: u32 = 50;
        let Some(flag) = self.flags.get(key) else {
            return 0.0;
        };
        let users = if flag.state == "ENABLED" && flag.targeting.is_some() {
            USERS
        } else {
            1
        };
        let on = (0..users)
            .filter(|user| {
                let mut context = context.clone();
                context.insert(
                    "targetingKey".to_owned(),
                    Value::from(format!("user-{user}")),
                );
                matches!(
                    self.evaluate(key, &context),
                    Resolution::Served {
                        value: Value::Bool(true),
                        ..
                    }
                )
            })
            .count();
        f64::from(u32::try_from(on).unwrap_or(0)) / f64::from(users)
    }
}

fn evaluation_context(context: &Map<String, Value>) -> EvaluationContext {
    let mut out = EvaluationContext::default();
    for (key, value) in context {
        out = match (key.as_str(), value) {
            ("targetingKey", Value::String(text)) => out.with_targeting_key(text.clone()),
            (_, Value::String(text)) => out.with_custom_field(key.clone(), text.clone()),
            (_, Value::Bool(value)) => out.with_custom_field(key.clone(), *value),
            (_, Value::Number(number)) => match (number.as_i64(), number.as_f64()) {
                (Some(whole), _) => out.with_custom_field(key.clone(), whole),
                (None, Some(float)) => out.with_custom_field(key.clone(), float),
                (None, None) => out,
            },
            // Lists and objects take no part in any rule of the simulated flags.
            (_, Value::Null | Value::Array(_) | Value::Object(_)) => out,
        };
    }
    out
}
