/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The gfpbench authors */
/*
 * The schema, spelled out once more by hand: a change of the table must be made here too,
 * with the version number.
 */
#include "core/columns.h"

#include "base/json.h"
#include "tests/tap.h"

#define KEY "schema_version,run_id,sample_id,rep,block,workload,params,backend," \
	    "backend_version,backend_origin,threads,irq_mode,"

static const struct {
	const char *file, *columns;
} schema[] = {
	{ "samples.csv",
	  "status,error,exit_signal,seed,started_at,wall_s,user_s,sys_s,ops_count,ops_per_s,"
	  "requested_bytes,atomic_allocs_count,atomic_failures_count,sleeping_allocs_count,"
	  "sleeping_failures_count,sleeps_count,direct_reclaims_count,irq_count,irq_per_s,"
	  "irq_off_max_ns,atomic_syscalls_count,atomic_syscalls,rss_peak_bytes,"
	  "live_peak_bytes,minor_faults_count,major_faults_count,voluntary_switches_count,"
	  "involuntary_switches_count,timer_overhead_ratio,checksum,gfp_mode,syscall_watch,"
	  "verified,irq_lost_count,oversubscribed,held_peak_bytes,planned_ops_count,"
	  "done_ops_count,held_to_live_ratio" },
	{ "latency.csv", "op,context,gfp,count,min_ns,mean_ns,p50_ns,p90_ns,p99_ns,p999_ns,"
			 "p9999_ns,max_ns" },
	{ "histograms.csv", "op,context,gfp,bucket_lo_ns,bucket_hi_ns,count" },
	{ "memory.csv", "t_ms,phase,live_bytes,rss_bytes,free_pages,slab_pages,vmalloc_pages,"
			"cached_bytes" },
	{ "pressure.csv", "t_ms,zone,free_pages,min_pages,low_pages,high_pages,kswapd_awake,"
			  "direct_reclaims_count,atomic_failures_count" },
	{ "events.csv", "t_ms,cpu,severity,event,detail" },
	{ "figures.csv", "series,x,metric,value" },
	{ "claims.csv", "claim,measure,unit,value,predicate,verdict" },
	{ "gate-slices.csv",
	  "cell_id,metric_set,pair,slice,side,slot,core,seed,env_pad,ops,"
	  "wall_ns,cpu_ns,t_start_ns,minflt,majflt,nvcsw,nivcsw,exit_status,"
	  "signal,timeout,checksum" },
	{ "gate-procs.csv",
	  "cell_id,pair,side,pid,vmhwm_kb,rss_end_kb,rss_100ms_kb,rss_1s_kb,"
	  "rss_5s_kb,utime_us,stime_us,psi_cpu_some_us,steal_ticks,wall_total_ns,"
	  "warmup_ns,attempt,status,error,exit_signal,checksum,held_peak_bytes,"
	  "minor_faults_count,atomic_allocs_count,atomic_failures_count,irq_count,"
	  "irq_off_max_ns,oversubscribed" },
	{ "gate-hist.csv",
	  "cell_id,pair,side,bucket_lo_ns,bucket_hi_ns,count,op,context" },
	{ "gate-cells.csv",
	  "cell_id,allocator,unit,direction,gated,margin,pairing,"
	  "definition_hash,metric,floor,sentinel,slices,hw_id" },
};

static void test_headers(void)
{
	char want[2000];

	for (size_t i = 0; i < sizeof(schema) / sizeof(schema[0]); i++) {
		char *got = gb_csv_file_header(gb_csv_file_find(schema[i].file));

		snprintf(want, sizeof(want), KEY "%s", schema[i].columns);
		tap_eq_text(got, want, schema[i].file);
		free(got);
	}
}

static void test_complete(void)
{
	for (const struct gb_csv_file *f = gb_csv_files; f->name; f++)
		for (size_t i = 0; i < f->columns; i++)
			if (!f->column[i].help || !f->column[i].help[0])
				tap_ok(0, "%s %s has no description", f->name, f->column[i].name);
	tap_ok(1, "every column is described");
}

static void test_datapackage(void)
{
	struct gb_error e = GB_ERROR_INIT;
	struct gb_text t = { 0 };
	struct gb_json *j;
	const struct gb_json *r;
	int n = 0;

	gb_columns_datapackage(&t, "run-1", 0);
	j = gb_json_parse(t.data, t.len, "datapackage", &e);
	if (!CHECK(j != NULL))
		tap_diag("%s", e.what);
	r = gb_json_get(j, "resources");
	for (r = r ? r->child : NULL; r; r = r->next)
		n++;
	tap_eq_u64((unsigned long long)n, 8, "eight files of a run are described");
	gb_json_free(j);
	gb_text_free(&t);
}

static void test_versions(void)
{
	struct gb_error e = GB_ERROR_INIT, e2 = GB_ERROR_INIT;

	CHECK(gb_schema_accept(GB_SCHEMA_VERSION, "x", &e) == 0);
	CHECK(gb_schema_accept("1.99", "x", &e) == 0);
	CHECK(gb_schema_accept("2.0", "x", &e) != 0 && e.code == GB_EXIT_HARNESS);
	CHECK(gb_schema_accept("", "x", &e2) != 0);
}

/* results/README.md holds the generated text, word for word. */
static void test_readme(void)
{
	const char *dir = getenv("GB_SRCDIR");
	struct gb_error e = GB_ERROR_INIT;
	struct gb_text t = { 0 };
	char path[4096], *have = NULL;
	size_t len;

	snprintf(path, sizeof(path), "%s/results/README.md", dir ? dir : ".");
	gb_columns_markdown(&t);
	if (!tap_ok(!gb_read_file(path, 1 << 20, &have, &len, &e) && strstr(have, t.data),
		    "results/README.md is in step with the table"))
		tap_diag("%s; 'tests/unit/test_columns --print' prints the text", e.what);
	free(have);
	gb_text_free(&t);
}

int main(int argc, char **argv)
{
	if (argc > 1 && !strcmp(argv[1], "--print")) {
		struct gb_text t = { 0 };

		gb_columns_markdown(&t);
		fputs(t.data, stdout);
		gb_text_free(&t);
		return 0;
	}
	test_headers();
	test_complete();
	test_datapackage();
	test_versions();
	test_readme();
	return tap_done();
}
