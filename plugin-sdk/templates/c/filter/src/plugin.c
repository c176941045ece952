/* Tells the tenant to what comes after, and refuses requests without a key of one. */
#include "filter.h"

static const char schema[] = {
#embed "../schema.json"
};

static yumen_text header = YUMEN_TEXT("x-tenant");

yumen_manifest yumen_plugin = {
    .name = YUMEN_TEXT("add-tenant"),
    .version = YUMEN_TEXT("0.1.0"),
    .config_schema = {schema, sizeof schema},
    .interest = YUMEN_REQUEST_HEAD,
    .request_wants = YUMEN_TEXTS(YUMEN_TEXT("x-api-key")),
};

yumen_error yumen_configure(yumen_text config) {
    yumen_option given = yumen_json_member(config, "header");
    if (given.present) header = yumen_copy(given.text);
    return YUMEN_OK;
}

yumen_verdict yumen_on_request(yumen_protocol protocol, yumen_values wanted) {
    yumen_text key = wanted.at[0].present ? wanted.at[0].text : YUMEN_TEXT("");
    size_t dash = yumen_find(key, '-');
    if (dash == key.length) {
        yumen_log(YUMEN_INFO, YUMEN_TEXT("refused: no key of a tenant"));
        return yumen_refuse(403, YUMEN_TEXT("x-api-key must be TENANT-SECRET\n"));
    }
    yumen_verdict verdict = yumen_next();
    yumen_set(&verdict, header, yumen_part(key, 0, dash));
    return verdict;
}
