#!/bin/bash
# SPDX-License-Identifier: MIT
# Copyright (c) 2026 The gfpbench authors
#
# Every workload keeps its blocks apart and does the same on every backend: none is corrupt
# on check:glibc and check:slab, and the checksum of the stream of operations is equal
# wherever a workload ran.  Those that need the kernel's calls run on slab and check:slab.
#
# gfp-mix, pressure, mayhem and dma-ring want more than there is (GB_WL_PRESSURE): which
# requests are refused depends on the backend and on when memory was freed, and what was
# refused is not freed later, so their streams part.
#
# make check takes those that need little time; with GB_TEST_SECONDS (make check-long) all.
. "${GB_SRCDIR:?set by make check}/tests/tap.sh"

few=irq-churn,netrx,gfp-mix,storm,larson,prodcons,migrate-batch,thread-churn
kernel_few=rcu-free,fscache,bulk,blkio
# Small where the default holds much memory or takes long.
rest=pressure,mayhem,pairs,threadtest,ws-replace,migrate,false-sharing,exchange,pareto-slots,window-local,window-remote,vmalloc-fix,\
vmalloc-full-fit,vmalloc-long-busy,vmalloc-random,vmalloc-fix-align,vmalloc-random-align,\
fragment:fill=1m,size-sweep:size_max=64k,large:buffers=3:size_min=1m:size_max=2m
kernel_rest=dma-ring,vmalloc-align-shift,vmalloc-rcu-free,vmalloc-map-ram

# one_run NAME WORKLOADS BACKENDS [OPTION...]: its samples in $TMP/NAME/samples.csv
# (Freed blocks that the address sanitizer keeps for a while would be leaked ones.)
one_run() {
	local name=$1 workloads=$2 backends=$3
	shift 3
	tell_sanitizers quarantine_size_mb=0:thread_local_quarantine_size_kb=0 \
		timeout 500 "$GFPBENCH" run -w "$workloads" -b "$backends" --ops 2000 --seed 7 \
		--warmup 1ms --interval 10ms -t 2 --progress never --format none \
		-o "$TMP/$name" "$@" >"$TMP/$name.out" 2>&1
}

# Columns are read by their name: no field of a good row holds a comma.
samples() { # NAME -> "workload backend status checksum error" lines
	awk -F, -v OFS='|' '
		NR == 1 { for (i = 1; i <= NF; i++) at[$i] = i; next }
		{ print $at["workload"], $at["backend"], $at["status"], $at["checksum"], $at["error"] }' \
		"$TMP/$1/samples.csv"
}

steered='^(gfp-mix|pressure|mayhem|dma-ring)$'

# judge NAME WORKLOADS BACKENDS-PER-WORKLOAD
judge() {
	local name=$1 workloads=$2 want=$3 w rows
	samples "$name" >"$TMP/rows"
	for w in ${workloads//,/ }; do
		w=${w%%:*}
		rows=$(grep "^$w|" "$TMP/rows")
		is "$(grep -c '|ok|' <<<"$rows")" "$want" "$w: every sample ends well ($name)"
		[ "$(grep -c '|ok|' <<<"$rows")" = "$want" ] || diag "$rows"
		[[ $w =~ $steered ]] && continue
		like "$(grep '|ok|' <<<"$rows" | cut -d'|' -f4 | sort -u | tr '\n' ' ')" \
			'^[0-9a-f]{16} $' "$w: one checksum ($name)"
	done
}

one_run checked "$few" check:glibc,check:slab -r 1
judge checked "$few" 2

# Every backend that is here and promises contents, whoever added it to the table.
# (One that is preloaded is not under a sanitizer, whose malloc must come first.)
backends=$("$GFPBENCH" list backends --format=csv |
	{ [ -z "$(sanitizer)" ] && cat || sed '/ preloaded"/d'; } |
	sed -n 's/^\([a-z0-9-]*\),yes,[^"]*"[a-z,-]*contents[,"].*/check:\1/p' | paste -sd,)
like "$backends" 'check:slab.*check:glibc' "backends that promise contents: $backends"
one_run every pairs,larson "$backends" -r 1
judge every pairs,larson "$(tr ',' '\n' <<<"$backends" | wc -l)"

one_run kernel "$kernel_few" slab,check:slab -r 1
judge kernel "$kernel_few" 2

if [ -n "${GB_TEST_SECONDS:-}" ]; then
	one_run checked-rest "$rest" check:glibc,check:slab -r 1
	judge checked-rest "$rest" 2
	one_run kernel-rest "$kernel_rest" slab,check:slab -r 1
	judge kernel-rest "$kernel_rest" 2
	# unchecked backends do the same
	one_run plain "${few/gfp-mix,/}" glibc,slab,null -r 1
	judge plain "${few/gfp-mix,/}" 3
fi
done_testing
