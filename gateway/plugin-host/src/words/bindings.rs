//! What `wasmtime` makes of the contract in `plugin-sdk/wit`: records, the traits of imports, the names of exports.
#![allow(missing_docs, clippy::all, unreachable_pub, dead_code)]

wasmtime::component::bindgen!({
    path: "../../plugin-sdk/wit",
    inline: "
        package yumen:gateway;
        world everything {
            import yumen:plugin/log@0.1.0;
            import yumen:plugin/system@0.1.0;
            import yumen:plugin/metrics@0.1.0;
            import yumen:plugin/counters@0.1.0;
            import yumen:plugin/kv@0.1.0;
            import yumen:plugin/exchange@0.1.0;
            import yumen:plugin/http-client@0.1.0;
            import yumen:plugin/dubbo-client@0.1.0;
            import yumen:plugin/endpoint-stats@0.1.0;
            export yumen:plugin/lifecycle@0.1.0;
            export yumen:plugin/filtering@0.1.0;
            export yumen:plugin/routing@0.1.0;
            export yumen:plugin/balancing@0.1.0;
            export yumen:plugin/serving@0.1.0;
        }
    ",
    world: "everything",
    imports: {
        "yumen:plugin/http-client": async | trappable,
        "yumen:plugin/dubbo-client": async | trappable,
        default: trappable,
    },
    additional_derives: [PartialEq],
});
