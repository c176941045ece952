//! Every error code, once, with the text that `yumen explain` prints.

use std::fmt;

/// A stable error code, such as `YM0107`.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Code(u16);

/// What a code means.
#[derive(Debug)]
pub struct CodeEntry {
    /// The code.
    pub code: Code,
    /// A few words.
    pub title: &'static str,
    /// Why it is reported and how to mend it.
    pub text: &'static str,
}

impl Code {
    /// Reads `YM0107`, in any case.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let (letters, digits) = text.split_at_checked(2)?;
        let number: u16 = digits.parse().ok().filter(|_| letters.eq_ignore_ascii_case("YM"))?;
        CODES.iter().map(|entry| entry.code).find(|code| code.0 == number)
    }

    /// What it means.
    #[must_use]
    pub fn entry(self) -> Option<&'static CodeEntry> {
        CODES.iter().find(|entry| entry.code == self)
    }
}

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "YM{:04}", self.0)
    }
}

impl fmt::Debug for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// Declares codes and the table of them in one go, so that none is without its text.
macro_rules! codes {
    ($($number:literal $name:ident $title:literal $text:literal)*) => {
        impl Code {
            $(#[doc = $title] pub const $name: Self = Self($number);)*
        }

        /// Every code, in order.
        pub const CODES: &[CodeEntry] = &[$(CodeEntry { code: Code::$name, title: $title, text: $text },)*];
    };
}

codes! {
// ── reading ──────────────────────────────────────────────────────────────────────────────────────────────
1 UNREADABLE "The file cannot be read."
"The configuration file, or one that it includes, does not exist or may not be read by this user.
Check the path; a relative path counts from the folder in which yumen was started, and paths in
`include` count from the folder of the main file."

2 TOO_LARGE "The file is too large."
"One configuration file may have 4 MiB, all of them together 64 MiB. Split routes into files and include them."

3 SYNTAX "The file is not valid YAML."
"YAML's own grammar is broken at this place: a bracket or quote that is not closed, a tab used for
indentation, a line indented too little or too much. Only the first such fault can be shown, because
nothing after it can be read with certainty."

4 DUPLICATE_KEY "A key is written twice."
"Two entries of one mapping have the same key. YAML would keep one of them silently; yumen refuses both,
because one of the two is not what you think is in force. Remove or rename one."

5 TOO_MANY_NODES "The document unfolds to too many values."
"Anchors and aliases repeat parts of a document. This one unfolds to more values than any real
configuration has, so it is refused before it fills the memory."

6 UNSUPPORTED_YAML "A feature of YAML that has no meaning here."
"Tags (`!!int`), several documents in one file, keys that are lists or mappings, and aliases inside
themselves are not used by this format."

7 BAD_INCLUDE "An include does not work."
"`include` takes paths of files, or patterns with `*` in the last part of the path, relative to the main
file. Included files may hold listeners, registries, plugins, clusters, services and routes; they may not include others,
and settings of the process (gateway, telemetry, admin) stay in the main file."

8 INCLUDE_MATCHES_NOTHING "An include pattern matches no file."
"The pattern is fine but there is no such file now. The configuration is used without it."

// ── overrides and references to the outside ──────────────────────────────────────────────────────────────
20 UNKNOWN_VARIABLE "An environment variable sets no key."
"Variables that start with `YUMEN_` override keys of the file: two underscores go one level down, items of
lists are chosen by their name, a dash in a name is written as one underscore:
YUMEN_LISTENERS__WEB__BIND=0.0.0.0:80. This one leads to no key, so it is ignored. Methods, classes, attachments and
header conditions can be changed like this, but not added: write new ones in the file."

21 AMBIGUOUS_VARIABLE "An environment variable could mean two items."
"Two items have names that look the same as part of a variable's name (`a-b` and `a_b`). Rename one of them,
or set the value in the file."

22 UNKNOWN_OVERRIDE "--set names no key."
"`--set a.b=c` overrides one key of the file; items of lists are chosen by their name:
--set listeners.web.bind=0.0.0.0:80. This path leads to no key. Methods, classes, attachments and header conditions
can be changed like this, but not added: write new ones in the file."

23 UNSET_VARIABLE "A variable that a value is read from is not set."
"`{ env: NAME }` takes the value from the environment. Set the variable, or write a default:
`{ env: NAME, default: \"\" }`."

24 UNREADABLE_SECRET "A file that a value is read from cannot be read."
"`{ file: PATH }` takes the value from a file of at most 64 KiB, without the line break at its end; relative
paths count from the folder of the main file. Check path and permissions, or write a default:
`{ file: PATH, default: \"\" }`."

25 LITERAL_VARIABLE "A text holds ${NAME}, which is not replaced."
"yumen never pastes variables into texts, because a value with a quote or a line break in it would change the
meaning of the file. Write `{ env: NAME }` as the whole value. If the text is meant as it stands, ignore
this warning."

// ── shape ────────────────────────────────────────────────────────────────────────────────────────────────
31 UNKNOWN_KEY "A key that this place does not have."
"Every key is checked, so that a slip of the pen does not silently switch off what you meant. Keys of your
own that hold only YAML anchors may stand at the top level if they start with `x-`."

32 WRONG_TYPE "A value of the wrong kind."
"For example a list where one value is expected, or text where a number is."

33 MISSING_KEY "A key that is needed is missing."
"The entry is not complete without this key."

34 UNKNOWN_WORD "A word that is not one of those allowed."
"This key takes one of a few words. The message lists them."

35 BAD_DURATION "Not a length of time."
"Durations always carry a unit: 500ms, 1s, 1m30s, 1h, 2d. They are at least 1ms and at most 365d."

36 BAD_SIZE "Not a size."
"Sizes always carry a unit: 500B, 64KiB, 10MiB, 1GiB (powers of 1024). They are at least 1B and at most 64GiB."

37 BAD_ADDRESS "Not an address."
"Addresses to listen on are an IP address and a port (0.0.0.0:8080, [::]:8080). Addresses of providers
may have a host name instead (provider-1:20880)."

38 BAD_SOURCE "Not a source of a value."
"Arguments and attachments come from path.NAME, query.NAME, header.NAME, cookie.NAME, body, body.FIELD,
form.NAME, part.NAME, client.ip or request.id, or are constants: { const: 5 }."

39 OUT_OF_RANGE "A number out of range."
"The number is smaller or larger than this key allows."

40 BAD_VALUE "A value that cannot be used."
"The value has the right kind, but does not follow the rules of this key."

// ── references and rules inside the file ─────────────────────────────────────────────────────────────────
101 DUPLICATE_NAME "Two entries have the same name."
"Names of listeners, registries, plugins, clusters, services and routes are unique in their list, over all included files,
because everything else refers to them by name."

102 UNKNOWN_REGISTRY "A service names a registry that does not exist."
"`registry` is the name of an entry under `registries`."

103 REGISTRY_OR_ENDPOINTS "A service needs exactly one of registry, endpoints and plugin."
"Providers are either looked up in a registry or listed as endpoints; or a plugin of the kind service answers in their place,
and then there are none to route to or to choose from."

104 REGISTRY_KEYS "A key that this type of registry does not have, or lacks."
"zookeeper needs `address`; file needs `path`; static needs `providers`; embedded needs nothing."

105 UNKNOWN_SERVICE "A route names a service that does not exist."
"`to.service` is the name of an entry under `services`."

107 UNKNOWN_METHOD "A route calls a method that its service does not have."
"The service lists its methods under `methods`, and this one is not among them. A service without
`methods` learns them from the metadata centre or calls generically."

108 BAD_PATH "Not a path template."
"A template starts with `/`. `{name}` takes one whole segment,
`{*name}` takes everything to the end and stands last. Names are letters, digits, `_` and `-`. A literal
may have signs outside ASCII and escapes (`/città`, `/citt%C3%A0`, `/a%20b`); spaces, queries, fragments,
empty segments, dot segments and escaped slashes have no place in a template."

109 UNKNOWN_PATH_PARAMETER "An argument reads a path parameter that the template lacks."
"`path.NAME` needs `{NAME}` in the route's `match.path`."

110 UNUSED_PATH_PARAMETER "A path parameter is not used."
"The template takes a segment into a name that no argument or attachment reads. That is allowed, but often
a slip."

111 ROUTE_CONFLICT "Two routes take the same requests."
"Their path templates, methods, hosts and header conditions are the same, so one of them could never be
reached. Make one more specific, or remove it."

112 BAD_METHOD "Not an HTTP method that can be routed."
"Methods are GET, HEAD, POST, PUT, PATCH, DELETE and OPTIONS, in upper case; `method` left out takes any of them.
The listener answers 405 to CONNECT and TRACE and 501 to every other method, so that no route could ever take them."

113 BAD_HOST "Not a host."
"A host has no scheme, port or path: `api.example.com`, or `*.example.com` for every name below it."

114 BAD_HEADER_NAME "Not the name of a header field."
"Names of header fields are letters, digits and a few signs, without space or colon; underscores are
refused by the listener and would never match."

115 BODY_WITHOUT_METHOD "A body is read from requests that seldom have one."
"GET, HEAD and DELETE requests usually come without a body; a proxy on the way may drop it."

116 MIXED_BODY "A route reads the body in two ways."
"One request has one body: JSON (`body`), a form (`form.NAME`) or parts (`part.NAME`; plain fields of a
multipart form are parts, too)."

117 ARGUMENT_COUNT "The number of arguments does not fit the method."
"A route gives as many arguments as the method has parameters; they are told apart by number when the
method is overloaded, or by `to.params`."

118 BAD_RANGE "min and max leave no value."
"`min` must not be greater than `max`, and a `default` must lie between them."

119 BAD_STATUS "Not a status that an answer can have."
"`respond.status` is from 200 to 399, the status of an error from 200 to 599."

120 BAD_TYPE "Not a Java type."
"Types are Java names (`com.acme.User`, `com.acme.Page<com.acme.User>`, `java.lang.Integer`, `byte[]`) or
short words: int long short byte float double boolean char string date decimal biginteger bytes object
uuid localdate localdatetime list<T> set<T> map<K,V>."

121 UNKNOWN_TYPE "A class that nothing describes."
"The class is neither in `types` of the service nor one that every Java has. Values for it are sent and
read as the request or the provider gives them, unchecked."

122 SAME_ADDRESS "Two listeners on one address."
"Each listener, and the status port, needs an address and port of its own."

123 NOTHING_TO_DO "The file does nothing."
"A gateway without listeners or without routes answers no request."

124 BAD_TEMPLATE "A body refers to what its answer does not have."
"`result` exists only in `respond`, `exception` only under `errors`: `exception.message`, `exception.class`,
`exception.field.NAME`."

125 BAD_NAME "Not a name."
"Names of listeners, registries, plugins, clusters, services and routes start with a letter or digit and go on with letters,
digits, `-`, `_` and `.`, at most 63 signs, so that they can stand in variables, logs and metrics."

126 BAD_PROVIDER_URL "Not a provider URL."
"Provider URLs look like dubbo://10.0.0.5:20880/com.acme.UserService?version=1.0.0."

127 BAD_JAVA_NAME "Not the name of a Java interface or method."
"Interfaces are Java names with dots: com.acme.UserService. Methods are names without: getUser."

128 UNKNOWN_PLUGIN "A plugin is named that does not exist."
"`plugins` of a listener or route, `routers`, `load_balance` and `plugin` of a service name entries under `plugins`."

129 UNKNOWN_CLUSTER "A plugin is granted a cluster that does not exist."
"`grants.clusters` names entries under `clusters`, `grants.services` entries under `services`."

// ── route against contract ───────────────────────────────────────────────────────────────────────────────
201 ARGUMENT_TYPES "The types of the arguments do not fit the method."
"The service has methods of that name, but none whose parameters have these types; or several of them fit, and
`to.params` must say which is meant; or a default, constant, `min` or `max` does not fit the parameter's type."

202 UNTYPED_ARGUMENT "Nothing tells the type of an argument."
"The file lists no methods for the service, its providers have published no metadata, and the route names neither
`type` on the argument nor `to.params`. Describe the method under `methods` of the service, or name the type
in the route."

203 SOURCE_TYPE "A value from this place can never have this type."
"Path, query, header and cookie values are text. They become numbers, booleans, dates, enums, texts and lists of
them, but not objects; read objects from the body."

// ── registries, as they are now ──────────────────────────────────────────────────────────────────────────
301 REGISTRY_UNREACHABLE "A registry cannot be reached."
"The configuration is fine, but the registry does not answer now. A gateway that is started like this serves the
last known providers, if it has been told any before, and goes on trying."

302 NO_PROVIDERS "A service has no provider."
"The registry answers, but lists no provider for this interface, group and version. Compare them with what the
provider exports; requests get 503 until one appears."

// ── one request ──────────────────────────────────────────────────────────────────────────────────────────
401 PARAMETER_MISSING "A request lacks a value that the route needs."
"The answer names the argument and where it was looked for. Give the argument a `default`, or `required: false`, if
the call makes sense without it."

402 PARAMETER_UNFIT "A value of a request cannot become its Java type."
"The answer names the argument, where it came from, what came, and what was expected. Numbers must be written out in
digits and fit their type; enums are written as their constants; dates in ISO 8601."

403 BODY_UNREADABLE "A request's body cannot be read."
"The body is not the JSON, form or multipart text that its Content-Type says it is."

404 NO_ROUTE "No route takes the request."
"`yumen route explain METHOD PATH` tells what each route has against it."

405 METHOD_NOT_ALLOWED "A route takes this path, but not with this method."
"The answer's Allow field lists the methods."

410 CALL_FORBIDDEN "The call is not allowed."
"The registry's rules or the provider refuse calls from this gateway, for example because of a missing token."

414 ARGUMENTS_TOO_LARGE "The arguments are larger than a provider takes."
"The encoded call would be larger than `payload` of the service. Providers have the same limit (8 MiB by default), so
raise both or send less."

415 MEDIA_TYPE "A request's body has a media type that the route does not read."
"Arguments from `body` need JSON, those from `form` application/x-www-form-urlencoded, those from `part`
multipart/form-data."

500 SERVICE_FAILED "The method threw an exception."
"The provider's method threw, and the route's `errors` chose no other answer for that class. Message and class stay
inside unless the route's own body tells them."

501 NO_METHOD "The provider has no such method."
"The provider that was called exports the interface, but not this method with these parameter types: it runs another
version, or the configuration describes the method wrongly. Compare `to` of the route with what `yumen check` says."

502 BAD_GATEWAY "The provider's answer is an error or cannot be read."
"The provider did not know the service, failed before the method ran, or answered with bytes that are no
reply. The log names the provider and what it said."

503 UNAVAILABLE "No provider can take the call."
"The registry lists no provider for the service, none could be reached, all were busy, or the gateway does not know
enough of the method yet. `yumen check` tells what the registries say."

504 NO_ANSWER_IN_TIME "No provider answered in time."
"The attempt's `timeout` (route, method or service) or the time for the whole request was over."

505 PLUGIN_FAILED "A plugin failed at the request."
"It trapped, took too long, used up what it may use, or gave back what no request or answer can be, and its `on_failure` says
`closed`; or `reload`, and it failed twice. The log names the plugin and tells why."

506 PLUGIN_ENDED "A plugin ended the call."
"A filter, router or service in WebAssembly said how the call ended; the status follows the code that it chose, and the detail is
its own."

// ── plugins ──────────────────────────────────────────────────────────────────────────────────────────────
701 PLUGIN_SOURCE "A plugin has no source that can be used."
"`source` is a path, `https://…` together with `digest`, `builtin:NAME` for a plugin that comes with yumen, or `upload` for one
that the admin API is given."

702 PLUGIN_REFUSED "A plugin's module cannot be used."
"The file is not there, its bytes are not those that `digest` names, it is no WebAssembly component of this gateway's contract,
it imports what the gateway does not offer, or it failed before it served. `yumen plugin inspect FILE` tells what it is."

703 PLUGIN_KIND "A plugin stands where another kind is needed."
"Filters stand under `plugins` of listeners and routes, routers under `routers` of services, load balancers under
`load_balance: { plugin: … }`, and services under `plugin` of a service. What a plugin is it says itself, by what it exports."

704 PLUGIN_CONFIG "The settings of a plugin do not hold."
"A plugin carries a JSON Schema of its settings, and `config` is judged by it. `yumen plugin inspect FILE` shows it."

705 PLUGIN_INTERFACE "A plugin does not declare the service that it is to answer."
"A plugin of the kind service declares interfaces with their methods. The service's `interface`, `group` and `version` must be
among them."
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_ascend_and_every_one_is_explained() {
        assert!(CODES.windows(2).all(|pair| pair[0].code < pair[1].code));
        for entry in CODES {
            assert!(entry.title.ends_with('.') && entry.text.len() > 40, "{} needs words", entry.code);
            assert_eq!(Code::parse(&entry.code.to_string()), Some(entry.code));
        }
    }

    #[test]
    fn a_code_is_read_in_any_case_and_only_if_it_exists() {
        assert_eq!(Code::parse("ym0031"), Some(Code::UNKNOWN_KEY));
        assert_eq!(Code::parse("YM9999"), None);
        assert_eq!(Code::parse("é0031"), None);
    }
}
