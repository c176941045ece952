/* What a C plugin of the Yumen gateway is written with. The structs are laid out as `types.wit` and `host.wit` say, so nothing
 * is converted on the way: what the gateway gives lies in an arena that ends with the call, and what a function returns must
 * live until the call has ended. Use yumen_copy() and malloc() for what shall live longer.
 *
 * A plugin has yumen_plugin, its manifest, and the functions of its world: filter.h, router.h, balancer.h or service.h. */
#ifndef YUMEN_H
#define YUMEN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* ---- words ---- */

/* A string that need not end with a zero; also a list of bytes. */
typedef struct { const char *at; size_t length; } yumen_text;
typedef struct { bool present; yumen_text text; } yumen_option;
typedef struct { const yumen_text *at; size_t length; } yumen_texts;
typedef struct { yumen_text name, value; } yumen_field;
typedef struct { const yumen_field *at; size_t length; } yumen_fields;
/* Values of what a manifest wants, in its order. */
typedef struct { const yumen_option *at; size_t length; } yumen_values;

/* A string that is known when the plugin is built. */
#define YUMEN_TEXT(literal) ((yumen_text){(literal), sizeof(literal) - 1})
/* Many of them: YUMEN_TEXTS(YUMEN_TEXT("a"), YUMEN_TEXT("b")), for static lists. */
#define YUMEN_TEXTS(...) ((yumen_texts){(const yumen_text[]){__VA_ARGS__}, \
                                        sizeof((const yumen_text[]){__VA_ARGS__}) / sizeof(yumen_text)})

typedef enum { YUMEN_HTTP1, YUMEN_HTTP2, YUMEN_HTTP3, YUMEN_GRPC, YUMEN_DUBBO, YUMEN_TRIPLE } yumen_protocol;
typedef enum { YUMEN_REQUEST, YUMEN_RESPONSE } yumen_side;

/* Phases a filter takes part in, joined by |. A phase that is not named is never called and costs nothing. */
enum {
    YUMEN_REQUEST_HEAD = 1, YUMEN_REQUEST_BODY = 2, YUMEN_CALL = 4, YUMEN_OUTCOME = 8, YUMEN_RESPONSE_HEAD = 16,
    YUMEN_RESPONSE_BODY = 32, YUMEN_END = 64,
};
enum { YUMEN_NO_BODY, YUMEN_BUFFERED, YUMEN_STREAMED };
/* When the plugin fails: refuse the request, go on without the plugin, try once more with a new instance. */
enum { YUMEN_CLOSED, YUMEN_OPEN, YUMEN_RELOAD };

typedef struct {
    yumen_text name, version;
    /* JSON Schema (2020-12) of the configuration. Empty: any object. */
    yumen_text config_schema;
    uint8_t interest;
    /* What on_request gets: names of request fields, and :method, :path, :authority, :client, :route, tag.NAME. */
    yumen_texts request_wants;
    /* What on_call, route and a balancer's key get: names of attachments, and :service, :method, :group, :version,
     * request.NAME, tag.NAME, argument.N. */
    yumen_texts call_wants;
    /* What on_response gets: names of response fields, request.NAME, tag.NAME. */
    yumen_texts response_wants;
    uint8_t request_body, response_body;
    uint8_t on_failure;
    yumen_fields ext;
} yumen_manifest;

typedef struct { uint16_t status; yumen_fields fields; yumen_text body; } yumen_reply;

enum {
    YUMEN_RPC_OK, YUMEN_RPC_CLIENT_TIMEOUT, YUMEN_RPC_SERVER_TIMEOUT, YUMEN_RPC_BAD_REQUEST, YUMEN_RPC_BAD_RESPONSE,
    YUMEN_RPC_SERVICE_NOT_FOUND, YUMEN_RPC_SERVICE_ERROR, YUMEN_RPC_SERVER_ERROR, YUMEN_RPC_CLIENT_ERROR, YUMEN_RPC_OVERLOADED,
    YUMEN_RPC_NETWORK_ERROR,
};
typedef struct { uint8_t code; yumen_option exception_class; yumen_text message; } yumen_rpc_error;
/* How a call ended: its result as JSON text, or an error. */
typedef struct { uint8_t failed; union { yumen_text result; yumen_rpc_error error; }; } yumen_outcome;

enum {
    YUMEN_EDIT_SET, YUMEN_EDIT_APPEND, YUMEN_EDIT_REMOVE, YUMEN_EDIT_SET_METHOD, YUMEN_EDIT_SET_PATH,
    YUMEN_EDIT_SET_AUTHORITY, YUMEN_EDIT_SET_STATUS, YUMEN_EDIT_SET_ARGUMENTS, YUMEN_EDIT_SET_OUTCOME, YUMEN_EDIT_TAG,
};
typedef struct {
    uint8_t kind;
    union { yumen_field field; yumen_text text; uint16_t status; yumen_outcome outcome; };
} yumen_edit;

enum { YUMEN_NEXT, YUMEN_REPLY, YUMEN_END_CALL };
/* How an exchange goes on. `state` is given to the plugin's later phases of the same exchange. */
typedef struct {
    struct { uint8_t kind; union { yumen_reply reply; yumen_outcome outcome; }; } action;
    struct { yumen_edit *at; size_t length; } edits;
    uint64_t state;
} yumen_verdict;

enum { YUMEN_PASS, YUMEN_REPLACE, YUMEN_ANSWER };
/* What becomes of a piece of a body. */
typedef struct { uint8_t kind; union { yumen_text bytes; yumen_reply reply; }; } yumen_piece;

typedef struct { uint64_t id; yumen_text address; uint32_t weight; yumen_text zone; yumen_fields parameters; } yumen_endpoint;
typedef struct { yumen_text service; const yumen_endpoint *at; size_t length; } yumen_snapshot;

/* What may fail returns this: empty when all is well. */
typedef yumen_text yumen_error;
#define YUMEN_OK ((yumen_error){0})

/* ---- what every plugin has ---- */

/* What the plugin says about itself; at the margin of a file, so that its lists live as long as it does. yumen_configure() may
 * change it: it is asked for once more after that. */
extern yumen_manifest yumen_plugin;
/* Called once for each instance, with JSON that the schema has judged. Left out: takes anything. */
yumen_error yumen_configure(yumen_text json);
/* Called once for a version. Left out: passes. */
yumen_error yumen_self_test(void);

/* ---- verdicts ---- */

static inline yumen_verdict yumen_next(void) { return (yumen_verdict){0}; }
yumen_verdict yumen_refuse(uint16_t status, yumen_text body);
/* Adds to the edits of a verdict. */
void yumen_edit_add(yumen_verdict *verdict, yumen_edit edit);
void yumen_set(yumen_verdict *verdict, yumen_text name, yumen_text value);
void yumen_remove(yumen_verdict *verdict, yumen_text name);
void yumen_tag(yumen_verdict *verdict, yumen_text name, yumen_text value);

/* ---- texts ---- */

yumen_text yumen_of(const char *zero_terminated);
bool yumen_equal(yumen_text a, yumen_text b);
/* The place of a byte; `length` when it is not there. */
size_t yumen_find(yumen_text text, char byte);
/* The part from `from` on, `length` long. */
yumen_text yumen_part(yumen_text text, size_t from, size_t length);
/* Room that ends with the call. */
void *yumen_room(size_t bytes);
/* As printf, into room that ends with the call; write %.*s with YUMEN_ARG(text) for a yumen_text. */
yumen_text yumen_format(const char *format, ...) __attribute__((format(printf, 1, 2)));
#define YUMEN_ARG(text) (int)(text).length, (text).at
/* A copy that lives until free(copy.at), and ends with a zero. */
yumen_text yumen_copy(yumen_text text);
/* A member of a JSON object: a string without its quotes, anything else as its JSON text. */
yumen_option yumen_json_member(yumen_text json, const char *name);
/* An element of a JSON array, likewise. */
yumen_option yumen_json_element(yumen_text json, size_t index);
/* A text as a JSON string. */
yumen_text yumen_json_quoted(yumen_text text);

/* ---- log, clock and chance ---- */

enum { YUMEN_TRACE, YUMEN_DEBUG, YUMEN_INFO, YUMEN_WARN, YUMEN_ERROR };
bool yumen_log_enabled(int level);
void yumen_log(int level, yumen_text message);
/* Milliseconds since 1970. */
uint64_t yumen_now(void);
/* Microseconds of a clock that never goes back. */
uint64_t yumen_ticks(void);
uint64_t yumen_random(void);

/* ---- metrics: numbers on the gateway's /metrics ---- */

enum { YUMEN_COUNTER, YUMEN_GAUGE, YUMEN_HISTOGRAM };
yumen_error yumen_metric(int kind, yumen_text name, yumen_fields labels, uint32_t *handle);
void yumen_metric_add(uint32_t handle, int64_t delta);
void yumen_metric_record(uint32_t handle, uint64_t value);

/* ---- counters: shared by all workers and versions, in windows of time ---- */

yumen_error yumen_counters(yumen_text name, uint32_t window_ms, uint32_t *handle);
int64_t yumen_counter_add(uint32_t handle, uint64_t slot, int64_t delta);
int64_t yumen_counter_get(uint32_t handle, uint64_t slot);
int64_t yumen_counter_previous(uint32_t handle, uint64_t slot);
uint32_t yumen_counter_remaining(uint32_t handle);

/* ---- kv: shared bytes; the bucket must be granted ---- */

typedef struct { yumen_text value; uint64_t version; } yumen_entry;
/* The codes that kv and the clients fail with; YUMEN_INVALID and later carry a text. */
enum { YUMEN_KV_OK = -1, YUMEN_KV_DENIED, YUMEN_KV_TOO_LARGE, YUMEN_KV_FULL, YUMEN_KV_CONFLICT, YUMEN_KV_INVALID };
/* Each returns YUMEN_KV_OK or why not. */
int yumen_kv_get(yumen_text bucket, yumen_text key, bool *present, yumen_entry *entry);
int yumen_kv_put(yumen_text bucket, yumen_text key, yumen_text value, uint32_t ttl_ms, uint64_t *version);
int yumen_kv_swap(yumen_text bucket, yumen_text key, yumen_text value, uint64_t if_version, uint32_t ttl_ms, uint64_t *version);
int yumen_kv_remove(yumen_text bucket, yumen_text key, bool *was_there);

/* ---- exchange: what was not copied into the call ---- */

typedef struct { yumen_text service, method; yumen_option group, version; yumen_texts parameter_types; } yumen_rpc_call;
yumen_option yumen_field_of(yumen_side side, yumen_text name);
yumen_texts yumen_field_all(yumen_side side, yumen_text name);
yumen_fields yumen_all_fields(yumen_side side);
yumen_option yumen_property(yumen_text name);
bool yumen_current_call(yumen_rpc_call *call);
yumen_fields yumen_attachments(void);
yumen_option yumen_arguments(void);
yumen_option yumen_argument(uint32_t index);
bool yumen_call_outcome(yumen_outcome *outcome);

/* ---- side calls: the plugin waits, the gateway does not ---- */

typedef struct { yumen_text cluster, method, path; yumen_fields fields; yumen_text body; uint32_t timeout_ms; } yumen_http_request;
enum {
    YUMEN_HTTP_OK = -1, YUMEN_HTTP_DENIED, YUMEN_HTTP_UNKNOWN_CLUSTER, YUMEN_HTTP_TIMEOUT, YUMEN_HTTP_BUDGET,
    YUMEN_HTTP_TOO_LARGE, YUMEN_HTTP_INVALID, YUMEN_HTTP_TRANSPORT,
};
/* A response, or in `error` why there is none. */
typedef struct {
    bool failed;
    union { yumen_reply response; struct { uint8_t code; yumen_text text; } error; };
} yumen_http_result;
yumen_http_result yumen_http_send(yumen_http_request request);
/* All at once; `results` has as many places. */
void yumen_http_send_all(const yumen_http_request *requests, size_t count, yumen_http_result *results);

typedef struct {
    yumen_text service, method;
    yumen_texts parameter_types;
    yumen_text arguments;
    yumen_fields attachments;
    uint32_t timeout_ms;
} yumen_invocation;
enum { YUMEN_CALL_DENIED, YUMEN_CALL_UNKNOWN_SERVICE, YUMEN_CALL_BUDGET, YUMEN_CALL_INVALID, YUMEN_CALL_FAILED };
/* A result as JSON text, or in `error` why there is none. */
typedef struct {
    bool failed;
    union { yumen_text result; struct { uint8_t code; union { yumen_text text; yumen_rpc_error rpc; }; } error; };
} yumen_call_result;
yumen_call_result yumen_call(yumen_invocation invocation);

#endif
