/* The crossing to the gateway: what `yumen.h` declares, over the canonical ABI of the component model. */
#include "yumen.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "crossing.h"

#define IMPORT(interface, name) \
    __attribute__((import_module("yumen:plugin/" interface "@0.1.0"), import_name(name)))

/* ---- the arena: what the gateway wrote for a call, and what the answer needs, until the next call ---- */

static _Alignas(8) char first[16384];
static size_t used;
struct chunk { struct chunk *next; };
static struct chunk *more;
static bool ended;

static void renew(void) {
    if (!ended) return;
    ended = false;
    used = 0;
    while (more) {
        struct chunk *next = more->next;
        free(more);
        more = next;
    }
}

void yumen_enter(void) { renew(); }
void yumen_leave(void) { ended = true; }

static void *room(size_t align, size_t bytes) {
    size_t at = (used + align - 1) & ~(align - 1);
    if (at + bytes <= sizeof first) {
        used = at + bytes;
        return first + at;
    }
    struct chunk *chunk = malloc(16 + bytes);
    if (!chunk) __builtin_trap();
    chunk->next = more;
    more = chunk;
    return (char *)chunk + 16;
}

void *yumen_room(size_t bytes) { return room(8, bytes); }

__attribute__((export_name("cabi_realloc"))) void *yumen_realloc(void *old, size_t old_size, size_t align, size_t size) {
    renew();
    if (size == 0) return (void *)align;
    void *new = room(align, size);
    if (old) memcpy(new, old, old_size < size ? old_size : size);
    return new;
}

/* ---- texts ---- */

yumen_text yumen_of(const char *s) { return (yumen_text){s, strlen(s)}; }

bool yumen_equal(yumen_text a, yumen_text b) { return a.length == b.length && memcmp(a.at, b.at, a.length) == 0; }

size_t yumen_find(yumen_text text, char byte) {
    const char *found = text.length ? memchr(text.at, byte, text.length) : NULL;
    return found ? (size_t)(found - text.at) : text.length;
}

yumen_text yumen_part(yumen_text text, size_t from, size_t length) {
    if (from > text.length) from = text.length;
    if (length > text.length - from) length = text.length - from;
    return (yumen_text){text.at + from, length};
}

yumen_text yumen_format(const char *format, ...) {
    va_list list, again;
    va_start(list, format);
    va_copy(again, list);
    int length = vsnprintf(NULL, 0, format, list);
    va_end(list);
    char *at = room(1, (size_t)length + 1);
    vsnprintf(at, (size_t)length + 1, format, again);
    va_end(again);
    return (yumen_text){at, (size_t)length};
}

yumen_text yumen_copy(yumen_text text) {
    char *at = malloc(text.length + 1);
    if (!at) __builtin_trap();
    memcpy(at, text.at, text.length);
    at[text.length] = 0;
    return (yumen_text){at, text.length};
}

/* ---- lifecycle ---- */

struct ok_or_text { bool failed; yumen_text text; };

__attribute__((weak)) yumen_error yumen_configure(yumen_text json) { (void)json; return YUMEN_OK; }
__attribute__((weak)) yumen_error yumen_self_test(void) { return YUMEN_OK; }

static const void *answer(yumen_error error) {
    static struct ok_or_text last;
    last = (struct ok_or_text){error.length > 0, error};
    yumen_leave();
    return &last;
}

YUMEN_EXPORT("lifecycle", "describe") const void *yumen_export_describe(void) {
    return &yumen_plugin;
}
YUMEN_EXPORT("lifecycle", "configure") const void *yumen_export_configure(const char *at, size_t length) {
    yumen_enter();
    return answer(yumen_configure((yumen_text){at, length}));
}
YUMEN_EXPORT("lifecycle", "self-test") const void *yumen_export_self_test(void) {
    yumen_enter();
    return answer(yumen_self_test());
}

/* ---- verdicts ---- */

yumen_verdict yumen_refuse(uint16_t status, yumen_text body) {
    static const yumen_field type = {{"content-type", 12}, {"text/plain; charset=utf-8", 25}};
    return (yumen_verdict){.action = {YUMEN_REPLY, .reply = {status, {&type, 1}, body}}};
}

void yumen_edit_add(yumen_verdict *verdict, yumen_edit edit) {
    size_t n = verdict->edits.length;
    if ((n & (n - 1)) == 0) { /* full at every power of two */
        yumen_edit *wider = room(8, (n ? 2 * n : 1) * sizeof(yumen_edit));
        if (n) memcpy(wider, verdict->edits.at, n * sizeof(yumen_edit));
        verdict->edits.at = wider;
    }
    verdict->edits.at[n] = edit;
    verdict->edits.length = n + 1;
}

void yumen_set(yumen_verdict *verdict, yumen_text name, yumen_text value) {
    yumen_edit_add(verdict, (yumen_edit){YUMEN_EDIT_SET, .field = {name, value}});
}
void yumen_remove(yumen_verdict *verdict, yumen_text name) {
    yumen_edit_add(verdict, (yumen_edit){YUMEN_EDIT_REMOVE, .text = name});
}
void yumen_tag(yumen_verdict *verdict, yumen_text name, yumen_text value) {
    yumen_edit_add(verdict, (yumen_edit){YUMEN_EDIT_TAG, .field = {name, value}});
}

/* ---- log, system, metrics, counters ---- */

IMPORT("log", "enabled") bool import_log_enabled(int level);
IMPORT("log", "write") void import_log_write(int level, const char *at, size_t length);
IMPORT("system", "now") uint64_t import_now(void);
IMPORT("system", "ticks") uint64_t import_ticks(void);
IMPORT("system", "random") uint64_t import_random(void);

bool yumen_log_enabled(int level) { return import_log_enabled(level); }
void yumen_log(int level, yumen_text message) { import_log_write(level, message.at, message.length); }
uint64_t yumen_now(void) { return import_now(); }
uint64_t yumen_ticks(void) { return import_ticks(); }
uint64_t yumen_random(void) { return import_random(); }

IMPORT("metrics", "define")
void import_define(int kind, const char *at, size_t length, const yumen_field *labels, size_t count, void *to);
IMPORT("metrics", "add") void import_metric_add(uint32_t handle, int64_t delta);
IMPORT("metrics", "record") void import_metric_record(uint32_t handle, uint64_t value);

yumen_error yumen_metric(int kind, yumen_text name, yumen_fields labels, uint32_t *handle) {
    struct { bool failed; union { uint32_t handle; yumen_text error; }; } to;
    import_define(kind, name.at, name.length, labels.at, labels.length, &to);
    if (to.failed) return to.error;
    *handle = to.handle;
    return YUMEN_OK;
}
void yumen_metric_add(uint32_t handle, int64_t delta) { import_metric_add(handle, delta); }
void yumen_metric_record(uint32_t handle, uint64_t value) { import_metric_record(handle, value); }

IMPORT("counters", "open") void import_counters_open(const char *at, size_t length, uint32_t window_ms, void *to);
IMPORT("counters", "add") int64_t import_counters_add(uint32_t handle, uint64_t slot, int64_t delta);
IMPORT("counters", "get") int64_t import_counters_get(uint32_t handle, uint64_t slot);
IMPORT("counters", "previous") int64_t import_counters_previous(uint32_t handle, uint64_t slot);
IMPORT("counters", "remaining") uint32_t import_counters_remaining(uint32_t handle);

yumen_error yumen_counters(yumen_text name, uint32_t window_ms, uint32_t *handle) {
    struct { bool failed; union { uint32_t handle; struct { uint8_t kind; yumen_text text; } error; }; } to;
    import_counters_open(name.at, name.length, window_ms, &to);
    if (to.failed) return to.error.kind == 0 ? YUMEN_TEXT("full") : to.error.text;
    *handle = to.handle;
    return YUMEN_OK;
}
int64_t yumen_counter_add(uint32_t handle, uint64_t slot, int64_t delta) { return import_counters_add(handle, slot, delta); }
int64_t yumen_counter_get(uint32_t handle, uint64_t slot) { return import_counters_get(handle, slot); }
int64_t yumen_counter_previous(uint32_t handle, uint64_t slot) { return import_counters_previous(handle, slot); }
uint32_t yumen_counter_remaining(uint32_t handle) { return import_counters_remaining(handle); }

/* ---- kv ---- */

struct kv_error { uint8_t kind; yumen_text text; };
union kv_version { uint64_t version; struct kv_error error; };
struct kv_written { bool failed; union kv_version value; };

IMPORT("kv", "get") void import_kv_get(const char *, size_t, const char *, size_t, void *to);
IMPORT("kv", "put")
void import_kv_put(const char *, size_t, const char *, size_t, const char *, size_t, uint32_t ttl_ms, void *to);
IMPORT("kv", "swap")
void import_kv_swap(const char *, size_t, const char *, size_t, const char *, size_t, uint64_t, uint32_t ttl_ms, void *to);
IMPORT("kv", "remove") void import_kv_remove(const char *, size_t, const char *, size_t, void *to);

int yumen_kv_get(yumen_text bucket, yumen_text key, bool *present, yumen_entry *entry) {
    struct { bool failed; union { struct { bool present; yumen_entry entry; } got; struct kv_error error; }; } to;
    import_kv_get(bucket.at, bucket.length, key.at, key.length, &to);
    if (to.failed) return to.error.kind;
    *present = to.got.present;
    if (to.got.present) *entry = to.got.entry;
    return YUMEN_KV_OK;
}

static int written(const struct kv_written *to, uint64_t *version) {
    if (to->failed) return to->value.error.kind;
    if (version) *version = to->value.version;
    return YUMEN_KV_OK;
}

int yumen_kv_put(yumen_text bucket, yumen_text key, yumen_text value, uint32_t ttl_ms, uint64_t *version) {
    struct kv_written to;
    import_kv_put(bucket.at, bucket.length, key.at, key.length, value.at, value.length, ttl_ms, &to);
    return written(&to, version);
}
int yumen_kv_swap(yumen_text bucket, yumen_text key, yumen_text value, uint64_t if_version, uint32_t ttl_ms, uint64_t *version) {
    struct kv_written to;
    import_kv_swap(bucket.at, bucket.length, key.at, key.length, value.at, value.length, if_version, ttl_ms, &to);
    return written(&to, version);
}
int yumen_kv_remove(yumen_text bucket, yumen_text key, bool *was_there) {
    struct { bool failed; union { bool was_there; struct kv_error error; }; } to;
    import_kv_remove(bucket.at, bucket.length, key.at, key.length, &to);
    if (to.failed) return to.error.kind;
    if (was_there) *was_there = to.was_there;
    return YUMEN_KV_OK;
}

/* ---- exchange ---- */

IMPORT("exchange", "field") void import_field(int side, const char *, size_t, void *to);
IMPORT("exchange", "field-all") void import_field_all(int side, const char *, size_t, void *to);
IMPORT("exchange", "all-fields") void import_all_fields(int side, void *to);
IMPORT("exchange", "property") void import_property(const char *, size_t, void *to);
IMPORT("exchange", "call") void import_call(void *to);
IMPORT("exchange", "attachments") void import_attachments(void *to);
IMPORT("exchange", "arguments") void import_arguments(void *to);
IMPORT("exchange", "argument") void import_argument(uint32_t index, void *to);
IMPORT("exchange", "call-outcome") void import_call_outcome(void *to);

yumen_option yumen_field_of(yumen_side side, yumen_text name) {
    yumen_option to;
    import_field(side, name.at, name.length, &to);
    return to;
}
yumen_texts yumen_field_all(yumen_side side, yumen_text name) {
    yumen_texts to;
    import_field_all(side, name.at, name.length, &to);
    return to;
}
yumen_fields yumen_all_fields(yumen_side side) {
    yumen_fields to;
    import_all_fields(side, &to);
    return to;
}
yumen_option yumen_property(yumen_text name) {
    yumen_option to;
    import_property(name.at, name.length, &to);
    return to;
}
bool yumen_current_call(yumen_rpc_call *call) {
    struct { bool present; yumen_rpc_call call; } to;
    import_call(&to);
    if (to.present) *call = to.call;
    return to.present;
}
yumen_fields yumen_attachments(void) {
    yumen_fields to;
    import_attachments(&to);
    return to;
}
yumen_option yumen_arguments(void) {
    yumen_option to;
    import_arguments(&to);
    return to;
}
yumen_option yumen_argument(uint32_t index) {
    yumen_option to;
    import_argument(index, &to);
    return to;
}
bool yumen_call_outcome(yumen_outcome *outcome) {
    struct { bool present; yumen_outcome outcome; } to;
    import_call_outcome(&to);
    if (to.present) *outcome = to.outcome;
    return to.present;
}

/* ---- side calls ---- */

IMPORT("http-client", "send") void import_http_send(
    const char *, size_t, const char *, size_t, const char *, size_t, const yumen_field *, size_t, const char *, size_t, uint32_t, void *to);
IMPORT("http-client", "send-all") void import_http_send_all(const yumen_http_request *, size_t count, void *to);
IMPORT("dubbo-client", "invoke") void import_invoke(
    const char *, size_t, const char *, size_t, const yumen_text *, size_t, const char *, size_t, const yumen_field *, size_t, uint32_t, void *to);

yumen_http_result yumen_http_send(yumen_http_request r) {
    yumen_http_result to;
    import_http_send(r.cluster.at, r.cluster.length, r.method.at, r.method.length, r.path.at, r.path.length, r.fields.at,
                     r.fields.length, r.body.at, r.body.length, r.timeout_ms, &to);
    return to;
}
void yumen_http_send_all(const yumen_http_request *requests, size_t count, yumen_http_result *results) {
    struct { const yumen_http_result *at; size_t length; } to;
    import_http_send_all(requests, count, &to);
    memcpy(results, to.at, to.length * sizeof(yumen_http_result));
}
yumen_call_result yumen_call(yumen_invocation i) {
    yumen_call_result to;
    import_invoke(i.service.at, i.service.length, i.method.at, i.method.length, i.parameter_types.at, i.parameter_types.length,
                  i.arguments.at, i.arguments.length, i.attachments.at, i.attachments.length, i.timeout_ms, &to);
    return to;
}
