// Types of `yumen.js` and of the host's modules, for editors; the contract is `plugin-sdk/wit`.

export type Fields = [name: string, value: string][];
export type Protocol = "http1" | "http2" | "http3" | "grpc" | "dubbo" | "triple";
export type Side = "request" | "response";
export type Phase = "request-head" | "request-body" | "call" | "outcome" | "response-head" | "response-body" | "end";
export type RpcCode =
  | "ok" | "client-timeout" | "server-timeout" | "bad-request" | "bad-response" | "service-not-found" | "service-error"
  | "server-error" | "client-error" | "overloaded" | "network-error";

export interface Manifest {
  name: string;
  version: string;
  /** JSON Schema of the configuration, as an object or as text. */
  configSchema?: object | string;
  /** Left out: the phases that are written. */
  interest?: Phase[];
  requestWants?: string[];
  callWants?: string[];
  responseWants?: string[];
  requestBody?: "none" | "buffered" | "streamed";
  responseBody?: "none" | "buffered" | "streamed";
  onFailure?: "closed" | "open" | "reload";
}

export interface RpcFault { code: RpcCode; exceptionClass: string | null; message: string }
export type Outcome = { tag: "result"; val: string } | { tag: "error"; val: RpcFault };
export interface Reply { status: number; fields: Fields; body: Uint8Array }
export interface Edit { tag: string; val: unknown }
export interface Verdict {
  action: { tag: "next" } | { tag: "reply"; val: Reply } | { tag: "end-call"; val: Outcome };
  edits: Edit[];
  state: number;
}
export type Piece = { tag: "pass" } | { tag: "replace"; val: Uint8Array } | { tag: "reply"; val: Reply };
export interface Endpoint { id: number; address: string; weight: number; zone: string; parameters: Fields }
export interface Snapshot { service: string; endpoints: Endpoint[] }
export type Decision =
  | { tag: "all" } | { tag: "subset"; val: number } | { tag: "places"; val: number[] } | { tag: "reject"; val: RpcFault };
export interface Invocation {
  service: string; method: string; parameterTypes: string[]; arguments: unknown[]; attachments: Fields; timeoutMs: number;
}
export interface Method { name: string; parameterTypes: string[]; returnType: string }
export interface ServiceDescription { name: string; group?: string; version?: string; methods: Method[] }

export interface Plugin {
  manifest: Manifest;
  configure?(config: any): void;
  selfTest?(): void;
}
export interface Filter extends Plugin {
  onRequest?(protocol: Protocol, wanted: (string | null)[]): Verdict;
  onBody?(side: Side, bytes: Uint8Array, last: boolean, state: number): Piece;
  onCall?(wanted: (string | null)[], state: number): Verdict;
  onOutcome?(ok: boolean, state: number): Verdict;
  onResponse?(status: number, wanted: (string | null)[], state: number): Verdict;
  onEnd?(status: number, microseconds: number, state: number): void;
}
export interface Router extends Plugin {
  prepare?(snapshot: Snapshot): number[][];
  route(service: string, wanted: (string | null)[]): Decision;
}
export interface LoadBalancer extends Plugin {
  rebuild(list: number, snapshot: Snapshot): void;
  forget?(list: number): void;
  pick(list: number, key: number, attempt: number, exclude: number): number;
}
export interface Service extends Plugin {
  services: ServiceDescription[];
  invoke(invocation: Invocation): unknown;
}

export function filter(plugin: Filter): { lifecycle: object; filtering: object };
export function router(plugin: Router): { lifecycle: object; routing: object };
export function loadBalancer(plugin: LoadBalancer): { lifecycle: object; balancing: object };
export function service(plugin: Service): { lifecycle: object; serving: object };

export class RpcError extends Error {
  constructor(code: RpcCode, message: string, exceptionClass?: string | null);
}
export const NOBODY: number;
export function next(edits?: Edit[], state?: number): Verdict;
export function reply(status: number, body?: string | Uint8Array | object, fields?: Fields): Verdict;
export function endCall(outcome: Outcome): Verdict;
export function set(name: string, value: string): Edit;
export function append(name: string, value: string): Edit;
export function remove(name: string): Edit;
export function setMethod(method: string): Edit;
export function setPath(path: string): Edit;
export function setAuthority(authority: string): Edit;
export function setStatus(status: number): Edit;
export function setArguments(values: unknown[]): Edit;
export function setOutcome(outcome: Outcome): Edit;
export function tag(name: string, value: string): Edit;
export function utf8(text: string): Uint8Array;
export function text(bytes: Uint8Array): string;
