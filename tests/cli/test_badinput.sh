#!/bin/bash
# SPDX-License-Identifier: MIT
# Copyright (c) 2026 The gfpbench authors
# Bad input and bad surroundings: one error line, one hint, the right exit code, no half row.
. "${GB_SRCDIR:?set by make check}/tests/tap.sh"
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
bad 2 "irq-rate: 0.5 is out of range" "a rate that no timer has" "$G" run --irq-rate=0.5
bad 2 "irq-rate: 0" "a probe without interrupts" "$G" probe null --irq-rate=0
bad 2 "threads" "threads" "$G" run -t 0
bad 2 "threads" "too many threads" "$G" run -t 1000
bad 2 "shard" "shard" "$G" run --shard=3/2
bad 2 "shard" "shard form" "$G" run --shard=3
bad 2 "label" "label" "$G" run -l a/b
bad 2 "more than 2000000 samples" "a plan without end" "$G" run -w all -t 1,2,3,4,5,6,7,8 -r 10000 -n
bad 2 "pairs" "an argument that is no job file" "$G" run pairs
bad 2 "at its peak" "RAM too small for a workload" "$G" run -b slab -w larson:slots=1m --ram=32m -r 1 -t 1
for b in slab pages vmalloc kvmalloc check:slab fault:p=0.1:pages glibc,slab; do
	bad 2 "ram: 1m is no size of RAM that" "RAM too small for $b" "$G" run -b $b -w pairs --ram=1m -o little
done
bad 2 "ram: 128g is no size of RAM that" "RAM too large" "$G" run -b slab -w all --ram=128g -o little
bad 2 "ram: 20000001 is no size" "RAM of half a page" "$G" run -b slab -w pairs --ram=20000001 -o little
bad 2 "ram: 1m is no size" "RAM too small to stress" "$G" stress -b slab --ram=1m -d 1s -o little
ok "$([ ! -e little ]; echo $?)" "RAM that no emulated kernel has: nothing ran"
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
bad 2 "." "a folder as recording" "$G" run -b null -w replay:file=/
if command -v setpriv >/dev/null && [ "$(id -u)" -eq 0 ]; then
	cp "$GB_SRCDIR/tests/data/recordings/comm.trace" secret && chmod 600 secret && chmod 755 .
	setpriv --reuid=65534 --regid=65534 --clear-groups "$G" show "$PWD/secret" \
		>/dev/null 2>"$TMP/err"
	case $? in
	2) like "$(cat "$TMP/err")" '^gfpbench: error: .*secret.*[Pp]ermission' "unreadable: says so" ;;
	126|127) skip "unreadable: says so" "the program cannot be reached by another user" ;;
	*) ok 1 "unreadable: says so" ;;
	esac
fi
R=$GB_SRCDIR/data/recordings/connect-small.trace.zst
head -c $(($(wc -c <"$R") / 2)) "$R" >half.zst
exits 0 "a truncated recording: what is sound is replayed" \
	"$G" run -b null -w replay:file=half.zst -r 1 -t 1 -d 5ms -o half --format=none
like "$(cat "$TMP/err")" 'half.zst' "a truncated recording: with a warning"
like "$(tail -1 half/samples.csv)" ',ok,' "a truncated recording: a good row"

# libraries that no preload can be: of another machine, of 32 bits, without malloc
malloc_library=$(ls "$GB_BUILDDIR"/.libs/libgfpmalloc.so 2>/dev/null)
patched() {
	cp -L "$malloc_library" "$1" && printf "$3" | dd of="$1" bs=1 seek="$2" conv=notrunc 2>/dev/null
}
patched other.so 18 '\267\000' # EM_AARCH64 on every machine but one
[ "$(uname -m)" = aarch64 ] && patched other.so 18 '\076\000' # EM_X86_64
bad 2 "another machine|path with spaces" "preload for another machine" "$G" run -b preload:other.so -w pairs
patched bits32.so 4 '\001'
bad 2 "." "preload of 32 bits" "$G" run -b preload:bits32.so -w pairs
other=$(ldconfig -p 2>/dev/null | sed -n 's/.*libm\.so\.6.* => //p' | head -1)
[ -n "$other" ] || other=$(ls /lib*/libm.so.6 /lib/*/libm.so.6 2>/dev/null | head -1)
bad 2 "defines no malloc" "preload without malloc" "$G" run -b "preload:$other" -w pairs
ok "$([ ! -e results ]; echo $?)" "nothing was made by any of these"

bad 3 "." "output is a device" "$G" run -b null -w pairs -r 1 -d 5ms -o /dev/full
: >file
bad 3 "." "output is a file" "$G" run -b null -w pairs -r 1 -d 5ms -o file
bad 3 "." "output below a file" "$G" run -b null -w pairs -r 1 -d 5ms -o file/x
bad 3 "." "stdout is full" bash -c "$G list >/dev/full"
bad 3 "." "stdout is full after a run" \
	bash -c "$G run -b null -w pairs -r 1 -d 5ms -o so -q >/dev/full"
trap 'umount -l "$TMP/fs" 2>/dev/null; rm -rf "$TMP"' EXIT
if [ "$(id -u)" -eq 0 ] && mkdir fs && mount -t tmpfs -o size=128k none fs 2>/dev/null; then
	bad 3 "." "the disk is full" "$G" run -b null,glibc -w pairs,irq-churn -r 40 -d 5ms -o fs/run
	umount fs
else
	# a limit on file size is the same to a writer
	bad 3 "." "no room" bash -c "ulimit -f 20; $G run -b null -w irq-churn -r 40 -d 5ms -o fs2"
fi
bad 3 "." "no room for the rows" bash -c "ulimit -f 64; $G run -b null -w pairs -r 40 -d 5ms -o lim"
is "$(tail -c 1 lim/samples.csv | od -An -c | tr -d ' ')" '\n' "no room for the rows: no half row"

# no timers allowed
if (ulimit -i 0) 2>/dev/null; then
	exits 3 "no timers allowed: exit 3" \
		bash -c "ulimit -i 0; $G run -b glibc -w irq-churn -t 1 -r 1 -d 10ms -o notimer -q"
	like "$(tail -1 notimer/samples.csv)" ',untrustworthy,' "no timers allowed: a row says so"
fi

# a filter, as containers have them, that forbids timers, or signals to a thread
for call in timer_create tgkill; do
	"$GB_BUILDDIR/tests/tools/deny" $call "$G" run -b glibc -w irq-churn -t 1 -r 1 -d 10ms \
		-o no-$call -q --format=none 2>err-$call
	got=$?
	if [ $got -eq 77 ]; then
		skip "$call forbidden" "$(cat err-$call)"
		continue
	fi
	if [ $call = timer_create ]; then
		is $got 3 "$call forbidden: exit 3"
		like "$(tail -1 no-$call/samples.csv)" ',untrustworthy,.*timer' "$call forbidden: a row says so"
	else # timers still come: only calls on other CPUs need it
		is $got 0 "$call forbidden: a run without calls on other CPUs does not need it"
		like "$(tail -1 no-$call/samples.csv)" ',ok,' "$call forbidden: a good row"
	fi
	is "$(tail -c 1 no-$call/samples.csv | od -An -c | tr -d ' ')" '\n' "$call forbidden: no half row"
done

# SIGINT, SIGTERM, SIGKILL in mid-run
interrupt() {
	local sig=$1 code=$2 pid got
	"$G" run -b glibc -w pairs -t 1 -r 50 -d 600ms -o "int$sig" -q --format=none &
	pid=$!
	for _ in $(seq 1000); do
		[ "$(wc -l 2>/dev/null <"int$sig/samples.csv")" -ge 2 ] 2>/dev/null && break
		sleep 0.02
	done
	hold $pid # there is a row, and a sample that is to be cut
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
# a runner that would go on for a minute by itself
"$G" run -b glibc -w pairs -t 1 -r 1 -d 60s -o orphan -q --format=none &
pid=$!
hold $pid
kill -CONT $runner
kill -KILL $pid
wait $pid 2>/dev/null
gone "$runner" "SIGKILL of the parent takes the runner along"
done_testing
