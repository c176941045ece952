"""Tells the tenant to what comes after, and refuses requests without a key of one."""

from wit_world.imports import log
from yumen import Filter, Interest, Manifest, filter_plugin, go_on, reply, set_field


class AddTenant(Filter):
    manifest = Manifest(
        name="add-tenant",
        version="0.1.0",
        interest=Interest.REQUEST_HEAD,
        request_wants=["x-api-key"],
        config_schema={
            "type": "object",
            "properties": {"header": {"type": "string", "description": "The field that gets the tenant."}},
            "additionalProperties": False,
        },
    )
    header = "x-tenant"

    def configure(self, config):
        self.header = config.get("header", self.header)

    def on_request(self, protocol, wanted):
        tenant, dash, secret = (wanted[0] or "").partition("-")
        if not dash:
            log.write(log.Level.INFO, "refused: no key of a tenant")
            return reply(403, "x-api-key must be TENANT-SECRET\n")
        return go_on(set_field(self.header, tenant))


Lifecycle, Filtering = filter_plugin(AddTenant())
