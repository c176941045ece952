//! Every interface that guests may import, one file for each kind of thing.

mod exchange;
mod numbers;
mod outbound;
mod plain;

use wasmtime::component::{HasSelf, Linker};

use super::room::Room;
use crate::engine::Engine;
use crate::error::HostError;
use crate::words::bindings::yumen::plugin as ours;

/// A linker with everything in it. What a component does not import costs it nothing.
pub(crate) fn linker(engine: &Engine) -> Result<Linker<Room>, HostError> {
    let mut linker = Linker::new(engine.wasm());
    link(&mut linker).map_err(|error| HostError(format!("{error:#}")))?;
    Ok(linker)
}

fn link(linker: &mut Linker<Room>) -> wasmtime::Result<()> {
    ours::types::add_to_linker::<Room, HasSelf<Room>>(linker, |room| room)?;
    ours::log::add_to_linker::<Room, HasSelf<Room>>(linker, |room| room)?;
    ours::system::add_to_linker::<Room, HasSelf<Room>>(linker, |room| room)?;
    ours::metrics::add_to_linker::<Room, HasSelf<Room>>(linker, |room| room)?;
    ours::counters::add_to_linker::<Room, HasSelf<Room>>(linker, |room| room)?;
    ours::kv::add_to_linker::<Room, HasSelf<Room>>(linker, |room| room)?;
    ours::exchange::add_to_linker::<Room, HasSelf<Room>>(linker, |room| room)?;
    ours::http_client::add_to_linker::<Room, HasSelf<Room>>(linker, |room| room)?;
    ours::dubbo_client::add_to_linker::<Room, HasSelf<Room>>(linker, |room| room)?;
    ours::endpoints::add_to_linker::<Room, HasSelf<Room>>(linker, |room| room)?;
    ours::endpoint_stats::add_to_linker::<Room, HasSelf<Room>>(linker, |room| room)?;
    wasmtime_wasi::p2::add_to_linker_async(linker)
}

impl ours::types::Host for Room {}
impl ours::endpoints::Host for Room {}
