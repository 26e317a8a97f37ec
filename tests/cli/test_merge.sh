#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Shards of one plan, joined; runs exported as long CSV, JSON and SQLite.
. "${GB_SRCDIR:?set by make check}/tests/tap.sh"
cd "$TMP" || exit 99
mkdir tmp
export TMPDIR=$TMP/tmp
export HOME=$TMP # parallel keeps notes there, even for --version
run() { "$GFPBENCH" run -b null,glibc -w pairs -r 2 -t 1 -d 5ms -q --format none "$@"; }

exits 0 "shard 1" run --shard 1/2 -o s1
exits 0 "shard 2" run --shard 2/2 -o s2
exits 0 "merge" "$GFPBENCH" merge s1 s2 -o both
is "$(cat "$TMP/out")" both "its directory is printed"
is "$(tail -n +2 both/samples.csv | wc -l)" 4 "all samples of the plan"
is "$(tail -n +2 both/samples.csv | cut -d, -f3 | sort -n | tr '\n' ' ')" "1 2 3 4 " "each once"
is "$(tail -n +2 both/samples.csv | cut -d, -f2 | sort -u | tr '\n' ' ')" "s1 s2 " "rows keep their run"
like "$(cat both/manifest.json)" '"complete": true' "complete"
like "$(cat both/manifest.json)" '"parts"' "the parts' manifests are kept"
exits 0 "compare reads it" "$GFPBENCH" compare both
exits 0 "one shard alone" "$GFPBENCH" merge s1 -o half
like "$(cat "$TMP/err")" '2 of the plan.s 4 samples' "says what is missing"
exits 2 "a shard twice" "$GFPBENCH" merge s1 s1 -o twice
ok $([ ! -e twice ]; echo $?) "nothing is left behind"
exits 0 "another plan" run --seed 9 -o other
exits 2 "shards of different plans" "$GFPBENCH" merge s1 other -o mixed
like "$(cat "$TMP/err")" 'another plan' "says so"
exits 2 "no run" "$GFPBENCH" merge s1 "$TMP" -o mixed
exits 2 "nothing" "$GFPBENCH" merge

for n in -5 1e18 1.5 null; do
	rm -rf odd && cp -r s1 odd
	sed -i "s/\"plan_samples\": [^,]*/\"plan_samples\": $n/" odd/manifest.json
	exits 2 "a plan of $n samples" "$GFPBENCH" merge odd -o mixed
done
like "$(cat "$TMP/err")" 'does not say how many samples' "says so"
cp -r s2 s2cut
sed -i '2s/,ok,/,interrupted,/' s2cut/samples.csv
exits 0 "a shard that was interrupted" "$GFPBENCH" merge s1 s2cut -o cut
like "$(cat "$TMP/err")" '3 of the plan.s 4 samples' "lacks a sample, though its row is there"
like "$(head -5 cut/manifest.json)" '"complete": false' "and is not complete"


# What a kill or a full disk leaves: rows of a sample that has none in samples.csv.
rm -rf broken && cp -r s2 broken
gone=$(sed -n '2p' broken/samples.csv | cut -d, -f3)
sed -i 2d broken/samples.csv
orphans() { # DIR: rows of that sample in all its files
	cat "$1"/*.csv | cut -d, -f3 | grep -cx "$gone"
}
ok $([ "$(orphans broken)" -gt 2 ]; echo $?) "a broken-off shard has rows of a sample that never ended"
exits 0 "it is merged" "$GFPBENCH" merge s1 broken -o whole
like "$(cat "$TMP/err")" '3 of the plan.s 4 samples' "without the sample"
is "$(orphans whole)" 0 "and without its other rows"
is "$(tail -n +2 whole/latency.csv | cut -d, -f3 | sort -u | wc -l)" 3 "those of others are all there"
exits 0 "it is exported" "$GFPBENCH" export broken
is "$(cut -d, -f3 "$TMP/out" | grep -cx "$gone")" 0 "without those rows"
exits 0 "and reported" "$GFPBENCH" report broken -o broken-page

if command -v parallel >/dev/null && parallel --version 2>/dev/null | grep -q GNU; then
	export GFPBENCH
	exits 0 "GNU parallel, two local workers" parallel --will-cite -j2 \
		"$GFPBENCH run -b null -w pairs -r 4 -t 1 -d 5ms -q --format none --shard {}/4 -o p{}" ::: 1 2 3 4
	exits 0 "their shards" "$GFPBENCH" merge p1 p2 p3 p4 -o pall
	is "$(tail -n +2 pall/samples.csv | wc -l)" 4 "are the whole plan"
else
	skip "GNU parallel" "not installed"
fi

exits 0 "long CSV" "$GFPBENCH" export both
is "$(head -1 "$TMP/out" | grep -c 'irq_mode,metric,unit,value$')" 1 "its header"
is "$(grep -c ',ops_per_s,1/s,\|,ops_per_s,' "$TMP/out")" 4 "a row for each sample's throughput"
like "$(cat "$TMP/out")" 'alloc\.process\.GFP_KERNEL\.p50_ns,ns,' "latency with its context"

echo precious >keep
exits 2 "an export of no run" "$GFPBENCH" export nothing -o keep
is "$(cat keep)" precious "takes no file away"
exits 0 "an export into a file that is there" "$GFPBENCH" export both -o keep
like "$(head -1 keep)" '^schema_version,' "replaces it"
mkfifo pipe
cat pipe >piped &
exits 0 "an export into a pipe" "$GFPBENCH" export both -o pipe
wait $!
ok "$(cmp -s keep piped && [ -p pipe ]; echo $?)" "goes through it and leaves it where it is"
is "$(find . -name '*.tmp')" "" "nothing else is left"

exits 0 "JSON" "$GFPBENCH" export both --format=json -o both.json
if command -v python3 >/dev/null; then
	is "$(python3 -c 'import json; print(len(json.load(open("both.json"))["runs"][0]["samples"]))')" 4 "is JSON with all samples"
else
	skip "is JSON with all samples" "no python3"
fi
exits 2 "SQLite without a file" "$GFPBENCH" export both --format=sqlite
if "$GFPBENCH" export both --format=sqlite -o runs.db 2>"$TMP/err"; then
	if command -v sqlite3 >/dev/null; then
		# As an older minor version left it: a column less, no table of parts.
		sqlite3 runs.db 'ALTER TABLE samples DROP COLUMN held_peak_bytes; DROP TABLE run_parts'
	fi
	exits 0 "SQLite again, and another run" "$GFPBENCH" export both other --format=sqlite -o runs.db
	if command -v sqlite3 >/dev/null; then
		is "$(sqlite3 runs.db 'select count(*) from samples')" 8 "no row twice"
	elif python3 -c 'import sqlite3' 2>/dev/null; then
		is "$(python3 -c 'import sqlite3; print(sqlite3.connect("runs.db").execute("select count(*) from samples").fetchone()[0])')" 8 "no row twice"
	else
		skip "no row twice" "no SQLite shell"
	fi
	if python3 -c 'import sqlite3' 2>/dev/null; then
		python3 -c 'import sqlite3, time
c = sqlite3.connect("runs.db", isolation_level=None); c.execute("BEGIN IMMEDIATE")
open("locked", "w"); time.sleep(1); c.execute("ROLLBACK")' &
		until [ -e locked ]; do sleep 0.05; done
		exits 0 "a database to which another job adds its runs just now" \
			"$GFPBENCH" export both --format=sqlite -o runs.db
		wait
	else
		skip "a database to which another job adds its runs just now" "no SQLite in python3"
	fi
	exits 0 "long CSV of the directories" "$GFPBENCH" export both other -o dirs.csv
	exits 0 "long CSV of the database" "$GFPBENCH" export runs.db -o db.csv
	is "$(cut -d, -f2- db.csv | sort | cksum)" "$(cut -d, -f2- dirs.csv | sort | cksum)" "every figure came back"
	exits 0 "of one run in it" "$GFPBENCH" export 'runs.db:oth*' -o one.csv
	is "$(tail -n +2 one.csv | cut -d, -f2 | sort -u)" other "by the pattern of its name"
	exits 2 "a pattern that no run matches" "$GFPBENCH" export 'runs.db:nightly*'
	exits 0 "report reads the database" env GFPBENCH_GNUPLOT=/nonexistent "$GFPBENCH" report runs.db -o page
	like "$(cat page/report.html)" 'both' "its page names the runs"
	exits 0 "compare reads it" "$GFPBENCH" compare 'runs.db:both'
	is "$(ls -d "$TMP/tmp"/gfpbench-runs-* 2>/dev/null | wc -l)" 0 "no temporary folder is left"
	exits 3 "a file that is no database" "$GFPBENCH" export both --format=sqlite -o both.json
else
	like "$(cat "$TMP/err")" 'without SQLite' "built without SQLite, and says so"
fi
exits 3 "no such directory" "$GFPBENCH" export both --format=json -o nowhere/x.json
exits 2 "no run" "$GFPBENCH" export "$TMP/nowhere"
done_testing
