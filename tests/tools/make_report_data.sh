#!/bin/bash
# SPDX-License-Identifier: MIT
# Copyright (c) 2026 The gfpbench authors
#
# make_report_data.sh KIND DIR: a made-up run for tests of report and compare.  Deterministic;
# no figure in it was measured.  Kinds:
#   full     three backends, 1/2/4 threads, contexts, a size sweep, pressure levels, memory
#   evil     markup, quotes, backslashes, commas and newlines in every text
#   failed   nothing but failures          partial   a torn last line, missing files
#   empty    headers only                  huge      100 000 rows of histograms
#   heat RAM RATE    one field of a heat map
#   gate     a run with the gate's verdicts
set -eu
kind=$1 dir=$2
mkdir -p "$dir"
key=schema_version,run_id,sample_id,rep,block,workload,params,backend,backend_version
key+=,backend_origin,threads,irq_mode
samples=status,error,exit_signal,seed,started_at,wall_s,user_s,sys_s,ops_count,ops_per_s
samples+=,requested_bytes,atomic_allocs_count,atomic_failures_count,sleeping_allocs_count
samples+=,sleeping_failures_count,irq_per_s,oversubscribed,held_peak_bytes
latency=op,context,gfp,count,min_ns,mean_ns,p50_ns,p90_ns,p99_ns,p999_ns,p9999_ns,max_ns
histograms=op,context,gfp,bucket_lo_ns,bucket_hi_ns,count
memory=t_ms,phase,live_bytes,rss_bytes,free_pages,slab_pages,vmalloc_pages,cached_bytes
pressure=t_ms,zone,free_pages,min_pages,low_pages,high_pages,kswapd_awake
pressure+=,direct_reclaims_count,atomic_failures_count
figures=series,x,metric,value
events=t_ms,cpu,severity,event,detail

header() { echo "$key,${!1}" >"$dir/$1.csv"; }
for f in samples latency histograms memory pressure events figures; do header $f; done

# manifest RAM RATE COMPLETE
manifest() {
	cat >"$dir/manifest.json" <<END
{ "schema_version": "1.0", "run_id": "$(basename "$dir")", "gfpbench_version": "0.1.0",
  "build_mode": "release", "compiler": "12.2.0", "argv": ["gfpbench", "run", "-l", "it's <b>"],
  "options": { "seed": "7", "ops": 0, "duration_ns": 100000000, "irq_rate_hz": $2,
    "irq_law": "fixed", "ram_bytes": $1 },
  "plan_hash": "0", "hw_id": "${HW_ID:-0123456789abcdef}",
  "machine": { "cpu_model": "Made-up <CPU>", "cpus_online": 4, "cpus_usable": 4,
    "memory_bytes": 8589934592, "virtual": false, "kernel": "6.1", "libc": "glibc 2.36",
    "load_1m": 0.1 },
  "clock": "tsc",
  "backends": [ { "backend": "slab", "spec": "slab", "version": "1", "file": "builtin",
    "sha256": "00", "unavailable": "" } ],
  "warnings": [ { "id": "W07", "text": "a <script>alert(1)</script> warning" } ],
  "started_at": "2026-01-0${DAY:-1}T00:00:00Z", "complete": ${3:-true} }
END
}

# Rows of good samples.  Variables: workload params threads reps scale (of speed), sweep.
rows() {
	awk -v dir="$dir" -v run="$(basename "$dir")" -v first="$1" -v workload="$2" \
		-v params="$3" -v threads="$4" -v reps="$5" -v contexts="$6" -v fail="$7" \
		-v size="${8:-64}" -v scale="${SCALE:-1}" -v bins="${BINS:-40}" '
	function noise() { seed = (seed * 16807) % 2147483647; return seed / 2147483647 }
	function out(file, text) { print "1.0," run "," id "," rep "," rep "," workload "," \
		params "," b ",1.0,builtin," threads "," mode "," text >> (dir "/" file ".csv") }
	function dist(op, context, gfp, typical,    k, lo, n, total, top) {
		total = 0
		for (k = 0; k < bins; k++) {
			lo = int(typical * exp(k * 12 / bins * 0.6)) + k
			n = int(2e5 * exp(-k * 14 / bins) * (0.8 + 0.4 * noise())) + (k % 7 == 0)
			if (n <= 0) continue
			out("histograms", op "," context "," gfp "," lo "," lo + 1 "," n)
			total += n; top = lo + 1
		}
		out("latency", op "," context "," gfp "," total "," typical "," typical * 1.4 "," \
			typical "," typical * 2 "," typical * 9 "," typical * 40 "," \
			typical * 200 "," top)
	}
	BEGIN {
		n = split("slab glibc jemalloc", name, " ")
		split("38 15 23", speed, " "); split("9 20 14", cost, " ")
		id = first
		for (rep = 1; rep <= reps; rep++) for (i = 1; i <= n; i++) {
			b = name[i]; mode = i == 1 ? "native" : "guarded"; id++
			seed = id * 7919 % 2147483646 + 1
			if (workload == "size-sweep")
				ops = 4e9 / (i == 1 ? 20 + size / 40 : i == 2 ? 60 + size / 220 : 35 + size / 90)
			else
				ops = speed[i] * 1e6 * threads ^ (i == 1 ? 0.95 : 0.5)
			ops *= (i == 1 ? scale : 1) * (0.93 + 0.14 * noise())
			failed = fail * (i == 1 ? 0.3 : 1) * 1000
			out("samples", "ok,,,1,2026-01-01T00:00:00Z,1,1,0.1," int(ops) "," ops \
				",1000,100000," int(failed) ",100000,0,2000,no," \
				int((i + 2) * 1e7 * (1 + 0.01 * noise())))
			out("figures", ",,handovers," id % 5)
			for (t = 0; workload == "pressure-once" && t < 8; t++) {
				out("figures", "burst=1," 50 * t ",atomic_failure_ratio," exp(-t) / i)
				out("figures", "kmalloc hot," 8 * 4 ^ t ",pair_ns," 9 + 2 ^ t)
				out("figures", "vmalloc hot," 8 * 4 ^ t ",pair_ns," 30 + 1.5 ^ t)
			}
			m = split(contexts, c, " ")
			for (k = 1; k <= m; k++)
				dist("alloc", c[k], c[k] == "process" ? "GFP_KERNEL" : "GFP_ATOMIC",
					cost[i] * (1 + k / 3))
			if (m > 1) dist("irq_entry", "hardirq", "", 900 * i)
			for (t = 0; t <= 40; t++) {
				live = int(1e7 * (t < 30 ? t / 30 : (40 - t) / 10))
				out("memory", t * 20 ",throughput," live "," 2e6 + int(live * (1 + i / 5)) \
					(i == 1 ? "," 1e5 - int(live / 4096) "," int(live * 1.1 / 4096) \
					",0,100000" : ",,,,"))
				if (workload ~ /^pressure/ && i == 1) {
					free = 900 + int(700 * cos(t / 5))
					out("pressure", t * 20 ",Normal," free ",300,600,900," \
						(free < 700) "," t "," (free < 280 ? t * 3 : t))
				}
			}
		}
	}'
}

bad() { # id backend status error
	echo "1.0,$(basename "$dir"),$1,1,1,larson,slots=5000,$2,1,builtin,2,native,$3,$4,11," \
		| tr -d '\n' >>"$dir/samples.csv"
	echo "1,2026-01-01T00:00:00Z,1,,,,,,,,,,,no," >>"$dir/samples.csv"
}

case $kind in
full)
	manifest 0 null
	for t in 1 2 4; do
		rows $((t * 100)) irq-churn slots=1024 $t "${REPS:-8}" "process softirq hardirq" 0
	done
	for s in 8 64 512 4k 32k 256k 1m; do
		case $s in *k) n=$((${s%k} * 1024)) ;; *m) n=$((${s%m} << 20)) ;; *) n=$s ;; esac
		BINS=8 rows $((1000 + n)) size-sweep "size=$s:n=100" 1 3 process 0 $n
	done
	for l in 10 20 30 40 50; do
		BINS=8 rows $((2000000 + l * 100)) pressure "level=$l" 2 3 "process hardirq" $((l > 20 ? l - 20 : 0))
	done
	rows 3000000 pressure-once level=5 2 3 "process hardirq" 12
	bad 9000001 glibc crashed "signal 11"
	bad 9000002 jemalloc unavailable "not installed"
	BINS=8 rows 4000000 claims profile=6.18 1 1 process 0
	printf '%s\n' "$key,claim,measure,unit,value,predicate,verdict" \
		"1.0,x,1,1,1,claims,profile=6.18,slab,1,builtin,1,none,1 contiguous,breaks,,0,value == 0,holds" \
		"1.0,x,1,1,1,claims,profile=6.18,slab,1,builtin,1,none,2 vmalloc <may> sleep,sleeps,,0,value >= 1,false" \
		"1.0,x,2,2,2,claims,profile=6.18,slab,1,builtin,1,none,1 contiguous,breaks,,4,value == 0,false" \
		>"$dir/claims.csv"
	;;
evil)
	manifest 0 null
	evil='"<script>alert(""x"")</script>\n`touch pwned`, ""$(touch pwned)"" '"'"'&amp;"'
	for id in 1 2 3; do
		printf '1.0,x,%s,%s,%s,%s,%s,%s,1,%s,2,native,%s,%s,,1,,1,1,1,9,%s,,5,1,,,,no,7\n' \
			$id $id $id "$evil" "$evil" "$evil" "$evil" \
			"$([ $id = 3 ] && echo failed || echo ok)" "$evil" ${id}e6 >>"$dir/samples.csv"
		printf '1.0,x,%s,1,1,w,p,b,1,o,2,native,alloc,%s,GFP_ATOMIC,10,20,5\n' $id hardirq \
			>>"$dir/histograms.csv"
	done
	;;
failed)
	manifest 0 null
	for id in 1 2 3; do bad $id glibc crashed "signal 11"; done
	bad 4 slab hung "no end after 10 s"
	;;
partial)
	manifest 0 null false
	rows 0 larson slots=5000 2 2 process 0
	printf '1.0,partial,77,1,1,lars' >>"$dir/samples.csv"
	rm "$dir/latency.csv" "$dir/memory.csv"
	: >"$dir/histograms.csv"
	;;
empty)
	manifest 0 null false
	;;
huge)
	manifest 0 null
	BINS=2700 rows 0 irq-churn slots=1024 2 4 "process softirq hardirq" 0
	;;
heat)
	manifest "$3" "$4"
	BINS=4 rows 0 irq-churn slots=1024 2 1 "process hardirq" \
		$(($4 * 32 / ($3 >> 20) / 800))
	;;
gate)
	manifest 0 null
	cat >"$dir/gate.json" <<END
{ "schema_version": "1.0", "verdict": "FAIL: 1 regressed, 1 improved, 1 inconclusive",
  "exit_code": 1, "results": [
  { "cell": "irq-churn/2", "metric": "ns/op", "verdict": "regressed", "reason": "slower",
    "scale": "ln_ratio", "direction": "lower", "change": 0.06, "change_lo": 0.04,
    "change_hi": 0.08, "margin": 0.02, "pairs_used": 24 },
  { "cell": "larson/2", "metric": "ns/op", "verdict": "improved", "reason": "",
    "scale": "ln_ratio", "direction": "lower", "change": -0.05, "change_lo": -0.07,
    "change_hi": -0.03, "margin": 0.02, "pairs_used": 16 },
  { "cell": "pairs/2", "metric": "ns/op", "verdict": "inconclusive", "reason": "noisy",
    "scale": "ln_ratio", "direction": "lower", "change": 0.01, "change_lo": -0.04,
    "change_hi": 0.06, "margin": 0.02, "pairs_used": 48 },
  { "cell": "replay/2", "metric": "ns/op", "verdict": "unchanged", "reason": "",
    "scale": "ln_ratio", "direction": "lower", "change": 0.002, "change_lo": -0.01,
    "change_hi": 0.012, "margin": 0.02, "pairs_used": 16 } ] }
END
	;;
*)
	echo "make_report_data.sh: unknown kind $kind" >&2
	exit 2
	;;
esac
