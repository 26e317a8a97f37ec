#!/bin/bash
# SPDX-License-Identifier: MIT
# Copyright (c) 2026 The gfpbench authors
# What allocators hold over what is live: the slab beside four mallocs, for the table of
# docs/PERFORMANCE.md.  Reports, never asserts.
#
#	make bench-memory [RUNS=3]		# some eleven minutes
#
# Medians of RUNS processes for each cell, a second of work in each: what an allocator holds
# grows for a while, and not for all at the same pace.  What is live is sampled, and the same
# for all: the most that any process of the cell saw.  The last column compares the medians,
# and in brackets the least and the largest among the first processes of each, the second ...
set -eu
G=$GFPBENCH
RUNS=${RUNS:-3}
T=$(mktemp -d)
trap 'rm -rf "$T"' EXIT
export LC_ALL=C

mallocs=glibc,jemalloc
for name in mimalloc:libmimalloc.so.2 tcmalloc:libtcmalloc_minimal.so.4; do
	for library in /usr/lib/*/"${name#*:}"; do
		[ ! -e "$library" ] || mallocs+=,preload:$library:name=${name%%:*}
	done
done

# cells OUTPUT RUN-OPTIONS...
cells() {
	local out=$T/$1 status=0
	shift
	"$G" run -q --format=none -b "slab,$mallocs" -d 1s -r "$RUNS" -o "$out" "$@" 2>"$T/err" ||
		status=$?
	# 1: some cells failed; their rows say so, and the table leaves them out
	[ $status -le 1 ] || { cat "$T/err" >&2; exit $status; }
}

table() {
	awk -F, '
	function median(list, count, value, i, j, swap) {
		count = split(list, value, " ")
		for (i = 1; i <= count; i++)
			for (j = i + 1; j <= count; j++)
				if (value[j] + 0 < value[i] + 0) {
					swap = value[i]; value[i] = value[j]; value[j] = swap
				}
		if (!count)
			return 0
		return (value[int((count + 1) / 2)] + value[int(count / 2) + 1]) / 2
	}
	# slab over the median of the others; of all repetitions, or of one
	function ratio(cell, rep, i, others) {
		others = ""
		for (i = 2; i <= names; i++)
			if (held[cell, name[i], rep] != "")
				others = others " " median(held[cell, name[i], rep])
		return others == "" ? 0 : median(held[cell, "slab", rep]) / median(others)
	}
	BEGIN {
		names = split("slab glibc jemalloc mimalloc tcmalloc", name, " ")
		printf "| workload | threads |"
		for (i = 1; i <= names; i++)
			printf " %s |", name[i]
		printf " slab / median of four (single runs) |\n|---|---|"
		for (i = 1; i <= names; i++)
			printf "---|"
		print "---|"
	}
	FNR == 1 {
		for (i = 1; i <= NF; i++)
			at[$i] = i
		next
	}
	$at["status"] == "ok" && $at["held_peak_bytes"] != "" {
		cell = $at["workload"] " | " $at["threads"]
		backend = $at["backend"]
		sub(/.*name=/, "", backend)
		if (!(cell in seen)) {
			seen[cell] = 1
			cellname[++cells] = cell
		}
		held[cell, backend, ""] = held[cell, backend, ""] " " $at["held_peak_bytes"]
		held[cell, backend, $at["rep"]] = $at["held_peak_bytes"]
		if ($at["live_peak_bytes"] > live[cell])
			live[cell] = $at["live_peak_bytes"]
		last = $at["rep"] > last ? $at["rep"] : last
	}
	END {
		for (c = 1; c <= cells; c++) {
			cell = cellname[c]
			printf "| %s |", cell
			for (i = 1; i <= names; i++)
				printf held[cell, name[i], ""] == "" ? " |" : " %.2f |",
					median(held[cell, name[i], ""]) / live[cell]
			least = largest = ratio(cell, 1)
			for (r = 2; r <= last; r++) {
				v = ratio(cell, r)
				least = v < least ? v : least
				largest = v > largest ? v : largest
			}
			printf " %.2f (%.2f to %.2f) |\n", ratio(cell, ""), least, largest
		}
	}' "$@"
}

cells steady -w larson,thread-churn -t 1,2,4
cells filled -w fragment -t 1,2,4 --ram 64m
echo "held_peak_bytes over live_peak_bytes:"
echo
table "$T/steady/samples.csv" "$T/filled/samples.csv" >"$T/table"
head -n 2 "$T/table"
tail -n +3 "$T/table" | sort -t '|' -k 2,2 -k 3,3n
