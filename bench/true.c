/* SPDX-License-Identifier: Apache-2.0 */

/* The payload of the benchmarks: as little as a program can do. With an argument it stays until it
 * is killed. */

#include <unistd.h>

int main(int argc, char **argv)
{
    (void)argv;
    if (argc > 1)
        pause();
    return 0;
}
