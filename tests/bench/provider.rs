//! The Dubbo provider behind the gateway: our own exchange, replies written once and ready at once.

use std::error::Error;
use std::rc::Rc;

use tokio::net::TcpListener;
use tokio::runtime::LocalRuntime;
use yumen_dubbo::error::Status;
use yumen_dubbo::exchange::ExchangeOptions;
use yumen_dubbo::exchange::server::{Handler, Request, Server, ServerReply};
use yumen_hessian2::Writer;

use crate::answer::{self, Field};

/// Serves on a free port, which it prints, until ended.
pub fn serve() -> Result<(), Box<dyn Error>> {
    let runtime = LocalRuntime::new()?;
    runtime.block_on(async {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let address = listener.local_addr()?;
        let object = object();
        let handler: Handler = Rc::new(move |request| {
            let reply = reply(&request, &object);
            Box::pin(std::future::ready(reply))
        });
        let _server = Server::start(listener, ExchangeOptions::default(), handler);
        println!("{address}");
        std::future::pending().await
    })
}

/// `echo(String)` gives its argument back as the bytes it came in; `customer(long)` the object.
fn reply(request: &Request, object: &[u8]) -> ServerReply {
    let body = &request.body;
    match body.method.as_str() {
        "echo" => {
            let mut reader = yumen_hessian2::Reader::new(&body.body[body.arguments_at..]);
            match reader.skip() {
                Ok(()) => {
                    let end = body.arguments_at + reader.position();
                    ServerReply::Value(body.body[body.arguments_at..end].to_vec())
                }
                Err(error) => ServerReply::Status(Status::BadRequest, error.to_string()),
            }
        }
        "customer" => ServerReply::Value(object.to_vec()),
        other => ServerReply::Status(Status::ServiceNotFound, format!("no method {other}")),
    }
}

fn object() -> Vec<u8> {
    let fields = answer::fields();
    let names: Vec<&String> = fields.iter().map(|(name, _)| name).collect();
    let mut bytes = Vec::new();
    let mut writer = Writer::new(&mut bytes);
    let class = writer.define_class(answer::CLASS, &names);
    writer.begin_object(class);
    for (_, field) in &fields {
        match field {
            Field::Int(value) => writer.int(*value),
            Field::Long(value) => writer.long(*value),
            Field::Double(value) => writer.double(*value),
            Field::Bool(value) => writer.bool(*value),
            Field::Text(value) => writer.string(value),
        }
    }
    bytes
}
