#!/bin/bash
# SPDX-License-Identifier: MIT
# Copyright (c) 2026 The gfpbench authors
# What is around a run must not reach into it: descriptors that the caller closed, a signal
# that it ignores, a terminal that goes away, a second gfpbench in the same directory, an
# interval longer than the sample.
. "${GB_SRCDIR:?set by make check}/tests/tap.sh"
cd "$TMP" || exit 99
G=$GFPBENCH
SHORT=(run -b null -w pairs -t 1 -r 1 -d 5ms --format=none)
rows() { tail -n +2 "$1/samples.csv" 2>/dev/null | wc -l; }

"$G" "${SHORT[@]}" -o noerr 2>&-
is $? 0 "stderr closed: the run is none the worse"
is "$(rows noerr)" 1 "and no remark is in its rows"
"$G" "${SHORT[@]}" -o nothing <&- >&- 2>&-
is $? 0 "nothing open at all"
is "$(rows nothing)" 1 "a run like any other"
"$G" run -b null -w pairs -t 1 -r 1 -d 5ms -q -o noout 2>"$TMP/err" >&-
is $? 3 "stdout closed: the table has no place"
is "$(cat noout/*.csv | grep -c '^backend')" 0 "and looks for none in the files"

(trap '' CHLD; exec "$G" "${SHORT[@]}" -q -o nochld)
is "$? $(rows nochld)" "0 1" "a caller that does not wait for its children: we do"

(trap '' HUP; exec "$G" run -b null -w pairs -t 1 -r 3 -d 80ms -q --format=none -o nohup) &
pid=$!
hold $pid
kill -HUP $pid
kill -CONT $runner
wait $pid
is "$? $(rows nohup)" "0 3" "nohup: a terminal that hangs up ends nothing"
"$G" run -b null -w pairs -t 1 -r 50 -d 80ms -q --format=none -o hup &
pid=$!
hold $pid
kill -HUP $pid
wait $pid
is $? 143 "without nohup it does"

for _ in 1 2 3 4 5; do # once more when the run was faster than this script
	rm -rf shared
	"$G" run -b null -w pairs -t 1 -r 6 -d 150ms -q --format=none -o shared &
	pid=$!
	hold $pid && break
	wait $pid
done
exits 2 "--resume of a run that goes on" "$G" run --resume shared -q --format=none
like "$(cat "$TMP/err")" 'another gfpbench is writing into it' "says why"
kill -CONT $runner
wait $pid
is "$? $(cut -d, -f3 shared/samples.csv | sort | uniq -d | wc -l) $(rows shared)" "0 0 6" \
	"which has each of its rows, and once"
exits 0 "--resume of one that has ended" "$G" run --resume shared -q --format=none
exits 2 "--resume with --timeout, which could not change anything" \
	"$G" run --resume shared --timeout 5s

mkdir together && cd together || exit 99
for _ in 1 2 3 4; do
	"$G" "${SHORT[@]}" -q 2>>err &
done
wait
is "$(cat err)" "" "runs that start together"
is "$(find results -mindepth 1 ! -name '[0-9]*' ! -path '*/*/*' | tr '\n' ' ')" "results/latest " \
	"leave one link"
latest=$(readlink results/latest)
if [ "$(sanitizer)" = tsan ]; then
	skip "a run that cannot begin" "the thread sanitizer writes a file when it starts"
else
	(ulimit -f 0; exec "$G" "${SHORT[@]}" -q) 2>err
	is "$?" 3 "a run that cannot begin"
	is "$(readlink results/latest)" "$latest" "leaves results/latest where it was"
	is "$(find results -maxdepth 1 -name '[0-9]*' | wc -l)" 4 "and no directory"
fi
cd .. || exit 99

(ulimit -i 0; exec "$G" run -b slab -w pairs -t 1 -r 1 -d 5ms -q --format=none -o signals)
is $? 3 "no signal can be queued: nothing waits for one"
like "$(cat signals/samples.csv)" ',untrustworthy,emulated CPU .*ulimit -i' "says what to do"

# Two workers and one successor start; the next does not, and the others could go on.
few=preload:$GB_BUILDDIR/tests/tools/.libs/no_thread_malloc.so
for w in thread-churn migrate:rounds=10 larson:rounds=1000; do
	if [ -n "$(sanitizer)" ]; then
		skip "$w: no successor can be started" "the sanitizer's malloc must come first"
		continue
	fi
	rm -rf few
	"$G" run -b "$few" -w $w -t 2 -r 1 --ops 1000m --timeout 300s -q --format=none -o few
	is "$?" 3 "$w: no successor can be started"
	like "$(cat few/samples.csv)" ',untrustworthy,cannot start a thread' "$w: and nobody waits for it"
done

exits 0 "an interval longer than the sample" timeout 300 "$G" "${SHORT[@]}" -q --interval 1h -o slow
like "$(cat slow/memory.csv)" ',freed,' "what is held after everything was freed is not missed"
# The shortest limit in which this machine comes to do any of the sample's work.
for limit in 0.3 3 30; do
	rm -rf hung
	"$G" run -b null -w pairs -t 1 -r 1 -d 100s --interval 1h --timeout ${limit}s -q --format=none -o hung
	code=$?
	tail -1 hung/samples.csv | grep -q ',[1-9][0-9]*,$' && break
done
is $code 1 "an interval longer than the limit of time"
like "$(cat hung/samples.csv)" ",hung,\"no end after $limit s" "does not put it off"
like "$(tail -1 hung/samples.csv)" ',[1-9][0-9]*,$' "its row says what it had done by then"

# A piece of threadtest's work begins and ends with nothing live.
exits 0 "a workload that frees all it allocates" "$G" run -b slab -w threadtest -t 1 -r 1 -d 100ms \
	--interval 5ms -q --format=none -o batches
peak=$(awk -F, 'NR == 1 { for (i = 1; i <= NF; i++) if ($i == "live_peak_bytes") at = i; next }
	{ print $at }' batches/samples.csv)
[ "$peak" -gt 60000 ] && [ "$peak" -le 240000 ]
ok $? "its $peak bytes at most are seen: of 30,000 blocks of 8"
like "$(grep ',freed,' batches/memory.csv | cut -d, -f13-15 | tail -1)" ',freed,0$' "in the end nothing is live"

exits 0 "the thousandth request fails" "$G" run -b fault:nth=1000:slab -w pairs -t 1 -r 1 -d 5ms -q \
	--format=none -o nth
like "$(cat nth/events.csv)" ',allocation-failure,' "in the warm-up, which no figure counts: an event"
done_testing
