/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <yajl/yajl_parse.h>

#include "base/macros.h"
#include "spec/json-kind.h"
#include "spec/json.h"
#include "spec/parse.h"

/* The inside of json_parse(): a stack of open objects and arrays, driven by yajl's events.
 *
 * json-parse.c     the events
 * json-open.c      objects and arrays begin
 * json-property.c  names of properties: known, unknown, twice
 * json-value.c     scalars and finished arrays into struct fields
 * json-close.c     objects and arrays end: what is missing, what does not fit together
 * json-problem.c   what is wrong, and where */

enum json_token_type {
    TOKEN_STRING,
    TOKEN_NUMBER,
    TOKEN_BOOL,
    TOKEN_NULL,
    TOKEN_OBJECT,
    TOKEN_ARRAY,
};

struct json_token {
    enum json_token_type type;
    bool truth;       /* of TOKEN_BOOL */
    const char *text; /* decoded string or digits; may not outlive the event */
    size_t length;
};

enum json_frame_kind {
    FRAME_OBJECT, /* fills a struct of `type`; `field` is the property whose value comes next */
    FRAME_LIST,   /* fills the list of `field` with structs */
    FRAME_KEYED,  /* the same, from an object */
    FRAME_MAP,    /* fills the string map of `field` */
    FRAME_ITEMS,  /* an array of scalars of `field` */
    FRAME_SKIP,   /* object or array that belongs to an unknown property */
};

struct json_frame {
    enum json_frame_kind kind;
    bool is_array;
    const struct json_type *type;
    const struct json_field *field; /* FRAME_OBJECT: NULL when the property is unknown */
    const struct json_field *next; /* FRAME_OBJECT: where the search for the next property begins */
    unsigned char *target;         /* the struct, list, map, strings, ... to fill */
    const char *key;               /* objects: the current property */
    size_t key_length;
    size_t n;                     /* arrays: values that have begun */
    size_t capacity;              /* of the list or map */
    uint64_t seen;                /* FRAME_OBJECT: fields by index */
    uint64_t given;               /* those whose value was not null */
    uint64_t taken;               /* FRAME_LIST: values of json_type.unique */
    size_t offset;                /* of the bracket */
    size_t first_key, first_item; /* in the parser's stacks */
    size_t problems;              /* when the frame was opened */
};

struct json_key {
    const char *text;
    size_t length;
    size_t offset;
};

struct json_problem {
    const char *where;
    const char *text;
    size_t offset;
};

struct json_parser {
    struct arena *arena;
    const char *json;
    size_t size;
    const struct json_type *type;  /* of the document; NULL: it is a list */
    const struct json_field *list; /* which is like the value of this field */
    yajl_handle yajl;

    struct json_frame frames[SPEC_DEPTH_LIMIT];
    size_t depth;
    void *root; /* the object, or the list to fill */

    /* Keys of open objects that no field remembers, to find duplicates. */
    struct json_key *keys;
    size_t n_keys, keys_capacity;

    /* Strings, or numbers, of the array of scalars that is open. */
    const char **items;
    size_t n_items, items_capacity;
    uint64_t flags;

    struct json_problem *problems;
    size_t n_problems, problems_capacity;

    struct strings *unknown;
    size_t unknown_capacity;

    bool out_of_memory;
    bool stopped; /* by a problem that makes further reading pointless */
};

static inline struct json_frame *json_top(struct json_parser *parser)
{
    return parser->depth ? &parser->frames[parser->depth - 1] : NULL;
}

/* The field that takes the next value of a frame, and where it lies. NULL: the value is skipped, or
 * it is an element (FRAME_LIST, FRAME_KEYED, FRAME_ITEMS, FRAME_MAP) that the frame itself takes.
 */
static inline const struct json_field *json_frame_field(const struct json_frame *frame,
                                                        unsigned char **target)
{
    if (frame->kind != FRAME_OBJECT || !frame->field)
        return NULL;
    *target = frame->target + frame->field->offset;
    return frame->field;
}

static inline bool json_keep_going(const struct json_parser *parser)
{
    return !parser->out_of_memory && !parser->stopped;
}

static inline const char *json_root_expected(const struct json_parser *parser)
{
    return parser->list ? "an array" : "an object";
}

/* A value begins in the innermost frame. */
static inline struct json_frame *json_value_begin(struct json_parser *parser)
{
    struct json_frame *frame = json_top(parser);
    if (frame && frame->is_array)
        frame->n++;
    return frame;
}

/* ---- json-open.c, json-property.c, json-close.c: events; 0 stops yajl ---- */

int json_bracket_open(struct json_parser *parser, enum json_token_type type);
int json_property(struct json_parser *parser, const char *text, size_t length);
int json_bracket_close(struct json_parser *parser);

/* Looks for twins among the keys that a frame remembered, and forgets them. */
void json_keys_check(struct json_parser *parser, struct json_frame *frame);

/* ---- json-problem.c ---- */

/* The pointer of the value that is being read in the innermost of `depth` frames; with `suffix`, of
 * a property below. NULL: out of memory. */
const char *json_pointer(struct json_parser *parser, size_t depth, const char *suffix);

/* Where the token that was just read begins. */
size_t json_token_offset(const struct json_parser *parser, const struct json_token *token);
/* The token as it is written in the document, cut when long. */
const char *json_token_found(struct json_parser *parser, const struct json_token *token);

/* Problems at the current value, or (with a pointer of one's own) elsewhere. */
void json_problem(struct json_parser *parser, const struct json_token *token, const char *format,
                  ...) _printf_(3, 4);
void json_problem_at(struct json_parser *parser, const char *where, size_t offset,
                     const char *format, ...) _printf_(4, 5);
void json_expected(struct json_parser *parser, const struct json_token *token,
                   const char *expected);

/* All problems, in the order of the document, into err. */
int json_problems_report(struct json_parser *parser, struct error *err);

/* ---- json-value.c ---- */

/* What a field wants, for messages. */
const char *json_field_expects(struct json_parser *parser, const struct json_field *field);

/* The properties of a type that takes no others. */
const char *json_properties_expected(struct json_parser *parser, const struct json_type *type);

/* A scalar for a field, and for an element of an array of scalars. */
void json_scalar_store(struct json_parser *parser, const struct json_field *field, void *target,
                       const struct json_token *token);
void json_item_store(struct json_parser *parser, struct json_frame *frame,
                     const struct json_token *token);
void json_items_finish(struct json_parser *parser, struct json_frame *frame);

/* A copy, or NULL with a problem: NUL, invalid UTF-8, half a surrogate pair. */
const char *json_string_take(struct json_parser *parser, const struct json_token *token);
bool json_string_check(struct json_parser *parser, const struct json_token *token);
