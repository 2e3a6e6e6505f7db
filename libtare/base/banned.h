/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Functions that have no place here, and what to use in their stead. The header is forced into every
 * compilation of src/ and libtare/ by -include; a call is a compile error that names the function. System
 * headers are pulled in first, so that their own declarations survive. */

#include <ctype.h>
#include <dirent.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define BANNED(function) sorry_##function##_is_banned_see_base_banned_h

/* unbounded copies: arena_printf(), snprintf() */
#undef strcpy
#define strcpy(...) BANNED(strcpy)
#undef stpcpy
#define stpcpy(...) BANNED(stpcpy)
#undef strcat
#define strcat(...) BANNED(strcat)
#undef strncpy
#define strncpy(...) BANNED(strncpy)
#undef strncat
#define strncat(...) BANNED(strncat)
#undef sprintf
#define sprintf(...) BANNED(sprintf)
#undef vsprintf
#define vsprintf(...) BANNED(vsprintf)
#undef gets
#define gets(...) BANNED(gets)

/* no error report, or hidden state: parse_*() of base/parse.h */
#undef atoi
#define atoi(...) BANNED(atoi)
#undef atol
#define atol(...) BANNED(atol)
#undef atoll
#define atoll(...) BANNED(atoll)
#undef strtok
#define strtok(...) BANNED(strtok)

/* racy names: memfd_create(), O_TMPFILE, mkstemp() */
#undef tmpnam
#define tmpnam(...) BANNED(tmpnam)
#undef mktemp
#define mktemp(...) BANNED(mktemp)
#undef tempnam
#define tempnam(...) BANNED(tempnam)

/* a shell, or its environment, between us and the kernel */
#undef system
#define system(...) BANNED(system)
#undef popen
#define popen(...) BANNED(popen)

/* check-then-use on a name: open an fd and ask it */
#undef access
#define access(...) BANNED(access)

/* unspecified semantics: sigaction() */
#undef signal
#define signal(...) BANNED(signal)

/* stack memory of unknown size: the arena */
#undef alloca
#define alloca(...) BANNED(alloca)

/* a library neither prints nor ends its caller */
#ifdef TARE_LIBRARY
#undef exit
#define exit(...) BANNED(exit)
#undef abort
#define abort(...) BANNED(abort)
#undef printf
#define printf(...) BANNED(printf)
#undef puts
#define puts(...) BANNED(puts)
#undef putchar
#define putchar(...) BANNED(putchar)
#undef perror
#define perror(...) BANNED(perror)
#endif
