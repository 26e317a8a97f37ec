#!/bin/bash
# SPDX-License-Identifier: MIT
# Copyright (c) 2026 The gfpbench authors
#
# tarball.sh TARBALL: a release tarball on a machine without autotools: unpack, configure,
# make, install, self test, with a PATH in which autoconf, automake, libtool, m4 and git do
# not exist.  Part of make check-long.
set -u
tarball=$(readlink -f "${1:?usage: tarball.sh TARBALL}")
. "$(dirname "$0")/../tap.sh"
mkdir "$TMP/bin"
for folder in /usr/local/bin /usr/bin /bin /usr/sbin /sbin; do
	for program in "$folder"/*; do
		name=$(basename "$program")
		case $name in
		auto* | aclocal* | libtool* | m4 | gm4 | git | ifnames) continue ;;
		esac
		[ -e "$TMP/bin/$name" ] || ln -s "$program" "$TMP/bin/$name"
	done
done
export PATH=$TMP/bin
unset MAKEFLAGS MAKELEVEL MFLAGS CC CFLAGS LDFLAGS DESTDIR
ok $(! command -v autoconf automake libtoolize m4 >/dev/null; echo $?) "no autotools in PATH"
cd "$TMP" || exit 99
exits 0 "unpack" tar xf "$tarball"
cd gfpbench-*/ || exit 99
exits 0 "configure" ./configure --prefix="$TMP/root"
exits 0 "make" make -j"$(nproc)"
ok $(! grep -Ei 'warning|missing' "$TMP/out" "$TMP/err" | grep -v 'checking' >&2; echo $?) \
	"without a warning"
exits 0 "make install" make install
exits 0 "make installcheck" make installcheck
sed 's/^/# /' "$TMP/out" | grep '^# not ok'
done_testing
