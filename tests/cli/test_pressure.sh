#!/bin/bash
# SPDX-License-Identifier: MIT
# Copyright (c) 2026 The gfpbench authors
#
# pressure as anybody runs it: how deep each class of request went agrees with the
# watermarks' rules, in every sample, on however busy a machine.
. "${GB_SRCDIR:?set by make check}/tests/tap.sh"
cd "$TMP" || exit 99

# dip CLASS LEAST MOST: of min, in each sample that has a row; and how many have one
dip() {
	awk -F, -v class="$1" -v least="$2" -v most="$3" '
		$13 == class && $15 == "deepest_dip_of_min_ratio" {
			n++
			if ($16 < best || n == 1) best = $16
			if ($16 < least) low = $16
		}
		END {
			if (!n || low || best > most) {
				printf "%d samples, deepest %s, below the rule: %s\n", n, best, low
				exit 1
			}
		}' run/figures.csv >said
	ok $? "$1: deepest dip $2 to $3 of min"
	test ! -s said || diag "$(cat said)"
}

exits 0 'the default run' "$GFPBENCH" run -b slab -w pressure -o run
is "$(head -1 run/figures.csv | cut -d, -f13-)" 'series,x,metric,value' 'columns of figures.csv'
dip GFP_KERNEL 1 1.1
dip 'GFP_KERNEL|__GFP_HIGH' 0.5 0.55
dip GFP_ATOMIC 0.375 0.42
awk -F, '$15 == "atomic_failure_ratio" && $16 == 0 { n++ } END { exit !n }' run/figures.csv
ok $? 'the curve: bursts succeed where memory is free'
awk -F, 'NR > 1 && $14 == "Normal" && $15 < $16 { n++ } END { exit !n }' run/pressure.csv
ok $? 'pressure.csv: free pages go below min'
done_testing
