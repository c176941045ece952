/* Exports of the world of load balancers, and the numbers that only they see. */
#include "balancer.h"

#include "crossing.h"

#define STATS(name) __attribute__((import_module("yumen:plugin/endpoint-stats@0.1.0"), import_name(name)))
STATS("active") uint32_t import_active(uint32_t index);
STATS("latency") uint32_t import_latency(uint32_t index);
STATS("available") bool import_available(uint32_t index);

uint32_t yumen_active(uint32_t index) { return import_active(index); }
uint32_t yumen_latency(uint32_t index) { return import_latency(index); }
bool yumen_available(uint32_t index) { return import_available(index); }

YUMEN_EXPORT("balancing", "rebuild")
const void *yumen_export_rebuild(uint32_t list, const char *name, size_t name_length, const yumen_endpoint *at, size_t length) {
    static struct { bool failed; yumen_text text; } last;
    yumen_enter();
    yumen_error error = yumen_rebuild(list, (yumen_snapshot){{name, name_length}, at, length});
    last.failed = error.length > 0;
    last.text = error;
    yumen_leave();
    return &last;
}
YUMEN_EXPORT("balancing", "forget") void yumen_export_forget(uint32_t list) {
    yumen_enter();
    yumen_forget(list);
    yumen_leave();
}
YUMEN_EXPORT("balancing", "pick")
uint32_t yumen_export_pick(uint32_t list, uint64_t key, uint32_t attempt, uint32_t exclude) {
    return yumen_pick(list, key, attempt, exclude);
}
