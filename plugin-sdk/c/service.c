/* Exports of the world of services. */
#include "service.h"

#include "crossing.h"

YUMEN_EXPORT("serving", "services") const void *yumen_export_services(void) {
    static yumen_service_list last;
    yumen_enter();
    last = yumen_services();
    yumen_leave();
    return &last;
}
YUMEN_EXPORT("serving", "invoke")
const void *yumen_export_invoke(
    const char *service, size_t service_length, const char *method, size_t method_length, const yumen_text *types, size_t type_count,
    const char *arguments, size_t arguments_length, const yumen_field *attachments, size_t attachment_count, uint32_t timeout_ms) {
    static yumen_outcome last;
    yumen_enter();
    last = yumen_invoke((yumen_invocation){
        {service, service_length}, {method, method_length}, {types, type_count}, {arguments, arguments_length},
        {attachments, attachment_count}, timeout_ms});
    yumen_leave();
    return &last;
}
