//! Something of each panel group: they are asked of one server, of different exporters, so that trouble with one leaves
//! the others whole.

/// See the module.
#[derive(Debug, Clone)]
pub(super) struct Parts<T> {
    /// Requests, errors and durations.
    pub(super) requests: Option<T>,
    /// The gauges of machines and of what they share.
    pub(super) machines: Option<T>,
    /// The metrics of the business.
    pub(super) business: Option<T>,
}

impl<T> Default for Parts<T> {
    fn default() -> Self {
        Self {
            requests: None,
            machines: None,
            business: None,
        }
    }
}

impl<T> Parts<T> {
    /// What is there, of the other where it is not.
    pub(super) fn or(self, other: Self) -> Self {
        Self {
            requests: self.requests.or(other.requests),
            machines: self.machines.or(other.machines),
            business: self.business.or(other.business),
        }
    }

    /// Each that is there.
    pub(super) fn each(&self) -> impl Iterator<Item = &T> {
        let Self {
            requests,
            machines,
            business,
        } = self;
        requests.iter().chain(machines).chain(business)
    }

    /// Drops each that is also in the other.
    pub(super) fn without<U>(self, other: &Parts<U>) -> Self {
        Self {
            requests: self.requests.filter(|_| other.requests.is_none()),
            machines: self.machines.filter(|_| other.machines.is_none()),
            business: self.business.filter(|_| other.business.is_none()),
        }
    }
}
