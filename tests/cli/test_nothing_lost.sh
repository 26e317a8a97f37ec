#!/bin/bash
# SPDX-License-Identifier: MIT
# Copyright (c) 2026 The gfpbench authors
# Whatever ends a run, the rows that were complete stay valid, and --resume completes the
# plan: kill -9 of the parent, of a runner, SIGINT, a full disk, an output that goes away.
. "${GB_SRCDIR:?set by make check}/tests/tap.sh"
cd "$TMP" || exit 99
G=$GFPBENCH
PLAN=(-b glibc,null -w pairs,prodcons -t 1 -r 3 -d 40ms --no-pin -q --format=none)
ROWS=12

command -v python3 >/dev/null || { skip "nothing lost" "no python3 to read CSV with"; done_testing; exit; }
# valid DIR: every row of every file is whole and of a sample in samples.csv; prints the
# number of samples, or why not
valid() {
	python3 - "$1" <<'PY'
import csv, os, sys
d = sys.argv[1]
def rows(name):
    text = open(os.path.join(d, name), newline="").read()
    if not text.endswith("\n"): sys.exit("%s: torn last line" % name)
    r = list(csv.reader(text.splitlines()))
    if any(len(x) != len(r[0]) for x in r): sys.exit("%s: a row of another length" % name)
    return [dict(zip(r[0], x)) for x in r[1:]]
samples = rows("samples.csv")
ids = [s["sample_id"] for s in samples]
if len(set(ids)) != len(ids): sys.exit("a sample twice")
for name in "latency.csv", "histograms.csv", "memory.csv", "events.csv":
    for r in rows(name):
        if r["sample_id"] not in ids: sys.exit("%s: rows of a sample that is not there" % name)
print(len(ids))
PY
}
# complete DIR NAME: --resume ends the plan, all rows once and good
complete() {
	exits 0 "$2: --resume completes it" "$G" run --resume "$1" -q --format=none
	is "$(valid "$1" 2>&1)" $ROWS "$2: every row once, all files whole"
	is "$(python3 -c '
import csv, sys
print(sum(r["status"] != "ok" for r in csv.DictReader(open(sys.argv[1]))))' "$1/samples.csv")" 0 \
		"$2: every row ok"
}
samples() {
	local n
	n=$(cat "$1/samples.csv" 2>/dev/null | wc -l)
	echo $((n > 0 ? n - 1 : 0))
}
# start DIR: a run in the background, that has written three rows or more
start() {
	"$G" run "${PLAN[@]}" -o "$1" 2>"$TMP/err" &
	pid=$!
	for _ in $(seq 600); do
		[ "$(samples "$1")" -ge 3 ] && return
		sleep 0.05
	done
}
# start_and_hold DIR: once more when the run was faster than this script
start_and_hold() {
	for _ in 1 2 3 4 5; do
		rm -rf "$1"
		start "$1"
		hold $pid && return
		wait $pid
	done
	ok 1 "$1: a runner was caught at work"
}

# A machine that sleeps for longer than a sample may take: not the backend's fault.  Its
# end is looked at below.
"$G" run -b null -w pairs -t 1 -r 1 -d 300ms --timeout 5s -q --format=none -o frozen &
frozen=$!
for _ in $(seq 200); do
	frozen_child=$(pgrep -P $frozen | head -1)
	[ -n "$frozen_child" ] && break
	sleep 0.01
done
kill -STOP $frozen $frozen_child
(sleep 6.5; kill -CONT $frozen_child $frozen) &

start_and_hold killed
before=$(samples killed)
kill -9 $pid
wait $pid 2>/dev/null
ok "$([ "$before" -lt $ROWS ]; echo $?)" "kill -9 of the parent comes in the middle ($before rows)"
complete killed "kill -9 of the parent"

# Killed while its files were made.
"$G" run "${PLAN[@]}" -o young
: >young/samples.csv
for f in latency memory events; do
	head -c 40 "young/$f.csv" >part && mv part "young/$f.csv"
done
complete young "files without a whole header"

start_and_hold runner
kill -9 $runner
wait $pid
is $? 1 "kill -9 of a runner: exit 1"
is "$(grep -c ',crashed,' runner/samples.csv)" 1 "kill -9 of a runner: a row says so"
is "$(valid runner 2>&1)" $ROWS "kill -9 of a runner: the run went on"

start_and_hold interrupted
kill -INT $pid
kill -CONT $runner
wait $pid
is $? 130 "SIGINT: exit 130"
ok "$(valid interrupted >/dev/null; echo $?)" "SIGINT: what finished is valid"
complete interrupted "SIGINT"

start_and_hold terminated
kill -TERM $pid
kill -CONT $runner
wait $pid
is $? 143 "SIGTERM: exit 143"
ok "$(valid terminated >/dev/null; echo $?)" "SIGTERM: what finished is valid"

wait $frozen
is $? 0 "a machine that slept: exit 0"
like "$(cat frozen/samples.csv)" ',ok,,' "a machine that slept: the sample is good"

# disk SIZE: a file system that small
trap 'umount -l "$TMP/disk" 2>/dev/null; rm -rf "$TMP"' EXIT
disk() {
	mkdir -p "$TMP/disk" &&
		mount -t tmpfs -o "size=$1" gfpbench-test "$TMP/disk" 2>/dev/null
}
if [ "$(id -u)" = 0 ] && disk 160k; then
	"$G" run "${PLAN[@]}" -r 12 -o "$TMP/disk/run" 2>"$TMP/err"
	is $? 3 "a full disk: exit 3"
	like "$(cat "$TMP/err")" 'No space left|disk' "a full disk: it is said"
	ok "$(valid "$TMP/disk/run" >/dev/null; echo $?)" "a full disk: nothing of a sample without a row"
	mount -o remount,size=64m "$TMP/disk"
	exits 0 "a full disk: --resume completes it when there is room" \
		"$G" run --resume "$TMP/disk/run" -q --format=none
	is "$(valid "$TMP/disk/run" 2>&1)" $((ROWS * 4)) "a full disk: every row once"
	umount "$TMP/disk"

	disk 64m
	start "$TMP/disk/run"
	umount -l "$TMP/disk"
	wait $pid
	code=$?
	ok "$([ $code = 3 ] || [ $code = 0 ]; echo $?)" "an output that goes away: exit $code, no crash"
	ok "$([ ! -s "$TMP/err" ] || ! grep -q 'BUG\|assert' "$TMP/err"; echo $?)" "nor a bug of ours"
else
	skip "a full disk, an unmounted output" "needs root and mount"
fi
done_testing
