// Sends calls to the providers of the zone that the request names, where there are any.
import { router } from "./yumen/yumen.js";

// For each service: the number of the list of each zone.
const services = new Map();

export const { lifecycle, routing } = router({
  manifest: { name: "add-tenant", version: "0.1.0", callWants: ["request.x-zone"] },

  prepare({ service, endpoints }) {
    const lists = new Map();
    endpoints.forEach(({ zone }, place) => lists.set(zone, [...(lists.get(zone) ?? []), place]));
    services.set(service, new Map([...lists.keys()].map((zone, number) => [zone, number])));
    return [...lists.values()];
  },

  route(service, [zone]) {
    const list = services.get(service)?.get(zone);
    return list === undefined ? { tag: "all" } : { tag: "subset", val: list };
  },
});
