#!/bin/bash
# SPDX-License-Identifier: MIT
# Copyright (c) 2026 The gfpbench authors
#
# RAM decides whether atomic requests fail: the workload of docs/FIDELITY.md, which takes a
# small machine to its marks, fails some with 16 MiB and none with 1 GiB.
. "${GB_SRCDIR:?set by make check}/tests/tap.sh"
churn=irq-churn:slots=1850:size_min=4k:size_max=4k:burst_min=32:burst_max=32
churn=$churn:burst_size_min=2k:burst_size_max=2k:keep=11
cd "$TMP" || exit 99

# failures FOLDER BACKEND: failed atomic requests of all its samples
failures() {
	awk -F, -v backend="$2" '
		NR == 1 { for (i = 1; i <= NF; i++) at[$i] = i; next }
		$at["backend"] == backend { n += $at["atomic_failures_count"]; rows++ }
		END { print rows ? n : "no sample" }' "$1/samples.csv"
}
# The shortest time in which on this machine as many interrupts come as fill it.
for time in 200ms 2s 20s; do
	rm -rf 16m 1g
	for ram in 16m 1g; do
		"$GFPBENCH" run -b slab,pages -w "$churn" -t 2 --ram $ram -r 1 -d $time -q \
			-o $ram --format=none 2>err-$ram
		echo $? >status-$ram
	done
	[ "$(failures 16m slab)" = 0 ] || [ "$(failures 16m pages)" = 0 ] || break
done
for ram in 16m 1g; do
	ok "$(cat status-$ram)" "runs with $ram of RAM for $time: $(cat err-$ram)"
done
for backend in slab pages; do
	n=$(failures 16m $backend)
	ok "$([ "$n" -gt 0 ]; echo $?)" "16m: atomic requests fail on $backend ($n)"
	is "$(failures 1g $backend)" 0 "1g: none fails on $backend"
done
"$GFPBENCH" run -b slab -w "${churn/1850/2100}" -t 2 --ram 16m -q -n >out 2>err
is $? 2 "more than RAM holds is refused"
ok "$(grep -q 'more than the 16' err; echo $?)" "and says so"
done_testing
