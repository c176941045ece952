/* Sends calls to the providers of the zone that the request names, where there are any. */
#include "router.h"

#include <stdlib.h>

yumen_manifest yumen_plugin = {
    .name = YUMEN_TEXT("add-tenant"),
    .version = YUMEN_TEXT("0.1.0"),
    .call_wants = YUMEN_TEXTS(YUMEN_TEXT("request.x-zone")),
};

/* The zone of each list that yumen_prepare() gave for a service. */
struct service {
    struct service *next;
    yumen_text name;
    size_t count;
    yumen_text *zones;
};
static struct service *services;

static struct service *known(yumen_text name) {
    for (struct service *s = services; s; s = s->next)
        if (yumen_equal(s->name, name)) return s;
    struct service *s = calloc(1, sizeof *s);
    *s = (struct service){.next = services, .name = yumen_copy(name)};
    return services = s;
}

static size_t list_of(const struct service *s, yumen_text zone) {
    size_t list = 0;
    while (list < s->count && !yumen_equal(s->zones[list], zone)) list++;
    return list;
}

yumen_error yumen_prepare(yumen_snapshot snapshot, yumen_subsets *subsets) {
    struct service *s = known(snapshot.service);
    for (size_t i = 0; i < s->count; i++) free((char *)s->zones[i].at);
    s->count = 0;
    s->zones = realloc(s->zones, (snapshot.length + 1) * sizeof *s->zones);
    uint32_t *places = yumen_room(snapshot.length * sizeof *places);
    yumen_places *lists = yumen_room(snapshot.length * sizeof *lists);
    for (size_t i = 0; i < snapshot.length; i++)
        if (list_of(s, snapshot.at[i].zone) == s->count) s->zones[s->count++] = yumen_copy(snapshot.at[i].zone);
    for (size_t list = 0; list < s->count; list++) {
        lists[list] = (yumen_places){places, 0};
        for (uint32_t i = 0; i < snapshot.length; i++)
            if (yumen_equal(snapshot.at[i].zone, s->zones[list])) *places++ = i, lists[list].length++;
    }
    *subsets = (yumen_subsets){lists, s->count};
    return YUMEN_OK;
}

yumen_decision yumen_route(yumen_text service, yumen_values wanted) {
    struct service *s = known(service);
    size_t list = wanted.at[0].present ? list_of(s, wanted.at[0].text) : s->count;
    if (list == s->count) return (yumen_decision){.kind = YUMEN_ALL};
    return (yumen_decision){.kind = YUMEN_SUBSET, .subset = (uint32_t)list};
}
