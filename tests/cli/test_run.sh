#!/bin/bash
# SPDX-License-Identifier: MIT
# Copyright (c) 2026 The gfpbench authors
# run, list, show, doctor and report, as a user meets them.
. "${GB_SRCDIR:?set by make check}/tests/tap.sh"
cd "$TMP" || exit 99
G=$GFPBENCH
# column FILE NAME: its values (fields without commas only)
column() {
	python3 -c 'import csv,sys
for r in csv.DictReader(open(sys.argv[1])): print(r[sys.argv[2]])' "$1" "$2"
}

exits 0 "run" "$G" run -b glibc,null -w pairs,irq-churn -t 1,2 -r 2 -d 40ms
R=results/latest
ok "$([ -L results/latest ] && [ -d "$R" ]; echo $?)" "results/latest points to it"
like "$(readlink results/latest)" '^[0-9]{8}T[0-9]{6}Z-[A-Za-z0-9-]+-run-[0-9a-f]{6}$' \
	"its name: UTC, host, label, id"
like "$(cat "$TMP/out")" '^glibc ' "the table is on stdout"
like "$(cat "$TMP/err")" '^16/16 ok ' "a line a sample on stderr"
ok "$(grep -q "$(printf '\033')" "$TMP/err"; [ $? -ne 0 ]; echo $?)" "no control characters"
if command -v python3 >/dev/null; then
	is "$(column $R/samples.csv status | sort | uniq -c | tr -s ' ')" " 16 ok" "16 good rows"
	is "$(python3 -c '
import csv, collections
d = collections.defaultdict(set)
for r in csv.DictReader(open("results/latest/samples.csv")):
    d[r["workload"], r["params"], r["threads"], r["rep"]].add(r["checksum"])
print(sum(len(v) != 1 for v in d.values()))')" 0 "the checksum is the same for both backends"
	is "$(python3 -c '
import csv
bad = 0
for r in csv.DictReader(open("results/latest/samples.csv")):
    irq = r["workload"] == "irq-churn"
    bad += int(r["irq_count"]) > 0 and not irq
    bad += r["irq_mode"] != ("none" if not irq else "native" if r["backend"] == "null" else "guarded")
    bad += r["verified"] != ("no" if r["backend"] == "null" else "yes")
    bad += float(r["ops_per_s"]) <= 0
    bad += (r["syscall_watch"] == "none") != (r["rep"] != "1")
print(bad)')" 0 "interrupts, guard, verification and watch are as the rows say"
	is "$(python3 -c '
import csv
rows = [r for r in csv.DictReader(open("results/latest/samples.csv")) if r["workload"] == "irq-churn"]
print(all(int(r["irq_count"]) for r in rows) and
      sum(int(r["irq_count"]) + int(r["irq_lost_count"]) for r in rows) > 20)')" \
		True "interrupts came"
	is "$(python3 -c '
import csv
s = set()
for r in csv.DictReader(open("results/latest/latency.csv")):
    if r["workload"] == "irq-churn" and r["backend"] == "glibc": s.add(r["op"] + " " + r["context"])
print(sorted(s))')" "['alloc hardirq', 'alloc process', 'free hardirq', 'free process', 'irq_entry hardirq']" \
		"latency rows for every operation and context"
	is "$(python3 -c '
import csv, collections
h = collections.Counter(); l = collections.Counter()
k = lambda r: (r["sample_id"], r["op"], r["context"], r["gfp"])
for r in csv.DictReader(open("results/latest/histograms.csv")): h[k(r)] += int(r["count"])
for r in csv.DictReader(open("results/latest/latency.csv")): l[k(r)] += int(r["count"])
print(h == l and len(l) > 0)')" True "histograms add up to the counts"
	is "$(python3 -c '
import json
m = json.load(open("results/latest/manifest.json")); json.load(open("results/latest/datapackage.json"))
b = {x["backend"]: x for x in m["backends"]}
print(m["complete"], len(m["plan_hash"]), len(b["glibc"]["sha256"]), len(m["hw_id"]))')" \
		"True 64 64 16" "the manifest is whole"
fi
exits 2 "a run is never overwritten" "$G" run -b null -w pairs -r 1 -d 5ms -o "$R/"
like "$(cat "$TMP/err")" 'not empty' "and says so"

exits 0 "--ops" "$G" run -b glibc -w pairs -t 2 -r 1 --ops 200000 -o ops --format=csv
like "$(sed -n 2p "$TMP/out")" '^pairs,' "--format=csv: one row a cell"
ops=$(python3 -c 'import csv
print(*[r["ops_count"] for r in csv.DictReader(open("ops/samples.csv"))])' 2>/dev/null)
ok "$([ "${ops:-200000}" -ge 200000 ] && [ "${ops:-0}" -le 260000 ]; echo $?)" "about as many operations as asked for ($ops)"
exits 0 "--format=json" "$G" run -b null -w pairs -r 1 -d 5ms -o js --format=json -q
ok "$(python3 -m json.tool "$TMP/out" >/dev/null 2>&1; echo $?)" "is JSON"
is "$(cat "$TMP/err")" "" "-q says nothing"

# --ops auto: calibrated on the first backend, then frozen, also over --resume
planned() {
	python3 -c 'import csv, json, sys
d = sys.argv[1]
rows = list(csv.DictReader(open(d + "/samples.csv")))
plan = {}
for r in rows:
    plan.setdefault(r["workload"], set()).add(r["planned_ops_count"])
work = {w["workload"]: {str(w["ops"])} for w in json.load(open(d + "/manifest.json"))["work"]}
late = [r for r in rows if int(r["done_ops_count"]) > 2 * int(r["planned_ops_count"]) + 60000]
print(len(rows), sorted(plan) == sorted(work), plan == work, len(late))' "$1" 2>&1
}
exits 0 "--ops=auto" "$G" run --ops=auto -d 20ms -b glibc,null -w pairs,threadtest -t 1 -r 2 -o equal
is "$(planned equal)" "8 True True 0" "equal work for all backends and repetitions"
before=$(sed -n '/"work"/,/\]/p' equal/manifest.json)
sed -i 1,4!d equal/samples.csv
exits 0 "and resumed" "$G" run --resume equal
is "$(planned equal)" "8 True True 0" "it goes on with the same work"
is "$(sed -n '/"work"/,/\]/p' equal/manifest.json)" "$before" "which was not calibrated again"
exits 0 "backends compared without -d" "$G" run -b glibc,null -w pairs -t 1 -r 1 -o equal2
is "$(planned equal2)" "2 True True 0" "do equal work too"
exits 0 "one backend alone" "$G" run -b glibc -w pairs -t 1 -r 1 -o alone
is "$(python3 -c 'import csv
print(*[repr(r["planned_ops_count"]) for r in csv.DictReader(open("alone/samples.csv"))])')" "''" \
	"goes by time"
exits 2 "--ops=many" "$G" run --ops=many -b null
exits 0 "memory that is limited by the harness" "$G" run -b glibc -w gfp-mix -r 1 -d 20ms -o emul
like "$(cat "$TMP/out")" 'emulated' "is said to be emulated"
exits 3 "blocks beyond what a backend serves" "$G" run -b slab -w large -r 1 -d 20ms -o large
like "$(cat large/samples.csv)" 'serves blocks of up to 4m' "are the reason of its row"
if [ "$(id -u)" = 0 ] && command -v setpriv >/dev/null; then
	exits 3 "more threads than the machine starts" \
		prlimit --nproc=20 setpriv --reuid=65431 --clear-groups "$G" run -b null -w pairs -t 40 -n
	like "$(cat "$TMP/err")" 'cannot start 40 threads' "a clear error before anything runs"
fi

exits 0 "--dry-run" "$G" run -n -w all
like "$(cat "$TMP/out")" 'nothing was run' "runs nothing"
h1=$("$G" run -n -b glibc -w pairs | grep hash); h2=$("$G" run -b glibc -w pairs:size=64 -n | grep hash)
is "$h1" "$h2" "the order of options and spelled-out defaults do not change the plan"

# --resume: take two samples away as a kill would, then finish
cp -r "$(readlink -f $R)" part
head -15 part/samples.csv >part/s && mv part/s part/samples.csv
printf '1.0,torn' >>part/samples.csv
exits 0 "--resume finishes a run that was killed" "$G" run --resume part
is "$(wc -l <part/samples.csv)" 17 "every sample once, no half row"
like "$(cat "$TMP/err")" '2 samples  seed' "only what was missing was run"
ok "$([ "$(cut -d, -f3 part/samples.csv | sort -n | uniq -d | wc -l)" -eq 0 ]; echo $?)" "no sample twice"
exits 0 "--resume of a finished run does nothing" "$G" run --resume part
like "$(cat "$TMP/err")" ' 0 samples  seed' "as it says"

exits 0 "a missing backend in a default list is a row" env GFPBENCH_JEMALLOC=/nonexistent \
	"$G" run -w pairs -r 1 -d 5ms -o nojem -t 1
like "$(cat nojem/samples.csv)" ',unavailable,' "with the reason"
exits 3 "the same by name is an error" env GFPBENCH_JEMALLOC=/nonexistent \
	"$G" run -b glibc,jemalloc -w pairs -r 1 -d 5ms -o nojem2 -t 1
exits 3 "all cells unavailable" env GFPBENCH_JEMALLOC=/nonexistent \
	"$G" run -b jemalloc -w pairs -r 1 -d 5ms -o nojem3 -t 1

exits 0 "backends whose blocks are mappings" \
	"$G" run -b slab,vmalloc,kvmalloc -w pairs -r 1 -d 5ms -o mapped -t 1 --format=none -q
is "$(sed -n 's/.*,\(k*vmalloc\|slab\),.*vmalloc-mappings-limit,.* [0-9]* mappings more .*/\1/p' \
	mapped/events.csv | sort)" $'kvmalloc\nvmalloc' "say how many mappings the system allows"

for what in backends workloads suites metrics; do
	exits 0 "list $what" "$G" list $what --format=csv
	ok "$([ "$(wc -l <"$TMP/out")" -gt 2 ]; echo $?)" "list $what has rows"
done
exits 0 "show a workload" "$G" show pairs
exits 0 "show a backend" "$G" show glibc
exits 0 "doctor" "$G" doctor
like "$(cat "$TMP/out")" '^timer ' "doctor shows the timer"
for v in list show doctor run report; do
	exits 0 "$v --help" "$G" $v --help
	is "$(cat "$TMP/err")" "" "$v --help goes to stdout"
done
exits 0 "--version" "$G" --version

if command -v gnuplot >/dev/null; then
	exits 0 "report" env GFPBENCH_PLOTS="$GB_SRCDIR/scripts/plot" "$G" report
	ok "$([ -s results/latest/report.html ]; echo $?)" "report made the page"
	# What is drawn follows from the rows; a picture by which template is in its script.
	is "$(python3 - results/latest "$GB_SRCDIR/scripts/plot" <<-'END' 2>&1
		import collections, csv, glob, os, re, sys
		run, templates = sys.argv[1:]
		text = {os.path.basename(f)[:-3]: open(f).read() for f in glob.glob(templates + "/*.gp")}
		rows = lambda name: csv.DictReader(open(run + "/" + name))
		work, wanted = {}, set()
		for r in rows("samples.csv"):
		    work[r["sample_id"]] = r["workload"]
		    wanted |= {(r["workload"], "throughput"), (r["workload"], "memory")}
		    if r["threads"] != "1":
		        wanted.add((r["workload"], "threads"))
		    if r["rep"] != "1":
		        wanted.add((r["workload"], "spread"))
		for r in rows("latency.csv"):
		    entry = r["op"] == "irq_entry"
		    for id in ["entry"] if entry else ["percentiles", "histogram"]:
		        wanted.add((work[r["sample_id"]], id))
		drawn = collections.Counter()
		for f in glob.glob(run + "/plots/[0-9]*.gp"):
		    id, workload = re.fullmatch(r"\d+-([a-z]+)-(.+)", os.path.basename(f)[:-3]).groups()
		    drawn[workload, id] += 1
		    script, stem = open(f).read(), f[:-3]
		    if not script.endswith(text["histogram" if id == "entry" else id]):
		        print(f, "is not made from its template")
		    for end in "csv", "svg", "png":
		        if not os.path.exists(stem + "." + end) or not os.path.getsize(stem + "." + end):
		            print(stem, "has no", end)
		print("missing", sorted(wanted - set(drawn)), "unexpected", sorted(set(drawn) - wanted),
		      "twice", [k for k in drawn if drawn[k] > 1], len(drawn) > 0)
	END
	)" "missing [] unexpected [] twice [] True" "report drew each plot that the rows call for, once"
else
	skip "report" "no gnuplot"
fi
# The last CPU through the warm-up must end it for those that wait for another's work.
exits 0 "CPUs that wait for each other end their warm-up" \
	"$G" run -b slab -w blkio -t 2 -r 5 -d 5ms --timeout 20s --no-pin -o warm --format none
exits 0 "report without gnuplot" env GFPBENCH_GNUPLOT=/nonexistent "$G" report
like "$(cat "$TMP/err")" 'gnuplot not found' "says so"
done_testing
