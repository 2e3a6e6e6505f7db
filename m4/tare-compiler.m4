# SPDX-License-Identifier: Apache-2.0
# Compiler flags of the house: language, warnings, hardening, sanitizers, and how the CLI is linked.

# TARE_ADD_FLAG(VARIABLE, FLAG): append FLAG when the compiler takes it without a murmur.
AC_DEFUN([TARE_ADD_FLAG], [
  AS_VAR_PUSHDEF([cache], [tare_cv_flag_[]$2])
  AC_CACHE_CHECK([whether $CC takes $2], [cache], [
    tare_save_CFLAGS=$CFLAGS
    CFLAGS="$CFLAGS -Werror $2"
    AC_LINK_IFELSE([AC_LANG_PROGRAM([], [])], [AS_VAR_SET([cache], [yes])], [AS_VAR_SET([cache], [no])])
    CFLAGS=$tare_save_CFLAGS])
  AS_VAR_IF([cache], [yes], [AS_VAR_APPEND([$1], [" $2"])])
  AS_VAR_POPDEF([cache])
])

AC_DEFUN([TARE_COMPILER_SETUP], [
  AC_ARG_ENABLE([werror], [AS_HELP_STRING([--enable-werror], [treat warnings as errors])])
  AC_ARG_ENABLE([asan], [AS_HELP_STRING([--enable-asan], [build with AddressSanitizer])])
  AC_ARG_ENABLE([ubsan], [AS_HELP_STRING([--enable-ubsan], [build with UndefinedBehaviorSanitizer])])
  AC_ARG_ENABLE([coverage], [AS_HELP_STRING([--enable-coverage], [build with coverage counters])])
  AC_ARG_ENABLE([hardening], [AS_HELP_STRING([--disable-hardening], [leave out stack protector, RELRO, fortify])])

  TARE_CFLAGS="-std=gnu17 -fvisibility=hidden -fno-common -fno-strict-aliasing"
  for flag in -Wall -Wextra -Wshadow -Wstrict-prototypes -Wmissing-prototypes -Wold-style-definition \
              -Wformat=2 -Wformat-signedness -Wwrite-strings -Wpointer-arith -Wcast-align -Wundef -Wvla \
              -Wswitch-enum -Wimplicit-fallthrough=5 -Wlogical-op -Wduplicated-cond -Wduplicated-branches \
              -Wnull-dereference -Wfloat-equal -Wredundant-decls -Wstringop-overflow=4 \
              -Wno-missing-field-initializers; do
    TARE_ADD_FLAG([TARE_CFLAGS], [$flag])
  done
  TARE_LDFLAGS=""

  sanitized=no
  AS_IF([test "x$enable_asan" = xyes],
        [sanitized=yes; AS_VAR_APPEND([TARE_CFLAGS], [" -fsanitize=address -fno-omit-frame-pointer"])])
  AS_IF([test "x$enable_ubsan" = xyes],
        [sanitized=yes; AS_VAR_APPEND([TARE_CFLAGS], [" -fsanitize=undefined -fno-sanitize-recover=all"])])
  AS_IF([test "x$enable_coverage" = xyes],
        [AS_VAR_APPEND([TARE_CFLAGS], [" --coverage -O0"])])
  AS_IF([test "x$enable_werror" = xyes], [AS_VAR_APPEND([TARE_CFLAGS], [" -Werror"])])

  AS_IF([test "x$enable_hardening" != xno && test "x$sanitized" = xno && test "x$enable_coverage" != xyes], [
    TARE_ADD_FLAG([TARE_CFLAGS], [-fstack-protector-strong])
    TARE_ADD_FLAG([TARE_CFLAGS], [-fstack-clash-protection])
    TARE_ADD_FLAG([TARE_CFLAGS], [-fcf-protection])
    AS_CASE([$CFLAGS], [*-O@<:@123s@:>@*], [AS_VAR_APPEND([TARE_CFLAGS], [" -U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=2"])])
    TARE_ADD_FLAG([TARE_LDFLAGS], [-Wl,-z,relro,-z,now])
    TARE_ADD_FLAG([TARE_LDFLAGS], [-Wl,-z,noexecstack])
  ])
  AC_SUBST([TARE_CFLAGS])
  AC_SUBST([TARE_LDFLAGS])
])

# The CLI links its libraries statically where their archives exist (measured in docs/performance.md:
# a container's life is three to five executions, and dynamic linking costs more than most of their work).
AC_DEFUN([TARE_STATIC_SETUP], [
  AC_ARG_ENABLE([static-cli],
    [AS_HELP_STRING([--enable-static-cli], [link the tare binary statically @<:@default: when possible@:>@])],
    [], [enable_static_cli=auto])
  AC_ARG_ENABLE([static-pie],
    [AS_HELP_STRING([--enable-static-pie], [make the static tare binary position-independent: 3 % more per execution])])
  AS_IF([test "x$sanitized" = xyes || test "x$enable_coverage" = xyes], [
    AS_IF([test "x$enable_static_cli" = xyes],
          [AC_MSG_ERROR([a sanitized or coverage build cannot be static])])
    enable_static_cli=no])
  tare_static=no
  AS_IF([test "x$enable_static_cli" != xno], [
    AC_MSG_CHECKING([for static libc, libseccomp, libcap and yajl])
    tare_save_LIBS=$LIBS
    tare_save_CFLAGS=$CFLAGS
    CFLAGS="$CFLAGS -static"
    # Debian calls yajl's archive libyajl_s.a, others libyajl.a.
    for yajl_static in -lyajl_s -lyajl; do
      LIBS="-lseccomp -lcap $yajl_static $tare_save_LIBS"
      AC_LINK_IFELSE([AC_LANG_PROGRAM([[char seccomp_init(void); char cap_init(void); char yajl_alloc(void);]],
                                      [[return seccomp_init() + cap_init() + yajl_alloc();]])],
                     [tare_static=yes; break])
    done
    LIBS=$tare_save_LIBS
    CFLAGS=$tare_save_CFLAGS
    AC_MSG_RESULT([$tare_static])
    AS_IF([test "x$enable_static_cli$tare_static" = xyesno], [AC_MSG_ERROR([no static libraries to link])])
  ])
  AS_IF([test "x$tare_static" = xyes],
        [AS_IF([test "x$enable_static_pie" = xyes],
               [TARE_CLI_LDFLAGS="-static-pie"
                AS_VAR_APPEND([TARE_CFLAGS], [" -fPIE"])],
               [TARE_CLI_LDFLAGS="-all-static -no-pie"])
         TARE_CLI_LIBS="-lseccomp -lcap $yajl_static"],
        [TARE_CLI_LDFLAGS=""
         TARE_CLI_LIBS="$SECCOMP_LIBS $CAP_LIBS $YAJL_LIBS -ldl"])
  AC_SUBST([TARE_CLI_LDFLAGS])
  AC_SUBST([TARE_CLI_LIBS])
  AM_CONDITIONAL([TARE_STATIC], [test "x$tare_static" = xyes])
])
