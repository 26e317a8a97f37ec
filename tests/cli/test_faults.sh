#!/bin/bash
# SPDX-License-Identifier: MIT
# Copyright (c) 2026 The gfpbench authors
# A runner that crashes, hangs, exits, corrupts or cannot start is a row, and the run goes
# on; the exit code says whose fault it was.
. "${GB_SRCDIR:?set by make check}/tests/tap.sh"
F=$GB_BUILDDIR/tests/runner/faults
cd "$TMP" || exit 99

# fault MODE EXIT STATUS ERROR-REGEX [OPTIONS]: one faulty cell; and a good one that must still run
fault() {
	local mode=$1 code=$2 status=$3 error=$4 ours=
	shift 4
	case $mode in # a sanitizer would end the runner in its own way
	crash) ours=handle_segv=0 ;;
	exit | leak) ours=detect_leaks=0 ;;
	esac
	exits "$code" "$mode: exit code $code" tell_sanitizers "$ours" \
		"$F" run -b glibc -w "fault:mode=$mode,fault:mode=none:thread=1" -t 2 -r 1 -d 10ms --no-pin -q \
		--format=none -o "$TMP/$mode" "$@"
	is "$(csv "$TMP/$mode" params=mode=$mode:thread=0 status)" "$status" "$mode: status $status"
	like "$(csv "$TMP/$mode" params=mode=$mode:thread=0 error)" "$error" "$mode: the row says why"
	is "$(tail -n +2 "$TMP/$mode/samples.csv" | wc -l)" 2 "$mode: the run went on"
}
# csv DIR KEY=VALUE COLUMN: one field of samples.csv (no commas before it in these rows
# except in quotes, which the reader undoes)
csv() {
	"${PYTHON:-python3}" -c '
import csv, sys
k, v = sys.argv[2].split("=", 1)
for r in csv.DictReader(open(sys.argv[1] + "/samples.csv")):
    if r[k] == v: print(r[sys.argv[3]])' "$@" 2>/dev/null
}
command -v python3 >/dev/null || { skip "faults" "no python3 to read CSV with"; done_testing; exit; }

fault none 0 ok '^$'
fault crash 1 crashed 'SIGSEGV in phase'
is "$(csv "$TMP/crash" params=mode=crash:thread=0 exit_signal)" 11 "crash: the signal is in the row"
is "$(csv "$TMP/crash" params=mode=crash:thread=0 ops_per_s)" "" "crash: no figure"
fault hang 1 hung 'no end after' --timeout=400ms
fault exit 1 crashed 'status 0 in phase'
fault corrupt 1 corrupt 'did not hold'
fault setup 3 untrustworthy 'cannot have what it needs'
fault fail 1 failed 'wrong answer'
fault late 1 crashed 'SIGABRT'
fault talk 1 crashed 'KILL.*last words'
fault flood 1 crashed 'KILL.*last words'
like "$(cat "$TMP/flood/events.csv")" ',warning,events-dropped,1[0-9] more events found no room' \
	"flood: events without room are counted"
fault spoil 1 crashed 'KILL'
like "$(csv "$TMP/spoil" params=mode=spoil:thread=0 wall_s)" '^[0-9]{1,3}(\.|$)' \
	"spoil: how long it took is the parent's to say"
fault leak 3 untrustworthy 'still live'

exits 2 "an impossible parameter is refused before anything runs" \
	"$F" run -w fault:mode=plan -t 1 -r 1 -o "$TMP/plan"
like "$(cat "$TMP/err")" 'mode=plan is impossible' "with the workload's own words"
ok "$([ ! -e "$TMP/plan" ]; echo $?)" "and leaves no directory"
done_testing
