//! Registries behind the traits of yumen-dubbo: ZooKeeper, files, the last known list.
