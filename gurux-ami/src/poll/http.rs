//! `/metrics` for Prometheus and `/health` for whoever watches over the poller.

use std::convert::Infallible;
use std::net::SocketAddr;
use std::time::Duration;

use http_body_util::Full;
use hyper::body::{Bytes, Incoming};
use hyper::header::{CONTENT_TYPE, HeaderValue};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Method, Request, Response, StatusCode};
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::net::TcpListener;
use tokio::task::JoinSet;

use super::desk::Desk;
use crate::exit::{Exit, Failure};

/// Whoever connects and says nothing is hung up on after this.
const PATIENCE: Duration = Duration::from_secs(10);
/// More callers than this at once wait.
const CALLERS: usize = 32;

/// The format of the numbers.
const NUMBERS: HeaderValue =
    HeaderValue::from_static("application/openmetrics-text; version=1.0.0; charset=utf-8");
const JSON: HeaderValue = HeaderValue::from_static("application/json");
const TEXT: HeaderValue = HeaderValue::from_static("text/plain; charset=utf-8");

/// Serves until what it returns is dropped.
pub(super) async fn serve(address: SocketAddr, desk: Desk) -> Result<JoinSet<()>, Failure> {
    let listener = TcpListener::bind(address).await.map_err(|error| {
        Failure::new(Exit::Usage, format!("metrics cannot be told on {address}: {error}"))
    })?;
    tracing::info!(%address, "metrics and health");
    let mut serving = JoinSet::new();
    serving.spawn(async move {
        let mut callers = JoinSet::new();
        loop {
            while callers.len() >= CALLERS {
                callers.join_next().await;
            }
            // Who is done is forgotten.
            while callers.try_join_next().is_some() {}
            let Ok((stream, _)) = listener.accept().await else {
                tokio::time::sleep(Duration::from_millis(100)).await;
                continue;
            };
            let desk = desk.clone();
            callers.spawn(async move {
                let service = service_fn(move |request| {
                    let answer = answer(&request, &desk);
                    async move { Ok::<_, Infallible>(answer) }
                });
                let connection = http1::Builder::new()
                    .timer(TokioTimer::new())
                    .header_read_timeout(PATIENCE)
                    .serve_connection(TokioIo::new(stream), service);
                // A caller who hangs up is no news.
                let _ = connection.await;
            });
        }
    });
    Ok(serving)
}

fn answer(request: &Request<Incoming>, desk: &Desk) -> Response<Full<Bytes>> {
    if !matches!(*request.method(), Method::GET | Method::HEAD) {
        return response(StatusCode::METHOD_NOT_ALLOWED, TEXT, "only GET\n".to_owned());
    }
    match request.uri().path() {
        "/metrics" => match desk.numbers() {
            Ok(text) => response(StatusCode::OK, NUMBERS, text),
            Err(error) => response(StatusCode::INTERNAL_SERVER_ERROR, TEXT, error.to_string()),
        },
        "/health" => {
            let (is_well, health) = desk.health();
            let status = if is_well { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
            response(status, JSON, format!("{health}\n"))
        }
        _ => response(StatusCode::NOT_FOUND, TEXT, "there is /metrics and /health\n".to_owned()),
    }
}

fn response(status: StatusCode, kind: HeaderValue, text: String) -> Response<Full<Bytes>> {
    let mut response = Response::new(Full::new(Bytes::from(text)));
    *response.status_mut() = status;
    response.headers_mut().insert(CONTENT_TYPE, kind);
    response
}
