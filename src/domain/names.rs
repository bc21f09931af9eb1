//! Names that must not be mixed up: one type each, checked where they enter.

use std::fmt;

use serde::{Deserialize, Serialize};

/// Why a name was refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NameError {
    /// Nothing was written.
    #[error("a {what} can't be empty")]
    Empty {
        /// The kind of name.
        what: &'static str,
    },
    /// Longer than the system that owns the name allows.
    #[error("a {what} has at most {most} characters, this one has {has}")]
    TooLong {
        /// The kind of name.
        what: &'static str,
        /// The most characters allowed.
        most: usize,
        /// How many it has.
        has: usize,
    },
    /// A character that the system that owns the name does not allow.
    #[error("a {what} can't hold {character:?}; allowed are {allowed}")]
    Character {
        /// The kind of name.
        what: &'static str,
        /// The first refused character.
        character: char,
        /// What would be right.
        allowed: &'static str,
    },
}

fn checked(
    what: &'static str,
    most: usize,
    allowed: &'static str,
    is_allowed: fn(char) -> bool,
    text: &str,
) -> Result<String, NameError> {
    if text.is_empty() {
        return Err(NameError::Empty { what });
    }
    let has = text.chars().count();
    if has > most {
        return Err(NameError::TooLong { what, most, has });
    }
    match text.chars().find(|&c| !is_allowed(c)) {
        Some(character) => Err(NameError::Character {
            what,
            character,
            allowed,
        }),
        None => Ok(text.to_owned()),
    }
}

fn is_dns(c: char) -> bool {
    c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-' || c == '.'
}

fn is_graphic(c: char) -> bool {
    c.is_ascii_graphic()
}

macro_rules! name {
    ($(#[$doc:meta])* $name:ident, $what:literal, $most:literal, $is_allowed:ident, $allowed:literal) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(try_from = "String", into = "String")]
        pub struct $name(String);

        impl $name {
            /// Checks and wraps a name.
            pub fn parse(text: &str) -> Result<Self, NameError> {
                checked($what, $most, $allowed, $is_allowed, text).map(Self)
            }

            /// The name as written; safe to show, for only plain characters got in.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.pad(&self.0)
            }
        }

        impl TryFrom<String> for $name {
            type Error = NameError;

            fn try_from(text: String) -> Result<Self, NameError> {
                Self::parse(&text)
            }
        }

        impl From<$name> for String {
            fn from(name: $name) -> Self {
                name.0
            }
        }
    };
}

name!(
    /// A service: one application on its way to production.
    ServiceName, "service name", 63, is_dns, "a-z, 0-9, - and ."
);
name!(
    /// A cluster, as the configuration calls it.
    ClusterName, "cluster name", 63, is_dns, "a-z, 0-9, - and ."
);
name!(
    /// A Kubernetes namespace (RFC 1123 label).
    Namespace, "namespace", 63, is_dns, "a-z, 0-9, - and ."
);
name!(
    /// A Helm release (at most 53 characters, as Helm demands).
    ReleaseName, "release name", 53, is_dns, "a-z, 0-9, - and ."
);
name!(
    /// The name of a Kubernetes object.
    ObjectName, "object name", 253, is_dns, "a-z, 0-9, - and ."
);
name!(
    /// The key of a feature flag.
    FlagKey, "flag key", 253, is_graphic, "printable ASCII without spaces"
);
name!(
    /// What makes a cluster that cluster: the uid of its namespace kube-system.
    ClusterUid, "cluster uid", 253, is_graphic, "printable ASCII without spaces"
);
name!(
    /// A user as the API server names them.
    UserName, "user name", 253, is_graphic, "printable ASCII without spaces"
);
name!(
    /// One operation of ours, from intent to outcome; stands in the journal and in the cluster's audit log.
    OpId, "operation id", 64, is_graphic, "printable ASCII without spaces"
);

impl OpId {
    /// The name of an operation begun at a time: `op-20261121T031252Z-4f2a9c01`, the end from a random number.
    pub fn of(at: jiff::Timestamp, random: u64) -> Self {
        Self(format!(
            "op-{}-{:08x}",
            at.strftime("%Y%m%dT%H%M%SZ"),
            random >> 32
        ))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_take_what_their_owner_takes_and_say_what_is_wrong() {
        assert_eq!(ServiceName::parse("checkout").unwrap().as_str(), "checkout");
        assert_eq!(
            ServiceName::parse(""),
            Err(NameError::Empty {
                what: "service name"
            })
        );
        assert_eq!(
            Namespace::parse("sho p").unwrap_err().to_string(),
            "a namespace can't hold ' '; allowed are a-z, 0-9, - and ."
        );
        assert_eq!(
            ReleaseName::parse(&"a".repeat(54)).unwrap_err().to_string(),
            "a release name has at most 53 characters, this one has 54"
        );
        assert!(FlagKey::parse("new-payment\u{1b}[31m").is_err());
    }
}
