//! The HTTP backend behind nginx: answers the two scenarios with what the gateway would make of the provider's reply.

use std::convert::Infallible;
use std::error::Error;

use bytes::Bytes;
use http::{Request, Response, header};
use http_body_util::Full;
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use tokio::net::TcpListener;

use crate::answer;

/// Serves on a free port, which it prints, until ended.
pub fn serve() -> Result<(), Box<dyn Error>> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(async {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        println!("{}", listener.local_addr()?);
        let object = Bytes::from(answer::json());
        loop {
            let (stream, _) = listener.accept().await?;
            stream.set_nodelay(true)?;
            let object = object.clone();
            tokio::spawn(async move {
                let service = service_fn(move |request| {
                    let response = respond(&request, &object);
                    async move { Ok::<_, Infallible>(response) }
                });
                // A proxy that closes its connection is no fault of ours.
                let _ =
                    hyper::server::conn::http1::Builder::new().serve_connection(TokioIo::new(stream), service).await;
            });
        }
    })
}

fn respond(request: &Request<Incoming>, object: &Bytes) -> Response<Full<Bytes>> {
    let body = match request.uri().path().strip_prefix("/echo/") {
        Some(text) => Bytes::from(format!("\"{text}\"")),
        None => object.clone(),
    };
    let mut response = Response::new(Full::new(body));
    response.headers_mut().insert(header::CONTENT_TYPE, header::HeaderValue::from_static("application/json"));
    response
}
