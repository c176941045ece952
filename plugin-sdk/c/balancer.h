/* The world of load balancers, which choose one provider of a list. */
#ifndef YUMEN_BALANCER_H
#define YUMEN_BALANCER_H

#include "yumen.h"

/* Leaves the choice to the gateway. */
#define YUMEN_NOBODY UINT32_MAX

/* A list that yumen_pick() will be asked about came or changed. A list is known by its number. */
yumen_error yumen_rebuild(uint32_t list, yumen_snapshot snapshot);
/* The list is needed no more. */
void yumen_forget(uint32_t list);
/* A place in the list, or YUMEN_NOBODY. `key` is a hash of the values of call_wants (0 without), `attempt` counts from 0,
 * `exclude` is the place tried last or YUMEN_NOBODY. */
uint32_t yumen_pick(uint32_t list, uint64_t key, uint32_t attempt, uint32_t exclude);

/* Live numbers of the list that yumen_pick() works on. */
uint32_t yumen_active(uint32_t index);
/* A moving average in microseconds; 0: none ended yet. */
uint32_t yumen_latency(uint32_t index);
bool yumen_available(uint32_t index);

#endif
