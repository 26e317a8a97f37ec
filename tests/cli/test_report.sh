#!/bin/bash
# SPDX-License-Identifier: MIT
# Copyright (c) 2026 The gfpbench authors
#
# report and compare over made-up runs: pages without pictures, with evil text, without
# results; plots that can be drawn again; ratios whose answer is known.
. "${GB_SRCDIR:?set by make check}/tests/tap.sh"
export GFPBENCH_PLOTS=$GB_SRCDIR/scripts/plot LC_ALL=C
make="$GB_SRCDIR/tests/tools/make_report_data.sh"
cd "$TMP" || exit 99
none=$TMP/no-such-gnuplot

# has FILE REGEX NAME; hasnot
has() { if grep -Eq -- "$2" "$1"; then ok 0 "$3"; else ok 1 "$3"; fi; }
hasnot() { if grep -Eq -- "$2" "$1"; then
	ok 1 "$3"
	diag "$(grep -Eo -- ".{0,40}$2.{0,40}" "$1" | head -3)"
else ok 0 "$3"; fi; }

# same A B: the same lines, points and words (groups carry the state of the pen before)
same() { test "$(grep -v '<g ' "$1" | cksum)" = "$(grep -v '<g ' "$2" | cksum)"; }

for kind in full evil failed partial empty gate; do
	"$make" $kind "$TMP/$kind" || ok 1 "made-up run $kind"
done

# --- every run gives a page, also without gnuplot
for kind in full evil failed partial empty gate; do
	GFPBENCH_GNUPLOT=$none exits 0 "$kind: a page without gnuplot" \
		"$GFPBENCH" report "$kind" -o "plain-$kind"
	has "plain-$kind/report.html" '</html>' "$kind: the page is whole"
done
GFPBENCH_GNUPLOT=$none "$GFPBENCH" report full -o plain-full 2>err >/dev/null
has err 'gnuplot not found.*no-such-gnuplot' 'no gnuplot: a warning says so'
has plain-full/report.html 'pictures are missing.*apt-get install gnuplot' \
	'no gnuplot: the page says what to install'
has plain-full/report.html '<th scope="row">slab</th>' 'no gnuplot: the tables are there'
has plain-failed/report.html 'None of 4 samples gave a result' 'failed only: the verdict'
has plain-failed/report.html \
	'gfpbench run -b glibc -w larson:slots=5000 -t 2 -r 1 --seed=7 --duration=100ms' \
	'failed only: the command that repeats'
has plain-failed/report.html "no end after 10 s" 'failed only: why'
has plain-empty/report.html 'holds no samples' 'empty: the page says so'
has plain-partial/report.html '--resume' 'partial: how to finish'
has plain-gate/report.html 'FAIL: 1 regressed' 'gate: its verdict'
has plain-full/report.html 'vmalloc &lt;may&gt; sleep' 'claims are shown'

has plain-full/report.html '<th scope="row">handovers</th>' 'figures of a workload are shown'

# --- a run of the gate has its verdict without a file of it
mkdir live && "$GB_BUILDDIR/tests/tools/make_gate_data" live effect=0.05
GFPBENCH_GNUPLOT=$none exits 0 'gate: a page of what it measured' "$GFPBENCH" report live
has live/report.html 'fail: 1 regressed' 'gate: the verdict is judged again'
has live/report.html 'Right of 1 the candidate' 'gate: what its plot means'
awk -F, '/: regressed/ { n++; bad += $3 >= 1 } END { exit !n || bad }' live/plots/*gate.csv
ok $? 'gate: a regression lies left of 1'
cp -r full again
GFPBENCH_GNUPLOT=$none exits 0 'two runs' "$GFPBENCH" report full again -o two
is "$(grep -c '<th scope="row">handovers</th>' two/report.html)" \
	"$((2 * $(grep -c '<th scope="row">handovers</th>' plain-full/report.html)))" \
	'two runs: figures of the workload of both'

# --- hostile text stays text
hasnot plain-evil/report.html '<script' 'evil: no script element'
hasnot plain-full/report.html '<script' 'evil warnings: no script element'
has plain-evil/report.html '&lt;script&gt;' 'evil: shown as text'

# --- nothing from outside, structure
hasnot plain-full/report.html '(src|href)="?(https?:)?//|url\(https?:|@import' 'no network'
has plain-full/report.html '<html lang="en">' 'language'
has plain-full/report.html '<main id="main">' 'landmark'
is "$(grep -o '<table>' plain-full/report.html | wc -l)" \
	"$(grep -o '<table><caption>' plain-full/report.html | wc -l)" 'every table has a caption'
hasnot plain-full/report.html '<th>' 'every header cell has a scope'
is "$(grep -o ' id="[^"]*"' plain-full/report.html | sort | uniq -d)" '' 'ids are unique'

# --- pictures
if command -v gnuplot >/dev/null; then
	exits 0 'full: with gnuplot' "$GFPBENCH" report full
	hasnot "$TMP/err" . 'full: nothing on stderr'
	is "$(find full/plots -name '[0-9]*.gp' | wc -l)" "$(find full/plots -name '*.svg' | wc -l)" \
		'every plot has its SVG'
	is "$(find full/plots -name '[0-9]*.gp' | wc -l)" "$(find full/plots -name '*.png' | wc -l)" \
		'every plot has its PNG'
	for id in backends claims curve sweep failures throughput threads percentiles histogram entry memory \
		pressure spread; do
		ls full/plots/*-$id*.svg >/dev/null 2>&1
		ok $? "full: a plot '$id'"
	done
	is "$(grep -Eo " id=['\"][^'\"]*['\"]" full/report.html | sort | uniq -d)" '' \
		'ids of all pictures are unique'
	is "$(grep -o '<svg role="img"' full/report.html | wc -l)" \
		"$(grep -o '<svg role="img"[^>]*aria-label="Plot: [^"]' full/report.html | wc -l)" \
		'every picture has a text'
	test "$(stat -c %s full/report.html)" -lt 1000000
	ok $? 'the page is under 1 MB'
	svg=$(ls full/plots/*-threads-*.svg)
	cp "$svg" before.svg && rm "$svg"
	(cd full && gnuplot "plots/$(basename "${svg%.svg}").gp" 2>/dev/null)
	same before.svg "$svg"
	ok $? 'a script draws its plot again, from one folder up'
	(cd full/plots && rm "$(basename "$svg")" && gnuplot "$(basename "${svg%.svg}").gp" 2>/dev/null)
	same before.svg "$svg"
	ok $? '... and beside its data'
	exits 0 'evil: with gnuplot' "$GFPBENCH" report evil
	hasnot evil/report.html '<script' 'evil: no script element in pictures'
	is "$(find . -name pwned)" '' 'evil: gnuplot runs nothing'
	exits 0 'on the terminal' "$GFPBENCH" report --terminal full
	is "$(LC_ALL=C.UTF-8 awk 'length > 80' "$TMP/out" | wc -l)" 0 'terminal: 80 columns'
	has "$TMP/out" '\+---' 'terminal: there are plots'
	TMPDIR=/proc/none exits 3 'terminal: no temporary folder' "$GFPBENCH" report --terminal full
	has "$TMP/err" 'folder in /proc/none' 'terminal: TMPDIR says where'
	printf '#!/bin/sh\necho broken >&2; exit 1\n' >bad-gnuplot && chmod +x bad-gnuplot
	GFPBENCH_GNUPLOT=$TMP/bad-gnuplot exits 0 'a gnuplot that fails' \
		"$GFPBENCH" report full -o bad
	has "$TMP/err" 'warning.*broken' 'a gnuplot that fails: its words are passed on'
	for ram in 8 32; do for rate in 500 8000; do
		"$make" heat "heat-$ram-$rate" $((ram << 20)) $rate
	done; done
	exits 0 'runs that differ in RAM and rate' "$GFPBENCH" report heat-* -o heat
	ls heat/plots/*-heat.svg heat/plots/*-history-*.svg >/dev/null 2>&1
	ok $? 'several runs: heat map and history'
	is "$(grep -Eo 'plots/[0-9]+-(changes|throughput|history)-[a-z-]*.csv' heat/report.html |
		sed 's/.*[0-9]-//; s/-.*//' | xargs)" 'changes throughput history' \
		'several runs: a workload begins with what changed and ends with its history'
	has heat/report.html 'plots between show run 4 .heat-8-8000., the last' \
		'several runs: which one plots show'
	has heat/report.html '<span class="muted">[^<]*, run 4 .heat-8-8000.' \
		'several runs: so do the plots'
	has heat/report.html 'href="../heat-8-500/samples.csv"' 'links lead to the files'
	"$make" huge huge
	TIMEFORMAT='%0U %0S' # of the processor: what else the machine does is not its fault
	{ time exits 0 '100 000 rows' "$GFPBENCH" report huge; } 2>took
	read -r user sys < <(tail -1 took)
	test "$((user + sys))" -lt 10
	ok $? "100 000 rows in under 10 s of processor time ($user + $sys)"
else
	skip 'pictures' 'gnuplot is not installed'
fi

# --- moved as a whole: templates lie beside the program, wherever that is
if command -v gnuplot >/dev/null; then
	mkdir -p moved/bin moved/share/gfpbench
	cp "$GFPBENCH" moved/bin/gfpbench
	cp -r "$GB_SRCDIR/scripts/plot" moved/share/gfpbench/plot
	sed -i '1a # of the moved tree' moved/share/gfpbench/plot/*.gp
	exits 0 'moved: report' env -u GFPBENCH_PLOTS moved/bin/gfpbench report partial -o moved-page
	is "$(grep -L 'of the moved tree' moved-page/plots/[0-9]*.gp)" '' 'moved: its own templates'
	ok $((!$(find moved-page/plots -name '*.svg' | wc -l))) 'moved: plots are drawn'
fi

# --- compare
SCALE=0.5 "$make" full slow
exits 0 'compare two runs' "$GFPBENCH" compare full slow
is "$(awk 'length > 80' "$TMP/out" | wc -l)" 0 'compare fits 80 columns'
has "$TMP/out" 'slab +4 +Mop/s .* 0\.5 .*worse' 'half the speed is half, and worse'
has "$TMP/out" 'glibc +4 +Mop/s .* 1 .*unclear' 'what is equal is unclear'
exits 0 'compare as CSV' "$GFPBENCH" compare full slow --format=csv
is "$(awk -F, 'NR > 1 && $4 == "slab" && $8 == "ops_per_s" && ($11 < 0.49 || $11 > 0.51)' \
	"$TMP/out" | wc -l)" 0 'CSV: the ratio of slab is 0.5 everywhere'
exits 0 'compare as JSON' "$GFPBENCH" compare full slow --format=json
exits 0 'compare as markdown' "$GFPBENCH" compare full --format=markdown
has "$TMP/out" '^\| slab \|' 'markdown rows'
exits 0 'compare the backends of one run' "$GFPBENCH" compare full
has "$TMP/out" 'slab +4 +Mop/s .*better' 'slab is better than glibc'
exits 2 'compare with an unknown anchor' "$GFPBENCH" compare full --anchor=nosuch
exits 3 'nothing to compare' "$GFPBENCH" compare empty
exits 2 'no run' "$GFPBENCH" compare
exits 2 'not a run' "$GFPBENCH" report "$TMP"
exits 3 'no place to write' "$GFPBENCH" report full -o /dev/null/x
sed 's/"schema_version": "1\.[0-9]*"/"schema_version": "9.0"/' full/manifest.json >m &&
	mv m slow/manifest.json
exits 3 'an unknown schema is refused' "$GFPBENCH" report slow
SCALE=0.00001 "$make" full wide
is "$("$GFPBENCH" compare full wide 2>/dev/null | awk 'length > 80')" '' \
	'compare: ratios of many decades fit 80 columns, too'
like "$("$GFPBENCH" compare full wide 2>/dev/null)" '[0-9]e-0[0-9]|0\.000' 'and are there'
done_testing
