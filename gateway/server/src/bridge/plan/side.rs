//! Calls that come from no route: whoever makes them names the method and gives its arguments as JSON.

use std::collections::BTreeMap;

use yumen_dubbo::contract::Contract;

use super::super::contract::type_name;
use super::Plan;
use crate::config::{ArgConfig, OneOrMany, RespondConfig, RouteConfig, RouteMatch, RouteTarget, ServiceConfig, Source};

impl Plan {
    /// The method of this name that takes so many arguments; `types` tells overloads apart, and tells the types where nobody
    /// else does. Its arguments are given by [`Plan::encode_arguments`]. Nothing comes back where not enough is known.
    #[must_use]
    pub fn for_call(
        service: &ServiceConfig,
        contract: Option<&Contract>,
        method: &str,
        types: Option<Vec<String>>,
        count: usize,
    ) -> Option<Self> {
        let element = |index: usize| ArgConfig::from(Source::Body(vec![index.to_string()]));
        let route = RouteConfig {
            name: method.to_owned(),
            matches: RouteMatch {
                methods: OneOrMany::default(),
                path: "/".to_owned(),
                host: None,
                headers: BTreeMap::new(),
            },
            to: RouteTarget { service: service.name.clone(), method: method.to_owned(), params: types, returns: None },
            plugins: Vec::new(),
            args: (0..count).map(element).collect(),
            attachments: BTreeMap::new(),
            respond: RespondConfig::default(),
            errors: Vec::new(),
            timeout: None,
            retries: None,
            idempotent: None,
            body_limit: None,
        };
        Self::build(&route, 0, service, contract, &mut Vec::new())
    }

    /// Whether the method takes values of these types, whatever their type arguments.
    #[must_use]
    pub(crate) fn takes(&self, types: &[String]) -> bool {
        let alike = |(one, other): (&str, &String)| type_name(one).erased() == type_name(other).erased();
        self.parameters.len() == types.len() && self.parameter_types().zip(types).all(alike)
    }
}
