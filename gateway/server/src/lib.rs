//! Yumen, an edge gateway for Apache Dubbo.
