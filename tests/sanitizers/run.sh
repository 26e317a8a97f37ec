#!/bin/bash
# SPDX-License-Identifier: MIT
# Copyright (c) 2026 The gfpbench authors
#
# run.sh [TEST...]: the harness under the sanitizers: command line, runner, conformance and
# unit tests in a build with the address and undefined-behaviour sanitizers (leaks too) and
# in one with the thread sanitizer, each in a folder of its own below the build.  What of a
# test cannot hold there skips itself and says why.
#
# Left out: tests of documents, style, manual pages and the browser run no more code of
# ours; what preloads a malloc gets the sanitizer's (mutants, gfpmalloc; the slab's malloc
# is in make check-torture); instructions are the sanitizer's.
. "${GB_SRCDIR:?set by make check-sanitizers}/tests/tap.sh"
left_out='docs|style|manuals|recipes|report_browser|mutants|test_gfpmalloc|instructions|gate_self'

# in_build FOLDER OPTIONS: configured and compiled, program and tests
in_build() {
	local folder=$1
	shift
	mkdir -p "$folder" && cd "$folder" || return
	[ -f Makefile ] || "$GB_SRCDIR/configure" -q "$@" || return
	make -j"$(nproc)" check TESTS=
}
# tests: those of make check, one a line
tests() {
	make -s print-tests | tr ' ' '\n' | grep -Ev "$left_out"
}
# go NAME OPTIONS: all of them
go() {
	local name=$1 folder=$GB_BUILDDIR/check-$1 wanted=$chosen
	shift
	in_build "$folder" "$@" >"$TMP/log" 2>&1
	ok $? "$name: builds"
	cd "$folder" || return
	[ -n "$wanted" ] || wanted=$(tests | tr '\n' ' ')
	make check TESTS="$wanted" >"$TMP/log" 2>&1
	ok $? "$name: $(sed -n 's/^# \(TOTAL\|SKIP\|FAIL\): */\1 /p' "$TMP/log" | tr '\n' ' ')"
	grep '^FAIL\|^ERROR' "$TMP/log" | sed 's/^/# /'
}
chosen=$*
unset MAKEFLAGS MAKELEVEL MFLAGS
go asan --enable-asan --enable-ubsan
go tsan --enable-tsan
done_testing
