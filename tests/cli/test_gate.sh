#!/bin/bash
# SPDX-License-Identifier: MIT
# gfpbench gate over synthetic runs: verdicts as exit codes, reports, and everything that
# can be wrong with the files: never a pass by accident.
. "${GB_SRCDIR:?set by make check}/tests/tap.sh"
make_data=$GB_BUILDDIR/tests/tools/make_gate_data
unset GITHUB_ACTIONS GITHUB_STEP_SUMMARY NO_COLOR

# fresh [OPTIONS]: a run in $TMP/run
fresh() {
	rm -rf "$TMP/run" && mkdir "$TMP/run" && "$make_data" "$TMP/run" "${1:-}" ||
		diag "make_gate_data failed: ${1:-}"
}
gate() {
	"$GFPBENCH" gate --from "$TMP/run" "$@"
}
# gate_exits CODE NAME [ARGUMENTS]
gate_exits() {
	local code=$1 name=$2
	shift 2
	exits "$code" "$name" gate "$@"
}
error_text() {
	cat "$TMP/err"
}

# sealed COMMAND...: the command edits the run, and nothing but its own checks shall see it
sealed() {
	"$@" && "$make_data" "$TMP/run" seal
}

# --- verdicts ---------------------------------------------------------------------------
fresh
gate_exits 0 "no difference passes"
like "$(cat "$TMP/out")" 'verdict: pass: .*unchanged' "and says so"
is "$(awk 'length > 80' "$TMP/out" | wc -l)" 0 "80 columns are enough"
fresh effect=0.05
gate_exits 1 "5 % slower fails"
like "$(cat "$TMP/out")" '^regressed .*time +\+[45]\.' "the regression comes first, with its size"
gate_exits 0 "a larger margin lets it pass" --what-if margin=10%
like "$(error_text)" 'not the verdict of the run' "and warns that the rules were changed"
gate_exits 2 "a rule that is none" --what-if margn=10%
gate_exits 2 "a margin that is none" --what-if margin=-1
fresh effect=-0.05
gate_exits 0 "5 % faster passes" --format=csv
like "$(cat "$TMP/out")" 'cell00,.*,improved,' "and is listed as improved"
fresh sd=0.2:pairs=48
gate_exits 0 "too noisy to tell passes"
like "$(error_text)" 'undecided' "with a warning"
gate_exits 4 "unless strict" --strict
fresh drift=0.05:effect=0.05
gate_exits 3 "a sentinel that fires invalidates"
like "$(cat "$TMP/out")" 'environment: a sentinel fired' "red becomes inconclusive"
fresh crash_b=24:reproduced=yes
gate_exits 1 "a candidate that crashes throughout fails"
fresh crash_a=24:reproduced=yes:cells=1
gate_exits 3 "a baseline that crashes throughout proves nothing"
fresh identical=yes:effect=0.1
gate_exits 0 "identical sides are unchanged"
like "$(error_text)" 'identical' "with a warning"
gate_exits 3 "or nothing at all when strict" --strict
gate_exits 1 "or judged all the same" --no-identity

# --- reports ----------------------------------------------------------------------------
fresh effect=0.05:gate_all=yes:tail_values=20000
gate_exits 1 "reports are written" --format=json --junit "$TMP/junit.xml" \
	--markdown "$TMP/gate.md" --json "$TMP/gate.json"
cmp -s "$TMP/out" "$TMP/gate.json"
ok $? "stdout and --json agree"
mkdir "$TMP/again"
gate --format=json --junit "$TMP/again/junit.xml" --markdown "$TMP/again/gate.md" \
	--json "$TMP/again/gate.json" >/dev/null 2>&1
for f in junit.xml gate.md gate.json; do
	cmp -s "$TMP/$f" "$TMP/again/$f"
	ok $? "judged again: $f is the same, byte for byte"
done
for f in gate-slices gate-procs gate-hist gate-cells; do
	{
		head -1 "$TMP/run/$f.csv"
		tail -n +2 "$TMP/run/$f.csv" | tac
	} >"$TMP/reordered" && cp "$TMP/reordered" "$TMP/run/$f.csv"
done
gate --format=json >"$TMP/again/gate.json" 2>"$TMP/err"
cmp -s "$TMP/gate.json" "$TMP/again/gate.json"
ok $? "rows in another order give the same report"
if command -v python3 >/dev/null; then
	python3 - "$TMP/junit.xml" <<-'PY'
		import sys, xml.etree.ElementTree as E
		s = E.parse(sys.argv[1]).getroot().find("testsuite")
		cases = s.findall("testcase")
		names = {(c.get("classname"), c.get("name")) for c in cases}
		assert int(s.get("tests")) == len(cases) == len(names), "counts"
		assert int(s.get("failures")) == len(s.findall("testcase/failure")) == 1
		assert int(s.get("errors")) == len(s.findall("testcase/error"))
		assert int(s.get("skipped")) == len(s.findall("testcase/skipped"))
	PY
	ok $? "JUnit: well-formed, counted, names unique"
	python3 -c 'import json, sys; assert json.load(open(sys.argv[1]))["exit_code"] == 1' \
		"$TMP/gate.json"
	ok $? "gate.json is JSON"
else
	skip "JUnit and JSON are well-formed" "no python3"
fi
if command -v xmllint >/dev/null; then
	for o in effect=0.05:gate_all=yes:tail_values=20000 drift=0.05:effect=0.05 sd=0.2 pairs=0 \
		crash_b=24:reproduced=yes crash_a=24:reproduced=yes:cells=1 mismatch=yes; do
		rm -rf "$TMP/schema" && mkdir "$TMP/schema" && "$make_data" "$TMP/schema" "$o"
		"$GFPBENCH" gate --from "$TMP/schema" -q --format=junit >"$TMP/schema.xml"
		exits 0 "JUnit of $o against the schema" xmllint --noout \
			--schema "$GB_SRCDIR/tests/data/junit.xsd" "$TMP/schema.xml"
	done
else
	skip "JUnit against the schema" "no xmllint"
fi
gate_exits 1 "annotations" --format=github
like "$(cat "$TMP/out")" '^::error title=regressed%3A pairs%3A.*::time \+[45]\..*%25' \
	"are escaped"
: >"$TMP/summary"
GITHUB_ACTIONS=true GITHUB_STEP_SUMMARY=$TMP/summary "$GFPBENCH" gate --from "$TMP/run" \
	>"$TMP/out" 2>/dev/null
is $? 1 "on GitHub"
like "$(cat "$TMP/summary")" '^### Performance gate: fail' "the summary is appended"
like "$(cat "$TMP/out")" '^::error' "and annotations appear"
fresh effect=0.1:drift=0.1:cells=12
gate --format=github >"$TMP/out" 2>/dev/null
[ "$(grep -c '^::error' "$TMP/out")" -le 10 ] && [ "$(grep -c '^::warning' "$TMP/out")" -le 10 ]
ok $? "never more annotations than GitHub shows"
gate_exits 3 "an unwritable report is an error" --junit /proc/nonexistent/x.xml
(set -o pipefail; gate | cat >/dev/null) 2>/dev/null
is $? 3 "through a pipe with pipefail the exit code survives"

# --- bad input: each file, in every way ---------------------------------------------------
for f in manifest.json datapackage.json gate-slices.csv gate-procs.csv gate-hist.csv gate-cells.csv; do
	fresh tail_values=20000
	rm "$TMP/run/$f"
	gate_exits 3 "$f missing"
	like "$(error_text)" "$f is missing" "and it is named"
	fresh tail_values=20000
	[ "$f" != datapackage.json ] || continue # only its presence tells something
	: >"$TMP/run/$f"
	gate >/dev/null 2>&1
	case $? in 2 | 3) ok 0 "$f empty" ;; *) ok 1 "$f empty" ;; esac
done
for f in gate-slices.csv gate-procs.csv gate-hist.csv gate-cells.csv; do
	fresh tail_values=20000
	truncate -s -5 "$TMP/run/$f"
	gate_exits 3 "$f torn in the last line"
	fresh tail_values=20000
	sed -i '$d' "$TMP/run/$f"
	gate_exits 3 "$f without its last row"
	fresh tail_values=20000
	sed -i '2,$d' "$TMP/run/$f"
	gate_exits 3 "$f with its header only"
	fresh tail_values=20000
	sed -i '1s/cell_id/cell/' "$TMP/run/$f"
	gate_exits 2 "$f with a foreign header"
	fresh tail_values=20000
	sed -i '3s/^1\.[0-9]*/2.0/' "$TMP/run/$f"
	gate_exits 3 "$f with a row of an unknown schema"
	fresh tail_values=20000
	sed -i '3s/^1\.[0-9]*/1.7/' "$TMP/run/$f"
	gate_exits 2 "$f with mixed schema versions"
	fresh tail_values=20000
	sed -i '3s/synthetic/another/' "$TMP/run/$f"
	gate_exits 3 "$f with a row of another run"
	fresh tail_values=20000
	sed -i '3s/,[^,]*$//' "$TMP/run/$f"
	gate_exits 2 "$f with a field too few"
done
fresh
sed -i '6d' "$TMP/run/gate-slices.csv"
rows=$(grep -oE '"gate-slices.csv":[0-9]+' "$TMP/run/manifest.json" | cut -d: -f2)
sealed sed -i "s/\(gate-slices.csv\":\)$rows/\1$((rows - 1))/" "$TMP/run/manifest.json"
gate_exits 3 "a lost slice"
fresh
sealed sed -i '6d;5p' "$TMP/run/gate-slices.csv"
gate_exits 2 "a slice twice"
# set_field FILE LINE COLUMN VALUE
set_field() {
	awk -F, -v OFS=, -v line="$2" -v name="$3" -v value="$4" '
		NR == 1 { for (i = 1; i <= NF; i++) if ($i == name) at = i }
		NR == line { $at = value } { print }' "$TMP/run/$1" >"$TMP/edited" &&
		sealed cp "$TMP/edited" "$TMP/run/$1"
}
# What reads well and is not what was written: one digit, one word.
fresh effect=0.05
sed -i '30s/,50000,/,50001,/' "$TMP/run/gate-slices.csv"
gate_exits 3 "a figure that was edited"
like "$(error_text)" 'gate-slices.csv: its rows are not those that were written' "and is told"
fresh effect=0.05
sed -i '2s/,yes,0.02,/,no,0.02,/' "$TMP/run/gate-cells.csv"
gate_exits 3 "a cell that is no longer gated"
fresh effect=0.05
sed -i 's/"alpha":"0.01"/"alpha":"1e-9"/' "$TMP/run/manifest.json"
gate_exits 3 "rules that were edited"
like "$(error_text)" 'manifest.json: .*not what was written' "and are told"
for member in seal digests; do
	fresh
	sed -i "s/\"$member\":/\"x$member\":/" "$TMP/run/manifest.json"
	gate_exits 3 "a manifest without its $member"
done
for value in nan inf -5 0 x 1e999 ''; do
	fresh
	set_field gate-slices.csv 4 wall_ns "$value"
	gate_exits 2 "a slice of '$value' ns"
done
fresh
set_field gate-slices.csv 4 ops 0
gate_exits 2 "a slice of no operations"
fresh
set_field gate-procs.csv 4 status fine
gate_exits 2 "an unknown status"
fresh
set_field gate-procs.csv 4 status untrustworthy
gate_exits 3 "an untrustworthy process"
fresh
set_field gate-slices.csv 4 side C
gate_exits 2 "an unknown side"
fresh
set_field gate-slices.csv 4 cell_id nowhere
gate_exits 2 "an unknown cell"
fresh
set_field gate-slices.csv 4 pair 18446744073709551615
gate_exits 2 "an absurd pair number"
fresh
set_field gate-cells.csv 2 metric speed
gate_exits 2 "an unknown metric"
fresh
set_field gate-cells.csv 2 margin ''
gate_exits 2 "a metric without a margin"
fresh
for line in 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20 21; do
	set_field gate-cells.csv $line gated no
done
gate_exits 3 "nothing gated: the gate could not fire"
fresh gate_all=yes
for line in $(seq 2 200); do
	set_field gate-procs.csv "$line" held_peak_bytes ''
done
gate_exits 3 "a gated figure that was not measured"
fresh pairs=15
gate_exits 3 "too few pairs"
fresh pairs=0
gate_exits 3 "no pairs at all"
fresh cells=0
gate_exits 3 "no cells at all"
fresh sentinels=0
gate_exits 3 "no sentinels"
fresh foreign_cell=yes
gate_exits 3 "a cell of another machine"
fresh complete=no
gate_exits 3 "a run that was not completed"
fresh build_mode=asan
gate_exits 3 "a sanitizer build"
fresh
sealed sed -i 's/"hw_id_end":"[^"]*"/"hw_id_end":"ffff"/' "$TMP/run/manifest.json"
gate_exits 3 "a machine that changed during the run"
like "$(cat "$TMP/out")" 'the machine changed during the run' "as the verdict says"
fresh
sed -i 's/"gate":/"run":/' "$TMP/run/manifest.json"
gate_exits 3 "a run that is no gate run"
fresh
sed -i 's/}$//' "$TMP/run/manifest.json"
gate_exits 2 "a manifest that is no JSON"
fresh
sed -i 's/"rows":{[^}]*}/"rows":{}/' "$TMP/run/manifest.json"
gate_exits 3 "a manifest without row counts"
fresh
sed -i 's/"config":{[^}]*}/"none":{}/' "$TMP/run/manifest.json"
gate_exits 3 "a manifest without the rules"

# --- calibration --------------------------------------------------------------------------
calibrate() {
	"$GFPBENCH" gate calibrate --from "$TMP/run" "$@"
}
fresh pairs=160:identical=yes:sd=0.015:outliers=0.1
exits 0 "equal sides on a fair machine calibrate" calibrate --json "$TMP/calibration.json"
like "$(cat "$TMP/out")" '^pairs:size=4k/t1/guarded +160 .*' "each cell has a line"
like "$(cat "$TMP/out")" 'uniform: p = [0-9.]+; as many slower as faster: p = [0-9.]+$' "the tests are tested"
like "$(cat "$TMP/out")" '^calibration: sound' "and the machine is sound"
like "$(cat "$TMP/calibration.json")" '"sound":true' "as the file says"
calibrate --format=csv >"$TMP/out" 2>&1
sd=$(awk -F, 'NR == 1 { for (i = 1; i <= NF; i++) if ($i == "sd_ln") at = i } NR == 2 { print $at }' "$TMP/out")
awk -v sd="$sd" 'BEGIN { exit !(sd > 0.012 && sd < 0.022) }'
ok $? "the robust sd that went in comes out"
# Slices of a pair vary by 0.1 % of themselves on each side, pairs by 1.5 %.
like "$(sed -n 2p "$TMP/out")" ',0\.99[0-9]*,-?(0\.000|[0-9.]+e-0?[5-9])[0-9]*,1,' "nearly all of the spread is the pairs', none of it the order's"
sides() {
	rm -rf "$TMP/$1" && mkdir "$TMP/$1" && "$make_data" "$TMP/$1" "run_id=$1:sd=0.002:$2"
}
builds=
for i in 1 2 3 4 5; do
	sides "build$i" "seed=1$i:effect=$([ $((i % 2)) = 0 ] && echo -0.03 || echo 0.03)"
	builds=$builds${builds:+,}$TMP/build$i
done
sides canary5 seed=21:effect=0.03
sides canary10 seed=22:effect=0.1
fresh pairs=160:identical=yes:sd=0.002
exits 0 "with builds and canaries" calibrate --relinked "$builds" \
	--canary "5%=$TMP/canary5,10%=$TMP/canary10"
like "$(cat "$TMP/out")" '^pairs:size=4k/t1/guarded +(2\.9|3\.0)[0-9]* +(5\.9|6\.[0-3])[0-9]* +0\.[56][0-9] +(0\.9|1\.0)[0-9]$' \
	"spread of builds, twice of it as margin, what canaries read"
like "$(cat "$TMP/out")" '^pairs/t2/guarded +0\.0[0-9] +2\.00 ' "a cell that builds do not change keeps its margin"
like "$(cat "$TMP/out")" '^  --rules margin=6' "and the advice"
like "$(tr '\n' ' ' <"$TMP/out")" ' hidden losses: 60% of \+5% were read in   pairs:size=4k/t1/guarded,' "a cell that hides losses is named"
is "$(awk 'length > 80' "$TMP/out")" "" "80 columns"
calibrate --relinked "$builds" --format=json >"$TMP/json" 2>&1
like "$(tr -d '\n' <"$TMP/json")" '"builds":5,.*"build_sd_ln":0\.0(29|3)[0-9]*,"margin":0\.0[56]' "so says the JSON"
exits 3 "four builds are too few" calibrate --relinked "${builds%,*}"
sed -i 's/"complete":true/"complete":false/' "$TMP/build2/manifest.json"
exits 3 "a build's run that is incomplete" calibrate --relinked "$builds"
exits 2 "a canary without a run" calibrate --canary 5%
exits 2 "a canary of no size" calibrate --canary "0%=$TMP/canary5"
exits 2 "builds without calibrate" "$GFPBENCH" gate --from "$TMP/run" --relinked "$builds"
exits 2 "no verdict, no JUnit" calibrate --junit "$TMP/x.xml"
fresh pairs=160:identical=yes:sd=0.015:drift=0.02:effect=0.02:cells=1
exits 3 "a machine that favours a side does not" calibrate
fresh pairs=99:identical=yes
exits 3 "too few pairs" calibrate
fresh pairs=160
exits 2 "sides that differ" calibrate
exits 0 "unless they are said to be equal" calibrate --no-identity

# --- the command line ---------------------------------------------------------------------
exits 2 "no run" "$GFPBENCH" gate
exits 2 "no such directory" "$GFPBENCH" gate --from "$TMP/nowhere"
exits 2 "a file instead of a directory" "$GFPBENCH" gate --from "$TMP/out"
exits 2 "an unknown format" gate --format=xml
exits 0 "help" "$GFPBENCH" gate --help
like "$(cat "$TMP/out")" '--what-if' "help lists the options"
done_testing
