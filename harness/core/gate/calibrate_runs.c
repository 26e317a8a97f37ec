/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The gfpbench authors */
/*
 * The parts of a calibration that need more than one run: how much builds of one source
 * differ, and how much of a known loss is read.
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/atomic.h"
#include "base/statistics.h"

#include "core/gate/calibrate.h"
#include "core/gate/judge.h"
#include "core/gate/series.h"
#include "core/plan.h"

/* Of the same machine and the same baseline, and sound by itself. */
static int check_run(const struct gb_gate_data *d, const struct gb_gate_data *other,
		     const char *dir, struct gb_error *e)
{
	struct gb_gate_judgement j;

	if (strcmp(d->hw_id, other->hw_id) != 0)
		return gb_fail(e, GB_EXIT_HARNESS, NULL, "%s was made on another machine",
			       dir);
	gb_gate_judge(other, 0, &j);
	if (*j.invalid)
		gb_fail(e, GB_EXIT_HARNESS, NULL, "%s proves nothing: %s", dir,
			j.invalid);
	gb_gate_judgement_free(&j);
	return -(int)e->code;
}

/* The median difference of the cell that is defined as @cell is; NaN: none. */
static double shift(const struct gb_gate_data *d, const struct gb_gate_cell *cell)
{
	double theta = NAN;

	for (size_t i = 0; i < d->nr_series && isnan(theta); i++) {
		const struct gb_gate_cell *c = &d->cell[d->series[i].cell];
		struct gb_gate_figures f;

		if (d->series[i].metric.source != GB_GATE_FROM_SLICES || c->sentinel ||
		    strcmp(c->definition, cell->definition) != 0)
			continue;
		gb_gate_figures(d, &d->series[i], &f);
		if (!f.gap && f.pairs >= d->config.look[0])
			theta = gb_median(f.d, f.pairs);
		gb_gate_figures_free(&f);
	}
	return theta;
}

static int open_run(const struct gb_gate_data *d, const char *dir,
		    struct gb_gate_data *other,
		    struct gb_error *e)
{
	if (gb_gate_read(dir, other, e) < 0)
		return -(int)e->code;
	if (!check_run(d, other, dir, e))
		return 0;
	gb_gate_free(other);
	return -(int)e->code;
}

/* --- builds --------------------------------------------------------------------- */

static int add_build(const struct gb_gate_data *d, const char *dir,
		     struct gb_gate_calibrations *c, double *squares, struct gb_error *e)
{
	struct gb_gate_data other;

	if (open_run(d, dir, &other, e))
		return -(int)e->code;
	for (size_t i = 0; i < c->cells && !e->code; i++) {
		double theta = shift(&other, c->cell[i].cell);

		if (c->cell[i].cell->sentinel)
			continue;
		if (isnan(theta))
			gb_fail(e, GB_EXIT_HARNESS, "measure the same cells",
				"%s has no figures of %s", dir, c->cell[i].cell->name);
		else
			squares[i] += theta * theta;
	}
	gb_gate_free(&other);
	return -(int)e->code;
}

/* Equal sources should not differ at all, so the spread is taken about zero. */
int gb_gate_calibrate_builds(const struct gb_gate_data *d, char *const *dir, size_t n,
			     struct gb_gate_calibrations *c, struct gb_error *e)
{
	double *squares = calloc(c->cells + 1, sizeof(*squares));

	GB_BUG_ON(!squares);
	if (n < GB_GATE_BUILDS_MIN)
		gb_fail(e, GB_EXIT_HARNESS, "link the same source in other orders",
			"%zu relinked builds, at least %d are needed", n, GB_GATE_BUILDS_MIN);
	for (size_t i = 0; i < n && !e->code; i++)
		(void)!add_build(d, dir[i], c, squares, e);
	c->builds = n;
	for (size_t i = 0; i < c->cells && !e->code; i++) {
		struct gb_gate_calibration *k = &c->cell[i];

		if (k->cell->sentinel)
			continue;
		k->build_sd = sqrt(squares[i] / (double)n);
		k->margin = fmax(k->margin, expm1(2 * k->build_sd));
	}
	free(squares);
	return -(int)e->code;
}

/* --- canaries ------------------------------------------------------------------- */

/* The column of this loss; a new one when there is none yet. */
static int canary_column(struct gb_gate_calibrations *c, double injected, size_t *column,
			 struct gb_error *e)
{
	for (*column = 0; *column < c->canaries; ++*column)
		if (fabs(c->injected[*column] - injected) < 1e-9)
			return 0;
	if (*column == GB_GATE_CANARIES)
		return gb_fail(e, GB_EXIT_USAGE, NULL, "more than %d sizes of canaries",
			       GB_GATE_CANARIES);
	c->injected[c->canaries++] = injected;
	for (size_t i = 0; i < c->cells; i++)
		c->cell[i].canary[*column] = NAN;
	return 0;
}

static int add_canary(const struct gb_gate_data *d, const char *item,
		      struct gb_gate_calibrations *c, struct gb_error *e)
{
	const char *dir = strchr(item, '=');
	struct gb_gate_data other;
	char percent[32];
	double effect;
	size_t column;

	snprintf(percent, sizeof(percent), "%.*s", dir ? (int)(dir - item) : 0, item);
	if (!dir || !dir[1] ||
	    gb_gate_parse_fraction(percent, "canary", 1e-4, 10, &effect, e))
		return gb_fail(e, GB_EXIT_USAGE, "--canary 5%=DIR,10%=DIR",
			       "--canary: '%.80s' is not PERCENT%%=DIR", item);
	if (canary_column(c, log1p(effect), &column, e) ||
	    open_run(d, dir + 1, &other, e))
		return -(int)e->code;
	for (size_t i = 0; i < c->cells; i++) {
		double theta = shift(&other, c->cell[i].cell);

		if (!c->cell[i].cell->sentinel && !isnan(theta))
			c->cell[i].canary[column] = theta / log1p(effect);
	}
	gb_gate_free(&other);
	return 0;
}

int gb_gate_calibrate_canaries(const struct gb_gate_data *d, const char *text,
			       struct gb_gate_calibrations *c, struct gb_error *e)
{
	char **item = gb_list_split(text);

	for (size_t i = 0; item[i] && !e->code; i++)
		(void)!add_canary(d, item[i], c, e);
	gb_list_free(item);
	return -(int)e->code;
}
