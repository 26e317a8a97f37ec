#!/bin/bash
# SPDX-License-Identifier: MIT
# Copyright (c) 2026 The gfpbench authors
#
# run.sh [all]: every mutant must be caught within 30 s, by the check that is meant to; a
# run that takes longer is ended, and shows nothing.  The sound allocators must pass the
# same runs.  Without "all": eight of them, for make check.  Prints a table: mutant, caught
# by, after how many operations.
. "${GB_SRCDIR:?set by make check}/tests/tap.sh"
M=$GB_BUILDDIR/tests/mutants/mutant_malloc.so
S=$GB_BUILDDIR/tests/mutants/mutant_slab
LIMIT=27 # what a runner is given: the rest is start and end
HUNG_AFTER=15 # what a run that should hang is given: longer than any other sample takes

# The runs.  NAME OPTIONS
declare -A run=(
	[quick]="-w mayhem -t 3 -d 1500ms"
	[race]="-w mayhem:size_min=16:size_max=64:life=0:forks=0 -t 4 -d 5s"
	[pairs]="-w pairs:size=1024 -t 2 -d 5s"
	[steady]="-w mayhem:forks=0:life=0:slots=256:size_min=2k:size_max=16k -t 2 -d 3s"
	[remote]="-w prodcons:size=mixed -t 2 -d 3s"
	[churn]="-w thread-churn -t 2 -d 3s"
	[lives]="-w mayhem:forks=0:life=2000:slots=256:size_min=2k:size_max=16k -t 2 -d 8s"
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
# go MUTANT RUN HOW: one sample; sets status, found, ops, seconds
go() {
	local program=$GFPBENCH backend=check:preload:$M:name=mutant start=$SECONDS
	local timeout=$LIMIT
	[ "$3" = hung ] && timeout=$HUNG_AFTER
	case $1 in slab*) program=$S backend=check:slab ;; esac
	rm -rf "$TMP/out.d"
	# shellcheck disable=SC2086 # the options are words
	GFPBENCH_MUTANT=$1 "$program" run -b "$backend" ${run[$2]} -r 1 --no-pin -q --format=none \
		--timeout ${timeout}s --seed "${SEED:-1}" -o "$TMP/out.d" >"$TMP/go.out" 2>&1
	code=$?
	seconds=$((SECONDS - start))
	status=$(field status)
	error=$(field error)
	found=${error%%:*}
	case $status in crashed | hung) found=$status ;; esac
	ops=$(field ops_count)
	if [ -z "$ops" ]; then
		ops=$(printf '%s\n' "$error" | sed -n 's/.* op \([0-9]*\) .*/\1/p' | head -1)
	fi
	calls=$(field atomic_syscalls)
	watch=$(field syscall_watch)
}
# caught HOW: did the run that just ended show it?
caught() {
	case $1 in
	@*)
		found="watcher ($calls)"
		[[ $calls == *${1#@}:* ]]
		;;
	*) [ "$status" != ok ] && [[ "|$1|" == *"|$found|"* ]] ;;
	esac
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
	caught "$how" || diag "status $status, exit $code, calls $calls: $error"
	table+=$(printf '%-26s %-28s %s' "$name" "$found" "${ops:-?}")$'\n'
done <<<"$mutants"

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
diag "$(printf '%-26s %-28s %s' mutant 'caught by' 'after operations (of one CPU)')"
diag "$table"
done_testing
