//! Protocols: how one provider is called over the wire.

pub mod dubbo;
