//! What real providers of every line of Dubbo register and publish.

use yumen_dubbo::contract::{Contract, TypeName};
use yumen_dubbo::metadata::MetadataReport;
use yumen_dubbo::registry::Registry;
use yumen_registries::zookeeper::ZooKeeperRegistry;
use yumen_tests::java::{JavaProvider, Line};
use yumen_tests::zookeeper::ZooKeeper;

use crate::world::{definition, key, options, until_live};

const FREIGHT: &str = "com.acme.freight.FreightService";

/// Field types of a class, by field name.
fn fields(contract: &Contract, of: &str) -> Vec<String> {
    let fields = contract.fields(&TypeName::parse(of).unwrap()).unwrap_or_else(|| panic!("{of} is not known"));
    let mut shown: Vec<_> = fields.iter().map(|field| format!("{}: {}", field.name, field.type_name)).collect();
    shown.sort();
    shown
}

fn signature(contract: &Contract, method: &str) -> Vec<String> {
    let show = |method: &yumen_dubbo::contract::MethodContract| {
        let parameters: Vec<_> = method.parameters.iter().map(|it| it.type_name.to_string()).collect();
        format!("({}) {}", parameters.join(", "), method.returns)
    };
    let mut shown: Vec<_> = contract.methods_named(method).map(show).collect();
    shown.sort();
    shown
}

#[tokio::test(flavor = "multi_thread")]
async fn providers_of_every_line_are_listed_and_a_stopped_one_leaves() {
    let zookeeper = ZooKeeper::start().await;
    let registry = ZooKeeperRegistry::open(options(&zookeeper));
    let mut plain = registry.subscribe(&key(FREIGHT));
    let mut grouped = registry.subscribe(&key(&format!("g1/{FREIGHT}:1.0.0")));
    let mut nested = registry.subscribe(&key("com.acme.freight.Bazaar$Stall"));
    let start = |line| JavaProvider::builder(line).registry(&zookeeper).start();
    let (old, middle, new) = tokio::join!(start(Line::V2_7), start(Line::V3_2), start(Line::V3_3));
    let mut providers = [old, middle, new];
    let mut all: Vec<u16> = providers.iter().map(|provider| provider.port).collect();
    until_live(&mut plain, &all).await;
    until_live(&mut grouped, &all).await;
    until_live(&mut nested, &all).await;
    for provider in &plain.instances().load().providers {
        assert_eq!(&*provider.path, FREIGHT);
        assert!(provider.timestamp_ms.is_some_and(|start| start > 1_600_000_000_000), "{}", provider.url);
        assert!(provider.application.as_deref().is_some_and(|name| name.starts_with("freight-")), "{}", provider.url);
    }
    let grouped = grouped.instances().load_full();
    assert!(
        grouped.providers.iter().all(|it| (it.group.as_deref(), it.version.as_deref()) == (Some("g1"), Some("1.0.0")))
    );
    providers[0].stop().await;
    all.remove(0);
    until_live(&mut plain, &all).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_definition_of_every_line_becomes_the_same_contract() {
    let mut methods_of_all = None;
    for line in Line::ALL {
        let zookeeper = ZooKeeper::start().await;
        let registry = ZooKeeperRegistry::open(options(&zookeeper));
        let provider = JavaProvider::builder(line).registry(&zookeeper).start().await;
        let mut watched = registry.definition(&key(FREIGHT));
        let found = definition(&mut watched, "the definition", |it| it.contract().is_some()).await;
        let contract = found.contract().unwrap();
        let mut methods: Vec<String> = contract.methods.iter().map(|method| method.name.to_string()).collect();
        methods.sort_unstable();
        assert!(methods.len() > 150, "{line}: {} methods", methods.len());
        assert_eq!(
            methods_of_all.get_or_insert_with(|| methods.clone()),
            &methods,
            "{line}: every method of the interface"
        );
        check_methods(contract, line);
        check_types(contract, line);
        let mut watched = registry.definition(&key("com.acme.freight.Bazaar$Stall"));
        let found = definition(&mut watched, "the nested one", |it| it.contract().is_some()).await;
        let price = "com.acme.freight.Bazaar$Price";
        assert_eq!(signature(found.contract().unwrap(), "price"), [format!("({price}) {price}")], "{line}");
        assert_eq!(fields(found.contract().unwrap(), price), ["coins: int", "currency: java.lang.String"], "{line}");
        drop(provider);
    }
}

fn check_methods(contract: &Contract, line: Line) {
    let crate_ = "com.acme.freight.Crate";
    assert_eq!(signature(contract, "find").len(), 9, "{line}");
    assert!(signature(contract, "find").contains(&format!("({crate_}) java.lang.String")), "{line}");
    assert_eq!(
        signature(contract, "echoStop"),
        ["(com.acme.freight.Caravan$Stop) com.acme.freight.Caravan$Stop"],
        "{line}"
    );
    assert_eq!(signature(contract, "echoGrid"), ["(int[][]) int[][]"], "{line}");
    assert_eq!(signature(contract, "echoCrateArray"), [format!("({crate_}[]) {crate_}[]")], "{line}");
    let by_name = format!("java.util.Map<java.lang.String,java.util.List<{crate_}>>");
    assert_eq!(signature(contract, "echoCratesByName"), [format!("({by_name}) {by_name}")], "{line}");
    assert_eq!(signature(contract, "later"), ["(long, long) java.lang.Object"], "{line}");
    assert_eq!(signature(contract, "rest"), ["() void"], "{line}");
}

fn check_types(contract: &Contract, line: Line) {
    assert_eq!(
        fields(contract, "com.acme.freight.Caravan$Stop"),
        ["nights: short", "oasis: com.acme.freight.Oasis"],
        "{line}"
    );
    assert!(fields(contract, "com.acme.freight.ColdCrate").contains(&"label: java.lang.String".to_owned()), "{line}");
    assert!(
        fields(contract, "com.acme.freight.Caravan").contains(&"route: com.acme.freight.Caravan$Stop[]".to_owned()),
        "{line}"
    );
    assert_eq!(
        fields(contract, "com.acme.freight.Page<com.acme.freight.Crate>"),
        [
            "first: com.acme.freight.Crate",
            "items: java.util.List<com.acme.freight.Crate>",
            "number: int",
            "total: long"
        ],
        "{line}: a full name wins back what the definition erased"
    );
    assert!(
        fields(contract, "com.acme.freight.Page").contains(&"items: java.util.List<java.lang.Object>".to_owned()),
        "{line}"
    );
}
