//! Hessian 2 as Dubbo speaks it: bytes to values and back, bounded.
