#!/bin/bash
# SPDX-License-Identifier: MIT
# Copyright (c) 2026 The gfpbench authors
#
# run --trace: a recording that is replayed on the emulated kernel writes a trace, and what
# show says of that trace is what it says of the recording.
. "${GB_SRCDIR:?set by make check}/tests/tap.sh"
cd "$TMP" || exit 99
data=$GB_SRCDIR/tests/data/recordings

# Duplicates, null and unmatched frees are in no replay, so in no trace.
figures() { # FILE: the counts that a replay keeps
	"$GFPBENCH" show "$1" --format=csv 2>/dev/null |
		grep -E '^(allocs|frees|leaked|requested_bytes|(allocs|frees)_.*),'
}
# same FILE NAME
same() {
	rm -rf run
	exits 0 "$2: replayed with --trace" "$GFPBENCH" run -b slab -w "replay:file=$1" -r 1 \
		-d 10ms -q --trace -o run
	ok "$([ -s run/trace-1.txt ]; echo $?)" "$2: a trace is in the directory of the run"
	like "$(figures run/trace-1.txt)" '^allocs,[1-9]' "$2: it has allocations"
	is "$(figures run/trace-1.txt)" "$(figures "$1")" "$2: show agrees on both"
}
same "$data/flags5.trace" "a kernel's trace, five flag letters"
same "$data/flags4.trace" "a kernel's trace, four"
same "$data/perf-script.txt" "perf script"

# long enough to fill the ring several times, from two CPUs and three contexts
awk 'BEGIN {
	for (i = 0; i < 60000; i++) {
		c = i % 7 == 0 ? "d.h1." : i % 7 == 3 ? "..s1." : "....."
		g = i % 7 == 0 || i % 7 == 3 ? "GFP_ATOMIC" : "GFP_KERNEL"
		cpu = i % 2
		printf "  task-%d [00%d] %s %d.%06d: kmalloc: call_site=f+0x1/0x2 ptr=%016x " \
			"bytes_req=%d bytes_alloc=%d gfp_flags=%s node=-1 accounted=false\n",
			100 + cpu, cpu, c, 1 + i / 20000, i * 40 % 1000000, 4096 + i * 64,
			8 + i % 500, 512, g
		if (i % 10)
			printf "  task-%d [00%d] %s %d.%06d: kfree: call_site=f+0x1/0x2 ptr=%016x\n",
				100 + cpu, cpu, c, 1 + i / 20000, (i * 40 + 20) % 1000000,
				4096 + i * 64
	}
}' >long.trace
same "$TMP/long.trace" "120,000 events"
ok "$(! grep -q LOST run/trace-1.txt; echo $?)" "none is lost"
exits 2 "a backend without tracepoints is refused" "$GFPBENCH" run -b slab,glibc -w pairs --trace \
	-d 10ms -r 1
like "$(cat "$TMP/err")" 'glibc has no tracepoints' "and named"
exits 0 "endless workloads have a pass of their own" "$GFPBENCH" run -b pages -w pairs -t 1 -r 1 \
	-d 10ms -q --trace -o pages
like "$(head -20 pages/trace-1.txt)" 'mm_page_(alloc|free): page=' "with page events"
exits 0 "without --trace" "$GFPBENCH" run -b slab -w pairs -t 1 -r 1 -d 10ms -q -o none
ok "$(! ls none/trace-* 2>/dev/null; echo $?)" "there is none"
done_testing
