/* A Dubbo service in the gateway: com.example.GreetingService. */
#include "service.h"

static const char schema[] = {
#embed "../schema.json"
};

static yumen_text greeting = YUMEN_TEXT("Hello");

yumen_manifest yumen_plugin = {
    .name = YUMEN_TEXT("add-tenant"),
    .version = YUMEN_TEXT("0.1.0"),
    .config_schema = {schema, sizeof schema},
};

yumen_error yumen_configure(yumen_text config) {
    yumen_option given = yumen_json_member(config, "greeting");
    if (given.present) greeting = yumen_copy(given.text);
    return YUMEN_OK;
}

static const yumen_text types[] = {YUMEN_TEXT("java.lang.String")};
static const yumen_method methods[] = {
    {YUMEN_TEXT("greet"), {types, 1}, YUMEN_TEXT("java.lang.String")},
};
static const yumen_service offered[] = {
    {.name = YUMEN_TEXT("com.example.GreetingService"), .methods = {methods, 1}},
};

yumen_service_list yumen_services(void) { return (yumen_service_list){offered, 1}; }

yumen_outcome yumen_invoke(yumen_invocation call) {
    yumen_option name = yumen_json_element(call.arguments, 0);
    if (!name.present || name.text.length == 0)
        return (yumen_outcome){.failed = true, .error = {YUMEN_RPC_BAD_REQUEST, {0}, YUMEN_TEXT("nobody cannot be greeted")}};
    yumen_text text = yumen_format("%.*s, %.*s!", YUMEN_ARG(greeting), YUMEN_ARG(name.text));
    return (yumen_outcome){.result = yumen_json_quoted(text)};
}
