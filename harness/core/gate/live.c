/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The gfpbench authors */
#include "core/gate/live.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/temporary.h"

#include "core/gate/data.h"
#include "core/signals.h"

#define DRIFT_MAX 0.005 /* between the counter and the system's clock */

/* --- copies --------------------------------------------------------------------- */

static void name_copies(struct gb_gate_live *g)
{
	static const char letter[GB_GATE_COPIES] = { 'A', 'B', 'S' };

	for (int i = 0; i < GB_GATE_COPIES; i++)
		gb_gate_copy_name(&g->copy[i], &g->party[i == GB_GATE_COPY_B], g->folder,
				  letter[i]);
}

int gb_gate_copies_renew(struct gb_gate_live *g, uint64_t round, struct gb_error *e)
{
	struct gb_rng rng = gb_rng_seed(g->q->config.seed, 900000 + round);
	uint64_t first = gb_rng_below(&rng, GB_GATE_COPIES);

	for (uint64_t i = 0; i < GB_GATE_COPIES; i++)
		if (gb_gate_copy_make(&g->copy[(first + i) % GB_GATE_COPIES], e))
			return -e->code;
	return 0;
}

/* --- manifest ------------------------------------------------------------------- */

static const char *build_mode(const struct gb_gate_live *g)
{
	for (int s = 0; s < 2; s++)
		if (strcmp(g->party[s].build_mode, "release") != 0)
			return g->party[s].build_mode;
	return "release";
}

/* The counter that times slices, against CLOCK_MONOTONIC over the whole run.  Between two
 * readings of that, however far apart they are, it is right. */
static double clock_drift(const struct gb_gate_live *g)
{
	uint64_t before = gb_monotonic_ns();
	uint64_t seen = gb_clock_to_monotonic_ns(gb_clock_now());
	uint64_t after = gb_monotonic_ns();
	double run = (double)(after - g->start_ns), off;

	off = seen < before ? (double)(before - seen) :
	      seen > after  ? (double)(seen - after) : 0;
	return run > 0 ? off / run : 0;
}

/* What times depend on and hw_id, which is about hardware, leaves out.  No measured figures,
 * and of the kernel's version what a security update does not change. */
static char *environment(const struct gb_fingerprint *f)
{
	char *text;

	GB_BUG_ON(asprintf(&text, "kernel %.*s, %s, huge pages %s, governor %s",
			   (int)strcspn(f->kernel, "."), f->kernel, f->libc, f->thp,
			   f->governor[0] ? f->governor : "not visible") < 0);
	return text;
}

int gb_gate_save_manifest(struct gb_gate_live *g, int complete, struct gb_error *e)
{
	struct gb_gate_manifest m = {
		.config = &g->q->config,
		.hw_id = g->manifest.machine.hw_id,
		.build_mode = build_mode(g),
		.complete = complete,
	};
	struct gb_fingerprint now;
	struct gb_text t = { 0 };
	char *system;

	if (complete && gb_gate_digest_files(g->dir.path, m.digest, e))
		return -e->code;
	gb_fingerprint_take(&now);
	m.hw_id_end = now.hw_id;
	m.environment = system = environment(&now);
	m.clock = clock_drift(g) < DRIFT_MAX ? "ok" : "its rate drifted against CLOCK_MONOTONIC";
	for (int s = 0; s < 2; s++) {
		m.side[s].spec = g->party[s].spec;
		m.side[s].identity = g->party[s].identity;
		m.side[s].anchor = g->party[s].anchor;
		m.side[s].version = g->party[s].location.version;
	}
	gb_gate_manifest_json(&g->writer, &m, &t);
	g->manifest.gate = t.data;
	g->manifest.complete = complete;
	(void)!gb_manifest_write(&g->manifest, e);
	g->manifest.gate = NULL;
	gb_text_free(&t);
	free(system);
	return -e->code;
}

/* Every cell has got as far as the first look, or is out for a reason that is on record. */
static int is_complete(const struct gb_gate_live *g)
{
	for (size_t i = 0; i < g->cells; i++)
		if (!g->cell[i].out && g->cell[i].pairs < g->q->config.look[0])
			return 0;
	return !gb_interrupted();
}

/* --- the whole ------------------------------------------------------------------ */

static void begin_manifest(struct gb_gate_live *g)
{
	struct gb_manifest *m = &g->manifest;

	m->dir = &g->dir;
	m->plan = &g->both;
	m->request = &g->q->plan;
	m->argc = g->q->argc;
	m->argv = g->q->argv;
	m->label = g->q->label;
	m->exit_code = -1;
	gb_manifest_begin(m);
}

static int prepare(struct gb_gate_live *g, struct gb_error *e)
{
	if (gb_gate_party_parse(g->q->baseline, &g->party[0], e) ||
	    gb_gate_party_parse(g->q->candidate, &g->party[1], e) ||
	    gb_temporary_folder("gate", g->folder, sizeof(g->folder), e))
		return -e->code;
	name_copies(g);
	return gb_gate_cells_make(g, e);
}

static int measure(struct gb_gate_live *g, struct gb_error *e)
{
	struct gb_error late = GB_ERROR_INIT;

	if (gb_rundir_make(g->q->output, g->q->label ? g->q->label : "gate", &g->dir, e))
		return -e->code;
	begin_manifest(g);
	if (gb_gate_writer_open(&g->writer, g->dir.path, g->dir.id, e)) {
		gb_rundir_discard(&g->dir);
		return -e->code;
	}
	if (!gb_gate_save_manifest(g, 0, e) && !gb_gate_cells_prepare(g, e))
		(void)!gb_gate_rounds(g, e);
	(void)!gb_gate_writer_close(&g->writer, e);
	/* Also when something went wrong: what is on disk is described. */
	(void)!gb_gate_save_manifest(g, !e->code && is_complete(g), e->code ? &late : e);
	return -e->code;
}

static void clean_up(struct gb_gate_live *g)
{
	gb_gate_cells_free(g);
	for (int i = 0; i < GB_GATE_COPIES; i++)
		gb_gate_copy_free(&g->copy[i]);
	if (g->folder[0])
		rmdir(g->folder);
	for (int s = 0; s < 2; s++)
		gb_gate_party_free(&g->party[s]);
}

int gb_gate_live(const struct gb_gate_request *q, struct gb_rundir *dir,
		 struct gb_error *e)
{
	struct gb_gate_live *g = calloc(1, sizeof(*g));

	GB_BUG_ON(!g);
	g->q = q;
	g->start_ns = gb_monotonic_ns();
	if (!gb_gate_config_check(&q->config, e) && !prepare(g, e))
		(void)!measure(g, e);
	*dir = g->dir;
	clean_up(g);
	free(g);
	return -e->code;
}
