#!/bin/bash
# SPDX-License-Identifier: MIT
# gfpbench gate --stored: today's ratio to an anchor against those of stored runs.  A
# warning, never red unless asked for; refused when anything but the candidate differs.
. "${GB_SRCDIR:?set by make check}/tests/tap.sh"
make_data=$GB_BUILDDIR/tests/tools/make_gate_data
unset GITHUB_ACTIONS GITHUB_STEP_SUMMARY NO_COLOR

# run NAME SEED [OPTIONS]: a gate run in $TMP/NAME
run() {
	rm -rf "${TMP:?}/$1" && mkdir "$TMP/$1" &&
		"$make_data" "$TMP/$1" "run_id=$1:seed=$2:cells=3${3:+:$3}" ||
		diag "make_gate_data failed: $*"
}
stored=
for i in 1 2 3 4 5; do
	run "old$i" "$i"
	stored=$stored${stored:+,}$TMP/old$i
done
against() {
	"$GFPBENCH" gate --from "$TMP/now" --stored "$stored" "$@"
}
error_text() {
	cat "$TMP/err"
}

run now 9
exits 0 "no change passes" against
like "$(cat "$TMP/out")" '^SECOND CLASS: against 5 stored runs' "and is marked as second class"
like "$(cat "$TMP/out")" 'stored from 2026-01-02T.* to 2026-01-06T.*label seed-5' \
	"with the age and label of what is stored"
is "$(grep -c '^unchanged' "$TMP/out")" 3 "each cell unchanged"
against --format=json >"$TMP/json" 2>/dev/null
like "$(cat "$TMP/json")" '"second_class":true,"stored_runs":5,"exit_code":0' "so says the JSON"
is "$(against --format=csv 2>/dev/null | wc -l)" 4 "CSV: a row for each cell"
is "$(against --format=csv 2>/dev/null | cksum)" "$(against --format=csv 2>/dev/null | cksum)" \
	"the same bytes every time"

run now 9 effect=0.3
exits 0 "30 % slower is a warning" against
like "$(cat "$TMP/out")" '^warn ' "that is seen"
exits 1 "or red, when asked for" against --baseline-gate
like "$(cat "$TMP/out")" '^regressed ' "and called so"
exits 2 "but not for less than 10 %" against --baseline-gate --what-if margin=5%
exits 0 "a larger margin lets it pass" against --baseline-gate --what-if margin=50%
run now 9 effect=-0.3
exits 0 "30 % faster passes" against --baseline-gate
like "$(cat "$TMP/out")" '^improved ' "and is called improved"

# Stored runs that differ by themselves: the same 30 % prove nothing.
for i in 1 2 3 4 5; do
	run "old$i" "$i" "effect=0.$((i * 15))"
done
run now 9 effect=0.9
exits 0 "what stored runs do by themselves is no regression" against --baseline-gate
like "$(cat "$TMP/out")" 'runs differ by themselves' "but undecided"
for i in 1 2 3 4 5; do
	run "old$i" "$i"
done
run now 9 crash_b=24:reproduced=yes
exits 1 "a candidate that crashes fails" against
like "$(cat "$TMP/out")" '^failed ' "and is called failed"

# --- refused -----------------------------------------------------------------------------
run now 9
exits 3 "four runs are too few" "$GFPBENCH" gate --from "$TMP/now" --stored "${stored%,*}"
like "$(error_text)" '4 stored runs, at least 5' "and counted"
exits 3 "the run itself is no history" "$GFPBENCH" gate --from "$TMP/now" \
	--stored "${stored%,*},$TMP/now"
while IFS='|' read -r what why; do
	run old3 3
	sed -i "$what" "$TMP"/old3/*
	"$make_data" "$TMP/old3" seal
	exits 3 "refused: $what" against
	like "$(error_text)" "$why" "and why"
done <<'END'
s/0123abcd/00000000/g|was made on another machine
s/"anchor":"a0a0"/"anchor":"cccc"/|has another anchor
s/"gfpbench_version":"0.1"/"gfpbench_version":"0.2"/|another version of gfpbench
s/kernel 6/kernel 7/|another kernel, C library, huge pages or governor
s/feedbeef01/feedbeef77/|no cell that is defined as
s/"complete":true/"complete":false/|was not completed
END
# The anchor is told by its own file: the program that ran it may have been built again.
run old3 3
sed -i 's/"identity":"aaaa"/"identity":"dddd"/' "$TMP"/old3/manifest.json
exits 3 "a stored run that was edited" against
"$make_data" "$TMP/old3" seal
exits 0 "the same anchor in a rebuilt gfpbench" against
run old3 3 pairs=12
exits 3 "a stored run of too few pairs" against
run old3 3 drift=0.05
exits 3 "a stored run whose sentinel fired" against
run old3 3 cells=4
exits 3 "a stored run of more cells" against
for i in 1 3 5; do # the oldest, one of the others, the newest
	run "old$i" "$i"
	for f in $(cd "$TMP/old$i" && find . -type f | sort); do
		mv "$TMP/old$i/$f" "$TMP/away"
		exits 3 "stored run $i without $f" against
		mv "$TMP/away" "$TMP/old$i/$f"
	done
done
exits 0 "with all of them it passes" against
run old3 3
run now 9 drift=0.05
exits 3 "a run whose sentinel fired" against
run now 9
exits 2 "no such stored run" "$GFPBENCH" gate --from "$TMP/now" --stored "$stored,/nowhere"
exits 2 "no junit of a second-class verdict" against --junit "$TMP/x.xml"
exits 2 "--baseline-gate alone" "$GFPBENCH" gate --from "$TMP/now" --baseline-gate
done_testing
