/* Exports of the world of filters. A phase that the plugin does not have lets everything pass. */
#include "filter.h"

#include "crossing.h"

#define DEFAULT __attribute__((weak))

DEFAULT yumen_verdict yumen_on_request(yumen_protocol protocol, yumen_values wanted) {
    (void)protocol, (void)wanted;
    return yumen_next();
}
DEFAULT yumen_piece yumen_on_body(yumen_side side, yumen_text bytes, bool last, uint64_t state) {
    (void)side, (void)bytes, (void)last, (void)state;
    return (yumen_piece){.kind = YUMEN_PASS};
}
DEFAULT yumen_verdict yumen_on_call(yumen_values wanted, uint64_t state) {
    (void)wanted, (void)state;
    return yumen_next();
}
DEFAULT yumen_verdict yumen_on_outcome(bool ok, uint64_t state) {
    (void)ok, (void)state;
    return yumen_next();
}
DEFAULT yumen_verdict yumen_on_response(uint16_t status, yumen_values wanted, uint64_t state) {
    (void)status, (void)wanted, (void)state;
    return yumen_next();
}
DEFAULT void yumen_on_end(uint16_t status, uint64_t microseconds, uint64_t state) {
    (void)status, (void)microseconds, (void)state;
}

static const void *show(yumen_verdict verdict) {
    static yumen_verdict last;
    last = verdict;
    yumen_leave();
    return &last;
}

YUMEN_EXPORT("filtering", "on-request")
const void *yumen_export_on_request(yumen_protocol protocol, const yumen_option *at, size_t length) {
    yumen_enter();
    return show(yumen_on_request(protocol, (yumen_values){at, length}));
}
YUMEN_EXPORT("filtering", "on-body")
const void *yumen_export_on_body(yumen_side side, const char *at, size_t length, bool last, uint64_t state) {
    static yumen_piece piece;
    yumen_enter();
    piece = yumen_on_body(side, (yumen_text){at, length}, last, state);
    yumen_leave();
    return &piece;
}
YUMEN_EXPORT("filtering", "on-call")
const void *yumen_export_on_call(const yumen_option *at, size_t length, uint64_t state) {
    yumen_enter();
    return show(yumen_on_call((yumen_values){at, length}, state));
}
YUMEN_EXPORT("filtering", "on-outcome") const void *yumen_export_on_outcome(bool ok, uint64_t state) {
    yumen_enter();
    return show(yumen_on_outcome(ok, state));
}
YUMEN_EXPORT("filtering", "on-response")
const void *yumen_export_on_response(uint32_t status, const yumen_option *at, size_t length, uint64_t state) {
    yumen_enter();
    return show(yumen_on_response((uint16_t)status, (yumen_values){at, length}, state));
}
YUMEN_EXPORT("filtering", "on-end") void yumen_export_on_end(uint32_t status, uint64_t microseconds, uint64_t state) {
    yumen_enter();
    yumen_on_end((uint16_t)status, microseconds, state);
    yumen_leave();
}
