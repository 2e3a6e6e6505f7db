/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>

#include "base/fd.h"
#include "verb.h"

static const char *format = "table";
static bool quiet;

const struct option_entry list_options[] = {
    {OPTION_TEXT, "format", 'f', &format, "table|json", "form of the output [table]"},
    {OPTION_FLAG, "quiet", 'q', &quiet, NULL, "print ids only"},
    {0},
};

enum { COLUMNS = 6 };

struct table {
    char *(*rows)[COLUMNS];
    size_t n;
    size_t capacity;
};

static void table_release(struct table *table)
{
    for (size_t row = 0; row < table->n; row++)
        for (size_t column = 0; column < COLUMNS; column++)
            free(table->rows[row][column]);
    free(table->rows);
}

static char *text_of_number(unsigned number)
{
    char *text = NULL;
    return asprintf(&text, "%u", number) < 0 ? NULL : text;
}

static int table_add(struct table *table, const char *const cells[COLUMNS])
{
    if (table->n == table->capacity) {
        size_t capacity = table->capacity ? 2 * table->capacity : 16;
        void *more = reallocarray(table->rows, capacity, sizeof(*table->rows));
        if (!more)
            return -ENOMEM;
        table->rows = more;
        table->capacity = capacity;
    }
    for (size_t column = 0; column < COLUMNS; column++)
        table->rows[table->n][column] = strdup(cells[column] ? cells[column] : "");
    table->n++;
    return 0;
}

static int add_container(void *data, const struct tare_container *container)
{
    _cleanup_(free_ptr) char *pid = text_of_number((unsigned)container->pid);
    const char *const cells[COLUMNS] = {container->id,      pid,
                                        container->status,  container->bundle,
                                        container->created, container->owner_name};
    return table_add(data, cells);
}

static int print_id(void *data, const struct tare_container *container)
{
    struct call *call = data;
    return print_text(call, container->id) < 0 || print_text(call, "\n") < 0 ? -EIO : 0;
}

struct json_list {
    struct call *call;
    bool begun;
};

static int print_state(void *data, const struct tare_container *container)
{
    struct json_list *list = data;
    int r = print_text(list->call, list->begun ? "," : "[");
    list->begun = true;
    return r < 0 || print_text(list->call, container->state) < 0 ? -EIO : 0;
}

static int print_table(struct call *call, const struct table *table)
{
    size_t widths[COLUMNS];
    for (size_t column = 0; column < COLUMNS; column++) {
        widths[column] = 12;
        for (size_t row = 0; row < table->n; row++)
            if (strlen(table->rows[row][column]) + 3 > widths[column])
                widths[column] = strlen(table->rows[row][column]) + 3;
    }
    for (size_t row = 0; row < table->n; row++)
        for (size_t column = 0; column < COLUMNS; column++)
            printf("%-*s%s", column + 1 < COLUMNS ? (int)widths[column] : 0,
                   table->rows[row][column], column + 1 < COLUMNS ? "" : "\n");
    return print_end(call);
}

static int list_table(struct call *call)
{
    static const char *const heads[COLUMNS] = {"ID", "PID", "STATUS", "BUNDLE", "CREATED", "OWNER"};
    struct table table _cleanup_(table_release) = {0};
    if (table_add(&table, heads) < 0)
        return fail(call, ENOMEM, "out of memory");
    if (tare_container_list(call->settings, add_container, &table, call->error) < 0)
        return -1;
    return print_table(call, &table);
}

static int list_json(struct call *call)
{
    struct json_list list = {.call = call};
    if (tare_container_list(call->settings, print_state, &list, call->error) < 0)
        return -1;
    return print_text(call, list.begun ? "]\n" : "null\n");
}

int cmd_list(struct call *call)
{
    if (strcmp(format, "table") != 0 && strcmp(format, "json") != 0)
        return fail(call, EINVAL, "invalid format option: %s", format);
    if (quiet)
        return tare_container_list(call->settings, print_id, call, call->error) < 0 ? -1
                                                                                    : STATUS_OK;
    return strcmp(format, "json") == 0 ? list_json(call) : list_table(call);
}
