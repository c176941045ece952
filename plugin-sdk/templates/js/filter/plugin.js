// Tells the tenant to what comes after, and refuses requests without a key of one.
import log from "yumen:plugin/log@0.1.0";
import { filter, next, reply, set } from "./yumen/yumen.js";

let header = "x-tenant";

export const { lifecycle, filtering } = filter({
  manifest: {
    name: "add-tenant",
    version: "0.1.0",
    requestWants: ["x-api-key"],
    configSchema: {
      type: "object",
      properties: { header: { type: "string", description: "The field that gets the tenant." } },
      additionalProperties: false,
    },
  },

  configure(config) {
    header = config.header ?? header;
  },

  onRequest(protocol, [key]) {
    const [tenant, secret] = (key ?? "").split("-");
    if (secret === undefined) {
      log.write("info", "refused: no key of a tenant");
      return reply(403, "x-api-key must be TENANT-SECRET\n");
    }
    return next([set(header, tenant)]);
  },
});
