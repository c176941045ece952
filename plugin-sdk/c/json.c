/* Just enough JSON for a configuration: one member of an object. The text is known to be JSON. */
#include <string.h>

#include "yumen.h"

static const char *space(const char *at, const char *end) {
    while (at < end && (*at == ' ' || *at == '\t' || *at == '\n' || *at == '\r')) at++;
    return at;
}

/* From the opening quote to behind the closing one. */
static const char *string(const char *at, const char *end) {
    for (at++; at < end && *at != '"'; at++)
        if (*at == '\\') at++;
    return at < end ? at + 1 : end;
}

static const char *value(const char *at, const char *end) {
    if (at < end && *at == '"') return string(at, end);
    for (int depth = 0; at < end;) {
        if (*at == '"') {
            at = string(at, end);
            continue;
        }
        if (*at == '{' || *at == '[') depth++;
        if (*at == '}' || *at == ']' || *at == ',') {
            if (depth == 0) break;
            if (*at != ',' && --depth == 0) return at + 1;
        }
        at++;
    }
    return at;
}

static unsigned hex(const char *at) {
    unsigned code = 0;
    for (int i = 0; i < 4; i++) {
        char c = at[i];
        code = code * 16 + (unsigned)(c <= '9' ? c - '0' : (c | 32) - 'a' + 10);
    }
    return code;
}

static char *utf8(char *to, unsigned code) {
    if (code < 0x80) {
        *to++ = (char)code;
    } else if (code < 0x800) {
        *to++ = (char)(0xc0 | code >> 6);
        *to++ = (char)(0x80 | (code & 63));
    } else if (code < 0x10000) {
        *to++ = (char)(0xe0 | code >> 12);
        *to++ = (char)(0x80 | (code >> 6 & 63));
        *to++ = (char)(0x80 | (code & 63));
    } else {
        *to++ = (char)(0xf0 | code >> 18);
        *to++ = (char)(0x80 | (code >> 12 & 63));
        *to++ = (char)(0x80 | (code >> 6 & 63));
        *to++ = (char)(0x80 | (code & 63));
    }
    return to;
}

/* A JSON string, quotes included, as its text. */
static yumen_text plain(const char *at, const char *end) {
    char *room = yumen_room((size_t)(end - at)), *to = room;
    for (at++, end--; at < end; at++) {
        if (*at != '\\') {
            *to++ = *at;
            continue;
        }
        const char *found = strchr("b\bf\fn\nr\rt\t", *++at);
        if (*at != 'u') {
            *to++ = found ? found[1] : *at;
            continue;
        }
        unsigned code = hex(at + 1);
        at += 4;
        if (code >> 10 == 0x36 && end - at > 6) { /* the first half of a pair */
            code = 0x10000 + ((code & 0x3ff) << 10) + (hex(at + 3) & 0x3ff);
            at += 6;
        }
        to = utf8(to, code);
    }
    return (yumen_text){room, (size_t)(to - room)};
}

/* What stands from `from` to `to`: a string plain, anything else without the space behind it. */
static yumen_option found(const char *from, const char *to) {
    if (*from == '"') return (yumen_option){true, plain(from, to)};
    while (to > from && strchr(" \t\r\n", to[-1])) to--;
    return (yumen_option){true, {from, (size_t)(to - from)}};
}

yumen_option yumen_json_member(yumen_text json, const char *name) {
    const char *end = json.at + json.length, *at = space(json.at, end);
    if (at < end && *at == '{') at = space(at + 1, end);
    while (at < end && *at == '"') {
        const char *key = at;
        at = string(at, end);
        bool same = yumen_equal(plain(key, at), yumen_of(name));
        at = space(at, end);
        const char *from = space(at + 1, end); /* behind the colon */
        at = value(from, end);
        if (same) return found(from, at);
        at = space(at, end);
        if (at < end && *at == ',') at = space(at + 1, end);
    }
    return (yumen_option){0};
}

yumen_option yumen_json_element(yumen_text json, size_t index) {
    const char *end = json.at + json.length, *at = space(json.at, end);
    if (at < end && *at == '[') at = space(at + 1, end);
    for (; at < end && *at != ']'; index--) {
        const char *from = at;
        at = value(from, end);
        if (index == 0) return found(from, at);
        at = space(at, end);
        if (at < end && *at == ',') at = space(at + 1, end);
    }
    return (yumen_option){0};
}

yumen_text yumen_json_quoted(yumen_text text) {
    static const char digits[] = "0123456789abcdef";
    char *room = yumen_room(6 * text.length + 2), *to = room;
    *to++ = '"';
    for (size_t i = 0; i < text.length; i++) {
        unsigned char c = (unsigned char)text.at[i];
        if (c < ' ') {
            memcpy(to, "\\u00", 4);
            to[4] = digits[c >> 4];
            to[5] = digits[c & 15];
            to += 6;
            continue;
        }
        if (c == '"' || c == '\\') *to++ = '\\';
        *to++ = (char)c;
    }
    *to++ = '"';
    return (yumen_text){room, (size_t)(to - room)};
}
