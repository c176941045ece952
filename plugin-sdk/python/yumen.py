"""What a Python plugin of the Yumen gateway is written with.

A plugin is a class with the methods of one of the worlds below, made known at the end of its module:

    Lifecycle, Filtering = filter_plugin(AddTenant())

The host's functions are modules of their own, imported where they are used: log, system, metrics, counters, kv, exchange,
http_client, dubbo_client, endpoint_stats, each as

    from wit_world.imports import kv

An option is the value or None, and an error of the host is raised as componentize_py_types.Err.
"""

import json
import traceback
from dataclasses import dataclass, field

from componentize_py_types import Err
from wit_world.imports import log
from wit_world.imports.types import (
    Action_EndCall, Action_Next, Action_Reply, BodyMode, Edit_Append, Edit_Remove, Edit_Set, Edit_SetArguments,
    Edit_SetAuthority, Edit_SetMethod, Edit_SetOutcome, Edit_SetPath, Edit_SetStatus, Edit_Tag, FailurePolicy, Interest,
    Manifest as RawManifest, Outcome_Error, Outcome_Result, Piece_Pass, Piece_Replace, Piece_Reply, Protocol, Reply, RpcCode,
    RpcError, Side, Verdict,
)


# What `pick` returns to leave the choice to the gateway.
NOBODY = 0xFFFFFFFF


@dataclass
class Manifest:
    """What a plugin says about itself. `config_schema` is a JSON Schema; names in `*_wants` are as in `types.wit`."""

    name: str
    version: str
    config_schema: dict = field(default_factory=dict)
    interest: Interest = Interest(0)
    request_wants: list = field(default_factory=list)
    call_wants: list = field(default_factory=list)
    response_wants: list = field(default_factory=list)
    request_body: BodyMode = BodyMode.NONE
    response_body: BodyMode = BodyMode.NONE
    on_failure: FailurePolicy = FailurePolicy.CLOSED


class Plugin:
    """What every plugin has."""

    manifest: Manifest

    def configure(self, config):
        """Called once for each instance, with a configuration that the schema has judged. Raise to refuse the version."""

    def self_test(self):
        """Called once for a version, before it serves. Raise to refuse it."""


class Filter(Plugin):
    """Write the phases that matter and name them in the manifest's interest."""

    def on_request(self, protocol, wanted):
        """The request's head came. `wanted` holds the values of `request_wants`."""
        return go_on()

    def on_body(self, side, body, last, state):
        """A body: once and whole when buffered, else each piece as it comes, the last one marked and perhaps empty."""
        return Piece_Pass()

    def on_call(self, wanted, state):
        """The request became a call that is about to leave. `wanted` holds the values of `call_wants`."""
        return go_on()

    def on_outcome(self, ok, state):
        """The call ended; `exchange.call_outcome()` tells how."""
        return go_on()

    def on_response(self, status, wanted, state):
        """The response's head is about to leave. `wanted` holds the values of `response_wants`."""
        return go_on()

    def on_end(self, status, microseconds, state):
        """The exchange is over."""


def go_on(*edits, state=0):
    """Lets the exchange go on, with edits. `state` comes back in the later phases of the same exchange."""
    return Verdict(Action_Next(), list(edits), state)


def reply(status, body="", fields=()):
    """Answers with a status and a text, bytes, or a value that becomes JSON."""
    if isinstance(body, str):
        kind, body = "text/plain; charset=utf-8", body.encode()
    elif isinstance(body, bytes):
        kind = "application/octet-stream"
    else:
        kind, body = "application/json", json.dumps(body).encode()
    fields = list(fields)
    if not any(name == "content-type" for name, _ in fields):
        fields.insert(0, ("content-type", kind))
    return Verdict(Action_Reply(Reply(status, fields, body)), [], 0)


def end_call(outcome):
    """Ends the call: with Outcome_Result(JSON text) or Outcome_Error(RpcError(...))."""
    return Verdict(Action_EndCall(outcome), [], 0)


def set_field(name, value):
    """Sets a field of the request or the response, or in `on_call` an attachment."""
    return Edit_Set((name, value))


def tag(name, value):
    """A note on this exchange, seen by every later plugin and by the access log."""
    return Edit_Tag((name, value))


def _told(work):
    # What goes wrong is told in the plugin's log before it ends the instance.
    def call(*given):
        try:
            return work(*given)
        except Err:
            raise
        except BaseException:
            log.write(log.Level.ERROR, traceback.format_exc())
            raise

    return call


def _refusing(work):
    # What is raised becomes the error of an export that may refuse.
    def call(*given):
        try:
            return work(*given)
        except Exception as error:
            raise Err(str(error) or type(error).__name__) from error

    return call


def _lifecycle(plugin):
    def describe():
        m = plugin.manifest
        schema = json.dumps(m.config_schema) if m.config_schema else ""
        return RawManifest(
            m.name, m.version, schema, m.interest, m.request_wants, m.call_wants, m.response_wants, m.request_body,
            m.response_body, m.on_failure, [],
        )

    return _interface(
        "Lifecycle",
        describe=_told(describe),
        configure=_refusing(lambda text: plugin.configure(json.loads(text))),
        self_test=_refusing(plugin.self_test),
    )


def _interface(name, **functions):
    # The tool makes an instance of the class and calls its methods.
    def method(work):
        return lambda self, *given: work(*given)

    return type(name, (), {name: method(work) for name, work in functions.items()})


def _told_all(name, plugin, methods):
    return _interface(name, **{method: _told(getattr(plugin, method)) for method in methods})


def filter_plugin(plugin):
    """The exports of a filter: `Lifecycle, Filtering = filter_plugin(...)`."""
    phases = ("on_request", "on_body", "on_call", "on_outcome", "on_response", "on_end")
    return _lifecycle(plugin), _told_all("Filtering", plugin, phases)


def router_plugin(plugin):
    """The exports of a router with prepare(snapshot) and route(service, wanted): `Lifecycle, Routing = router_plugin(...)`."""
    routing = _interface("Routing", prepare=_refusing(plugin.prepare), route=_told(plugin.route))
    return _lifecycle(plugin), routing


def balancer_plugin(plugin):
    """The exports of a balancer with rebuild(list, snapshot), forget(list) and pick(list, key, attempt, exclude):
    `Lifecycle, Balancing = balancer_plugin(...)`."""
    functions = {"rebuild": _refusing(plugin.rebuild), "forget": _told(plugin.forget), "pick": _told(plugin.pick)}
    return _lifecycle(plugin), _interface("Balancing", **functions)


def service_plugin(plugin):
    """The exports of a service with services() and invoke(invocation), which returns a value:
    `Lifecycle, Serving = service_plugin(...)`. Raise Err(RpcError(...)) to say how a call failed."""

    def invoke(invocation):
        invocation.arguments = json.loads(invocation.arguments)
        try:
            return json.dumps(plugin.invoke(invocation))
        except Err:
            raise
        except Exception as error:
            raise Err(RpcError(RpcCode.SERVICE_ERROR, None, str(error) or type(error).__name__)) from error

    return _lifecycle(plugin), _interface("Serving", services=_told(plugin.services), invoke=invoke)
