#!/bin/bash
# SPDX-License-Identifier: MIT
# Copyright (c) 2026 The gfpbench authors
#
# torture.sh [SECONDS]: stress with storm and mayhem on our own allocators, injected failures
# included, for so long in all (default 600), in this build, in one with the address
# sanitizer and in one with the thread sanitizer; all must end without a fault.
. "$GB_SRCDIR/tests/tap.sh"
each=$((${1:-600} / 3))
own=$("$GFPBENCH" list backends --format=csv | grep -oE '^(slab|pages|vmalloc|kvmalloc)' | paste -sd,)
cd "$TMP" || exit 99

# torture NAME PROGRAM SECONDS
torture() {
	"$2" stress -b "$own" -w storm,mayhem -d "$3s" -q -o "$TMP/$1" >"$TMP/out" 2>"$TMP/err"
	ok $? "$1: $(cat "$TMP/out")"
	find "$TMP/$1/faults" -name fault.txt -exec cat {} + 2>/dev/null | sed 's/^/# /'
}
# build NAME OPTION
build() {
	mkdir -p "$GB_BUILDDIR/$1-build"
	(cd "$GB_BUILDDIR/$1-build" &&
		{ [ -f Makefile ] || "$GB_SRCDIR/configure" -q "$2"; } &&
		make -j2 gfpbench) >"$TMP/log" 2>&1
	ok $? "$1: builds"
}
torture plain "$GFPBENCH" $each
build asan --enable-asan
torture asan "$GB_BUILDDIR/asan-build/gfpbench" $each
build tsan --enable-tsan
torture tsan "$GB_BUILDDIR/tsan-build/gfpbench" $each
done_testing
