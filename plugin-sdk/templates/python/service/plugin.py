"""A Dubbo service in the gateway: com.example.GreetingService."""

from wit_world.exports.serving import Method, Service
from yumen import Err, Manifest, Plugin, RpcCode, RpcError, service_plugin

STRING = "java.lang.String"


class AddTenant(Plugin):
    manifest = Manifest(
        name="add-tenant",
        version="0.1.0",
        config_schema={
            "type": "object",
            "properties": {"greeting": {"type": "string", "description": "What stands before the name."}},
            "additionalProperties": False,
        },
    )
    greeting = "Hello"

    def configure(self, config):
        self.greeting = config.get("greeting", self.greeting)

    def services(self):
        return [Service("com.example.GreetingService", None, None, [Method("greet", [STRING], STRING)])]

    def invoke(self, call):
        (name,) = call.arguments
        if not name:
            raise Err(RpcError(RpcCode.BAD_REQUEST, None, "nobody cannot be greeted"))
        return f"{self.greeting}, {name}!"


Lifecycle, Serving = service_plugin(AddTenant())
