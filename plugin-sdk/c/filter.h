/* The world of filters. Write the phases that matter and name them in the manifest's interest. */
#ifndef YUMEN_FILTER_H
#define YUMEN_FILTER_H

#include "yumen.h"

/* The request's head came. `wanted` holds the values of request_wants. */
yumen_verdict yumen_on_request(yumen_protocol protocol, yumen_values wanted);
/* A body: once and whole when buffered, else each piece as it comes, the last one marked and perhaps empty. */
yumen_piece yumen_on_body(yumen_side side, yumen_text bytes, bool last, uint64_t state);
/* The request became a call that is about to leave. `wanted` holds the values of call_wants. */
yumen_verdict yumen_on_call(yumen_values wanted, uint64_t state);
/* The call ended; yumen_call_outcome() tells how. */
yumen_verdict yumen_on_outcome(bool ok, uint64_t state);
/* The response's head is about to leave. `wanted` holds the values of response_wants. */
yumen_verdict yumen_on_response(uint16_t status, yumen_values wanted, uint64_t state);
/* The exchange is over. */
void yumen_on_end(uint16_t status, uint64_t microseconds, uint64_t state);

#endif
