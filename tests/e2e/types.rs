//! Every Java type that a contract can name goes in as JSON and comes back as the same JSON, and Java saw what was meant.
//!
//! The gateway's file names neither methods nor classes: all is learned from what the provider wrote into ZooKeeper. Where
//! that erases a class generic, the route names the full type.

use http::Method;

use yumen_tests::java::Line;

use crate::exact::{Findings, JSON};
use crate::world::{Front, on_every_line};

/// Stands for `$silk` in the tables below, in JSON and as Java saw it.
const SILK: [&str; 2] = [
    r#"{"id":7,"label":"silk","kind":"SILK","weight":7.50,"fragile":true,"packed":"2026-01-05T10:02:11Z","marks":["a","b"],"contents":{"bolts":3},"seal":"AQIH"}"#,
    r#"Crate{id=Long:7, label=String:"silk", kind=CrateKind:SILK, weight=BigDecimal:7.50, fragile=Boolean:true, packed=Date:1767607331000, marks=ArrayList[String:"a", String:"b"], contents=HashMap{String:"bolts"=Integer:3}, seal=byte[1, 2, 7]}"#,
];

/// Stands for `$bare`: what Java makes of `{}`.
const BARE: [&str; 2] = [
    r#"{"id":0,"label":null,"kind":null,"weight":null,"fragile":false,"packed":null,"marks":null,"contents":null,"seal":null}"#,
    "Crate{id=Long:0, label=null, kind=null, weight=null, fragile=Boolean:false, packed=null, marks=null, contents=null, seal=null}",
];

/// Methods that take an interface, with the class that the route sends.
const CLASSES: [(&str, &str); 3] = [
    ("echoCargo", "com.acme.freight.Crate"),
    ("describeCargo", "com.acme.freight.Crate"),
    ("echoCargoList", "list<com.acme.freight.Crate>"),
];

/// Methods whose types are class generics, which service definitions erase, with the full type.
const FULL_TYPES: [(&str, &str); 7] = [
    ("echoCratePage", "com.acme.freight.Page<com.acme.freight.Crate>"),
    ("echoStringPage", "com.acme.freight.Page<string>"),
    ("echoPageOfPages", "com.acme.freight.Page<com.acme.freight.Page<com.acme.freight.Crate>>"),
    ("echoPageByName", "map<string, com.acme.freight.Page<com.acme.freight.Crate>>"),
    ("describeCratePage", "com.acme.freight.Page<com.acme.freight.Crate>"),
    ("echoParcel", "com.acme.freight.Parcel<com.acme.freight.Crate>"),
    ("describeParcel", "com.acme.freight.Parcel<com.acme.freight.Crate>"),
];

/// `echo…` methods, each with values that come back as they went, to the digit.
const SAME: &[(&str, &[&str])] = &[
    ("echoBoolean", &["true", "false"]),
    ("echoByte", &["-128", "-1", "0", "127"]),
    ("echoShort", &["-32768", "0", "32767"]),
    ("echoInt", &["-2147483648", "-262145", "-2049", "-17", "-16", "0", "47", "48", "2048", "262144", "2147483647"]),
    (
        "echoLong",
        &["-9223372036854775808", "-2147483649", "-9", "0", "15", "16", "9007199254740993", "9223372036854775807"],
    ),
    ("echoFloat", &["0.0", "1.0", "1.5", "0.1", "-3.4028235e+38", "1e-45"]),
    ("echoDouble", &["0.0", "1.0", "0.1", "-128.0", "32767.0", "-1.5e+300", "1.7976931348623157e+308", "5e-324"]),
    ("echoChar", &[r#""x""#, r#""门""#, r#""\"""#, r#"" ""#]),
    ("echoBoxedBoolean", &["true"]),
    ("echoBoxedByte", &["-128", "127"]),
    ("echoBoxedShort", &["-32768"]),
    ("echoBoxedInteger", &["7", "2147483647"]),
    ("echoBoxedLong", &["7", "9223372036854775807"]),
    ("echoBoxedFloat", &["0.1"]),
    ("echoBoxedDouble", &["0.1"]),
    ("echoBoxedCharacter", &[r#""门""#]),
    ("echoString", &[r#""""#, r#""玉门关 🐫 \"\\/\n\t\u0000\u001f\u007f \u2028""#, r#""null""#]),
    (
        "echoBigDecimal",
        &[
            "0",
            "7.10",
            "-0.00001",
            "-12345678901234567890.0100",
            "1E+3",
            "1E-10",
            "0.1000000000000000055511151231257827",
        ],
    ),
    ("echoBigInteger", &["0", "-1", "9223372036854775808", "-18446744073709551616", "123456789012345678901234567890"]),
    (
        "echoDate",
        &[
            r#""2026-02-28T10:02:11.123Z""#,
            r#""2026-02-28T10:02:00Z""#,
            r#""1970-01-01T00:00:00Z""#,
            r#""1969-12-31T23:59:59.999Z""#,
        ],
    ),
    ("echoLocalDate", &[r#""2024-02-29""#, r#""0001-01-01""#, r#""9999-12-31""#]),
    ("echoLocalTime", &[r#""10:02:11""#, r#""23:59:59.999999999""#, r#""00:00:00""#]),
    ("echoLocalDateTime", &[r#""2026-02-28T10:02:11""#, r#""2026-02-28T10:02:11.000000007""#]),
    ("echoInstant", &[r#""2026-02-28T10:02:11Z""#, r#""1969-12-31T23:59:59.999999999Z""#]),
    ("echoZonedDateTime", &[r#""2024-07-01T08:00:00+08:00[Asia/Shanghai]""#, r#""2024-07-01T08:00:00Z[UTC]""#]),
    ("echoOffsetDateTime", &[r#""2024-07-01T08:00:00-03:00""#, r#""2024-07-01T08:00:00.500Z""#]),
    ("echoDuration", &[r#""PT0S""#, r#""PT1H1M1.5S""#, r#""PT-0.5S""#, r#""PT8760H""#]),
    ("echoUuid", &[r#""123e4567-e89b-12d3-a456-426614174000""#]),
    ("echoLocale", &[r#""zh_CN""#, r#""en""#]),
    ("echoCurrency", &[r#""CNY""#]),
    ("echoUri", &[r#""dubbo://127.0.0.1:20880/a.B?version=1.0""#]),
    ("echoDayOfWeek", &[r#""MONDAY""#]),
    ("echoTimestamp", &[r#""2026-02-28T10:02:11.123Z""#]),
    ("echoKind", &[r#""SILK""#, r#""GLASS""#]),
    ("echoBeast", &[r#""CAMEL""#, r#""HORSE""#]),
    ("echoBytes", &[r#""""#, r#""AQIDBA==""#]),
    ("echoInts", &["[]", "[1,-2,300000]"]),
    ("echoLongs", &["[]", "[0,9223372036854775807,-9223372036854775808]"]),
    ("echoDoubles", &["[]", "[0.5,100.0]"]),
    ("echoBooleans", &["[]", "[true,false]"]),
    ("echoChars", &[r#""""#, r#""a门""#]),
    ("echoStrings", &["[]", r#"["a",null,"","丝"]"#]),
    ("echoCrateArray", &["[]", "[$silk,null]"]),
    ("echoKindArray", &["[]", r#"["SILK",null]"#]),
    ("echoGrid", &["[]", "[[1,2],[],[3]]"]),
    ("echoStringList", &["[]", r#"["a",null,""]"#]),
    ("echoIntegerList", &["[1,null,-2147483648]"]),
    ("echoLongList", &["[1,9223372036854775807]"]),
    ("echoDecimalList", &["[1.50,0.10]"]),
    ("echoDateList", &[r#"["2024-02-29",null]"#]),
    ("echoKindList", &[r#"["SILK","GLASS"]"#]),
    ("echoCrates", &["[]", "[$silk,$silk]", "[null,$bare]"]),
    ("echoCrateCollection", &["[$silk]"]),
    ("echoLists", &["[[1,2],[],null,[3]]"]),
    ("echoCrateMaps", &[r#"[{"x":$silk},{}]"#]),
    ("echoStringSet", &["[]", r#"["a"]"#]),
    ("echoLongSet", &["[1,2]"]),
    ("echoKindSet", &[r#"["JADE"]"#]),
    ("echoKindEnumSet", &["[]", r#"["SILK","JADE"]"#]),
    ("echoStringMap", &["{}", r#"{"a":"b","":null}"#]),
    ("echoIntegerMap", &[r#"{"a":1,"b":null}"#]),
    (
        "echoObjectMap",
        &[
            r#"{"n":1,"l":3000000000,"d":1.5,"t":"x","b":true,"z":null,"a":[1,"x"],"o":{"k":{}}}"#,
            r#"{"class":"java.lang.Runtime","@type":"x","$ref":"$"}"#,
        ],
    ),
    ("echoCrateByShelf", &["{}", r#"{"-7":$silk,"9223372036854775807":null}"#]),
    ("echoCrateByName", &[r#"{"x":$silk}"#]),
    ("echoCountByKind", &[r#"{"SILK":2,"JADE":0}"#]),
    ("echoCratesByName", &[r#"{"x":[$silk],"y":[]}"#]),
    ("echoStringByInteger", &[r#"{"7":"seven","-1":"less"}"#]),
    ("echoCrate", &["$silk", "$bare"]),
    (
        "echoColdCrate",
        &[
            r#"{"id":1,"label":"ice","kind":null,"weight":null,"fragile":false,"packed":null,"marks":null,"contents":null,"seal":null,"degrees":-5,"ice":"blue"}"#,
        ],
    ),
    ("echoCaravan", &[CARAVAN]),
    (
        "echoMerchant",
        &[
            r#"{"name":"Zhang Qian","age":null,"licence":9007199254740993,"home":{"name":"Chang'an","latitude":40.14,"longitude":94.66},"nickname":null}"#,
        ],
    ),
    (
        "echoChest",
        &[
            r#"{"anything":{"a":[1,2.5,{"b":null}]},"labels":{"x":7,"y":"z"},"things":["a",1,3000000000,null,[true]],"cargo":null}"#,
        ],
    ),
    (
        "echoNode",
        &[
            r#"{"name":"root","parent":null,"children":[{"name":"leaf","parent":{"name":"other","parent":null,"children":[]},"children":null}]}"#,
        ],
    ),
    ("echoStop", &[r#"{"oasis":{"name":"Hami","latitude":42.0,"longitude":-93.5},"nights":32767}"#]),
    ("echoCratePage", &[r#"{"number":1,"total":9007199254740993,"items":[$silk],"first":$silk}"#]),
    ("echoStringPage", &[r#"{"number":1,"total":1,"items":["a",null],"first":"a"}"#]),
    (
        "echoPageOfPages",
        &[r#"{"number":1,"total":1,"items":[{"number":2,"total":2,"items":[$silk],"first":null}],"first":null}"#],
    ),
    ("echoPageByName", &[r#"{"x":{"number":1,"total":1,"items":[$silk],"first":$silk}}"#]),
    // An `Object` beside a `T`: what cannot be a `T` is sent as it is.
    (
        "echoParcel",
        &[
            r#"{"content":$silk,"note":"fragile","more":[$silk]}"#,
            r#"{"content":$silk,"note":[1,"x",null],"more":[]}"#,
            r#"{"content":null,"note":3000000000,"more":null}"#,
            r#"{"content":$silk,"note":$silk,"more":null}"#,
        ],
    ),
    ("echoLabel", &[r#"{"isDeleted":true,"isPaid":false,"aBC":"a","URL":"u","xIndex":7,"_note":"n"}"#]),
    ("echoCargo", &["$silk"]),
    ("echoCargoList", &["[$silk,null]"]),
    (
        "echoObject",
        &[
            "7",
            "9007199254740993",
            "1.5",
            r#""text""#,
            "true",
            "[1,[2],{}]",
            r#"{"a":{"b":[null]},"class":"com.acme.freight.Crate"}"#,
        ],
    ),
];

const CARAVAN: &str = r#"{"id":9,"name":"to the west","owner":{"name":"Ban Chao","age":40,"licence":1,"home":null,"nickname":"x"},
    "beast":"HORSE","crates":[$silk,null],"byShelf":{"3":$silk},"byKind":{"JADE":[$silk]},"permits":["Yumen"],
    "route":[{"oasis":{"name":"Hami","latitude":1.5,"longitude":2.5},"nights":2},null],"leaves":"2024-02-29"}"#;

const LEDGER: &str = r#"{"flag":true,"tiny":-7,"small":3000,"number":-2000000000,"big":9007199254740993,"single":1.5,"real":-0.125,"letter":"门",
    "boxedFlag":false,"boxedTiny":127,"boxedSmall":-1,"boxedNumber":48,"boxedBig":-9223372036854775808,"boxedSingle":0.1,
    "boxedReal":1e+300,"boxedLetter":"x","text":"玉门关 🐫","amount":12345678901234567890.0100,
    "count":-123456789012345678901234567890,"date":"2023-11-14T22:13:20.123Z","localDate":"2024-02-29",
    "localTime":"23:59:58.007","localDateTime":"2024-02-29T01:02:03","instant":"2023-11-14T22:13:20.123456789Z",
    "zonedDateTime":"2024-07-01T08:00:00+08:00[Asia/Shanghai]","offsetDateTime":"2024-07-01T08:00:00-03:00",
    "duration":"PT1H1M1.5S","uuid":"0f8fad5b-d9cb-469f-a165-70867728950e","locale":"zh_CN","kind":"SPICE","bytes":"AP9/",
    "ints":[1,-2,300000],"longs":[9223372036854775807,0],"doubles":[0.5,100.0],"texts":["a",null,"丝"],"crates":[$silk],
    "grid":[[1,2],[],[3]],"longList":[1,2],"textSet":["east"],"textByNumber":{"7":"seven"}}"#;

/// Values that come back in another form, or may be written in several.
const ALIKE: &[(&str, &str, &str)] = &[
    ("echoLong", r#""9223372036854775807""#, "9223372036854775807"),
    ("echoDouble", "1e2", "100.0"),
    ("echoDouble", "7", "7.0"),
    ("echoBigDecimal", r#""12.30""#, "12.30"),
    ("echoBigDecimal", "1e3", "1E+3"),
    ("echoBigInteger", r#""12345678901234567890""#, "12345678901234567890"),
    ("echoDate", "1772272931123", r#""2026-02-28T10:02:11.123Z""#),
    ("echoDate", r#""2026-02-28T18:02:11.123+08:00""#, r#""2026-02-28T10:02:11.123Z""#),
    ("echoUuid", r#""123E4567-E89B-12D3-A456-426614174000""#, r#""123e4567-e89b-12d3-a456-426614174000""#),
    ("echoBytes", r#""_-8""#, r#""/+8=""#),
    ("echoCrate", "{}", "$bare"),
    ("echoCrate", r#"{"colour":{"red":[1]},"class":"java.lang.Runtime","id":0}"#, "$bare"),
    ("echoStringSet", r#"["a","a"]"#, r#"["a"]"#),
    ("echoString", r#""\ud83d\ude00""#, r#""😀""#),
];

/// What Java saw: `describe…` methods with a value and its description.
const SEEN: &[(&str, &str, &str)] = &[
    ("describeObject", "7", "Integer:7"),
    ("describeObject", "3000000000", "Long:3000000000"),
    ("describeObject", "1.0", "Double:1.0"),
    (
        "describeObject",
        r#"{"class":"com.acme.freight.Crate","id":7}"#,
        r#"HashMap{String:"class"=String:"com.acme.freight.Crate", String:"id"=Integer:7}"#,
    ),
    ("describeCrate", "$silk", "$silk"),
    ("describeCrate", "{}", "$bare"),
    (
        "describeCrate",
        r#"{"weight":7,"packed":0,"contents":{}}"#,
        "Crate{id=Long:0, label=null, kind=null, weight=BigDecimal:7, fragile=Boolean:false, packed=Date:0, marks=null, contents=HashMap{}, seal=null}",
    ),
    ("describeCrates", "[$silk,null,$silk]", "ArrayList[$silk, null, $silk]"),
    ("describeLongs", "[1,null,9223372036854775807]", "ArrayList[Long:1, null, Long:9223372036854775807]"),
    ("describeDecimals", "[7,0.10,1E+3]", "ArrayList[BigDecimal:7, BigDecimal:0.10, BigDecimal:1E+3]"),
    ("describeLongSet", "[2,1,2]", "HashSet[Long:1, Long:2]"),
    ("describeKindSet", r#"["SILK"]"#, "HashSet[CrateKind:SILK]"),
    ("describeKindEnumSet", r#"["JADE","SILK"]"#, "RegularEnumSet[CrateKind:JADE, CrateKind:SILK]"),
    ("describeCrateByShelf", r#"{"7":$silk}"#, "HashMap{Long:7=$silk}"),
    ("describeCountByKind", r#"{"JADE":0,"SILK":2}"#, "HashMap{CrateKind:JADE=Integer:0, CrateKind:SILK=Integer:2}"),
    (
        "describeObjectMap",
        r#"{"a":1,"b":[1.5,"x"],"c":{"d":true}}"#,
        r#"HashMap{String:"a"=Integer:1, String:"b"=ArrayList[Double:1.5, String:"x"], String:"c"=HashMap{String:"d"=Boolean:true}}"#,
    ),
    (
        "describeCratePage",
        r#"{"number":1,"total":2,"items":[$silk],"first":$silk}"#,
        "Page{number=Integer:1, total=Long:2, items=ArrayList[$silk], first=$silk}",
    ),
    (
        "describeParcel",
        r#"{"content":$silk,"note":true,"more":[$silk]}"#,
        "Parcel{content=$silk, note=Boolean:true, more=ArrayList[$silk]}",
    ),
    (
        "describeLabel",
        r#"{"isDeleted":true,"isPaid":true,"aBC":"a","URL":"u","xIndex":7,"_note":"n"}"#,
        r#"Label{isDeleted=Boolean:true, isPaid=Boolean:true, aBC=String:"a", URL=String:"u", xIndex=Integer:7, _note=String:"n"}"#,
    ),
    ("describeCrateArray", "[$silk,null]", "Crate[$silk, null]"),
    ("describeCargo", "$silk", "$silk"),
    (
        "describeCaravan",
        r#"{"id":9,"beast":"CAMEL","byShelf":{"3":$silk},"permits":["b","a"],"route":[{"nights":2}],"leaves":"2024-02-29"}"#,
        r#"Caravan{id=Long:9, name=null, owner=null, beast=Beast:CAMEL, crates=null, byShelf=HashMap{Long:3=$silk}, byKind=null, permits=HashSet[String:"a", String:"b"], route=Stop[Stop{oasis=null, nights=Short:2}], leaves=LocalDate:2024-02-29}"#,
    ),
    (
        "describeAll",
        r#"{"id":1,"name":"x","count":2,"marks":["m"],"crate":$silk,"seal":"AQI="}"#,
        r#"ArrayList[Long:1, String:"x", Integer:2, ArrayList[String:"m"], $silk, byte[1, 2]]"#,
    ),
    ("describeAll", r#"{"id":1}"#, "ArrayList[Long:1, null, null, null, null, null]"),
];

/// What comes back when only the provider decides: a method, its arguments, and the result. `Samples.java` has the values.
const RESULTS: &[(&str, &str, &str)] = &[
    ("crate", "7", "$crate-7"),
    (
        "coldCrate",
        "4",
        r#"{"id":4,"label":"crate-4","kind":"SILK","weight":4.50,"fragile":false,"packed":"2023-11-14T22:13:24Z","marks":["north","mark-4"],"contents":{"bolts":4},"seal":"AQIE","degrees":-5,"ice":"from Tianshan"}"#,
    ),
    ("page", "3, 2", r#"{"number":3,"total":1000,"items":[$crate-6,$crate-7],"first":$crate-6}"#),
    ("page", "0, 0", r#"{"number":0,"total":1000,"items":[],"first":null}"#),
    ("cargo", "false", "$crate-1"),
    ("cargo", "true", r#"{"id":2,"name":"Ban Chao"}"#),
    ("anything", "nothing", "null"),
    ("anything", "text", r#""silk""#),
    ("anything", "int", "7"),
    ("anything", "long", "7"),
    ("anything", "decimal", "7.10"),
    ("anything", "date", r#""2023-11-14T22:13:20Z""#),
    ("anything", "crate", "$crate-7"),
    ("anything", "list", r#"["a",1,2,null,$crate-8]"#),
    ("anything", "map", r#"{"crate":$crate-9}"#),
    ("anything", "bytes", r#""AQID""#),
    ("anything", "kind", r#""JADE""#),
    (
        "tree",
        "1, 2",
        r#"{"name":"root","parent":null,"children":[{"name":"root.0","parent":null,"children":[]},{"name":"root.1","parent":null,"children":[]}]}"#,
    ),
    ("twice", "", "[$crate-1,$crate-1]"),
    ("nothingInside", "", "[$crate-1,null,null]"),
    ("later", "7, 20", "$crate-7"),
];

const SAMPLE_CARAVAN: &str = r#"{"id":9,"name":"caravan-9","owner":{"name":"Zhang Qian","age":null,"licence":9007199254740993,
    "home":{"name":"Chang'an","latitude":40.14,"longitude":94.66},"nickname":null},"beast":"CAMEL",
    "crates":[$crate-1,{"id":2,"label":"crate-2","kind":"JADE","weight":2.50,"fragile":false,"packed":"2023-11-14T22:13:22Z",
    "marks":["north","mark-2"],"contents":{"bolts":2},"seal":"AQIC","degrees":-5,"ice":"from Tianshan"}],
    "byShelf":{"3":$crate-3},"byKind":{"JADE":[$crate-6]},"permits":["Yumen","Yang"],
    "route":[{"oasis":{"name":"Dunhuang","latitude":40.14,"longitude":94.66},"nights":2},
    {"oasis":{"name":"Hami","latitude":40.14,"longitude":94.66},"nights":1}],"leaves":"2024-02-29"}"#;

/// What Java saw of [`LEDGER`].
const LEDGER_SEEN: &str = r#"Ledger{flag=Boolean:true, tiny=Byte:-7, small=Short:3000, number=Integer:-2000000000, big=Long:9007199254740993, single=Float:1.5, real=Double:-0.125, letter=Character:门, boxedFlag=Boolean:false, boxedTiny=Byte:127, boxedSmall=Short:-1, boxedNumber=Integer:48, boxedBig=Long:-9223372036854775808, boxedSingle=Float:0.1, boxedReal=Double:1.0E300, boxedLetter=Character:x, text=String:"玉门关 🐫", amount=BigDecimal:12345678901234567890.0100, count=BigInteger:-123456789012345678901234567890, date=Date:1700000000123, localDate=LocalDate:2024-02-29, localTime=LocalTime:23:59:58.007, localDateTime=LocalDateTime:2024-02-29T01:02:03, instant=Instant:2023-11-14T22:13:20.123456789Z, zonedDateTime=ZonedDateTime:2024-07-01T08:00+08:00[Asia/Shanghai], offsetDateTime=OffsetDateTime:2024-07-01T08:00-03:00, duration=Duration:PT1H1M1.5S, uuid=UUID:0f8fad5b-d9cb-469f-a165-70867728950e, locale=Locale:zh_CN, kind=CrateKind:SPICE, bytes=byte[0, -1, 127], ints=int[1, -2, 300000], longs=long[9223372036854775807, 0], doubles=double[0.5, 100.0], texts=String[String:"a", null, String:"丝"], crates=Crate[$silk], grid=int[][int[1, 2], int[], int[3]], longList=ArrayList[Long:1, Long:2], textSet=HashSet[String:"east"], textByNumber=HashMap{Long:7=String:"seven"}}"#;

/// The service's methods of one parameter called `value` whose names begin like this, with that parameter's type.
fn methods(beginning: &str) -> Vec<(String, String)> {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/peers/api/src/main/java/com/acme/freight/FreightService.java");
    let source = std::fs::read_to_string(path).unwrap();
    let method = |line: &str| {
        let (head, parameter) = line.trim().strip_suffix(" value);")?.split_once('(')?;
        let name = head.rsplit(' ').next()?;
        name.starts_with(beginning).then(|| (name.to_owned(), parameter.to_owned()))
    };
    source.lines().filter_map(method).collect()
}

fn routes() -> String {
    let mut routes = String::new();
    for (method, _) in methods("echo").into_iter().chain(methods("describe")) {
        let full = FULL_TYPES.iter().find(|(name, _)| *name == method).map_or(String::new(), |(_, full)| {
            let returns = if method.starts_with("echo") { format!(", returns: {full:?}") } else { String::new() };
            format!(", params: [{full:?}]{returns}")
        });
        let class = CLASSES.iter().find(|(name, _)| *name == method);
        let arg = class.map_or("body".to_owned(), |(_, class)| format!("{{ from: body, type: {class:?} }}"));
        routes += &format!(
            "  - {{ name: {method}, match: {{ method: POST, path: /{method} }}, to: {{ service: freight, method: {method}{full} }}, args: [{arg}] }}\n"
        );
    }
    routes + "  - { name: describeAll, match: { method: POST, path: /describeAll }, to: { service: freight, method: describeAll },
      args: [body.id, body.name, body.count, body.marks, body.crate, body.seal] }\n"
}

/// A text of the tables with its abbreviations written out.
fn full(text: &str, form: usize) -> String {
    let mut text = text.replace("$silk", SILK[form]).replace("$bare", BARE[form]);
    for id in 1..10u8 {
        text = text.replace(&format!("$crate-{id}"), &sample_crate(id));
    }
    text
}

/// `Samples.crate(id)`.
fn sample_crate(id: u8) -> String {
    let kind = ["SILK", "SPICE", "JADE", "GLASS"][usize::from(id % 4)];
    let seal = ["AQIA", "AQIB", "AQIC", "AQID", "AQIE", "AQIF", "AQIG", "AQIH", "AQII", "AQIJ"][usize::from(id)];
    format!(
        r#"{{"id":{id},"label":"crate-{id}","kind":"{kind}","weight":{id}.50,"fragile":{},"packed":"2023-11-14T22:13:{}Z",
        "marks":["north","mark-{id}"],"contents":{{"bolts":{id}}},"seal":"{seal}"}}"#,
        !id.is_multiple_of(2),
        20 + id,
    )
}

/// Posts a body and expects this JSON.
async fn answers(findings: &mut Findings, gateway: &Front, method: &str, body: &str, expected: &str) {
    findings.row(gateway, &format!("POST /{method}"), JSON, body, 200, expected).await;
}

#[test]
fn every_type_goes_in_and_comes_back() {
    on_every_line(async |peer| {
        let gateway = peer.gateway(&routes()).await;
        let mut findings = Findings::default();
        for (method, values) in SAME {
            for value in *values {
                let value = full(value, 0);
                answers(&mut findings, &gateway, method, &value, &value).await;
            }
        }
        for (method, value, back) in ALIKE {
            answers(&mut findings, &gateway, method, &full(value, 0), &full(back, 0)).await;
        }
        for (method, value, seen) in SEEN {
            let seen = serde_json::to_string(&full(seen, 1)).unwrap();
            answers(&mut findings, &gateway, method, &full(value, 0), &seen).await;
        }
        let ledger = full(LEDGER, 0);
        match peer.line {
            // This line's reader writes eight bytes for a float field of an object, over the fields beside it.
            Line::V3_3 => {
                let (sent, back) =
                    (ledger.replace("\"single\":1.5,", ""), ledger.replace("\"single\":1.5", "\"single\":0.0"));
                answers(&mut findings, &gateway, "echoLedger", &sent, &back).await;
            }
            _ => {
                answers(&mut findings, &gateway, "echoLedger", &ledger, &ledger).await;
                let seen = serde_json::to_string(&full(LEDGER_SEEN, 1)).unwrap();
                answers(&mut findings, &gateway, "describeLedger", &ledger, &seen).await;
            }
        }
        findings.end();
    });
}

#[test]
fn null_is_a_value_of_every_type_but_the_primitive_ones() {
    on_every_line(async |peer| {
        let gateway = peer.gateway(&routes()).await;
        let mut findings = Findings::default();
        for (method, parameter) in methods("echo") {
            if parameter.starts_with(|sign: char| sign.is_ascii_lowercase()) && !parameter.contains('[') {
                let answer = gateway.send(Method::POST, &format!("/{method}"), JSON, "null").await;
                let detail = answer.expect(400).json()["detail"].as_str().unwrap_or_default().to_owned();
                assert!(detail.starts_with("body: null is not a"), "{method}: {detail}");
            } else {
                answers(&mut findings, &gateway, &method, "null", "null").await;
                answers(&mut findings, &gateway, &method, " null\n", "null").await;
            }
        }
        for (method, _) in methods("describe") {
            answers(&mut findings, &gateway, &method, "null", "\"null\"").await;
        }
        findings.end();
    });
}

#[test]
fn what_java_answers_is_told_in_full() {
    let ledger = LEDGER.replace("[$silk]", "[$crate-1]").replace("[\"east\"]", "[\"east\",\"west\"]");
    let samples = [("caravan", "9", SAMPLE_CARAVAN), ("ledger", "", &ledger)];
    let results: Vec<_> = RESULTS.iter().chain(&samples).enumerate().collect();
    let route = |(at, (method, arguments, _)): &(usize, &(&str, &str, &str))| {
        let constant = |argument: &str| format!("{{ const: {} }}", argument.trim());
        let args: Vec<String> = arguments.split(',').filter(|text| !text.is_empty()).map(constant).collect();
        let args = args.join(", ");
        format!(
            "  - {{ name: r{at}, match: {{ path: /{at} }}, to: {{ service: freight, method: {method} }}, args: [{args}] }}\n"
        )
    };
    let routes: String = results.iter().map(route).collect();
    on_every_line(async |peer| {
        let gateway = peer.gateway(&routes).await;
        let mut findings = Findings::default();
        for (at, (_, _, result)) in &results {
            findings.row(&gateway, &format!("GET /{at}"), &[], "", 200, &full(result, 0)).await;
        }
        findings.end();
    });
}

#[test]
fn a_client_chooses_among_the_classes_that_the_file_lists() {
    let service = r#", types: { com.acme.freight.Crate: { extends: com.acme.freight.Cargo },
        com.acme.freight.Passenger: { extends: com.acme.freight.Cargo, id: long, name: string } }"#;
    let routes =
        "  - { name: one, match: { path: /one }, to: { service: freight, method: describeCargo }, args: [body] }
  - { name: all, match: { path: /all }, to: { service: freight, method: echoCargoList }, args: [body] }\n";
    let passenger = r#"{"class":"Passenger","id":2,"name":"Ban Chao"}"#;
    let silk = SILK[0].replacen('{', r#"{"class":"com.acme.freight.Crate","#, 1);
    on_every_line(async |peer| {
        let gateway = peer.gateway_with(service, routes).await;
        let mut findings = Findings::default();
        let seen = serde_json::to_string(r#"Passenger{id=Long:2, name=String:"Ban Chao"}"#).unwrap();
        answers(&mut findings, &gateway, "one", passenger, &seen).await;
        answers(&mut findings, &gateway, "one", &silk, &serde_json::to_string(SILK[1]).unwrap()).await;
        let (both, back) = (format!("[{passenger},{silk}]"), format!(r#"[{{"id":2,"name":"Ban Chao"}},{}]"#, SILK[0]));
        answers(&mut findings, &gateway, "all", &both, &back).await;
        findings.end();
        for (body, detail) in [
            (r#"{"id":2}"#, r#"body: {"id":2} is not an object whose class is Crate or Passenger"#),
            (
                r#"{"class":"java.lang.Runtime"}"#,
                r#"body/class: "java.lang.Runtime" is not an object whose class is Crate or Passenger"#,
            ),
        ] {
            let answer = gateway.send(Method::POST, "/one", JSON, body).await;
            assert_eq!(answer.expect(400).json()["detail"], detail);
        }
    });
}

#[test]
fn an_abstract_class_is_sent_as_one_of_those_below_it() {
    let junk = "com.acme.freight.Junk: { extends: com.acme.freight.Vessel, masts: int }";
    let routes = "  - { name: one, match: { path: /one }, to: { service: freight, method: vesselOf }, args: [body] }\n";
    let seen = serde_json::to_string(r#"Junk{name=String:"x", masts=Integer:3}"#).unwrap();
    on_every_line(async |peer| {
        let mut findings = Findings::default();
        let gateway = peer.gateway_with(&format!(", types: {{ {junk} }}"), routes).await;
        answers(&mut findings, &gateway, "one", r#"{"class":"Junk","name":"x","masts":3}"#, &seen).await;
        // Nobody tells that the class is abstract, so without `class` it is meant, and its provider cannot make one.
        let refused = gateway.send(Method::POST, "/one", JSON, r#"{"name":"x"}"#).await;
        let detail = refused.expect(502).json()["detail"].clone();
        assert!(detail == "the provider does not take this call" || detail == "the provider failed to handle the call");
        let told = format!(", types: {{ com.acme.freight.Vessel: {{ abstract: true }}, {junk} }}");
        let gateway = peer.gateway_with(&told, routes).await;
        answers(&mut findings, &gateway, "one", r#"{"name":"x","masts":3}"#, &seen).await;
        answers(&mut findings, &gateway, "one", r#"{"class":"Junk","name":"x","masts":3}"#, &seen).await;
        let unknown = gateway.send(Method::POST, "/one", JSON, r#"{"class":"Vessel","name":"x"}"#).await;
        let detail = "body/class: \"Vessel\" is not an object whose class is Junk";
        assert_eq!(unknown.expect(400).json()["detail"], detail);
        findings.end();
    });
}

#[test]
fn an_enum_map_is_one_that_no_provider_can_read() {
    let routes =
        "  - { name: stock, match: { path: /stock }, to: { service: freight, method: stockOf }, args: [body] }\n";
    on_every_line(async |peer| {
        let gateway = peer.gateway(routes).await;
        // Of the provider's own exceptions when it calls the method with a HashMap nothing is told.
        let failed = gateway.send(Method::POST, "/stock", JSON, r#"{"JADE":1}"#).await;
        assert!(failed.status.is_server_error(), "{failed:?}");
        let mut findings = Findings::default();
        answers(&mut findings, &gateway, "stock", "null", "\"null\"").await;
        findings.end();
    });
}

#[test]
fn what_a_service_inherits_from_a_generic_interface_can_be_called() {
    let routes = "  - { name: key, match: { path: /key }, to: { service: freight, method: keyOf }, args: [body] }
  - { name: kept, match: { path: /kept }, to: { service: freight, method: keptUnder }, args: [{ from: query.key, type: set<long> }] }\n";
    on_every_line(async |peer| {
        let gateway = peer.gateway(routes).await;
        let mut findings = Findings::default();
        answers(&mut findings, &gateway, "key", SILK[0], "7").await;
        let kept = format!(r#"{{"1":{},"9":{}}}"#, sample_crate(1), sample_crate(9));
        findings.row(&gateway, "GET /kept?key=1&key=9", &[], "", 200, &kept).await;
        findings.end();
    });
}

#[test]
fn texts_and_bytes_of_every_length_come_back() {
    // Around the lengths where the wire's form changes, with signs of one, two, three and four bytes.
    let lengths = [1, 31, 32, 1023, 1024, 32_767, 32_768, 65_536, 200_000];
    let signs = ["x", "é", "门", "🐫"];
    on_every_line(async |peer| {
        let gateway = peer.gateway(&routes()).await;
        let mut findings = Findings::default();
        for length in lengths {
            for sign in signs {
                let text = format!("\"{}{sign}\"", sign.repeat(length - 1));
                answers(&mut findings, &gateway, "echoString", &text, &text).await;
            }
            let bytes: Vec<u8> = (0..length).map(|at| (at % 251) as u8).collect();
            let raw = gateway.send(Method::POST, "/echoBytes", &[], bytes.clone()).await;
            let text = raw.expect(200).text();
            assert_eq!(text.len(), length.div_ceil(3) * 4 + 2);
            answers(&mut findings, &gateway, "echoBytes", &text, &text).await;
        }
        findings.end();
    });
}

#[test]
fn every_method_that_echoes_or_describes_is_tried() {
    let tried =
        |method: &str| SAME.iter().any(|(name, _)| *name == method) || SEEN.iter().any(|(name, ..)| *name == method);
    let methods: Vec<_> = methods("echo").into_iter().chain(methods("describe")).map(|(name, _)| name).collect();
    assert!(methods.len() > 80, "{methods:?}");
    let missed: Vec<_> = methods.iter().filter(|name| !tried(name)).collect();
    assert_eq!(missed, ["echoLedger", "describeLedger"]);
}
