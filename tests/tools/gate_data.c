/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The gfpbench authors */
#include "tests/tools/gate_data.h"

#include <math.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/columns.h"
#include "core/gate/data.h"
#include "core/gate/write.h"

#define HW_ID "0123abcd"

#define ROW(name, type, def, help) \
	{ \
#name, type, offsetof(struct gate_data_spec, name), def, 0, 0, NULL, \
			help \
	}
const struct gb_option gate_data_options[] = {
	ROW(cells, GB_OPTION_UINT, "3", "cells, without sentinels"),
	ROW(pairs, GB_OPTION_UINT, "24", "pairs per cell"),
	ROW(slices, GB_OPTION_UINT, "4", "slices per process"),
	ROW(sentinels, GB_OPTION_UINT, "2", "cells of the baseline against itself"),
	ROW(seed, GB_OPTION_UINT, "1", "of all that is random here"),
	ROW(effect, GB_OPTION_DOUBLE, "0", "change of cell 0's time"),
	ROW(drift, GB_OPTION_DOUBLE, "0", "change that sentinels see"),
	ROW(sd, GB_OPTION_DOUBLE, "0.005", "of a pair's log ratio"),
	ROW(outliers, GB_OPTION_DOUBLE, "0", "share of pairs off by 50 %"),
	ROW(memory_extra, GB_OPTION_SIZE, "0", "held by the candidate, cell 0"),
	ROW(tail, GB_OPTION_DOUBLE, "0", "change of the candidate's p99, cell 0"),
	ROW(tail_values, GB_OPTION_UINT, "0",
	    "latencies per process; 0: no latency metric"),
	ROW(failure_rate, GB_OPTION_DOUBLE, "0", "of the candidate's atomic allocations"),
	ROW(irq_off, GB_OPTION_DOUBLE, "0", "change of the interrupt-off time"),
	ROW(crash_a, GB_OPTION_UINT, "0",
	    "pairs of cell 0 in which the baseline crashes"),
	ROW(crash_b, GB_OPTION_UINT, "0",
	    "pairs of cell 0 in which the candidate crashes"),
	ROW(reproduced, GB_OPTION_BOOL, "no", "crashes come back"),
	ROW(mismatch, GB_OPTION_BOOL, "no", "checksums differ in cell 0"),
	ROW(identical, GB_OPTION_BOOL, "no", "equal identities"),
	ROW(no_identity, GB_OPTION_BOOL, "no", "judge equal ones all the same"),
	ROW(complete, GB_OPTION_BOOL, "yes", "manifest says complete"),
	ROW(foreign_cell, GB_OPTION_BOOL, "no", "cell 0 is of another machine"),
	ROW(oversubscribed, GB_OPTION_BOOL, "no", "more CPUs than cores"),
	ROW(gate_all, GB_OPTION_BOOL, "no", "gate more than time"),
	ROW(build_mode, GB_OPTION_TEXT, "release", "of the manifest"),
	ROW(looks, GB_OPTION_TEXT, "16,24,32,48", "numbers of pairs"),
	ROW(run_id, GB_OPTION_TEXT, "synthetic", "of the run"),
	{ NULL },
};

double gate_data_normal(struct gb_rng *rng)
{
	double u = 1 - gb_rng_unit(rng), v = gb_rng_unit(rng);

	return sqrt(-2 * log(u)) * cos(2 * M_PI * v);
}

double gate_data_ratio(const struct gate_data_spec *s, double effect, struct gb_rng *rng)
{
	double d = log1p(effect) + s->sd * gate_data_normal(rng);

	if (gb_rng_unit(rng) < s->outliers)
		d += gb_rng_below(rng, 2) ? log(1.5) : -log(1.5);
	return d;
}

struct making {
	struct gb_gate_writer w;
	const struct gate_data_spec *s;
	struct gb_rng rng;
	struct gb_error *e;
	uint64_t cell; /* sentinels come after the cells */
	struct gb_gate_key key;
	char id[32];
};

static int is_sentinel(const struct making *m)
{
	return m->cell >= m->s->cells;
}

static void choose_cell(struct making *m, uint64_t cell)
{
	m->cell = cell;
	snprintf(m->id, sizeof(m->id), is_sentinel(m) ? "sentinel%02llu" : "cell%02llu",
		 (unsigned long long)(is_sentinel(m) ? cell - m->s->cells : cell));
	m->key = (struct gb_gate_key){
		.workload = "pairs",
		.params = cell % 2 ? "size=64" : "size=4k",
		.backend = "old",
		.backend_version = "1.0",
		.backend_origin = "/lib/old.so",
		.irq_mode = "guarded",
		.cell_id = m->id,
		.threads = 1 + cell,
		.side = -1,
	};
}

static int write_metric(struct making *m, const char *name, int gated)
{
	struct gb_gate_metric metric;
	char definition[32];
	struct gb_gate_cell_row r = {
		.allocator = is_sentinel(m) ? "old" : "new",
		.metric = name,
		.pairing = "lockstep",
		.definition_hash = definition,
		.hw_id = m->s->foreign_cell && m->cell == 0 ? "another" : HW_ID,
		.gated = gated,
		.sentinel = is_sentinel(m),
		.slices = m->s->slices,
	};

	snprintf(definition, sizeof(definition), "feedbeef%02llu",
		 (unsigned long long)m->cell);
	if (gb_gate_metric(name, &metric, m->e) < 0)
		return -1;
	r.unit = metric.unit;
	r.margin = metric.margin;
	r.floor = metric.floor;
	return gb_gate_write_cell(&m->w, &m->key, &r, m->e);
}

static int write_cell(struct making *m)
{
	int all = m->s->gate_all && !is_sentinel(m);

	if (write_metric(m, "time", 1) < 0 || write_metric(m, "held_peak", all) < 0 ||
	    write_metric(m, "atomic_failure_rate", all) < 0 ||
	    write_metric(m, "irq_off_max", all) < 0)
		return -1;
	return m->s->tail_values ? write_metric(m, "alloc_p99", all) : 0;
}

static int crashes(const struct making *m, int side, uint64_t pair)
{
	return m->cell == 0 && pair < (side ? m->s->crash_b : m->s->crash_a);
}

static int write_process(struct making *m, int side, uint64_t pair, uint64_t attempt)
{
	int changed = side && m->cell == 0, crash = crashes(m, side, pair);
	double irq_off = 20000 * (1 + 0.02 * gate_data_normal(&m->rng));
	struct gb_gate_process_row r = {
		.pid = 1000 + pair * 2 + (uint64_t)side,
		.vmhwm_kb = 20000,
		.rss_end_kb = 15000,
		.rss_100ms_kb = GB_GATE_UNKNOWN,
		.rss_1s_kb = GB_GATE_UNKNOWN,
		.rss_5s_kb = GB_GATE_UNKNOWN,
		.utime_us = 80000,
		.stime_us = 1000,
		.psi_cpu_some_us = GB_GATE_UNKNOWN,
		.steal_ticks = 0,
		.wall_total_ns = 190000000,
		.warmup_ns = 6000000,
		.attempt = attempt,
		.status = crash && (attempt == 0 || m->s->reproduced) ? "crashed" : "ok",
		.exit_signal = crash ? 11 : GB_GATE_UNKNOWN,
		.checksum = 0xabc0 + pair + (changed && m->s->mismatch),
		.held_peak_bytes = 8000000 + (changed ? m->s->memory_extra : 0),
		.minor_faults = 2000 + gb_rng_below(&m->rng, 50),
		.atomic_allocs = 100000,
		.atomic_failures = (uint64_t)(changed ? 100000 * m->s->failure_rate : 0),
		.irqs = 500,
		.irq_off_max_ns = (uint64_t)(irq_off * (changed ? 1 + m->s->irq_off : 1)),
		.oversubscribed = (int)m->s->oversubscribed,
	};

	m->key.side = side;
	return gb_gate_write_process(&m->w, &m->key, &r, m->e);
}

static int write_slices(struct making *m, int side, uint64_t pair, double ratio)
{
	int crash = crashes(m, side, pair);

	m->key.side = side;
	for (uint64_t i = 0; i < m->s->slices; i++) {
		double jitter = exp(0.001 * gate_data_normal(&m->rng));
		struct gb_gate_slice_row r = {
			.slice = i,
			.slot = (i + (uint64_t)side) % 2,
			.core = pair % 2,
			.seed = m->s->seed + pair,
			.env_pad = gb_rng_below(&m->rng, 4096),
			.ops = 50000,
			.wall_ns = (uint64_t)(2000000 * jitter * (side ? exp(ratio) : 1)),
			.cpu_ns = 1999000,
			.t_start_ns = 1000000000 + pair * 200000000 + i * 5000000,
			.exit_status = GB_GATE_UNKNOWN,
			.signal = crash ? 11 : GB_GATE_UNKNOWN,
			.timeout = 0,
			.checksum = 0xabc0 + pair,
		};

		if (crash && i > 0)
			break;
		if (gb_gate_write_slice(&m->w, &m->key, &r, m->e) < 0)
			return -1;
	}
	return 0;
}

/* 98 % of values near 20 ns, the rest (where the 99th percentile lies) near 400 ns. */
static int write_latencies(struct making *m, int side)
{
	int changed = side && m->cell == 0;
	double tail = 400 * exp(0.01 * gate_data_normal(&m->rng)) *
		      (changed ? 1 + m->s->tail : 1);
	uint64_t n = m->s->tail_values, slow = n / 50, at = (uint64_t)tail;
	const struct gb_gate_bucket_row rows[] = {
		{ 20, 20, (n - slow) / 2, "alloc", "process" },
		{ 20, 20, n - slow - (n - slow) / 2, "alloc", "hardirq" },
		{ at, at + 3, slow, "alloc", "process" },
		{ 90, 90, n, "free", "process" },
	};

	m->key.side = side;
	for (size_t i = 0; n && i < sizeof(rows) / sizeof(rows[0]); i++)
		if (gb_gate_write_bucket(&m->w, &m->key, &rows[i], m->e) < 0)
			return -1;
	return 0;
}

static int write_pair(struct making *m, uint64_t pair)
{
	double effect = is_sentinel(m) ? m->s->drift : m->cell == 0 ? m->s->effect : 0;
	double ratio = gate_data_ratio(m->s, effect, &m->rng);
	int crash = crashes(m, 0, pair) || crashes(m, 1, pair);

	m->key.pair = m->key.round = pair;
	for (int side = 0; side < 2; side++)
		if (write_process(m, side, pair, 0) < 0 ||
		    write_slices(m, side, pair, ratio) < 0 ||
		    write_latencies(m, side) < 0)
			return -1;
	for (uint64_t attempt = 1; crash && attempt <= 3; attempt++)
		for (int side = 0; side < 2; side++)
			if (write_process(m, side, pair, attempt) < 0)
				return -1;
	return 0;
}

static int write_manifest(struct making *m, const char *dir)
{
	struct gb_gate_config c = gb_gate_defaults;
	struct gb_gate_manifest g = {
		.config = &c,
		.hw_id = HW_ID,
		.hw_id_end = HW_ID,
		.build_mode = m->s->build_mode,
		.clock = "ok",
		.complete = (int)m->s->complete,
		.environment = "kernel 6, glibc 2.36, huge pages madvise, governor performance",
		.side = { { "preload:old.so", "aaaa", "a0a0", "1.0" },
			  { "preload:new.so", m->s->identical ? "aaaa" : "bbbb", "b0b0",
			    "1.1" } },
	};
	struct gb_text t = { 0 }, path = { 0 };
	char looks[128];
	int status;

	snprintf(looks, sizeof(looks), "looks=%s", m->s->looks);
	if (gb_gate_config_set(&c, looks, m->e) < 0 ||
	    (g.complete && gb_gate_digest_files(dir, g.digest, m->e) < 0))
		return -1;
	c.slices = m->s->slices;
	c.no_identity = (int)m->s->no_identity;
	gb_text_printf(&t, "{\"schema_version\":\"%s\",\"run_id\":\"%s\",",
		       GB_SCHEMA_VERSION, m->s->run_id ? m->s->run_id : "synthetic");
	gb_text_printf(&t, "\"gfpbench_version\":\"0.1\",\"label\":\"seed-%u\","
			   "\"started_at\":\"2026-01-%02uT00:00:00Z\",\"gate\":",
		       (unsigned int)m->s->seed, 1 + (unsigned int)m->s->seed % 28);
	gb_gate_manifest_json(&m->w, &g, &t);
	gb_text_add(&t, "}\n");
	gb_text_printf(&path, "%s/manifest.json", dir);
	status = gb_text_save(&t, path.data, m->e);
	gb_text_free(&t);
	gb_text_free(&path);
	return status;
}

static int write_datapackage(struct making *m, const char *dir)
{
	struct gb_text t = { 0 }, path = { 0 };
	int status;

	gb_columns_datapackage(&t, m->s->run_id ? m->s->run_id : "synthetic", 1);
	gb_text_printf(&path, "%s/datapackage.json", dir);
	status = gb_text_save(&t, path.data, m->e);
	gb_text_free(&t);
	gb_text_free(&path);
	return status;
}

int gate_data_make(const char *dir, const struct gate_data_spec *s, struct gb_error *e)
{
	struct making m = { .s = s, .rng = gb_rng_seed(s->seed, 1), .e = e };

	if (gb_gate_writer_open(&m.w, dir, s->run_id ? s->run_id : "synthetic", e) < 0)
		return -1;
	for (uint64_t c = 0; c < s->cells + s->sentinels; c++) {
		choose_cell(&m, c);
		if (write_cell(&m) < 0)
			return -1;
		for (uint64_t pair = 0; pair < s->pairs; pair++)
			if (write_pair(&m, pair) < 0)
				return -1;
	}
	if (gb_gate_writer_sync(&m.w, e) < 0 || write_manifest(&m, dir) < 0 ||
	    write_datapackage(&m, dir) < 0)
		return -1;
	return gb_gate_writer_close(&m.w, e);
}

/* --- sealing again -------------------------------------------------------------- */

static void set_text(struct gb_json *j, const char *value)
{
	free(j->text);
	j->text = strdup(value);
	GB_BUG_ON(!j->text);
}

static struct gb_json *member(struct gb_json *j, const char *key)
{
	for (j = j ? j->child : NULL; j; j = j->next)
		if (!strcmp(j->key, key))
			return j;
	return NULL;
}

static void seal_file(struct gb_json *digests, const char *dir, enum gb_gate_file f)
{
	struct gb_json *j = member(digests, gb_gate_file_name[f]);
	struct gb_error ignored = GB_ERROR_INIT;
	char digest[GB_GATE_SEAL_SIZE];
	struct gb_csv_table t = { 0 };
	struct gb_text path = { 0 };

	gb_text_printf(&path, "%s/%s", dir, gb_gate_file_name[f]);
	if (j && !gb_csv_read(path.data, &t, &ignored)) {
		gb_gate_digest(&t, f, digest);
		set_text(j, digest);
	}
	gb_csv_free(&t);
	gb_text_free(&path);
}

int gate_data_seal(const char *dir, struct gb_error *e)
{
	struct gb_text path = { 0 }, t = { 0 };
	struct gb_json *root, *gate, *seal;
	char hash[GB_GATE_SEAL_SIZE];

	gb_text_printf(&path, "%s/manifest.json", dir);
	root = gb_json_read(path.data, e);
	gate = member(root, "gate");
	for (int f = 0; gate && f < GB_GATE_FILES; f++)
		seal_file(member(gate, "digests"), dir, (enum gb_gate_file)f);
	seal = member(gate, GB_GATE_SEAL);
	if (seal) {
		gb_gate_seal(gate, hash);
		set_text(seal, hash);
		gb_json_write(&t, root, 0);
		gb_text_add(&t, "\n");
		(void)!gb_text_save(&t, path.data, e);
	}
	gb_json_free(root);
	gb_text_free(&path);
	gb_text_free(&t);
	return -(int)e->code;
}
