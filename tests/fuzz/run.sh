#!/bin/bash
# SPDX-License-Identifier: MIT
# Copyright (c) 2026 The gfpbench authors
#
# run.sh [SECONDS]: build the fuzz targets with clang in a folder of their own and run each
# for so long (default 60).  What crashed one stays in fuzz-build/tests/fuzz/.
. "${GB_SRCDIR:?set by make check}/tests/tap.sh"
seconds=${1:-60}
build=$GB_BUILDDIR/fuzz-build

if ! clang -fsanitize=fuzzer -x c -o "$TMP/probe" - <<<'
int LLVMFuzzerTestOneInput(const char *d, unsigned long n) { return d == 0 && n; }' 2>/dev/null; then
	skip "fuzzing" "no clang with libFuzzer"
	done_testing
	exit
fi
mkdir -p "$build" && cd "$build" || exit 99
if [ ! -f Makefile ]; then
	"$GB_SRCDIR/configure" -q CC=clang --enable-fuzzers --enable-asan --enable-ubsan >"$TMP/log" 2>&1
fi
make -j2 >"$TMP/log" 2>&1
ok $? "the fuzz targets build" || tail "$TMP/log"
for f in recording program csv jobfile gate; do
	corpus=$GB_SRCDIR/tests/fuzz/corpus/$f
	[ $f = recording ] && corpus=$GB_SRCDIR/tests/data/recordings
	mkdir -p "found-$f"
	"tests/fuzz/fuzz_$f" -max_total_time="$seconds" -max_len=16384 -rss_limit_mb=4096 -timeout=20 \
		-artifact_prefix="tests/fuzz/" "found-$f" "$corpus" >"$TMP/$f.log" 2>&1
	ok $? "fuzz_$f: $seconds s, $(grep -o '^Done [0-9]* runs' "$TMP/$f.log")"
done
done_testing
