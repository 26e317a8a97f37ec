/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The gfpbench authors */
/*
 * The judge over synthetic runs whose truth is known: each row of the table below is one
 * way a run can go, with the verdict of its first cell and the exit code it must have.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/atomic.h"

#include "core/gate/columns.h"
#include "core/gate/judge.h"
#include "core/gate/output.h"

#include "tests/tap.h"
#include "tests/tools/gate_data.h"

static char dir[] = "/tmp/gate-judge-XXXXXX";

static void remove_files(void)
{
	char path[256];

	for (int f = 0; f < GB_GATE_FILES; f++) {
		snprintf(path, sizeof(path), "%s/%s", dir, gb_gate_file_name[f]);
		unlink(path);
	}
	snprintf(path, sizeof(path), "%s/manifest.json", dir);
	unlink(path);
	snprintf(path, sizeof(path), "%s/datapackage.json", dir);
	unlink(path);
}

static int load(const char *options, struct gb_gate_data *d, struct gb_error *e)
{
	struct gate_data_spec s;
	int status;

	remove_files();
	*e = (struct gb_error)GB_ERROR_INIT;
	if (gb_options_parse(gate_data_options, &s, "spec", options, e) < 0)
		return -1;
	status = gate_data_make(dir, &s, e);
	gb_options_free(gate_data_options, &s);
	return status < 0 ? status : gb_gate_read(dir, d, e);
}

static const struct gb_gate_result *find(const struct gb_gate_judgement *j,
					 const char *metric)
{
	for (size_t i = 0; i < j->results; i++)
		if (!strcmp(j->result[i].cell->id, "cell00") &&
		    !strcmp(j->result[i].series->metric.name, metric))
			return &j->result[i];
	return NULL;
}

static const struct {
	const char *name, *options, *metric;
	enum gb_gate_verdict verdict;
	int exit, strict_exit;
} table[] = {
	{ "no difference", "", "time", GB_GATE_UNCHANGED, 0, 0 },
	{ "no difference, outliers", "outliers=0.1:sd=0.01:pairs=48", "time",
	  GB_GATE_UNCHANGED, 0, 0 },
	{ "5 % slower", "effect=0.05", "time", GB_GATE_REGRESSED, 1, 1 },
	{ "1.6 % slower", "effect=0.016:sd=0.002:pairs=32", "time", GB_GATE_WARN, 0, 0 },
	{ "5 % faster", "effect=-0.05", "time", GB_GATE_IMPROVED, 0, 0 },
	{ "too noisy", "sd=0.2:pairs=48", "time", GB_GATE_INCONCLUSIVE, 0, 4 },
	{ "15 pairs", "pairs=15", "time", GB_GATE_INVALID, 3, 3 },
	{ "no pairs", "pairs=0", "time", GB_GATE_INVALID, 3, 3 },
	{ "17 pairs", "pairs=17:effect=0.1", "time", GB_GATE_REGRESSED, 1, 1 },
	{ "sentinels see 5 %", "drift=0.05", "time", GB_GATE_UNCHANGED, 3, 3 },
	{ "sentinels and candidate", "drift=0.05:effect=0.1", "time",
	  GB_GATE_INCONCLUSIVE, 3, 3 },
	{ "no sentinel", "sentinels=0", "time", GB_GATE_UNCHANGED, 3, 3 },
	{ "one sentinel of two", "sentinels=1", "time", GB_GATE_UNCHANGED, 3, 3 },
	{ "candidate crashes throughout", "crash_b=24:reproduced=yes", "time",
	  GB_GATE_FAILED, 1, 1 },
	{ "candidate crashes once, again", "crash_b=1:reproduced=yes", "time",
	  GB_GATE_FAILED, 1, 1 },
	{ "candidate crashes twice", "crash_b=2", "time", GB_GATE_FAILED, 1, 1 },
	{ "candidate crashes once", "crash_b=1", "time", GB_GATE_INCONCLUSIVE, 0, 4 },
	{ "candidate crashes once and is slow", "crash_b=1:effect=0.1", "time",
	  GB_GATE_REGRESSED, 1, 1 },
	{ "baseline crashes throughout", "crash_a=24:reproduced=yes", "time",
	  GB_GATE_SKIPPED, 0, 4 },
	{ "both crash", "crash_a=24:crash_b=24:reproduced=yes", "time", GB_GATE_SKIPPED,
	  0, 4 },
	{ "candidate crashes far more", "crash_a=2:crash_b=24", "time", GB_GATE_FAILED, 1,
	  1 },
	{ "baseline broken, only cell", "cells=1:crash_a=24:reproduced=yes", "time",
	  GB_GATE_SKIPPED, 3, 3 },
	{ "checksums differ", "mismatch=yes", "time", GB_GATE_FAILED, 1, 1 },
	{ "identical", "identical=yes:effect=0.1", "time", GB_GATE_UNCHANGED, 0, 3 },
	{ "identical, judged", "identical=yes:no_identity=yes:effect=0.1", "time",
	  GB_GATE_REGRESSED, 1, 1 },
	{ "not complete", "complete=no", "time", GB_GATE_UNCHANGED, 3, 3 },
	{ "another machine's cell", "foreign_cell=yes", "time", GB_GATE_UNCHANGED, 3, 3 },
	{ "sanitizer build", "build_mode=asan", "time", GB_GATE_UNCHANGED, 3, 3 },
	{ "no cells", "cells=0", NULL, GB_GATE_UNCHANGED, 3, 3 },
	{ "could not fire", "looks=12:cells=40:pairs=12", "time", GB_GATE_UNCHANGED, 3,
	  3 },
	{ "could fire", "looks=12:cells=20:pairs=12", "time", GB_GATE_UNCHANGED, 0, 0 },
	{ "memory equal", "gate_all=yes", "held_peak", GB_GATE_UNCHANGED, 0, 0 },
	{ "memory +400 KiB", "gate_all=yes:memory_extra=400k", "held_peak",
	  GB_GATE_UNCHANGED, 0, 0 },
	{ "memory +1 MiB", "gate_all=yes:memory_extra=1m", "held_peak", GB_GATE_REGRESSED,
	  1, 1 },
	{ "memory +1 MiB, reported only", "memory_extra=1m", "held_peak",
	  GB_GATE_REGRESSED, 0, 0 },
	{ "sentinel fired, memory is exact", "gate_all=yes:memory_extra=1m:drift=0.05",
	  "held_peak", GB_GATE_REGRESSED, 3, 3 },
	{ "failures", "gate_all=yes:failure_rate=0.01", "atomic_failure_rate",
	  GB_GATE_REGRESSED, 1, 1 },
	{ "interrupts off 20 % longer than tolerated", "gate_all=yes:irq_off=0.5",
	  "irq_off_max", GB_GATE_REGRESSED, 1, 1 },
	{ "interrupts, oversubscribed", "gate_all=yes:irq_off=0.5:oversubscribed=yes",
	  "irq_off_max", GB_GATE_SKIPPED, 0, 4 },
	{ "tail equal", "gate_all=yes:tail_values=20000:pairs=48", "alloc_p99",
	  GB_GATE_UNCHANGED, 0, 0 },
	{ "tail +20 %", "gate_all=yes:tail_values=20000:tail=0.2", "alloc_p99",
	  GB_GATE_REGRESSED, 1, 1 },
	{ "tail from too few values", "gate_all=yes:tail_values=9999:tail=0.2",
	  "alloc_p99", GB_GATE_INCONCLUSIVE, 0, 4 },
};

static void check_row(size_t i)
{
	struct gb_gate_judgement j, strict;
	const struct gb_gate_result *r;
	struct gb_gate_data d;
	struct gb_error e;
	int good;

	if (load(table[i].options, &d, &e) < 0) {
		tap_ok(0, "%s", table[i].name);
		tap_diag("%s", e.what);
		return;
	}
	gb_gate_judge(&d, 0, &j);
	gb_gate_judge(&d, 1, &strict);
	r = table[i].metric ? find(&j, table[i].metric) : NULL;
	good = (!table[i].metric || (r && r->verdict == table[i].verdict)) &&
	       (int)j.exit == table[i].exit && (int)strict.exit == table[i].strict_exit;
	if (!tap_ok(good, "%s", table[i].name))
		tap_diag("%s, exit %d, strict %d: %s %s",
			 r ? gb_gate_verdict_name[r->verdict] : "-", j.exit, strict.exit,
			 r ? r->reason : "", j.invalid);
	gb_gate_judgement_free(&j);
	gb_gate_judgement_free(&strict);
	gb_gate_free(&d);
}

/* Same data, same bytes, in every format. */
static void same_again(void)
{
	struct gb_text out[2] = { { 0 }, { 0 } };
	struct gb_gate_judgement j;
	struct gb_gate_data d;
	struct gb_error e;

	if (load("gate_all=yes:tail_values=20000:effect=0.05:outliers=0.1", &d, &e) < 0) {
		tap_ok(0, "judged again: %s", e.what);
		return;
	}
	for (int i = 0; i < 2; i++) {
		gb_gate_judge(&d, 0, &j);
		gb_gate_table(&d, &j, 0, &out[i]);
		gb_gate_json(&d, &j, &out[i]);
		gb_gate_csv(&d, &j, &out[i]);
		gb_gate_junit(&d, &j, &out[i]);
		gb_gate_markdown(&d, &j, 900000, &out[i]);
		gb_gate_annotations(&d, &j, &out[i]);
		gb_gate_judgement_free(&j);
		gb_gate_free(&d);
		e = (struct gb_error)GB_ERROR_INIT;
		if (i == 0 && gb_gate_read(dir, &d, &e) < 0)
			break;
	}
	tap_ok(out[1].len > 1000 && out[0].len == out[1].len &&
		       !memcmp(out[0].data, out[1].data, out[0].len),
	       "judged again: every format is the same, byte for byte");
	gb_text_free(&out[0]);
	gb_text_free(&out[1]);
}

static void settings(void)
{
	struct gb_gate_config c = gb_gate_defaults;
	static const char *const bad[] = { "margin=-1",
					   "alpha=0",
					   "alpha=x",
					   "looks=",
					   "looks=0",
					   "looks=16,",
					   "nope=1",
					   "margin",
					   "weights=1",
					   "seed=-1",
					   "no_identity=perhaps",
					   "looks=1,2,3,4,5,6,7,8,9",
					   "margin=nan" };
	int refused = 0;

	for (size_t i = 0; i < GB_ARRAY_SIZE(bad); i++) {
		struct gb_error e = GB_ERROR_INIT;

		if (gb_gate_config_set(&c, bad[i], &e) < 0 && e.code == GB_EXIT_USAGE)
			refused++;
		else
			tap_diag("accepted: %s", bad[i]);
	}
	tap_ok(refused == (int)GB_ARRAY_SIZE(bad), "nonsense settings are refused");
	c = gb_gate_defaults;
	struct gb_error e = GB_ERROR_INIT;
	CHECK(gb_gate_config_set(&c, "margin=3%", &e) == 0 &&
	      fabs(c.margin - 0.03) < 1e-12);
	CHECK(gb_gate_config_set(&c, "looks=20,40", &e) == 0 && c.looks == 2 &&
	      gb_gate_config_check(&c, &e) == 0);
	CHECK(gb_gate_config_set(&c, "looks=40,20", &e) == 0 &&
	      gb_gate_config_check(&c, &e) < 0);
}

static void power_to_fire(void)
{
	struct gb_error e = GB_ERROR_INIT;
	const struct gb_gate_config *c = &gb_gate_defaults;

	CHECK(fabs(gb_gate_attainable_p(c, 16) - 3.05e-4) < 1e-6);
	CHECK(gb_gate_attainable_p(c, 15) == 1);
	CHECK(gb_gate_can_fire(c, 32, 16, &e) == 0);
	CHECK(gb_gate_can_fire(c, 1, 16, &e) == 0 &&
	      gb_gate_can_fire(c, 200, 48, &e) == 0);
	CHECK(gb_gate_can_fire(c, 200, 16, &e) == -GB_EXIT_HARNESS &&
	      e.code == GB_EXIT_HARNESS);
	e = (struct gb_error)GB_ERROR_INIT;
	CHECK(gb_gate_can_fire(c, 0, 48, &e) == -GB_EXIT_HARNESS);
}

int main(void)
{
	if (!mkdtemp(dir))
		return 99;
	for (size_t i = 0; i < GB_ARRAY_SIZE(table); i++)
		check_row(i);
	same_again();
	settings();
	power_to_fire();
	remove_files();
	rmdir(dir);
	return tap_done();
}
