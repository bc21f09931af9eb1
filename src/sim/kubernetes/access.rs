//! Who may do what: one table of rules for the handlers and for the access reviews.
//!
//! That the reviews and the handlers read one table is what makes a review's answer worth asking for.

use serde_json::{Value, json};

use super::objects::uuid;

/// What a request asks to be allowed.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Ask<'a> {
    pub(crate) verb: &'a str,
    pub(crate) group: &'a str,
    pub(crate) resource: &'a str,
    pub(crate) subresource: &'a str,
    pub(crate) namespace: &'a str,
    pub(crate) name: &'a str,
}

impl Ask<'_> {
    /// `pods` or `pods/log`.
    pub(crate) fn path(&self) -> String {
        if self.subresource.is_empty() {
            self.resource.to_owned()
        } else {
            format!("{}/{}", self.resource, self.subresource)
        }
    }
}

/// Whom a request without a token comes from: no rule is for it unless it names it.
pub(crate) const ANONYMOUS: &str = "system:anonymous";

/// One permission. Each field but `user` is a name, a comma-separated choice of names, or `*`.
///
/// A cluster-wide request has no namespace and needs `*` there; one without an object's name needs `*` as `name`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rule {
    /// Whom it is for: a user, `group:NAME`, or `*` for everyone with a token.
    pub user: String,
    /// `get`, `list`, `watch`, `create`, `update`, `patch`, `delete`, `deletecollection`, or a verb of one's own.
    pub verb: String,
    /// The API group, "" for the core.
    pub group: String,
    /// The plural, with `/SUBRESOURCE` where one is meant.
    pub resource: String,
    /// The namespace.
    pub namespace: String,
    /// The object's name.
    pub name: String,
}

/// The users of a cluster and what they may do. A user's bearer token is the user's name.
#[derive(Clone, Debug, Default)]
pub struct Access {
    users: Vec<(String, Vec<String>)>,
    rules: Vec<Rule>,
    tokenless: Option<String>,
}

impl Access {
    /// Nobody, who may do nothing.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a user with groups (`system:authenticated` comes by itself).
    #[must_use]
    pub fn user(mut self, name: &str, groups: &[&str]) -> Self {
        let groups = groups.iter().map(|group| (*group).to_owned()).collect();
        self.users.push((name.to_owned(), groups));
        self
    }

    /// Adds a rule: user, verb, group, resource, namespace, name.
    #[must_use]
    pub fn allow(mut self, rule: [&str; 6]) -> Self {
        let [user, verb, group, resource, namespace, name] = rule.map(str::to_owned);
        self.rules.push(Rule {
            user,
            verb,
            group,
            resource,
            namespace,
            name,
        });
        self
    }

    /// Takes a request without a token as this user's, instead of `system:anonymous`'s.
    #[must_use]
    pub fn tokenless(mut self, user: &str) -> Self {
        self.tokenless = Some(user.to_owned());
        self
    }

    /// Who sent this `Authorization` header; `None` if its token is nobody's.
    pub(crate) fn identify(&self, authorization: Option<&str>) -> Option<&str> {
        match authorization {
            Some(header) => self.known(header.strip_prefix("Bearer ")?.trim()),
            None => Some(self.tokenless.as_deref().unwrap_or(ANONYMOUS)),
        }
    }

    pub(crate) fn known(&self, name: &str) -> Option<&str> {
        let mut users = self.users.iter();
        users
            .find(|(user, _)| user == name)
            .map(|(user, _)| user.as_str())
    }

    fn groups(&self, user: &str) -> impl Iterator<Item = &str> {
        let mut users = self.users.iter();
        users
            .find(|(name, _)| name == user)
            .into_iter()
            .flat_map(|(_, groups)| groups.iter().map(String::as_str))
    }

    fn rules_of(&self, user: &str) -> impl Iterator<Item = &Rule> {
        self.rules.iter().filter(move |rule| {
            let everyone = rule.user == "*" && user != ANONYMOUS;
            everyone
                || rule.user == user
                || rule
                    .user
                    .strip_prefix("group:")
                    .is_some_and(|wanted| self.groups(user).any(|group| group == wanted))
        })
    }

    pub(crate) fn allows(&self, user: &str, ask: &Ask<'_>) -> bool {
        self.rules_of(user).any(|rule| {
            one_of(&rule.verb, ask.verb)
                && one_of(&rule.group, ask.group)
                && (one_of(&rule.resource, &ask.path())
                    || (!ask.subresource.is_empty()
                        && one_of(&rule.resource, &format!("*/{}", ask.subresource))))
                && one_of(&rule.namespace, ask.namespace)
                && one_of(&rule.name, ask.name)
        })
    }

    /// The `userInfo` of a review.
    pub(crate) fn user_info(&self, user: &str) -> Value {
        let mut groups: Vec<&str> = self.groups(user).collect();
        groups.push(if user == ANONYMOUS {
            "system:unauthenticated"
        } else {
            "system:authenticated"
        });
        json!({"username": user, "uid": uuid(&format!("user/{user}")), "groups": groups})
    }

    /// The `resourceRules` of a rules review in one namespace.
    pub(crate) fn rules_in(&self, user: &str, namespace: &str) -> Vec<Value> {
        self.rules_of(user)
            .filter(|rule| one_of(&rule.namespace, namespace))
            .map(|rule| {
                let mut out = json!({
                    "verbs": choices(&rule.verb),
                    "apiGroups": choices(&rule.group),
                    "resources": choices(&rule.resource),
                });
                if rule.name != "*" {
                    super::object::set(&mut out, &["resourceNames"], json!(choices(&rule.name)));
                }
                out
            })
            .collect()
    }
}

fn choices(field: &str) -> Vec<&str> {
    field.split(',').map(str::trim).collect()
}

fn one_of(field: &str, asked: &str) -> bool {
    choices(field)
        .iter()
        .any(|choice| *choice == "*" || *choice == asked)
}
