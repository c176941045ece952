//! A service that answers in this process: its calls come as hessian2, whoever answers speaks JSON.

use yumen_dubbo::contract::Contract;
use yumen_dubbo::error::{ErrorKind, RpcError, Sent, Side, Status};
use yumen_dubbo::invocation::Method;
use yumen_dubbo::reply::Reply;
use yumen_hessian2::{Limits, Reader, Token};

use super::plan::Plan;
use crate::config::ServiceConfig;

/// The methods of a service, compiled for whoever answers them.
pub struct Exported {
    methods: Vec<Plan>,
}

/// A call of one of them.
pub struct Incoming<'e> {
    plan: &'e Plan,
    /// The arguments as a JSON array.
    pub arguments: String,
}

impl Exported {
    /// Compiles every method of the contract. One whose types cannot be resolved is left out: nobody can call it.
    #[must_use]
    pub fn build(service: &ServiceConfig, contract: &Contract) -> Self {
        let plan = |method: &yumen_dubbo::contract::MethodContract| {
            let types: Vec<String> =
                method.parameters.iter().map(|parameter| parameter.type_name.to_string()).collect();
            Plan::for_call(service, Some(contract), &method.name, Some(types), method.parameters.len())
        };
        Self { methods: contract.methods.iter().filter_map(plan).collect() }
    }

    /// The call that these arguments are.
    ///
    /// # Errors
    /// [`Status::BadRequest`] when the service has no such method, or the bytes are no arguments of it.
    pub fn call(&self, method: &Method, arguments: &[u8]) -> Result<Incoming<'_>, RpcError> {
        let plan = self.methods.iter().find(|plan| is_called(plan, method, arguments));
        let Some(plan) = plan else {
            return Err(refused(format!("the service has no method {} of these types", method.invoked_name)));
        };
        let arguments = plan.arguments_json(arguments).map_err(refused)?;
        Ok(Incoming { plan, arguments })
    }
}

impl Incoming<'_> {
    /// The method's name.
    #[must_use]
    pub fn method(&self) -> &str {
        &self.plan.method().invoked_name
    }

    /// Java types of its parameters.
    pub fn parameter_types(&self) -> impl Iterator<Item = &str> {
        self.plan.parameter_types()
    }

    /// The reply that a result in JSON is.
    ///
    /// # Errors
    /// [`Status::BadResponse`] when it is not of the method's result type.
    pub fn reply(&self, result: &str) -> Result<Reply, RpcError> {
        self.plan.reply_of(result).map_err(|why| ended(Status::BadResponse, why))
    }
}

/// Whether a call names this method: by its descriptor, or generically by the names of its types.
fn is_called(plan: &Plan, method: &Method, arguments: &[u8]) -> bool {
    let known = plan.method();
    if known.invoked_name != method.invoked_name || known.name != method.name {
        return false;
    }
    match &*method.name {
        "$invoke" => generic_types(arguments).is_some_and(|types| plan.takes(&types)),
        _ => known.descriptor == method.descriptor,
    }
}

/// The types that a generic call names.
fn generic_types(arguments: &[u8]) -> Option<Vec<String>> {
    let mut reader = Reader::with_limits(arguments, Limits::for_body(arguments.len()));
    reader.skip().ok()?;
    let Token::List { len: Some(len), .. } = reader.next().ok()? else { return None };
    (0..len).map(|_| reader.read_string().ok()?.map(std::borrow::Cow::into_owned)).collect()
}

fn refused(why: String) -> RpcError {
    ended(Status::BadRequest, why)
}

fn ended(status: Status, why: String) -> RpcError {
    RpcError::new(ErrorKind::Ended(status), Side::Consumer, Sent::Never, why)
}

#[cfg(test)]
mod tests {
    use yumen_dubbo::contract::{MethodContract, Parameter, TypeName};

    use super::*;

    fn contract() -> Contract {
        let method = |name: &str, types: &[&str], returns: &str| MethodContract {
            name: name.into(),
            parameters: types
                .iter()
                .map(|text| Parameter { name: None, type_name: TypeName::parse(text).unwrap() })
                .collect(),
            returns: TypeName::parse(returns).unwrap(),
            idempotent: None,
            timeout: None,
            retries: None,
            one_way: false,
        };
        Contract {
            interface: "a.Echo".into(),
            methods: vec![
                method("echo", &["java.lang.String"], "java.lang.String"),
                method("echo", &["long", "java.util.List<java.lang.String>"], "java.util.List<java.lang.String>"),
                method("take", &["a.Unknown"], "void"),
            ],
            types: Default::default(),
        }
    }

    fn service() -> ServiceConfig {
        serde_json::from_str(r#"{ "name": "echo", "interface": "a.Echo", "plugin": "echo" }"#).unwrap()
    }

    /// A caller's plan of a method, and its arguments in bytes.
    fn called(method: &str, types: &[&str], json: &str) -> (Plan, Vec<u8>) {
        let types: Vec<String> = types.iter().map(|text| (*text).to_owned()).collect();
        let count = types.len();
        let plan = Plan::for_call(&service(), Some(&contract()), method, Some(types), count).unwrap();
        let mut bytes = Vec::new();
        plan.encode_arguments(json, &mut bytes).unwrap();
        (plan, bytes)
    }

    #[test]
    fn overloads_are_told_apart_and_answered_in_their_types() {
        let exported = Exported::build(&service(), &contract());
        for (types, json, result) in [
            (&["java.lang.String"][..], r#"["jade"]"#, r#""jade""#),
            (&["long", "java.util.List<java.lang.String>"], r#"[7,["a","b"]]"#, r#"["a","b"]"#),
        ] {
            let (caller, bytes) = called("echo", types, json);
            let call = exported.call(caller.method(), &bytes).unwrap();
            assert_eq!((call.method(), &*call.arguments), ("echo", json));
            assert_eq!(call.parameter_types().collect::<Vec<_>>(), types);
            let reply = call.reply(result).unwrap();
            assert_eq!(caller.result_json(&reply).unwrap(), result);
            let error = call.reply("{}").err().unwrap();
            assert_eq!(error.kind, ErrorKind::Ended(Status::BadResponse));
        }
    }

    #[test]
    fn a_method_whose_classes_nobody_describes_is_called_generically() {
        let exported = Exported::build(&service(), &contract());
        let (caller, bytes) = called("take", &["a.Unknown"], r#"[{"x":1}]"#);
        assert_eq!(&*caller.method().name, "$invoke");
        let call = exported.call(caller.method(), &bytes).unwrap();
        assert_eq!((call.method(), &*call.arguments), ("take", r#"[{"x":1}]"#));
        assert_eq!(call.reply("null").unwrap(), Reply::null());
    }

    #[test]
    fn a_method_that_is_not_there_is_refused() {
        let exported = Exported::build(&service(), &contract());
        let error = exported.call(&Method::new("echo", "I"), &[]).err().unwrap();
        assert_eq!(error.kind, ErrorKind::Ended(Status::BadRequest));
    }
}
