// Picks the provider with the fewest calls on their way.
import stats from "yumen:plugin/endpoint-stats@0.1.0";
import { loadBalancer, NOBODY } from "./yumen/yumen.js";

// How many providers each list has.
const lists = new Map();

export const { lifecycle, balancing } = loadBalancer({
  manifest: { name: "add-tenant", version: "0.1.0" },

  rebuild(list, { endpoints }) {
    lists.set(list, endpoints.length);
  },

  forget(list) {
    lists.delete(list);
  },

  pick(list, key, attempt, exclude) {
    let [best, fewest] = [NOBODY, Infinity];
    for (let place = 0; place < (lists.get(list) ?? 0); place++) {
      if (place === exclude || !stats.available(place)) continue;
      const active = stats.active(place);
      if (active < fewest) [best, fewest] = [place, active];
    }
    return best;
  },
});
