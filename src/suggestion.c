/* SPDX-License-Identifier: Apache-2.0 */
#include "options.h"

#include <stdint.h>

#define WORD_LIMIT 40

/* Number of letters to insert, delete or replace to get from one word to the other; a large number
 * for words that are too long to be ours. */
static unsigned distance(const char *from, const char *to)
{
    size_t n = strlen(to);
    if (n > WORD_LIMIT || strlen(from) > WORD_LIMIT)
        return UINT32_MAX;
    unsigned row[WORD_LIMIT + 1];
    for (size_t i = 0; i <= n; i++)
        row[i] = (unsigned)i;
    for (size_t line = 1; from[line - 1]; line++) {
        unsigned diagonal = row[0];
        row[0] = (unsigned)line;
        for (size_t i = 1; i <= n; i++) {
            unsigned replaced = diagonal + (from[line - 1] != to[i - 1]);
            unsigned inserted = row[i - 1] + 1;
            unsigned deleted = row[i] + 1;
            diagonal = row[i];
            row[i] = replaced;
            if (inserted < row[i])
                row[i] = inserted;
            if (deleted < row[i])
                row[i] = deleted;
        }
    }
    return row[n];
}

const char *suggestion(const char *word, const char *(*next)(void *data), void *data)
{
    const char *best = NULL;
    /* A guess that is further off than a third of the word helps nobody. */
    unsigned best_distance = (unsigned)(strlen(word) / 3) + 1;
    for (const char *candidate; (candidate = next(data));) {
        unsigned d = distance(word, candidate);
        if (d <= best_distance && d < strlen(candidate)) {
            best = candidate;
            best_distance = d - (d > 0);
            if (d == 0)
                break;
        }
    }
    return best;
}
