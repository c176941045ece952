//! The instruments through which the numbers are read: they observe, nobody records.

use std::sync::Arc;

use opentelemetry::{
    KeyValue,
    metrics::{AsyncInstrument, Meter, MeterProvider},
};
use opentelemetry_sdk::metrics::{Instrument, SdkMeterProvider, Stream};
use prometheus::Registry;

use super::{Labelled, ListenerMetrics, Tables, lock};

/// Label sets that an instrument may have whose labels name routes or services. The SDK sets aside room for all of them at once.
const MOST_LABEL_SETS: usize = 20_000;
/// How a number is read.
type Read = fn(&ListenerMetrics) -> u64;

const CLASSES: [&str; 6] = ["gone", "1xx", "2xx", "3xx", "4xx", "5xx"];

/// Registers every instrument.
pub(super) fn register(
    registry: &Registry,
    listener: &Arc<ListenerMetrics>,
    tables: &Arc<Tables>,
) -> anyhow::Result<(SdkMeterProvider, Meter)> {
    let exporter = opentelemetry_prometheus::exporter()
        .with_registry(registry.clone())
        .without_target_info()
        .scope_info_enabled(false)
        .build()?;
    let roomy = |instrument: &Instrument| {
        let many = ["yumen_http_requests", "yumen_service_providers"];
        let many = many.iter().any(|family| instrument.name().starts_with(family));
        many.then(|| Stream::builder().with_cardinality_limit(MOST_LABEL_SETS).build().ok())?
    };
    let provider = SdkMeterProvider::builder().with_reader(exporter).with_view(roomy).build();
    let meter = provider.meter("yumen");
    connections(&meter, listener);
    routes(&meter, tables);
    services(&meter, tables);
    Ok((provider, meter))
}

fn connections(meter: &Meter, listener: &Arc<ListenerMetrics>) {
    let counters: [(&'static str, &'static str, Read); 6] = [
        ("yumen_connections_opened", "Connections accepted.", |it| it.opened_connections.get()),
        ("yumen_connections_refused", "Connections turned away at a cap.", |it| it.refused_connections.get()),
        ("yumen_connections_displaced", "Idle connections closed for newcomers.", |it| it.displaced_connections.get()),
        ("yumen_connections_broken", "Connections that ended with an error.", |it| it.broken_connections.get()),
        ("yumen_connections_http2", "Connections that chose HTTP/2.", |it| it.http2_connections.get()),
        ("yumen_accept_errors", "Accepts that failed for want of descriptors or memory.", |it| it.accept_errors.get()),
    ];
    for (name, text, read) in counters {
        let listener = Arc::clone(listener);
        counter(meter, name, text, move |observer| observer.observe(read(&listener), &[]));
    }
    let open = Arc::clone(listener);
    gauge(meter, "yumen_connections_open", "Connections open.", move |observer| {
        observer.observe(open.opened_connections.get().saturating_sub(open.closed_connections.get()), &[]);
    });
    let refused = Arc::clone(listener);
    counter(meter, "yumen_http_rejections", "Requests refused before routing.", move |observer| {
        for (reason, count) in refused.rejections.iter().filter(|(_, count)| *count > 0) {
            observer.observe(count, &[KeyValue::new("reason", reason)]);
        }
    });
    let unrouted = Arc::clone(&listener.unrouted);
    counter(meter, "yumen_http_unrouted", "Requests that found no route: 404 and 405.", move |observer| {
        for (cause, count) in unrouted.iter() {
            observer.observe(count, &[KeyValue::new("cause", cause)]);
        }
    });
}

fn routes(meter: &Meter, tables: &Arc<Tables>) {
    let ended = Arc::clone(tables);
    counter(meter, "yumen_http_requests", "Requests answered, by route and status class.", move |observer| {
        for route in lock(&ended.routes).values() {
            for (class, count) in CLASSES.iter().zip(route.ended()).filter(|(_, count)| *count > 0) {
                let labels = [KeyValue::new("route", route.name.to_string()), KeyValue::new("status", *class)];
                observer.observe(count, &labels);
            }
        }
    });
    let under_way = Arc::clone(tables);
    gauge(meter, "yumen_http_requests_in_flight", "Requests under way.", move |observer| {
        for route in lock(&under_way.routes).values() {
            observer.observe(route.in_flight(), &[KeyValue::new("route", route.name.to_string())]);
        }
    });
}

fn services(meter: &Meter, tables: &Arc<Tables>) {
    let errors = Arc::clone(tables);
    counter(meter, "yumen_upstream_errors", "Calls that failed for good.", move |observer| {
        for service in lock(&errors.services).values() {
            for (kind, count) in service.errors.iter().filter(|(_, count)| *count > 0) {
                let labels = [KeyValue::new("service", service.name.to_string()), KeyValue::new("kind", kind)];
                observer.observe(count, &labels);
            }
        }
    });
}

/// Both outcomes are there from the start, so that the first refusal is seen to grow.
pub(super) fn reloads(meter: &Meter, reloads: &Arc<Labelled>) {
    let reloads = Arc::clone(reloads);
    counter(meter, "yumen_config_reloads", "Configurations read again, by outcome.", move |observer| {
        for (outcome, count) in reloads.iter() {
            observer.observe(count, &[KeyValue::new("outcome", outcome)]);
        }
    });
}

pub(super) fn counter(
    meter: &Meter,
    name: &'static str,
    text: &'static str,
    observe: impl Fn(&dyn AsyncInstrument<u64>) + Send + Sync + 'static,
) {
    meter.u64_observable_counter(name).with_description(text).with_callback(observe).build();
}

pub(super) fn gauge(
    meter: &Meter,
    name: &'static str,
    text: &'static str,
    observe: impl Fn(&dyn AsyncInstrument<u64>) + Send + Sync + 'static,
) {
    meter.u64_observable_gauge(name).with_description(text).with_callback(observe).build();
}
