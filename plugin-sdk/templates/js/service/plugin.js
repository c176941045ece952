// A Dubbo service in the gateway: com.example.GreetingService.
import { RpcError, service } from "./yumen/yumen.js";

let greeting = "Hello";

export const { lifecycle, serving } = service({
  manifest: {
    name: "add-tenant",
    version: "0.1.0",
    configSchema: {
      type: "object",
      properties: { greeting: { type: "string", description: "What stands before the name." } },
      additionalProperties: false,
    },
  },

  services: [
    {
      name: "com.example.GreetingService",
      methods: [{ name: "greet", parameterTypes: ["java.lang.String"], returnType: "java.lang.String" }],
    },
  ],

  configure(config) {
    greeting = config.greeting ?? greeting;
  },

  invoke({ arguments: [name] }) {
    if (!name) throw new RpcError("bad-request", "nobody cannot be greeted");
    return `${greeting}, ${name}!`;
  },
});
