# SPDX-License-Identifier: MIT
# GB_APPEND_IF_ACCEPTED(VARIABLE, FLAG): append FLAG when the compiler takes it silently.
AC_DEFUN([GB_APPEND_IF_ACCEPTED], [
AC_MSG_CHECKING([whether $CC accepts $2])
gb_save_cflags="$CFLAGS"
CFLAGS="$CFLAGS -Werror $2"
AC_COMPILE_IFELSE([AC_LANG_PROGRAM()], [AC_MSG_RESULT([yes]); $1="$$1 $2"], [AC_MSG_RESULT([no])])
CFLAGS="$gb_save_cflags"
])

# GB_WARNINGS: one probed list, the same for gcc and clang; --enable-werror makes them fatal.
AC_DEFUN([GB_WARNINGS], [
AC_ARG_ENABLE([werror], [AS_HELP_STRING([--enable-werror], [treat warnings as errors])],
  [], [enable_werror=no])
GB_CFLAGS=
m4_foreach_w([gb_flag], [-Wall -Wextra -Wundef -Wshadow -Wmissing-prototypes
  -Wstrict-prototypes -Wvla -Wpointer-arith -Wwrite-strings -Wformat=2
  -Wno-format-nonliteral -Wno-missing-field-initializers],
  [GB_APPEND_IF_ACCEPTED([GB_CFLAGS], gb_flag)])
dnl The compiler must neither remove a malloc/free pair nor turn one into something else.
GB_APPEND_IF_ACCEPTED([GB_CFLAGS], [-fno-builtin-malloc -fno-builtin-free -fno-builtin-calloc -fno-builtin-realloc])
GB_APPEND_IF_ACCEPTED([GB_CFLAGS], [-fno-semantic-interposition])
dnl Messages name harness/base/csv.c, not the folder where it was built.
GB_APPEND_IF_ACCEPTED([GB_CFLAGS], [-fmacro-prefix-map=$srcdir/=])
GB_APPEND_IF_ACCEPTED([GB_CFLAGS], [-fvisibility=hidden])
GB_APPEND_IF_ACCEPTED([GB_CFLAGS], [-fno-omit-frame-pointer])
dnl A leaf needs no frame: the allocator's fast paths are leaves.
GB_APPEND_IF_ACCEPTED([GB_CFLAGS], [-momit-leaf-frame-pointer])
AS_IF([test "x$enable_werror" = xyes], [GB_CFLAGS="$GB_CFLAGS -Werror"])
AC_SUBST([GB_CFLAGS])
])

# GB_BUILD_MODES: sanitizers and the debug build; numbers from them are never judged.
AC_DEFUN([GB_BUILD_MODES], [
gb_build_mode=release
m4_foreach([gb_mode], [asan, tsan, ubsan], [
AC_ARG_ENABLE(gb_mode, [AS_HELP_STRING([--enable-]gb_mode, [build with this sanitizer (correctness only)])],
  [], [enable_]gb_mode[=no])])
AC_ARG_ENABLE([debug], [AS_HELP_STRING([--enable-debug], [lock ranks, internal checks, yields at race windows])],
  [], [enable_debug=no])
AC_ARG_ENABLE([fuzzers], [AS_HELP_STRING([--enable-fuzzers], [build the libFuzzer targets (clang)])],
  [], [enable_fuzzers=no])
AS_IF([test "x$enable_asan" = xyes], [GB_SANITIZE="-fsanitize=address"; gb_build_mode=asan])
AS_IF([test "x$enable_ubsan" = xyes], [GB_SANITIZE="$GB_SANITIZE -fsanitize=undefined -fno-sanitize-recover=undefined"; gb_build_mode="$gb_build_mode+ubsan"])
AS_IF([test "x$enable_tsan" = xyes], [GB_SANITIZE="-fsanitize=thread"; gb_build_mode=tsan
  dnl gcc warns of fences, which its sanitizer does not model; ours stand between atomics.
  GB_APPEND_IF_ACCEPTED([GB_SANITIZE], [-Wno-error=tsan -Wno-tsan])])
dnl Coverage in every object, so that the fuzzer sees into the libraries.
AS_IF([test "x$enable_fuzzers" = xyes], [GB_SANITIZE="$GB_SANITIZE -fsanitize=fuzzer-no-link"; gb_build_mode="$gb_build_mode+fuzzers"])
AS_IF([test "x$enable_debug" = xyes], [AC_DEFINE([GB_DEBUG], [1], [Internal checks]) gb_build_mode="$gb_build_mode+debug"],
  [AC_DEFINE([GB_DEBUG], [0], [Internal checks])])
AC_SUBST([GB_SANITIZE])
AC_DEFINE_UNQUOTED([GB_BUILD_MODE], ["$gb_build_mode"], [release, asan, tsan...])
AC_DEFINE_UNQUOTED([GB_BUILD_CFLAGS], ["$CFLAGS $GB_SANITIZE"], [For the manifest])
AM_CONDITIONAL([SANITIZED], [test -n "$GB_SANITIZE"])
AM_CONDITIONAL([FUZZERS], [test "x$enable_fuzzers" = xyes])
])
