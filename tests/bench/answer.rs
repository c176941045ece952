//! What both backends answer: one object of 65 fields, as hessian and as the same JSON.

/// Java class of the object.
pub const CLASS: &str = "com.acme.bench.Customer";
/// Java interface of the Dubbo provider.
pub const INTERFACE: &str = "com.acme.bench.Bench";

/// A field's value.
pub enum Field {
    /// Java `int`.
    Int(i32),
    /// Java `long`.
    Long(i64),
    /// Java `double`.
    Double(f64),
    /// Java `boolean`.
    Bool(bool),
    /// Java `String`.
    Text(String),
}

impl Field {
    /// The field's type as the configuration writes it.
    pub fn type_word(&self) -> &'static str {
        match self {
            Field::Int(_) => "int",
            Field::Long(_) => "long",
            Field::Double(_) => "double",
            Field::Bool(_) => "boolean",
            Field::Text(_) => "string",
        }
    }
}

/// The object's 65 fields, in order.
pub fn fields() -> Vec<(String, Field)> {
    let value = |at: i32| match at % 5 {
        0 => Field::Text(format!("Lane {at}, Harbour Quarter, left at the old gate")),
        1 => Field::Int(at * 37_003),
        2 => Field::Long(1_700_000_000_000 + i64::from(at) * 86_400_000),
        3 => Field::Double(f64::from(at) * 12.75),
        _ => Field::Bool(at % 2 == 0),
    };
    (0..65).map(|at| (format!("attribute{at:02}"), value(at))).collect()
}

/// The object as JSON text.
pub fn json() -> String {
    let member = |(name, field): &(String, Field)| match field {
        Field::Int(value) => format!("\"{name}\":{value}"),
        Field::Long(value) => format!("\"{name}\":{value}"),
        Field::Double(value) => format!("\"{name}\":{value:?}"),
        Field::Bool(value) => format!("\"{name}\":{value}"),
        Field::Text(value) => format!("\"{name}\":\"{value}\""),
    };
    format!("{{{}}}", fields().iter().map(member).collect::<Vec<_>>().join(","))
}

#[test]
fn the_object_is_two_kilobytes_of_valid_json() {
    let value: serde_json::Value = serde_json::from_str(&json()).unwrap();
    assert_eq!(value.as_object().unwrap().len(), 65);
    assert!((1900..2300).contains(&json().len()), "{} bytes", json().len());
}
