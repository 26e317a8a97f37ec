#!/bin/bash
# SPDX-License-Identifier: MIT
# gfpbench gate trend: ratios to an anchor over many runs, from directories and from a database;
# a step is named with the run that shows it first; what cannot be compared is left out, aloud.
. "${GB_SRCDIR:?set by make check}/tests/tap.sh"
make_data=$GB_BUILDDIR/tests/tools/make_gate_data
unset GITHUB_ACTIONS GITHUB_STEP_SUMMARY NO_COLOR

# run NAME SEED [OPTIONS]: a gate run in $TMP/NAME; the seed is the day, too
run() {
	rm -rf "${TMP:?}/$1" && mkdir "$TMP/$1" &&
		"$make_data" "$TMP/$1" "run_id=$1:seed=$2:cells=3:pairs=16${3:+:$3}" ||
		diag "make_gate_data failed: $*"
}
# Twelve nights; the seventh and later are 3 % slower, far below any gate's sight.
all=()
for i in 01 02 03 04 05 06 07 08 09 10 11 12; do
	run "night$i" "$((10#$i))" "effect=$([ "$i" -lt 7 ] && echo 0.002 || echo 0.032)"
	all+=("$TMP/night$i")
done
trend() {
	"$GFPBENCH" gate trend "$@"
}
exits 0 "a trend warns only" trend "${all[@]}"
like "$(cat "$TMP/out")" '^trend of 12 runs from 2026-01-02T.* to 2026-01-13T' "all runs in order"
like "$(cat "$TMP/out")" '^slower +pairs:size=4k/t1/guarded +12 +\+3\.[0-9]%' "the cell that lost"
like "$(cat "$TMP/out")" '\+[23]\.[0-9]% since 2026-01-08T00:00:00Z, seed-7 \(night07\)' \
	"and since when"
is "$(grep -c '^steady' "$TMP/out")" 2 "the others are steady"
like "$(cat "$TMP/err")" '1 cells became slower' "which is a warning"
is "$(awk 'length > 80' "$TMP/out" | LC_ALL=C.UTF-8 awk 'length > 80' | wc -l)" 0 "80 columns"
trend "${all[@]}" >"$TMP/a" 2>/dev/null
trend "${all[@]:6}" "${all[@]:0:6}" >"$TMP/b" 2>/dev/null
is "$(cksum <"$TMP/b")" "$(cksum <"$TMP/a")" "whatever the order of the arguments"
trend "${all[@]}" --format=csv --json "$TMP/json" >"$TMP/csv" 2>/dev/null
is "$(wc -l <"$TMP/csv")" 37 "CSV: a row for each run and cell"
is "$(grep -c ',yes$' "$TMP/csv")" 1 "one of them a change"
like "$(cat "$TMP/json")" '"verdict":"slower".*"changes":\[\{"run_id":"night07"' "so says the JSON"
[ -z "$(command -v python3)" ] || {
	python3 -m json.tool <"$TMP/json" >/dev/null
	ok $? "which is JSON"
}

# --- what cannot be compared ---------------------------------------------------------------
cp -r "$TMP/night03" "$TMP/foreign"
sed -i 's/0123abcd/00000000/g; s/"run_id":"night03"/"run_id":"foreign"/g' "$TMP"/foreign/*
sed -i 's/night03/foreign/' "$TMP"/foreign/*.csv
"$make_data" "$TMP/foreign" seal
cp -r "$TMP/foreign" "$TMP/elsewhere"
sed -i 's/00000000/0123abcd/g; s/kernel 6/kernel 7/; s/foreign/elsewhere/g' "$TMP"/elsewhere/*
"$make_data" "$TMP/elsewhere" seal
cp -r "$TMP/night04" "$TMP/cut"
rm "$TMP/cut/gate-slices.csv"
run drifting 5 drift=0.05
exits 0 "some runs that cannot be compared" trend "${all[@]}" "$TMP/foreign" \
	"$TMP/elsewhere" "$TMP/cut" "$TMP/drifting" \
	"$TMP/night02"
like "$(cat "$TMP/out")" '  foreign: another machine' "another machine"
like "$(cat "$TMP/out")" '  elsewhere: another kernel' "another kernel"
like "$(cat "$TMP/out")" '  cut: .*gate-slices.csv is missing' "a file is missing"
like "$(cat "$TMP/out")" '  drifting: .*sentinel' "its sentinel fired"
like "$(cat "$TMP/out")" '  night02: the same run' "the same twice"
like "$(cat "$TMP/out")" 'since 2026-01-08T.*night07' "and the others tell the same"
exits 3 "five runs are no trend" trend "${all[@]:0:5}"
like "$(cat "$TMP/err")" '5 of 5 runs can be compared; a trend needs 6' "and counted"
exits 2 "no runs" trend
exits 2 "no such run" trend "${all[@]}" /nowhere
exits 2 "no verdict for continuous integration" trend "${all[@]}" --junit "$TMP/x.xml"
exits 2 "a trend is not judged again" trend "${all[@]}" --what-if margin=3%
exits 2 "nor measured" trend "${all[@]}" --baseline slab

# --- from a database -----------------------------------------------------------------------
if ! "$GFPBENCH" export "${all[@]}" --format=sqlite -o "$TMP/year.db" >"$TMP/out" 2>&1; then
	like "$(cat "$TMP/out")" 'without SQLite' "built without SQLite: it says so"
else
	exits 0 "a database of runs" trend "$TMP/year.db"
	is "$(cksum <"$TMP/out")" "$(cksum <"$TMP/a")" "says what the directories say"
	exits 0 "some of its runs" trend "$TMP/year.db:night0[1-6]"
	like "$(cat "$TMP/out")" '^trend: 0 of 3 cells slower' "before the step"
	exits 2 "none that match" trend "$TMP/year.db:day*"
	"$GFPBENCH" gate --from "$TMP/night12" --stored "$TMP/year.db:night0[1-6]" >"$TMP/out" 2>&1
	like "$(cat "$TMP/out")" 'against 6 stored runs' "stored runs may be in a database, too"
	run evening 20 "effect=0.032"
	"$GFPBENCH" export "$TMP/evening" --format=sqlite -o "$TMP/year.db" >/dev/null 2>&1
	exits 0 "a run is added" trend "$TMP/year.db"
	like "$(cat "$TMP/out")" '^trend of 13 runs' "and counts"
fi
done_testing
