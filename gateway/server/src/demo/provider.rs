//! The demo's Dubbo provider: `com.example.UserService` on a TCP port, its users in memory.
//!
//! A stand-in for a Java service. Requests cross a socket as Dubbo frames with hessian2 bodies, as they would in production.

use std::{
    cell::{Cell, RefCell},
    collections::BTreeMap,
    future::ready,
    iter::once,
    rc::Rc,
    sync::Arc,
};

use yumen_dubbo::{
    error::Status,
    exchange::server::{Handler, Request, ServerReply},
};
use yumen_hessian2::{Class, Object, Value, Writer};

const USER: &str = "com.example.User";
const PLAN: &str = "com.example.Plan";

/// The service's users by id.
pub(crate) struct UserService {
    users: RefCell<BTreeMap<i64, Value>>,
    last_id: Cell<i64>,
}

/// What a method does: gives a value, or throws.
type Outcome = Result<Value, Value>;

impl UserService {
    /// A service with three users.
    pub(crate) fn new() -> Rc<Self> {
        let service = Self { users: RefCell::default(), last_id: Cell::new(0) };
        for (name, plan, tags) in [
            ("Zhang Qian", "EMPEROR", vec!["envoy", "explorer"]),
            ("Ban Chao", "CARAVAN", vec!["general"]),
            ("Xuanzang", "FREE", vec!["monk", "translator"]),
        ] {
            let tags = Value::list(tags.into_iter().map(Value::string).collect());
            service.add(Value::object(
                USER,
                [("name", Value::string(name)), ("plan", enum_constant(PLAN, plan)), ("tags", tags)],
            ));
        }
        Rc::new(service)
    }

    /// What answers the requests of a Dubbo server.
    pub(crate) fn handler(self: &Rc<Self>) -> Handler {
        let service = Rc::clone(self);
        Rc::new(move |request| Box::pin(ready(service.answer(&request))))
    }

    fn answer(&self, request: &Request) -> ServerReply {
        let body = &request.body;
        let mut reader = body.arguments();
        let mut argument = || Value::read(&mut reader);
        let outcome = match (body.method.as_str(), body.descriptor.as_str()) {
            ("getUser", "J") => argument().map(|id| self.get(&id)),
            ("search", "Ljava/lang/String;I") => argument().and_then(|text| Ok(self.search(&text, &argument()?))),
            ("create", "Lcom/example/User;") => argument().map(|user| Ok(Value::Long(self.add(user)))),
            ("rename", "JLjava/lang/String;") => argument().and_then(|id| Ok(self.rename(&id, argument()?))),
            ("remove", "J") => argument().map(|id| self.remove(&id)),
            ("toll", "Ljava/math/BigDecimal;Lcom/example/Plan;") => {
                argument().and_then(|goods| Ok(toll(goods, &argument()?)))
            }
            (method, descriptor) => {
                let text = format!("Service not found:{}, {method}({descriptor})", body.path);
                return ServerReply::Status(Status::BadRequest, text);
            }
        };
        match outcome {
            Ok(Ok(value)) => ServerReply::Value(encoded(&value)),
            Ok(Err(exception)) => ServerReply::Exception(encoded(&exception)),
            Err(error) => ServerReply::Status(Status::BadRequest, format!("Fail to decode request due to: {error}")),
        }
    }

    fn get(&self, id: &Value) -> Outcome {
        let id = id.as_i64().unwrap_or_default();
        self.users.borrow().get(&id).cloned().ok_or_else(|| not_found(id))
    }

    fn search(&self, text: &Value, limit: &Value) -> Outcome {
        let text = text.as_str().unwrap_or_default().to_lowercase();
        let limit = usize::try_from(limit.as_i32().unwrap_or_default()).unwrap_or_default();
        let named = |user: &&Value| {
            user.field("name").and_then(Value::as_str).is_some_and(|name| name.to_lowercase().contains(&text))
        };
        Ok(Value::list(self.users.borrow().values().filter(named).take(limit).cloned().collect()))
    }

    fn add(&self, user: Value) -> i64 {
        let id = self.last_id.get() + 1;
        self.last_id.set(id);
        self.users.borrow_mut().insert(id, with_field(user, "id", Value::Long(id)));
        id
    }

    fn rename(&self, id: &Value, name: Value) -> Outcome {
        let renamed = with_field(self.get(id)?, "name", name);
        self.users.borrow_mut().insert(id.as_i64().unwrap_or_default(), renamed.clone());
        Ok(renamed)
    }

    fn remove(&self, id: &Value) -> Outcome {
        let id = id.as_i64().unwrap_or_default();
        self.users.borrow_mut().remove(&id).map(|_| Value::Null).ok_or_else(|| not_found(id))
    }
}

/// The emperor's goods pass free.
fn toll(goods: Value, plan: &Value) -> Outcome {
    match plan.as_enum() {
        Some((_, "EMPEROR")) => Ok(Value::object("java.math.BigDecimal", [("value", Value::string("0"))])),
        _ => Ok(goods),
    }
}

fn not_found(id: i64) -> Value {
    let message = Value::string(format!("no user {id}"));
    Value::object("com.example.UserNotFound", [("detailMessage", message)])
}

fn enum_constant(class: &str, name: &str) -> Value {
    Value::object(class, [("name", Value::string(name))])
}

/// The same object with one field set to another value, first if it was not there.
fn with_field(object: Value, name: &str, value: Value) -> Value {
    let Value::Object(object) = object else { return object };
    let others =
        object.fields().filter(|(field, _)| *field != name).map(|(field, value)| (Box::from(field), value.clone()));
    let (fields, values): (Vec<Box<str>>, Vec<Value>) = once((Box::from(name), value)).chain(others).unzip();
    let class = Arc::new(Class { name: object.class.name.clone(), fields: fields.into() });
    Value::Object(Box::new(Object { class, values }))
}

fn encoded(value: &Value) -> Vec<u8> {
    let mut out = Vec::new();
    value.write(&mut Writer::new(&mut out));
    out
}
