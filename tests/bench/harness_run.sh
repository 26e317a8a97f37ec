#!/bin/bash
# SPDX-License-Identifier: MIT
# Copyright (c) 2026 The gfpbench authors
# What the harness costs around the measured calls, as its user meets it: replay on null,
# the start of a runner, the reading of a recording.  Reports, never asserts.
#
#	make bench-harness
set -eu
G=$GFPBENCH
T=$(mktemp -d)
trap 'rm -rf "$T"' EXIT
cd "$T"

# value FILE COLUMN: of its last row (the columns asked for come before any quoted one's comma)
value() {
	awk -F, -v name="$2" 'NR == 1 { for (i = 1; i <= NF; i++) if ($i == name) at = i }
		END { print $at }' "$1"
}

echo
echo "replay on null, waits for other CPUs excluded (aim: 20 and more)"
for threads in 1 2; do
	best=0
	for i in 1 2 3 4 5; do
		"$G" run -q --format=none -b null -w replay -r 1 -t $threads -d 200ms -o r$threads$i \
			2>err || { cat err >&2; exit 1; }
		best=$(value r$threads$i/samples.csv ops_per_s | awk -v best=$best -v t=$threads \
			'{ v = $1 / t / 1e6; print (v > best ? v : best) }')
	done
	printf '  %d CPUs %32.1f million operations per second and CPU\n' $threads "$best"
done

echo "start of a runner to its first operation, prefaulting excluded (aim: under 15 ms)"
for backend in null glibc jemalloc slab; do
	"$G" run -v --format=none -b $backend -w pairs:size=64:n=100 -r 9 -t 1 -d 1ms \
		-o s-$backend 2>err >out || { sed -n '1s/^/  /p' err; continue; }
	sed -n 's/^  first operation after \([0-9.]*\) ms, prefaulting took \([0-9.]*\) ms.*/\1 \2/p' err |
		awk '{ print $1 - $2, $2 }' | sort -n | awk -v name=$backend '
		{ ms[NR] = $1; fault[NR] = $2 }
		END { m = int((NR + 1) / 2)
			printf "  %-12s %27.1f ms (median of %d; prefaulting %.1f ms on top)\n",
				name, ms[m], NR, fault[m] }'
done

echo "reading a recording of 200,000 events (aim: under 0.5 s)"
awk 'BEGIN {
	print "# tracer: nop"
	for (i = 0; i < 100000; i++) {
		printf " task-%d [%03d] ..... %d.%06d: kmalloc: call_site=f+0x1/0x2 ptr=%016x bytes_req=%d bytes_alloc=%d gfp_flags=GFP_KERNEL node=-1 accounted=false\n",
			100 + i % 7, i % 4, 10 + i / 50000, i % 50000 * 20, 4096 + i * 64, 8 + i % 500, 512
		if (i >= 50)
			free(i - 50)
	}
	for (k = i - 50; k < i; k++)
		free(k)
}
function free(k) {
	printf " task-%d [%03d] ..... %d.%06d: kfree: call_site=f+0x1/0x2 ptr=%016x\n",
		100 + k % 7, k % 4, 10 + i / 50000, i % 50000 * 20 + 10, 4096 + k * 64
}' >trace
"$G" show trace --format=csv | grep -E '^(events|malformed_lines|leaked),' | tr '\n' ' '
best=9999
for i in 1 2 3 4 5; do
	start=$(date +%s%N)
	"$G" show trace --format=csv >/dev/null
	ms=$((($(date +%s%N) - start) / 1000000))
	[ $ms -ge $best ] || best=$ms
done
printf '\n  %d bytes of text %30d ms\n' "$(wc -c <trace)" $best
