//! The contract that the configuration writes down, in the words of `yumen-dubbo`.
//!
//! Texts that are no types have been reported when the file was read; here they count as unknown classes.

use std::collections::BTreeMap;

use yumen_dubbo::contract::{Contract, Field, MethodContract, Parameter, TypeDefinition, TypeName};

use crate::config::{FieldConfig, MethodConfig, ServiceConfig, TypeConfig};

/// Longest chain of `extends`.
const MAX_ANCESTORS: usize = 32;

/// Methods and types of a service as the configuration has them.
pub(crate) fn written(service: &ServiceConfig) -> Contract {
    let methods = service.methods.iter();
    Contract {
        interface: service.interface.as_str().into(),
        methods: methods.flat_map(|(name, list)| list.iter().map(|method| self::method(name, method))).collect(),
        types: service.types.iter().map(|(name, config)| definition(service, name, config)).collect(),
    }
}

/// Superclasses by class, as `extends` tells them, without type arguments.
pub(crate) fn parents(service: &ServiceConfig) -> BTreeMap<Box<str>, Box<str>> {
    let parent = |(name, config): (&String, &TypeConfig)| match config {
        TypeConfig::Bean { extends: Some(parent), .. } => Some((type_name(name).name, type_name(parent).name)),
        _ => None,
    };
    service.types.iter().filter_map(parent).collect()
}

/// Classes that the configuration calls abstract, without type arguments.
pub(crate) fn abstracts(service: &ServiceConfig) -> Vec<Box<str>> {
    let is_abstract = |config: &TypeConfig| matches!(config, TypeConfig::Bean { is_abstract: true, .. });
    let classes = service.types.iter().filter(|(_, config)| is_abstract(config));
    classes.map(|(name, _)| type_name(name).name).collect()
}

/// The type that a text names.
pub(crate) fn type_name(text: &str) -> TypeName {
    TypeName::parse(text).unwrap_or_else(|_| TypeName::of(text))
}

fn method(name: &str, config: &MethodConfig) -> MethodContract {
    let parameter = |text: &String| Parameter { name: None, type_name: type_name(text) };
    MethodContract {
        name: name.into(),
        parameters: config.params.iter().map(parameter).collect(),
        // What is not told is rendered as it comes.
        returns: config.returns.as_deref().map_or_else(TypeName::object, type_name),
        idempotent: Some(config.idempotent),
        timeout: config.timeout,
        retries: config.retries,
        one_way: config.one_way,
    }
}

fn definition(service: &ServiceConfig, name: &str, config: &TypeConfig) -> (Box<str>, TypeDefinition) {
    let declared = type_name(name);
    let definition = match config {
        TypeConfig::Enum { constants } => {
            TypeDefinition::Enum { constants: constants.iter().map(|name| name.as_str().into()).collect() }
        }
        TypeConfig::Bean { extends, fields, .. } => TypeDefinition::Bean {
            type_parameters: declared.arguments.iter().map(|parameter| parameter.name.clone()).collect(),
            fields: all_fields(service, extends.as_deref(), fields, 0),
            erased: false,
        },
    };
    (declared.name, definition)
}

/// Own fields and those of the superclasses, the latter first.
fn all_fields(service: &ServiceConfig, extends: Option<&str>, own: &[FieldConfig], depth: usize) -> Vec<Field> {
    let mut fields = match extends {
        Some(parent) if depth < MAX_ANCESTORS => inherited(service, &type_name(parent), depth),
        _ => Vec::new(),
    };
    for field in own {
        fields.retain(|inherited| *inherited.name != *field.name);
        fields.push(Field { name: field.name.as_str().into(), type_name: type_name(&field.type_name) });
    }
    fields
}

fn inherited(service: &ServiceConfig, parent: &TypeName, depth: usize) -> Vec<Field> {
    for (name, config) in &service.types {
        let declared = type_name(name);
        let TypeConfig::Bean { extends, fields, .. } = config else { continue };
        if declared.name != parent.name {
            continue;
        }
        let object = TypeName::object();
        let bound: Vec<(&str, &TypeName)> = declared
            .arguments
            .iter()
            .enumerate()
            .map(|(index, variable)| (&*variable.name, parent.arguments.get(index).unwrap_or(&object)))
            .collect();
        return all_fields(service, extends.as_deref(), fields, depth + 1)
            .into_iter()
            .map(|field| Field { type_name: field.type_name.substitute(&bound), ..field })
            .collect();
    }
    Vec::new()
}
