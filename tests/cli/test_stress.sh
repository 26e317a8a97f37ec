#!/bin/bash
# SPDX-License-Identifier: MIT
# Copyright (c) 2026 The gfpbench authors
# stress and probe, as a user meets them.
. "${GB_SRCDIR:?set by make check}/tests/tap.sh"
cd "$TMP" || exit 99
G=$GFPBENCH
M=$GB_BUILDDIR/tests/mutants/mutant_malloc.so
S=$GB_BUILDDIR/tests/mutants/sound_malloc.so
sanitized=$(sanitizer)
preloads_not=${sanitized:+the malloc of the sanitizer must come first}

exits 0 "stress of a sound backend" "$G" stress -b slab -d 3s -o s1
like "$(cat "$TMP/out")" '^sound: [0-9]+ samples, [0-9]+ checked operations, ' "says so on stdout"
ok "$([ ! -e s1/faults ]; echo $?)" "no evidence where there is no fault"
like "$(tail -n +2 s1/samples.csv | cut -d, -f8 | sort -u | head -1)" '^check:' "rows as of a run"
broken_one() {
	export GFPBENCH_MUTANT=double_hand_out
	exits 1 "stress of a broken one" "$G" stress -b "preload:$M" -w mayhem -t 2 -d 4s -o s2 --format=csv
	like "$(cat "$TMP/out")" '^faults,[1-9]' "faults are counted"
	ok "$(grep -q '^status    corrupt' s2/faults/1/fault.txt; echo $?)" "evidence: what"
	ok "$(grep -q 'stack: ' s2/faults/1/events.txt; echo $?)" "evidence: stacks"
	ok "$(grep -q '^cpu ' s2/faults/1/live.txt; echo $?)" "evidence: what was live"
	for f in s2/faults/*/maps.txt; do
		grep -q ' r-xp .*gfpbench' "$f" || echo "$f"
	done >nomap
	is "$(cat nomap)" "" "evidence: the memory map, of every fault"
	ok "$([ "$(tail -n +2 s2/samples.csv | wc -l)" -ge 2 ]; echo $?)" "and it went on with the next seed"
	cmd=$(sed -n 's/^  gfpbench \(run .*\)/\1/p' s2/faults/1/fault.txt)
	[ -n "$cmd" ] || cmd=$(sed -n 's/^  GFPBENCH.* gfpbench \(run .*\)/\1/p' s2/faults/1/fault.txt)
	eval "exits 1 'the command of the evidence repeats it' \"\$G\" $cmd -q --format=none -o s3"
	like "$(cat s3/samples.csv)" ',corrupt,"?(double-hand-out|overlap)' "the same kind of fault"
	unset GFPBENCH_MUTANT
}
if [ -z "$preloads_not" ]; then broken_one; else skip "stress of a broken one" "$preloads_not"; fi

# Handlers that take longer than the period leave process context no time at all.
exits 0 "interrupts without end: the sample ends all the same" "$G" run -b check:slab \
	-w irq-churn:burst_min=256:burst_max=256:burst_size_min=4k:burst_size_max=16k \
	-t 1 -r 1 -d 100ms --irq-rate 50k --timeout 60s --no-pin -q --format=none -o swamped
grep -q ',ok,' swamped/samples.csv || diag "$(tail -1 swamped/samples.csv)"

if [ "$(sanitizer)" = tsan ]; then
	skip "probe of glibc: unsafe" "the thread sanitizer lets no signal into its malloc"
else
	exits 1 "probe of glibc: unsafe" "$G" probe glibc --tries=2 --duration=10s
	like "$(cat "$TMP/out")" '^glibc: UNSAFE: of 2 tries' "says how it ended"
fi
exits 0 "probe of slab: survives" "$G" probe slab --tries=2 --irqs=10k --format=csv
like "$(cat "$TMP/out")" '^2,[0-9]+,1,survived,[0-9]+,' "a CSV row a try"
if [ -n "$preloads_not" ]; then
	skip "probe: an rseq list and a cmpxchg16b list survive" "$preloads_not"
elif [ "$(uname -m)" = x86_64 ]; then
	exits 0 "probe: an rseq list survives" "$G" probe "preload:$S:name=rseq" --tries=2 --irqs=20k
	like "$(cat "$TMP/out")" '^rseq: survived' "a sound control"
	export GFPBENCH_SOUND=cmpxchg
	exits 0 "probe: a cmpxchg16b list survives" "$G" probe "preload:$S:name=cmpxchg" --tries=2 --irqs=20k
else
	skip "probe: an rseq list and a cmpxchg16b list survive" "written for x86-64"
fi
export GFPBENCH_SOUND=plain
if [ -z "$preloads_not" ]; then
	exits 1 "probe: the same list without protection does not" "$G" probe "preload:$S:name=plain" --tries=4
else
	skip "probe: the same list without protection does not" "$preloads_not"
fi

exits 2 "stress: null promises nothing" "$G" stress -b null -d 1s -o n1
exits 2 "stress: an unknown backend" "$G" stress -b slap -d 1s -o n1
ok "$([ ! -e n1 ]; echo $?)" "no directory is left"
exits 2 "probe: no backend" "$G" probe
exits 2 "probe: an unknown one" "$G" probe slap
exits 2 "probe: two" "$G" probe slab glibc
done_testing
