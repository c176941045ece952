/* Picks the provider with the fewest calls on their way. */
#include "balancer.h"

#include <stdlib.h>

yumen_manifest yumen_plugin = {
    .name = YUMEN_TEXT("add-tenant"),
    .version = YUMEN_TEXT("0.1.0"),
};

/* How many providers each list has. */
static struct list { struct list *next; uint32_t number, length; } *lists;

yumen_error yumen_rebuild(uint32_t number, yumen_snapshot snapshot) {
    yumen_forget(number);
    struct list *list = malloc(sizeof *list);
    *list = (struct list){lists, number, (uint32_t)snapshot.length};
    lists = list;
    return YUMEN_OK;
}

void yumen_forget(uint32_t number) {
    for (struct list **at = &lists; *at; at = &(*at)->next) {
        if ((*at)->number != number) continue;
        struct list *gone = *at;
        *at = gone->next;
        free(gone);
        return;
    }
}

uint32_t yumen_pick(uint32_t number, uint64_t key, uint32_t attempt, uint32_t exclude) {
    uint32_t best = YUMEN_NOBODY, fewest = UINT32_MAX, length = 0;
    for (struct list *list = lists; list; list = list->next)
        if (list->number == number) length = list->length;
    for (uint32_t place = 0; place < length; place++) {
        if (place == exclude || !yumen_available(place)) continue;
        uint32_t active = yumen_active(place);
        if (active < fewest) best = place, fewest = active;
    }
    return best;
}
