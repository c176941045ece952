//! The metadata centre: what a service's methods and types are, as its providers published it.

use std::sync::Arc;

use tokio::sync::watch;

use crate::contract::Contract;
use crate::service_key::ServiceKey;

pub mod definition;

/// Where providers publish their service definitions. Lives on the control plane.
pub trait MetadataReport: Send + Sync {
    /// Follows the definition of a service; dropping every receiver ends the following.
    fn definition(&self, key: &ServiceKey) -> watch::Receiver<Definition>;
}

/// What is known of a service's definition.
#[derive(Debug, Clone, Default)]
pub enum Definition {
    /// The centre has not answered yet.
    #[default]
    Pending,
    /// The centre answered: nobody published a definition that can be read.
    Absent,
    /// A definition, read.
    Known(Arc<Contract>),
}

impl Definition {
    /// The contract, if there is one.
    pub fn contract(&self) -> Option<&Arc<Contract>> {
        match self {
            Self::Known(contract) => Some(contract),
            Self::Pending | Self::Absent => None,
        }
    }
}
