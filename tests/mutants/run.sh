#!/bin/bash
# SPDX-License-Identifier: MIT
# Copyright (c) 2026 The gfpbench authors
#
# run.sh [all]: every mutant must be caught within 30 s, by the check that is meant to;
# the sound allocators must pass the same runs.  Without "all": eight of them, for make
# check; with it also the one that is only slower, by the gate.  Prints a table: mutant,
# caught by, after how many operations, by which seed.
#
# The seconds are processor time of the run that caught it, all its threads together: on a
# busy machine the clock on the wall says more of the others.
. "${GB_SRCDIR:?set by make check}/tests/tap.sh"
M=$GB_BUILDDIR/tests/mutants/mutant_malloc.so
S=$GB_BUILDDIR/tests/mutants/mutant_slab
LIMIT=30
# What a run that should hang is given: three threads that spin stay below the limit, and
# the runs in question end within a third of it when nothing hangs.
HUNG_AFTER=9

# The runs.  NAME OPTIONS.  Those that look for leaks count operations: so many are needed
# before a leak stands out, however long a busy machine takes for them.
declare -A run=(
	[quick]="-w mayhem -t 3 -d 1500ms"
	[race]="-w mayhem:size_min=16:size_max=64:life=0:forks=0 -t 4 -d 5s"
	[pairs]="-w pairs:size=1024 -t 2 --ops 4m"
	[steady]="-w mayhem:forks=0:life=0:slots=256:size_min=2k:size_max=16k -t 2 --ops 1m"
	[remote]="-w prodcons:size=mixed -t 2 --ops 2m"
	[churn]="-w thread-churn -t 2 --ops 300k"
	[lives]="-w mayhem:forks=0:life=2000:slots=256:size_min=2k:size_max=16k -t 2 --ops 1m"
	[forks]="-w mayhem:forks=4000:size_min=400:size_max=2k -t 2 -d 1500ms"
	[irq]="-w mayhem:life=0 -t 2 -d 2s --irq-rate 10k"
	[small]="-w mayhem:size_max=64:life=0 -t 2 -d 4s --irq-rate 20k"
	[caches]="-w fscache -t 2 -d 2s"
	[bulk]="-w bulk -t 2 -d 1s"
	[objects]="-w bulk:calls=single -t 2 -d 1s"
	[pages]="-w pressure -t 2 -d 2s"
	[full]="-w mayhem:slots=65536:size_max=32k:sleep=0:life=0 -t 1 -d 2s --ram 128m"
)
# Mutant, the run that must catch it, how: an event, a status, or @NAME for a system
# call that the watcher must have seen in atomic context.
mutants='
off_by_one quick usable-size|overlap
misaligned quick misaligned
overlap_race race double-hand-out|overlap|contents
double_hand_out quick double-hand-out|overlap
lost_remote_free remote leak
calloc_dirty quick not-zeroed
realloc_stale quick stale-realloc
leak pairs leak
futex_in_atomic irq @futex
mmap_in_atomic irq @mmap
wrong_class quick usable-size|overlap
aba race double-hand-out|overlap|contents
thread_exit_lost churn leak
fork_corrupt forks double-hand-out|overlap|fork
fork_deadlock forks hung
usable_size quick usable-size
write_after quick contents|red-zone-front|corrupt
write_before quick contents|red-zone-tail|corrupt
scribble quick contents|stale-realloc|red-zone-tail
foreign quick foreign
large_short quick crashed|overlap|red-zone-tail
aligned_ignored quick misaligned
livelock quick hung
gives_up quick crashed
slab_interrupted small double-hand-out|overlap|contents|crashed
slab_reentry_deadlock irq hung
slab_futex irq @futex
slab_mmap irq @mmap
slab_ignores_watermark full watermark
slab_atomic_never_fails full watermark
slab_fails_early quick failed-early
slab_offline_lost lives leak
slab_off_by_one quick usable-size|overlap
slab_not_zeroed quick not-zeroed
slab_leak steady leak
slab_loses_one quick leak
slab_sleeps_in_atomic irq sleep-in-atomic
slab_cache_double caches double-hand-out
slab_cache_scribble objects contents
slab_bulk_double bulk double-hand-out
slab_pages_double pages double-hand-out
slab_double_free quick slab-bug|double-hand-out|overlap|double-free
'
representative='misaligned overlap_race fork_corrupt futex_in_atomic slab_interrupted slab_ignores_watermark slab_cache_double slab_loses_one'

# field COLUMN: of the only row
field() {
	python3 -c '
import csv, sys
for r in csv.DictReader(open(sys.argv[1])): print(r[sys.argv[2]])' "$TMP/out.d/samples.csv" "$1"
}
# Processor time of all children so far, in hundredths of a second.
spent() {
	times >"$TMP/times" # in this shell: a subshell has children of its own
	awk 'NR == 2 { for (i = 1; i <= 2; i++) {
		split($i, t, /[ms]/)
		sum += t[1] * 60 + t[2]
	} } END { printf "%.0f", sum * 100 }' "$TMP/times"
}
# go MUTANT RUN HOW: one sample; sets status, found, ops, seconds
go() {
	local program=$GFPBENCH backend=check:preload:$M:name=mutant
	local timeout=$((LIMIT * 10)) # by the clock on the wall
	[ "$3" = hung ] && timeout=$HUNG_AFTER
	case $1 in slab*) program=$S backend=check:slab ;; esac
	rm -rf "$TMP/out.d"
	spent >"$TMP/before"
	# shellcheck disable=SC2086 # the options are words
	GFPBENCH_MUTANT=$1 "$program" run -b "$backend" ${run[$2]} -r 1 --no-pin -q --format=none \
		--timeout ${timeout}s --seed "${SEED:-1}" -o "$TMP/out.d" >"$TMP/go.out" 2>&1
	code=$?
	spent >"$TMP/after"
	seconds=$((($(<"$TMP/after") - $(<"$TMP/before") + 99) / 100))
	status=$(field status)
	error=$(field error)
	found=${error%%:*}
	case $status in crashed | hung) found=$status ;; esac
	ops=$(field ops_count)
	# the very operation, where the error names it; else what was done by then
	[ -n "$ops" ] || ops=$(printf '%s\n' "$error" | sed -n 's/.* op \([0-9]*\) .*/\1/p' | head -1)
	[ -n "$ops" ] || ops=$(field done_ops_count)
	calls=$(field atomic_syscalls)
	watch=$(field syscall_watch)
}
# caught HOW: did the run that just ended show it?
caught() {
	case $1 in
	@*)
		found="watcher ($calls)"
		[[ $calls == *${1#@}:* ]] &&
			grep -q "atomic-syscalls,.*${1#@}:" "$TMP/out.d/events.csv"
		;;
	*) [ "$status" != ok ] && [[ "|$1|" == *"|$found|"* ]] ;;
	esac
}
# row MUTANT: of the table
row() {
	table+=$(printf '%-26s %-32s %12s  %s' "$1" "$found" "${ops:-?}" "$SEED")$'\n'
}

# The slow one: glibc's malloc with 10 % more work, measured as such by scripts/gate-proof.
# Three seeds here too: a machine that shifts under a run is no verdict.
slow_by_the_gate() {
	local proof="bash $GB_SRCDIR/scripts/gate-proof -o $TMP/proof -w pairs" line
	$proof detect 0 10 >"$TMP/go.out" 2>&1 # makes the library
	for SEED in 1 2 3; do
		spent >"$TMP/before"
		$proof detect "$SEED" 10 >>"$TMP/go.out" 2>&1
		spent >"$TMP/after"
		line=$(grep "^detect-plus10-pairs-$SEED " "$TMP/proof/runs.txt")
		[[ $line != *exit=1* ]] || break
	done
	seconds=$((($(<"$TMP/after") - $(<"$TMP/before") + 99) / 100))
	found="gate (time $(sed -n 's/.*change=\([^ ]*\).*/\1/p' <<<"$line"))"
	ops=$(tar -xzOf "$TMP/proof/detect-plus10-pairs-$SEED.tar.gz" \
		"detect-plus10-pairs-$SEED/gate-slices.csv" | python3 -c '
import csv, sys
print(sum(int(r["ops"] or 0) for r in csv.DictReader(sys.stdin) if r["side"] == "B"))')
	like "$line" 'exit=1 .*time\.regressed=1 ' "slow_10_percent: caught by the gate in $seconds s"
	ok $((seconds >= LIMIT)) "slow_10_percent: within $LIMIT s"
	row slow_10_percent
	$proof aa 1 >>"$TMP/go.out" 2>&1
	line=$(grep '^aa-same-1 ' "$TMP/proof/runs.txt")
	like "$line" 'exit=[03] ' "sound: not slower than itself"
	[[ $line == *exit=[03]* ]] || diag "$(tail -5 "$TMP/go.out")"
}

command -v python3 >/dev/null || { skip "mutants" "no python3 to read CSV with"; done_testing; exit; }
table=""
while read -r name how_run how; do
	[ -n "$name" ] || continue
	[ "${1:-}" = all ] || [[ " $representative " == *" $name "* ]] || continue
	# Races and interrupts are matters of luck: three seeds.
	for SEED in 1 2 3; do
		go "$name" "$how_run" "$how"
		caught "$how" && break
	done
	if [[ $how == @* && $watch != dispatch ]]; then
		skip "$name" "system calls cannot be trapped here (syscall_watch is $watch)"
		continue
	fi
	caught "$how"
	ok $? "$name: caught by ${how} in ${seconds} s"
	[ "$seconds" -lt "$LIMIT" ] || ok 1 "$name: within $LIMIT s"
	[ "$how" != hung ] || ok "$([ -n "$ops" ]; echo $?)" "$name: its operations are counted"
	caught "$how" || diag "status $status, exit $code, calls $calls: $error"
	row "$name"
done <<<"$mutants"

if [ "${1:-}" = all ]; then
	case $("$GFPBENCH" runner-protocol) in
	*build=release) slow_by_the_gate ;;
	*) skip "slow_10_percent" "the gate judges release builds alone" ;;
	esac
fi

SEED=1
for r in "${!run[@]}"; do
	[ "${1:-}" = all ] || [[ " quick irq full caches " == *" $r "* ]] || continue
	for sound in sound slab; do
		# what only the emulated kernel has
		[ $sound = sound ] && [[ " full caches bulk objects pages " == *" $r "* ]] && continue
		go $sound "$r" none
		is "$status:$error:${calls}" "ok::" "sound: $sound passes the run '$r'"
	done
done
diag "$(printf '%-26s %-32s %12s  %s' mutant 'caught by' 'operations' 'seed')"
diag "$table"
done_testing
