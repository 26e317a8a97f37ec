#!/bin/bash
# SPDX-License-Identifier: MIT
# gfpbench gate, measuring: the verdict's class where nothing but a gross fault of the gate
# could change it.  Equal sides never fail (0, or 3 on a machine that shifts), an effect of
# several hundred percent always does; crashes, different work, bad specs.  No figure of
# time is asserted.
. "${GB_SRCDIR:?set by make check}/tests/tap.sh"
unset GITHUB_ACTIONS GITHUB_STEP_SUMMARY NO_COLOR
lib=$GB_BUILDDIR/tests/tools/.libs
sound=$lib/sound_malloc.so slow=$lib/slow_malloc.so crash=$lib/crash_malloc.so
# Few pairs: an error rate at which eight can decide, short slices.  And a margin that a busy
# machine does not reach in eight pairs of eight by itself.
rules=looks=8:alpha=0.05:margin=50%:slices=10
export TMPDIR=$TMP

live() {
	local dir=$1
	shift
	"$GFPBENCH" gate -o "$TMP/$dir" --rules "$rules" --slice=500us --metrics time \
		--progress never "$@"
}
error_text() {
	cat "$TMP/err"
}

# --- specs ------------------------------------------------------------------------------
exits 2 "no candidate" "$GFPBENCH" gate --baseline glibc
exits 2 "an unknown backend" live r --baseline glibc --candidate gilbc
like "$(error_text)" "glibc" "with the name that is near"
exits 2 "a missing library" live r --baseline glibc --candidate preload:/nowhere.so
exits 2 "a missing runner" live r --baseline runner:/nowhere:slab --candidate slab
exits 2 "a runner without a backend" live r --baseline "runner:$GFPBENCH" --candidate slab
exits 3 "a program that is no runner" live r --baseline runner:/bin/true:slab --candidate slab
exits 2 "a metric that is none" "$GFPBENCH" gate -o "$TMP/r" --baseline glibc \
	--candidate glibc --metrics tyme
rm -rf "$TMP/r"
exits 2 "rules that are none" "$GFPBENCH" gate -o "$TMP/r" --baseline glibc \
	--candidate glibc --rules margn=1%
exits 2 "a stored run is not measured again" "$GFPBENCH" gate --from "$TMP" --baseline glibc
exits 3 "a gate that could not fire refuses" "$GFPBENCH" gate -o "$TMP/never" -w pairs \
	--baseline glibc --candidate slab --rules looks=3 --progress never
like "$(error_text)" 'could|cannot|never' "and says so"
like "$("$GFPBENCH" runner-protocol)" '^gfpbench-turns [0-9/]+ result ' "the protocol is one line"

mode=$("$GFPBENCH" runner-protocol | sed 's/.*build=//')
if [ "$mode" != release ]; then
	exits 3 "figures of a $mode build are not judged" live r -w pairs \
		--baseline glibc --candidate glibc --no-identity
	done_testing
	exit
fi

# --- verdicts ---------------------------------------------------------------------------
live aa -w pairs,larson --baseline glibc --candidate glibc --no-identity \
	>"$TMP/out" 2>"$TMP/err"
got=$?
ok $((got != 0 && got != 3)) "equal sides never fail (exit $got)"
like "$(cat "$TMP/out")" 'verdict: ' "and there is a verdict"
is "$("$GFPBENCH" gate --from "$TMP/aa" --format=json 2>/dev/null | cksum)" \
	"$("$GFPBENCH" gate --from "$TMP/aa" --format=json 2>/dev/null | cksum)" \
	"a stored run is judged the same twice"
"$GFPBENCH" gate --from "$TMP/aa" -q >"$TMP/again"
cp "$TMP/out" "$TMP/first"
is "$(cat "$TMP/again")" "$(cat "$TMP/out")" "and as it was when it was measured"
is "$(ls "$TMP" | grep -c gfpbench-gate)" 0 "no copies are left behind"
exits 0 "identical files are unchanged" live same -w pairs --baseline glibc --candidate glibc
like "$(error_text)" 'identical' "with a warning"
# Whatever file a run has: without it, cut in the middle, or another run's, nothing passes.
live other-run -w pairs,larson --baseline glibc --candidate glibc --no-identity >/dev/null 2>&1
for f in $(cd "$TMP/aa" && find . -type f | sort); do
	mv "$TMP/aa/$f" "$TMP/away"
	exits 3 "without $f nothing passes" "$GFPBENCH" gate --from "$TMP/aa"
	[ "$f" = ./datapackage.json ] || {
		head -c "$(($(stat -c %s "$TMP/away") / 2))" "$TMP/away" >"$TMP/aa/$f"
		"$GFPBENCH" gate --from "$TMP/aa" >/dev/null 2>&1
		case $? in 2 | 3) ok 0 "nor with half of it" ;; *) ok 1 "nor with half of it" ;; esac
		cp "$TMP/other-run/$f" "$TMP/aa/$f"
		exits 3 "nor with another run's" "$GFPBENCH" gate --from "$TMP/aa"
	}
	mv "$TMP/away" "$TMP/aa/$f"
done
"$GFPBENCH" gate --from "$TMP/aa" -q >"$TMP/again"
is "$(cat "$TMP/again")" "$(cat "$TMP/first")" "with all of them it is the same again"

for try in 1 2 3; do # 3: the machine shifted under the run, which proves nothing
	live "slow$try" -w pairs --baseline "preload:$sound" --candidate "preload:$slow" \
		>"$TMP/out" 2>"$TMP/err"
	got=$?
	[ $got -eq 3 ] || break
done
if [ $got -eq 3 ]; then
	skip "a candidate many times slower fails" "three runs without a verdict"
else
	is $got 1 "a candidate many times slower fails"
	like "$(cat "$TMP/out")" 'regressed .*time' "by its time"
fi
exits 1 "a candidate that crashes fails" live crash -w pairs \
	--baseline "preload:$sound" --candidate "preload:$crash"
like "$(cat "$TMP/out")" '^failed' "and is called failed"
is "$(awk -F, 'NR == 1 { for (i = 1; i <= NF; i++) if ($i == "attempt") c = i }
	NR > 1 && $c > 0' "$TMP/crash/gate-procs.csv" | wc -l)" 2 "after a rerun with the same seed"
exits 3 "a baseline that crashes proves nothing" live base -w pairs \
	--baseline "preload:$crash" --candidate "preload:$sound"

# --- another runner ------------------------------------------------------------------------
cp "$GFPBENCH" "$TMP/other"
live other -w pairs --baseline "runner:$TMP/other:slab" --candidate slab --no-identity \
	>"$TMP/out" 2>"$TMP/err"
got=$?
ok $((got != 0 && got != 3)) "a copy of the program as runner: equal (exit $got)"

# --- pairing, interrupts, time --------------------------------------------------------------
live apart -w pairs --baseline glibc --candidate glibc --no-identity --pairing process \
	>"$TMP/out" 2>"$TMP/err"
got=$?
ok $((got != 0 && got != 3)) "processes one after the other (exit $got)"
live irq -w irq-churn --baseline slab --candidate slab --no-identity >"$TMP/out" 2>"$TMP/err"
got=$?
ok $((got != 0 && got != 3)) "with interrupts (exit $got)"
live threads -w prodcons,thread-churn -t 2 --baseline glibc --candidate glibc \
	--no-identity >"$TMP/out" 2>"$TMP/err"
got=$?
ok $((got != 0 && got != 3)) "with threads (exit $got)"
exits 3 "a budget too small for the first look proves nothing" live budget -w pairs \
	--baseline glibc --candidate slab --max-time 1ms
done_testing
