/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The gfpbench authors */
#include "core/gate/test.h"

#include <math.h>
#include <string.h>

#include "base/normal.h"
#include "base/paired.h"

#define INTERVAL_LEVEL 0.95

static double sequential_p(const double *d, size_t looks, const struct gb_gate_config *c,
			   double shift, enum gb_tail tail)
{
	double best = 1;

	for (size_t k = 0; k < looks; k++)
		best = fmin(best,
			    gb_paired_test(d, c->look[k], shift, tail) / c->weight[k]);
	return best;
}

static void estimate(const double *d, const struct gb_gate_config *c,
		     struct gb_gate_test *t)
{
	struct gb_interval i = gb_median_interval(d, t->used, INTERVAL_LEVEL);

	t->theta = gb_median(d, t->used);
	t->lo = i.lo;
	t->hi = i.hi;
	t->coverage = i.coverage;
	t->sd = gb_robust_sd(d, t->used);
	t->hodges_lehmann = gb_hodges_lehmann(d, t->used);
	t->bimodal = fabs(t->hodges_lehmann - t->theta) > 2 * t->sd;
	t->mde = gb_detectable_effect(t->sd, t->used, c->mde_alpha, c->mde_power);
}

void gb_gate_test(const double *d, size_t n, const struct gb_gate_rule *rule,
		  const struct gb_gate_config *c, struct gb_gate_test *out)
{
	size_t looks = gb_gate_looks_done(c, n);

	memset(out, 0, sizeof(*out));
	out->pairs = n;
	out->used = looks ? c->look[looks - 1] : 0;
	out->p_red = sequential_p(d, looks, c, rule->margin, GB_TAIL_GREATER);
	out->p_warn = sequential_p(d, looks, c, rule->warn, GB_TAIL_GREATER);
	out->p_better = sequential_p(d, looks, c, -rule->warn, GB_TAIL_LESS);
	out->p_equal = gb_equivalence_test(d, out->used, -rule->band, rule->band);
	out->p_two_sided = gb_paired_test(d, out->used, 0, GB_TAIL_BOTH);
	estimate(d, c, out);
}

int gb_gate_is_unchanged(const struct gb_gate_test *t, const struct gb_gate_rule *rule,
			 const struct gb_gate_config *c)
{
	return t->used > 0 && t->p_equal <= c->equivalence_alpha && t->mde <= rule->band;
}

int gb_gate_decided(const struct gb_gate_test *t, const struct gb_gate_rule *rule,
		    const struct gb_gate_config *c, size_t family)
{
	return t->p_red <= c->alpha / (double)family || gb_gate_is_unchanged(t, rule, c);
}
