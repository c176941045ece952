/* The world of routers, which narrow the providers of a call. */
#ifndef YUMEN_ROUTER_H
#define YUMEN_ROUTER_H

#include "yumen.h"

typedef struct { const uint32_t *at; size_t length; } yumen_places;
typedef struct { const yumen_places *at; size_t length; } yumen_subsets;

enum { YUMEN_ALL, YUMEN_SUBSET, YUMEN_PLACES, YUMEN_REJECT };
/* Who may take a call: all, one of the lists that yumen_prepare() returned, these places of the snapshot, nobody. */
typedef struct {
    uint8_t kind;
    union { uint32_t subset; yumen_places places; yumen_rpc_error error; };
} yumen_decision;

/* The providers of a service changed. Gives lists of places in the snapshot that yumen_route() may name. */
yumen_error yumen_prepare(yumen_snapshot snapshot, yumen_subsets *subsets);
/* A call. `wanted` holds the values of call_wants. */
yumen_decision yumen_route(yumen_text service, yumen_values wanted);

#endif
