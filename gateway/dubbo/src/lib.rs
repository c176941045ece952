//! The Dubbo RPC runtime: wire, exchange, directory, cluster; usable without any gateway.
