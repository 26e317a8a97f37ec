# SPDX-License-Identifier: MIT
# GB_OPTIONAL_LIBRARIES: features that a library brings; each absent one costs a format,
# never the build.  The absent twin is a file of its own, chosen here.
AC_DEFUN([GB_OPTIONAL_LIBRARIES], [
PKG_CHECK_MODULES([ZLIB], [zlib], [gb_have_zlib=yes], [gb_have_zlib="no (zlib not found)"])
PKG_CHECK_MODULES([LZMA], [liblzma], [gb_have_lzma=yes], [gb_have_lzma="no (liblzma not found)"])
PKG_CHECK_MODULES([SQLITE3], [sqlite3], [gb_have_sqlite3=yes], [gb_have_sqlite3="no (libsqlite3 not found)"])
AM_CONDITIONAL([HAVE_ZLIB], [test "x$gb_have_zlib" = xyes])
AM_CONDITIONAL([HAVE_LZMA], [test "x$gb_have_lzma" = xyes])
AM_CONDITIONAL([HAVE_SQLITE3], [test "x$gb_have_sqlite3" = xyes])
])

# GB_RUNTIME_PROGRAMS: what a run looks for itself; configure only reports it.
AC_DEFUN([GB_RUNTIME_PROGRAMS], [
gb_found_jemalloc="no: libjemalloc.so.2 not found (Debian: apt-get install libjemalloc2)"
for gb_dir in /usr/lib/*-linux-gnu /usr/lib64 /usr/lib /usr/local/lib; do
  AS_IF([test -e "$gb_dir/libjemalloc.so.2"], [gb_found_jemalloc="$gb_dir/libjemalloc.so.2"; break])
done
AC_PATH_PROG([GB_GNUPLOT], [gnuplot], [no])
AS_IF([test "x$GB_GNUPLOT" = xno],
  [gb_found_gnuplot="no: gnuplot not in PATH (Debian: apt-get install gnuplot-nox)"],
  [gb_found_gnuplot="$GB_GNUPLOT"])
])
