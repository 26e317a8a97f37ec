#!/bin/bash
# SPDX-License-Identifier: MIT
# Copyright (c) 2026 The gfpbench authors
# Job files: cell sets, what wins over what, and bad input by file and line.
. "${GB_SRCDIR:?set by make check}/tests/tap.sh"
cd "$TMP" || exit 99
G=$GFPBENCH

cat >two.job <<'END'
# comparisons of two kinds
[global]
backend = glibc,null
runs = 2
threads = 1
ops = 20000

[small]
workload = pairs:size=64

; in interrupts
[interrupts]
workload = irq-churn
duration = 30ms
irq-rate = 500
backend = null
END
exits 0 "a job file runs" "$G" run two.job -o first --format=csv
is "$(($(wc -l <first/samples.csv) - 1))" 6 "two cell sets: two cells and one, twice each"
is "$(grep -c ,pairs, first/samples.csv)" 4 "the first set on both backends"
is "$(grep -c ,irq-churn, first/samples.csv)" 2 "the second on its own"
exits 0 "the command line wins" "$G" run --ops 5000 two.job -b null -r 1 -o less
is "$(($(wc -l <less/samples.csv) - 1))" 2 "of backends and runs"
sed -i -n 1,2p first/samples.csv
printf '[global]\nbackend = null,glibc\nthreads = 1\nops = auto\nduration = 10ms\n[a]\nworkload = pairs\n[b]\nworkload = threadtest\nops = 1000\n' >auto.job
exits 0 "a job file with ops = auto" "$G" run auto.job -r 1 -o auto
is "$(grep -c '"group": 0' auto/manifest.json) $(grep -c '"group"' auto/manifest.json)" "1 1" \
	"calibrates only where it is asked for"
exits 0 "a run from a job file is resumed" "$G" run --resume first
is "$(($(wc -l <first/samples.csv) - 1))" 6 "with all its cells"
printf '[global]\nthreads = 1,2\nworkload = pairs\n' >defaults
printf '[a]\nbackend = null\n[b]\nbackend = null\nthreads = 1\n' >sets
exits 0 "--config gives defaults" "$G" run --config defaults sets --ops 2000 -r 1 -o three
is "$(($(wc -l <three/samples.csv) - 1))" 3 "which a job file's section overrules"

printf '[global]\nruns = 1\nthreads = 1\nops = 2000\n[a]\nbackend = null\nworkload = pairs\n[b]\nbackend = glibc,null\nworkload = pairs:size=128\nirq-rate = 500\n' >sets
exits 0 "sets of different backends" "$G" run sets -o sets.run -q --format=none
if command -v python3 >/dev/null; then
	# shellcheck disable=SC2016
	manifest() { python3 -c 'import json,sys
m = json.load(open(sys.argv[1] + "/manifest.json")); o = m["options"]
print(eval(sys.argv[2]))' "$@"; }
	is "$(manifest sets.run '[b["backend"] for b in m["backends"]]')" "['null', 'glibc']" \
		"the manifest has each backend once"
	is "$(manifest sets.run '[(s["backends"], s["workloads"], s["irq_rate_hz"]) for s in o["sets"]]')" \
		"[('null', 'pairs', None), ('glibc,null', 'pairs:size=128', 500)]" "and the options of each set"
	is "$(manifest sets.run 'o["runs"], "backends" in o')" "(1, False)" "none that were not used"
	is "$(manifest less 'o.get("backends"), "sets" in o')" "(None, True)" "two sections are two sets"
	printf '[global]\nbackend = null\nthreads = 1\nruns = 1\nops = 2000\nworkload = pairs\n' >one
	exits 0 "a file with [global] alone" "$G" run one -o one.run -q --format=none
	is "$(manifest one.run 'o["backends"], o["workloads"], o["ops"]')" "('null', 'pairs', 2000)" \
		"is one set, and the manifest has what it says"
fi
printf '\xef\xbb\xbf[global]\r\nruns = 1\r\n' >bom
exits 0 "a byte-order mark and CRLF" "$G" run bom -n --format=none

# bad REGEX NAME TEXT [OPTION...]: exit 2, and FILE:LINE in the message
bad() {
	local regex=$1 name=$2
	printf '%b' "$3" >x.job
	shift 3
	exits 2 "$name: exit 2" "$G" run x.job "$@"
	like "$(grep -a '^gfpbench: error: ' "$TMP/err")" "$regex" "$name: says where and what"
	ok "$(grep -aq '^  hint: .' "$TMP/err"; echo $?)" "$name: says what to do"
}
bad "x.job:2: unknown key 'bakend'" "a mistyped key" '[a]\nbakend = null\n'
like "$(cat "$TMP/err")" "did you mean 'backend'" "a near key is offered"
bad "x.job:3: .*ops" "a bad value" '[a]\nbackend = null\nops = many\n'
bad "x.job:2: .*threads" "a key without section" '\nthreads = 1\n'
bad "x.job:2: .*neither" "a line that is nothing" '[a]\nhello\n'
bad "x.job:1: .*section name" "an open bracket" '[a\n'
bad "x.job:1: .*section name" "a name of blanks" '[ \t]\nbackend = null\n'
bad "x.job:2: .*empty value" "a key without a value" '[a]\nbackend =\n'
bad "x.job:3: .*'runs' cannot differ" "a run's key in a section" '[a]\n\nruns = 3\n'
bad "x.job:3: .*given twice" "a key twice" '[a]\nops = 5\nops = 6\n'
bad "x.job:2: .*second section" "a section twice" '[a]\n[a]\n'
bad "x.job:3: .*together" "ops and duration" '[a]\nops = 5\nduration = 1s\n'
bad "x.job:2: .*irq-law" "a bad choice, overruled" '[a]\nirq-law = often\n' --irq-law fixed
bad "no section" "an empty file" ''
bad "not a text file" "no text" '[a]\n\0\n'
bad "x.job:2: .*control" "control characters" '[a]\nops = \033[31m5\n'

# --- several files
printf '[global]\nbackend = null\nworkload = pairs\nthreads = 1\nops = 2000\nruns = 2\n' >x.job
sed 's/pairs/threadtest/' x.job >y.job
exits 0 "two files that agree" "$G" run x.job y.job -o agree -q --format=none
is "$(($(wc -l <agree/samples.csv) - 1))" 4 "are two sets of one run"
printf '[global]\n# a line\nruns = 3\npin = yes\n[a]\nbackend = null\n' >y.job
exits 2 "two files that disagree about the run" "$G" run x.job y.job -n
like "$(cat "$TMP/err")" "y.job:3: 'runs = 3', but x.job:6: 'runs = 2'" "both are named"
like "$(cat "$TMP/err")" "^  hint: .*command line" "and what to do"
exits 0 "the command line settles it" "$G" run x.job y.job -r 1 -n
exits 0 "a job file overrules --config" "$G" run --config x.job y.job -n
printf '[global]\nno-pin = yes\n[b]\nbackend = null\n' >x.job
exits 2 "pin in one, no-pin in the other" "$G" run x.job y.job -n
exits 2 "a file that is not there" "$G" run nowhere.job
exits 2 "--config with sets" "$G" run --config sets
exits 2 "--resume with a job file" "$G" run --resume first two.job
printf '[a]\nbackend = nall\n' >x.job
exits 2 "what only the plan can refuse" "$G" run x.job
done_testing
