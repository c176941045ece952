/* Exports of the world of routers. */
#include "router.h"

#include "crossing.h"

YUMEN_EXPORT("routing", "prepare")
const void *yumen_export_prepare(const char *name, size_t name_length, const yumen_endpoint *at, size_t length) {
    static struct { bool failed; union { yumen_subsets subsets; yumen_text error; }; } last;
    yumen_subsets subsets = {0};
    yumen_enter();
    yumen_error error = yumen_prepare((yumen_snapshot){{name, name_length}, at, length}, &subsets);
    last.failed = error.length > 0;
    if (last.failed) last.error = error;
    else last.subsets = subsets;
    yumen_leave();
    return &last;
}
YUMEN_EXPORT("routing", "route")
const void *yumen_export_route(const char *name, size_t name_length, const yumen_option *at, size_t length) {
    static yumen_decision last;
    yumen_enter();
    last = yumen_route((yumen_text){name, name_length}, (yumen_values){at, length});
    yumen_leave();
    return &last;
}
