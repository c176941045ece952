/* Calls everything that the gateway offers, and returns everything that a filter can. */
#include "filter.h"

#define T YUMEN_TEXT

yumen_manifest yumen_plugin = {
    .name = T("c-everything"),
    .version = T("0.1.0"),
    .interest = 127,
    .request_wants = YUMEN_TEXTS(T("x-tenant")),
    .call_wants = YUMEN_TEXTS(T("zone")),
    .response_wants = YUMEN_TEXTS(T("server")),
    .request_body = YUMEN_BUFFERED,
    .response_body = YUMEN_BUFFERED,
    .on_failure = YUMEN_RELOAD,
    .ext = {(const yumen_field[]){{T("k"), T("v")}}, 1},
};

yumen_error yumen_configure(yumen_text json) {
    return yumen_json_member(json, "refuse").present ? T("as it was told") : YUMEN_OK;
}

#define SAY(...) yumen_log(YUMEN_INFO, yumen_format(__VA_ARGS__))

static const char *truth(bool yes) { return yes ? "true" : "false"; }
static yumen_text or(yumen_option option) { return option.present ? option.text : T("-"); }

static const char *code(uint8_t code) {
    switch (code) {
    case YUMEN_RPC_SERVER_TIMEOUT: return "server-timeout";
    case YUMEN_RPC_OVERLOADED: return "overloaded";
    default: return "?";
    }
}

static void numbers(void) {
    uint32_t counter, gauge, hits;
    yumen_field label = {T("l"), T("m")};
    yumen_error first = yumen_metric(YUMEN_COUNTER, T("things"), (yumen_fields){&label, 1}, &counter);
    yumen_error second = yumen_metric(YUMEN_GAUGE, T("level"), (yumen_fields){0}, &gauge);
    yumen_metric_add(counter, 2);
    yumen_metric_record(gauge, 1ull << 40);
    SAY("metrics %s", truth(first.length == 0 && second.length == 0));
    yumen_counters(T("hits"), 3600000, &hits);
    long long added = yumen_counter_add(hits, 7, 3);
    SAY("counters %lld %lld %lld", added, yumen_counter_get(hits, 7), yumen_counter_previous(hits, 7));
    bool time = yumen_now() > 1000000000000 && yumen_ticks() <= yumen_ticks();
    SAY("system %s", truth(time && yumen_random() != yumen_random() && yumen_counter_remaining(hits) > 0));
}

static void kv(void) {
    bool present, removed, again;
    yumen_entry entry, other;
    uint64_t version = 0;
    yumen_kv_get(T("shelf"), T("book"), &present, &entry);
    int denied = yumen_kv_get(T("secret"), T("book"), &present, &other);
    yumen_kv_put(T("shelf"), T("book"), T("eight"), 60000, &version);
    int conflict = yumen_kv_swap(T("shelf"), T("book"), T("nine"), version + 1, 0, NULL);
    if (yumen_kv_swap(T("shelf"), T("book"), T("nine"), version, 0, NULL) != YUMEN_KV_OK) conflict = 99;
    yumen_kv_remove(T("shelf"), T("book"), &removed);
    yumen_kv_remove(T("shelf"), T("book"), &again);
    SAY("kv %.*s %s %s %s %s", YUMEN_ARG(entry.value), denied == YUMEN_KV_DENIED ? "denied" : "?",
        conflict == YUMEN_KV_CONFLICT ? "conflict" : "?", truth(removed), truth(again));
}

yumen_verdict yumen_on_request(yumen_protocol protocol, yumen_values wanted) {
    if (yumen_equal(or(wanted.at[0]), T("end"))) {
        yumen_rpc_error error = {YUMEN_RPC_NETWORK_ERROR, {true, T("com.example.Gone")}, T("gone")};
        return (yumen_verdict){.action = {YUMEN_END_CALL, .outcome = {.failed = true, .error = error}}};
    }
    if (yumen_equal(or(wanted.at[0]), T("trap"))) __builtin_trap();
    numbers();
    kv();
    yumen_text tenant = or(yumen_field_of(YUMEN_REQUEST, T("x-tenant"))), none = or(yumen_field_of(YUMEN_REQUEST, T("none")));
    SAY("fields %.*s %.*s %zu", YUMEN_ARG(tenant), YUMEN_ARG(none), yumen_all_fields(YUMEN_REQUEST).length);
    yumen_verdict verdict = {.state = 1ull << 40};
    yumen_set(&verdict, T("a"), T("1"));
    yumen_edit_add(&verdict, (yumen_edit){YUMEN_EDIT_APPEND, .field = {T("a"), T("2")}});
    yumen_remove(&verdict, T("b"));
    yumen_edit_add(&verdict, (yumen_edit){YUMEN_EDIT_SET_METHOD, .text = T("POST")});
    yumen_edit_add(&verdict, (yumen_edit){YUMEN_EDIT_SET_PATH, .text = T("/c")});
    yumen_edit_add(&verdict, (yumen_edit){YUMEN_EDIT_SET_AUTHORITY, .text = T("d")});
    yumen_tag(&verdict, T("e"), T("f"));
    return verdict;
}

yumen_piece yumen_on_body(yumen_side side, yumen_text bytes, bool last, uint64_t state) {
    if (side != YUMEN_REQUEST || !last || state != 1ull << 40) return (yumen_piece){.kind = YUMEN_PASS};
    return (yumen_piece){YUMEN_REPLACE, .bytes = yumen_part(bytes, 0, 3)};
}

static void http(void) {
    yumen_field field = {T("a"), T("b")};
    yumen_http_request request = {T("identity"), T("POST"), T("/one"), {&field, 1}, T("x"), 1000};
    yumen_http_result one = yumen_http_send(request), rest[3];
    yumen_http_request more[] = {request, request, request};
    more[0].path = T("/two");
    more[1].path = T("/three");
    more[2].cluster = T("secret");
    yumen_http_send_all(more, 3, rest);
    SAY("http %d %.*s %.*s %s %.*s %s", one.response.status, YUMEN_ARG(one.response.fields.at[0].value), YUMEN_ARG(one.response.body),
        rest[0].error.code == YUMEN_HTTP_TIMEOUT ? "timeout" : "?", YUMEN_ARG(rest[1].error.text),
        rest[2].error.code == YUMEN_HTTP_DENIED ? "denied" : "?");
}

static void dubbo(void) {
    yumen_text type = T("long");
    yumen_invocation call = {T("users"), T("get"), {&type, 1}, T("[7]"), yumen_attachments(), 1000};
    yumen_call_result result = yumen_call(call);
    call.method = T("drop");
    yumen_call_result failed = yumen_call(call);
    yumen_rpc_error error = failed.error.rpc;
    SAY("dubbo %.*s %s %.*s %.*s", YUMEN_ARG(result.result), code(error.code), YUMEN_ARG(or(error.exception_class)),
        YUMEN_ARG(error.message));
}

yumen_verdict yumen_on_call(yumen_values wanted, uint64_t state) {
    yumen_rpc_call call;
    yumen_current_call(&call);
    SAY("call %.*s %.*s %.*s %.*s %.*s", YUMEN_ARG(call.service), YUMEN_ARG(call.method), YUMEN_ARG(or(call.group)),
        YUMEN_ARG(or(call.version)), YUMEN_ARG(call.parameter_types.at[0]));
    SAY("arguments %.*s %.*s %.*s %zu", YUMEN_ARG(or(yumen_arguments())), YUMEN_ARG(or(yumen_argument(0))),
        YUMEN_ARG(or(yumen_argument(1))), yumen_attachments().length);
    SAY("property %.*s %.*s", YUMEN_ARG(or(yumen_property(T("route.name")))), YUMEN_ARG(or(yumen_property(T("none")))));
    http();
    dubbo();
    SAY("long %zu", yumen_format("%100000d", 5).length);
    yumen_verdict verdict = {.state = state};
    yumen_edit_add(&verdict, (yumen_edit){YUMEN_EDIT_SET_ARGUMENTS, .text = T("[8]")});
    return verdict;
}

yumen_verdict yumen_on_outcome(bool ok, uint64_t state) {
    yumen_outcome outcome;
    yumen_call_outcome(&outcome);
    SAY("outcome %s %.*s %.*s", code(outcome.error.code), YUMEN_ARG(or(outcome.error.exception_class)),
        YUMEN_ARG(outcome.error.message));
    yumen_verdict verdict = yumen_next();
    yumen_edit_add(&verdict, (yumen_edit){YUMEN_EDIT_SET_OUTCOME, .outcome = {.result = T("{\"id\":8}")}});
    return verdict;
}

yumen_verdict yumen_on_response(uint16_t status, yumen_values wanted, uint64_t state) {
    SAY("response %.*s", YUMEN_ARG(or(wanted.at[0])));
    yumen_verdict verdict = yumen_next();
    yumen_edit_add(&verdict, (yumen_edit){YUMEN_EDIT_SET_STATUS, .status = status + 2});
    return verdict;
}

void yumen_on_end(uint16_t status, uint64_t microseconds, uint64_t state) { SAY("end %d", status); }
