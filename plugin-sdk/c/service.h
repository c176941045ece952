/* The world of Dubbo services that run in the gateway. */
#ifndef YUMEN_SERVICE_H
#define YUMEN_SERVICE_H

#include "yumen.h"

/* Types are Java's: java.lang.String, long, java.util.List<java.lang.String>. */
typedef struct { yumen_text name; yumen_texts parameter_types; yumen_text return_type; } yumen_method;
typedef struct {
    yumen_text name;
    yumen_option group, version;
    struct { const yumen_method *at; size_t length; } methods;
} yumen_service;
typedef struct { const yumen_service *at; size_t length; } yumen_service_list;

yumen_service_list yumen_services(void);
/* A call; its arguments are a JSON array. The result is JSON text. */
yumen_outcome yumen_invoke(yumen_invocation call);

#endif
