#!/bin/bash
# SPDX-License-Identifier: MIT
# Copyright (c) 2026 The gfpbench authors
#
# torture.sh [SECONDS]: stress with storm and mayhem, failures injected into every second
# child, on our own allocators and on libgfpmalloc (by its prefixed names, so that the
# sanitizers see its own accesses; with forks).  In this build, in one with the address
# sanitizer and in one with the thread sanitizer, each for so long (default 600, a third of
# it libgfpmalloc); all must end without a fault.
. "${GB_SRCDIR:?set by make check}/tests/tap.sh"
seconds=${1:-600}
own=$("$GFPBENCH" list backends --format=csv | grep -oE '^(slab|pages|vmalloc|kvmalloc)' | paste -sd,)
cd "$TMP" || exit 99

# stress NAME PROGRAM BACKENDS SECONDS
stress() {
	local name=${1//[^a-z]/-}
	"$2" stress -b "$3" -w storm,mayhem -d "$4s" -q -o "$TMP/$name" >"$TMP/out" 2>"$TMP/err"
	ok $? "$1: $(cat "$TMP/out" "$TMP/err")"
	find "$TMP/$name/faults" -name fault.txt -exec cat {} + 2>/dev/null | sed 's/^/# /'
}
# torture NAME FOLDER
torture() {
	stress "$1: $own" "$2/gfpbench" "$own" $((seconds * 2 / 3))
	stress "$1: libgfpmalloc" "$2/tests/torture/prefixed" gfpmalloc $((seconds / 3))
}
# build NAME OPTION
build() {
	mkdir -p "$GB_BUILDDIR/$1-build"
	(cd "$GB_BUILDDIR/$1-build" &&
		{ [ -f Makefile ] || "$GB_SRCDIR/configure" -q "$2"; } &&
		make -j2 gfpbench tests/torture/prefixed) >"$TMP/log" 2>&1
	ok $? "$1: builds" || tail "$TMP/log"
}
torture plain "$GB_BUILDDIR"
build asan --enable-asan
torture asan "$GB_BUILDDIR/asan-build"
build tsan --enable-tsan
torture tsan "$GB_BUILDDIR/tsan-build"
done_testing
