// What a JavaScript plugin of the Yumen gateway is written with. The host's functions are modules of their own, imported where
// they are used: log, system, metrics, counters, kv, exchange, http-client, dubbo-client, endpoint-stats, each as
//
//     import kv from "yumen:plugin/kv@0.1.0";
//
// Words are spelt in camelCase, an enum is its name ("server-error"), a variant is { tag, val }, an option is the value or null,
// and an error of the host is thrown. yumen.d.ts has the types.
import log from "yumen:plugin/log@0.1.0";

const nothing = { requestWants: [], callWants: [], responseWants: [], requestBody: "none", responseBody: "none", ext: [] };

// What goes wrong is told in the plugin's log before it ends the instance.
const told = (work) => (...given) => {
  try {
    return work(...given);
  } catch (error) {
    log.write("error", `${error}\n${error?.stack ?? ""}`);
    throw error;
  }
};

// An export that may refuse: what is thrown becomes its error.
const refusing = (work) => (...given) => {
  try {
    work(...given);
  } catch (error) {
    throw String(error?.message ?? error);
  }
};

const named = (names) => Object.fromEntries((names ?? []).map((name) => [name.replace(/-(.)/g, (_, c) => c.toUpperCase()), true]));

const lifecycle = (plugin, phases) => ({
  describe: told(() => {
    const { configSchema = "", interest = phases, ...rest } = plugin.manifest;
    const schema = typeof configSchema === "string" ? configSchema : JSON.stringify(configSchema);
    return { onFailure: "closed", ...nothing, ...rest, configSchema: schema, interest: named(interest) };
  }),
  configure: refusing((json) => plugin.configure?.(JSON.parse(json))),
  selfTest: refusing(() => plugin.selfTest?.()),
});

const goOn = { action: { tag: "next" }, edits: [], state: 0 };

/** A filter: write the phases that matter; `manifest.interest` names them if it is not all of those written. */
export function filter(plugin) {
  const phase = (name, otherwise) => told((...given) => plugin[name]?.(...given) ?? otherwise);
  const interest = Object.entries({
    onRequest: "request-head", onCall: "call", onOutcome: "outcome", onResponse: "response-head", onEnd: "end",
  }).filter(([name]) => plugin[name]).map(([, phase]) => phase);
  if (plugin.onBody && (plugin.manifest.requestBody ?? "none") !== "none") interest.push("request-body");
  if (plugin.onBody && (plugin.manifest.responseBody ?? "none") !== "none") interest.push("response-body");
  const filtering = {
    onRequest: phase("onRequest", goOn),
    onBody: phase("onBody", { tag: "pass" }),
    onCall: phase("onCall", goOn),
    onOutcome: phase("onOutcome", goOn),
    onResponse: phase("onResponse", goOn),
    onEnd: told((...given) => void plugin.onEnd?.(...given)),
  };
  return { lifecycle: lifecycle(plugin, interest), filtering };
}

/** A router: prepare(snapshot) returns lists of places, route(service, wanted) a decision. */
export function router(plugin) {
  const routing = { prepare: told((snapshot) => plugin.prepare?.(snapshot) ?? []), route: told((...given) => plugin.route(...given)) };
  return { lifecycle: lifecycle(plugin), routing };
}

/** A load balancer: rebuild(list, snapshot), forget(list), pick(list, key, attempt, exclude). */
export function loadBalancer(plugin) {
  const balancing = {
    rebuild: refusing((...given) => plugin.rebuild(...given)),
    forget: told((list) => void plugin.forget?.(list)),
    // The engine below reads numbers from 2^31 on as if they were 2^31 - 1, but takes -1 for what it is in 32 bits.
    pick: told((list, key, attempt, exclude) => plugin.pick(list, key, attempt, exclude >>> 0) | 0),
  };
  return { lifecycle: lifecycle(plugin), balancing };
}

/** What pick returns to leave the choice to the gateway. */
export const NOBODY = 0xffffffff;

/** A Dubbo service: `services` is what it offers, invoke(invocation) returns a value; an RpcError that is thrown is the caller's. */
export function service(plugin) {
  const serving = {
    services: told(() => plugin.services.map((one) => ({ group: null, version: null, ...one }))),
    invoke: (invocation) => {
      try {
        return JSON.stringify(plugin.invoke({ ...invocation, arguments: JSON.parse(invocation.arguments) }) ?? null);
      } catch (error) {
        if (error instanceof RpcError) throw { code: error.code, exceptionClass: error.exceptionClass, message: error.message };
        throw { code: "service-error", exceptionClass: null, message: String(error?.message ?? error) };
      }
    },
  };
  return { lifecycle: lifecycle(plugin), serving };
}

/** Why a call failed. */
export class RpcError extends Error {
  constructor(code, message, exceptionClass = null) {
    super(message);
    Object.assign(this, { code, exceptionClass });
  }
}

/** Lets the exchange go on, with edits. `state` comes back in the later phases of the same exchange; at most 2^53. */
export const next = (edits = [], state = 0) => ({ action: { tag: "next" }, edits, state });

/** Answers with a status and a text, a value that becomes JSON, or bytes. */
export function reply(status, body = "", fields = []) {
  const text = typeof body === "string";
  const bytes = body instanceof Uint8Array ? body : utf8(text ? body : JSON.stringify(body));
  const has = fields.some(([name]) => name === "content-type");
  const type = text ? "text/plain; charset=utf-8" : body instanceof Uint8Array ? "application/octet-stream" : "application/json";
  const val = { status, fields: has ? fields : [["content-type", type], ...fields], body: bytes };
  return { action: { tag: "reply", val }, edits: [], state: 0 };
}

/** Ends the call: { tag: "result", val: JSON text } or { tag: "error", val: { code, exceptionClass, message } }. */
export const endCall = (outcome) => ({ action: { tag: "end-call", val: outcome }, edits: [], state: 0 });

// Edits of a verdict.
export const set = (name, value) => ({ tag: "set", val: [name, value] });
export const append = (name, value) => ({ tag: "append", val: [name, value] });
export const remove = (name) => ({ tag: "remove", val: name });
export const setMethod = (method) => ({ tag: "set-method", val: method });
export const setPath = (path) => ({ tag: "set-path", val: path });
export const setAuthority = (authority) => ({ tag: "set-authority", val: authority });
export const setStatus = (status) => ({ tag: "set-status", val: status });
export const setArguments = (values) => ({ tag: "set-arguments", val: JSON.stringify(values) });
export const setOutcome = (outcome) => ({ tag: "set-outcome", val: outcome });
export const tag = (name, value) => ({ tag: "tag", val: [name, value] });

/** The bytes of a text. */
export function utf8(text) {
  const escaped = unescape(encodeURIComponent(text));
  return Uint8Array.from(escaped, (c) => c.charCodeAt(0));
}

/** The text of bytes. */
export const text = (bytes) => decodeURIComponent(escape(Array.from(bytes, (b) => String.fromCharCode(b)).join("")));
