#!/bin/bash
# SPDX-License-Identifier: MIT
# Copyright (c) 2026 The gfpbench authors
# Bad input and bad surroundings: one error line, one hint, the right exit code, no half row.
. "$GB_SRCDIR/tests/tap.sh"
cd "$TMP" || exit 99
G=$GFPBENCH

# bad CODE REGEX NAME COMMAND...: exit code, and the form of the error
bad() {
	local code=$1 regex=$2 name=$3
	shift 3
	exits "$code" "$name: exit $code" "$@"
	like "$(grep -a '^gfpbench: error: ' "$TMP/err")" "$regex" "$name: says what"
	ok "$(grep -aq '^  hint: .' "$TMP/err"; echo $?)" "$name: says what to do"
}

bad 2 "no verb" "nothing" "$G"
bad 2 "unknown verb 'rnu'" "verb" "$G" rnu
like "$(cat "$TMP/err")" "did you mean 'run'" "a near verb is offered"
bad 2 "unknown option '--bakend'" "option" "$G" run --bakend=glibc
bad 2 "unknown backend" "backend" "$G" run -b gilbc
bad 2 "unknown workload" "workload" "$G" run -w pears
bad 2 "sise" "parameter" "$G" run -w pairs:sise=1
bad 2 "size" "parameter unit" "$G" run -w pairs:size=1q
bad 2 "size" "parameter range" "$G" run -w pairs:size=0
bad 2 "duration" "unit" "$G" run -d 5x
bad 2 "irq-rate" "range" "$G" run --irq-rate=1000000
bad 2 "threads" "threads" "$G" run -t 0
bad 2 "threads" "too many threads" "$G" run -t 1000
bad 2 "shard" "shard" "$G" run --shard=3/2
bad 2 "shard" "shard form" "$G" run --shard=3
bad 2 "label" "label" "$G" run -l a/b
bad 2 "pairs" "an argument that is no job file" "$G" run pairs
bad 2 "at its peak" "RAM too small for a workload" "$G" run -b slab -w larson:slots=1m --ram=32m -r 1 -t 1
bad 2 "cannot be given together" "ops and duration" "$G" run --ops 5 -d 1s
bad 2 "cannot be given together" "resume and output" "$G" run --resume x -o y
bad 2 "cannot be given together" "output and label" "$G" run -o x -l y
bad 2 "is no run" "resume of nothing" "$G" run --resume /nonexistent
bad 2 "nothing called" "list what" "$G" list backend5
bad 2 "no backend" "show what" "$G" show nothing
bad 2 "argument" "preload without a file" "$G" run -b preload
bad 2 "." "preload of a missing file" "$G" run -b preload:/nonexistent.so
bad 2 "." "preload of no library" "$G" run -b "preload:$GB_SRCDIR/README.md"
bad 2 "." "a recording that is not there" "$G" run -b null -w replay:file=/nonexistent
: >empty
bad 2 "." "an empty recording" "$G" run -b null -w replay:file=empty
head -c 5000 /dev/urandom >binary
bad 2 "." "a binary recording" "$G" run -b null -w replay:file=binary
ok "$([ ! -e results ]; echo $?)" "nothing was made by any of these"

bad 3 "." "output is a device" "$G" run -b null -w pairs -r 1 -d 5ms -o /dev/full
: >file
bad 3 "." "output is a file" "$G" run -b null -w pairs -r 1 -d 5ms -o file
bad 3 "." "output below a file" "$G" run -b null -w pairs -r 1 -d 5ms -o file/x
bad 3 "." "stdout is full" bash -c "$G list >/dev/full"
bad 3 "." "stdout is full after a run" \
	bash -c "$G run -b null -w pairs -r 1 -d 5ms -o so -q >/dev/full"
if [ "$(id -u)" -eq 0 ] && mkdir fs && mount -t tmpfs -o size=128k none fs 2>/dev/null; then
	bad 3 "." "the disk is full" "$G" run -b null,glibc -w pairs,irq-churn -r 40 -d 5ms -o fs/run
	umount fs
else
	# a limit on file size is the same to a writer
	bad 3 "." "no room" bash -c "ulimit -f 20; $G run -b null -w irq-churn -r 40 -d 5ms -o fs2"
fi
bad 3 "." "no room for the rows" bash -c "ulimit -f 64; $G run -b null -w pairs -r 40 -d 5ms -o lim"
for d in lim; do
	is "$(tail -c 1 $d/samples.csv | od -An -c | tr -d ' ')" '\n' "$d: no half row"
done

# no timers allowed
if (ulimit -i 0) 2>/dev/null; then
	exits 3 "no timers allowed: exit 3" \
		bash -c "ulimit -i 0; $G run -b glibc -w irq-churn -t 1 -r 1 -d 10ms -o notimer -q"
	like "$(tail -1 notimer/samples.csv)" ',untrustworthy,' "no timers allowed: a row says so"
fi

# SIGINT, SIGTERM, SIGKILL in mid-run
interrupt() {
	local sig=$1 code=$2 pid got
	"$G" run -b glibc -w pairs -t 1 -r 50 -d 60ms -o "int$sig" -q --format=none &
	pid=$!
	for _ in $(seq 100); do
		[ "$(wc -l 2>/dev/null <"int$sig/samples.csv")" -ge 3 ] 2>/dev/null && break
		sleep 0.05
	done
	kill -s "$sig" $pid
	wait $pid
	got=$?
	is $got "$code" "SIG$sig: exit $code"
	is "$(tail -c 1 "int$sig/samples.csv" | od -An -c | tr -d ' ')" '\n' "SIG$sig: no half row"
}
# background jobs of a script ignore SIGINT unless monitor mode gives them their own group
set -m
interrupt INT 130
like "$(tail -1 intINT/samples.csv)" ',interrupted,' "SIGINT: the row that was cut is there"
like "$(cat intINT/manifest.json)" '"complete": false' "SIGINT: the manifest says incomplete"
interrupt TERM 143
interrupt KILL 137
set +m
for _ in $(seq 20); do
	left=$(pgrep -cf "runner backend=glibc.*duration_ns=60000000" || true)
	[ "$left" -eq 0 ] && break
	sleep 0.1
done
is "$left" 0 "SIGKILL of the parent takes the runner along"
done_testing
