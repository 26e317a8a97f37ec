/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The gfpbench authors */
#include "core/gate/config.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/atomic.h"
#include "base/paired.h"
#include "base/parse.h"

/*
 * Looks: the first one is cheap, so that a cell that is plainly fine or plainly slow
 * costs 16 pairs; weights rise because most of what is hard to see is seen late.
 */
const struct gb_gate_config gb_gate_defaults = {
	.alpha = 0.01,
	.warn = 0.01,
	.band = 0.03,
	.equivalence_alpha = 0.05,
	.sentinel_alpha = 0.005,
	.sentinel_effect = 0.01,
	.mde_alpha = 0.01,
	.mde_power = 0.9,
	.discovery_rate = 0.1,
	.looks = 4,
	.look = { 16, 24, 32, 48 },
	.weight = { 0.1, 0.2, 0.3, 0.4 },
	.slices = 40,
	.sentinels = 2,
	.seed = 1,
	.margin = NAN,
};

enum kind { FRACTION, COUNT, SEED, YES_NO, MARGIN };

static const struct {
	const char *key;
	enum kind kind;
	size_t offset;
	double min, max;
} field[] = {
#define F(name, kind, lo, hi) \
	{ \
#name, kind, offsetof(struct gb_gate_config, name), lo, hi \
	}
	F(alpha, FRACTION, 1e-9, 0.5),
	F(band, FRACTION, 1e-6, 10),
	F(discovery_rate, FRACTION, 0, 1),
	F(equivalence_alpha, FRACTION, 1e-9, 0.5),
	F(margin, MARGIN, 0, 10),
	F(mde_alpha, FRACTION, 1e-9, 0.5),
	F(mde_power, FRACTION, 0.5, 0.999999),
	F(no_identity, YES_NO, 0, 1),
	F(seed, SEED, 0, 0),
	F(sentinel_alpha, FRACTION, 0, 0.5),
	F(sentinel_effect, FRACTION, 0, 10),
	F(sentinels, COUNT, 1, 1000),
	F(slices, COUNT, 1, 100000),
	F(warn, FRACTION, 0, 10),
#undef F
};

static const char key_hint[] =
	"keys: alpha, band, discovery_rate, equivalence_alpha, looks, margin, mde_alpha, "
	"mde_power, no_identity, seed, sentinel_alpha, sentinel_effect, sentinels, slices, "
	"warn, weights";

static void *at(struct gb_gate_config *c, size_t i)
{
	return (char *)c + field[i].offset;
}

/* "2%" or "0.02" */
int gb_gate_parse_fraction(const char *text, const char *key, double min, double max,
			  double *out, struct gb_error *e)
{
	char number[64];
	size_t n = strlen(text);
	int percent = n > 0 && text[n - 1] == '%';

	snprintf(number, sizeof(number), "%.*s", (int)(n - (size_t)percent), text);
	if (gb_parse_double(number, key, percent ? min * 100 : min,
			    percent ? max * 100 : max, out, e) < 0)
		return -GB_EXIT_USAGE;
	if (percent)
		*out /= 100;
	return 0;
}

static int set_yes_no(const char *key, const char *value, int *out, struct gb_error *e)
{
	if (strcmp(value, "yes") != 0 && strcmp(value, "no") != 0)
		return gb_fail(e, GB_EXIT_USAGE, "allowed: yes, no",
			       "%s: '%s' is neither yes nor no", key, value);
	*out = !strcmp(value, "yes");
	return 0;
}

static int set_field(struct gb_gate_config *c, size_t i, const char *value,
		     struct gb_error *e)
{
	const char *key = field[i].key;
	uint64_t u;

	switch (field[i].kind) {
	case MARGIN:
		if (!strcmp(value, "cell")) {
			*(double *)at(c, i) = NAN;
			return 0;
		}
		return gb_gate_parse_fraction(value, key, field[i].min, field[i].max,
					      at(c, i),
				      e);
	case FRACTION:
		return gb_gate_parse_fraction(value, key, field[i].min, field[i].max,
					      at(c, i),
				      e);
	case SEED:
		return gb_parse_uint(value, key, 0, UINT64_MAX, at(c, i), e);
	case YES_NO:
		return set_yes_no(key, value, at(c, i), e);
	case COUNT:
		if (gb_parse_uint(value, key, (uint64_t)field[i].min,
				  (uint64_t)field[i].max, &u, e) < 0)
			return -GB_EXIT_USAGE;
		*(size_t *)at(c, i) = (size_t)u;
		return 0;
	}
	return -GB_EXIT_USAGE;
}

/* Calls @one for each item of "a,b,c"; the number of items, or a negative error. */
static int each_item(const char *list,
		     int (*one)(struct gb_gate_config *c, size_t i, const char *text,
				struct gb_error *e),
		     struct gb_gate_config *c, struct gb_error *e)
{
	char item[64];
	size_t i = 0;

	for (;; list++) {
		size_t n = strcspn(list, ",");

		if (i == GB_GATE_MAX_LOOKS)
			return gb_fail(e, GB_EXIT_USAGE, NULL, "more than %d looks",
				       GB_GATE_MAX_LOOKS);
		snprintf(item, sizeof(item), "%.*s", (int)(n < 63 ? n : 63), list);
		if (one(c, i++, item, e) < 0)
			return -GB_EXIT_USAGE;
		list += n;
		if (!*list)
			return (int)i;
	}
}

static int set_look(struct gb_gate_config *c, size_t i, const char *text,
		    struct gb_error *e)
{
	uint64_t u;

	if (gb_parse_uint(text, "looks", 1, GB_SIGNED_RANK_EXACT_MAX, &u, e) < 0)
		return -GB_EXIT_USAGE;
	c->look[i] = (size_t)u;
	return 0;
}

static int set_weight(struct gb_gate_config *c, size_t i, const char *text,
		      struct gb_error *e)
{
	return gb_gate_parse_fraction(text, "weights", 0, 1, &c->weight[i], e);
}

static int set_looks(struct gb_gate_config *c, const char *value, struct gb_error *e)
{
	int n = each_item(value, set_look, c, e);

	if (n < 0)
		return n;
	/* Another number of looks: weights in proportion 1:2:3..., as the default's. */
	for (int i = 0; (size_t)n != c->looks && i < n; i++)
		c->weight[i] = 2.0 * (i + 1) / (n * (n + 1.0));
	c->looks = (size_t)n;
	return 0;
}

int gb_gate_config_set(struct gb_gate_config *c, const char *assignment,
		       struct gb_error *e)
{
	const char *value = strchr(assignment, '=');
	char key[64];

	if (!value)
		return gb_fail(e, GB_EXIT_USAGE, key_hint, "'%s' is not KEY=VALUE",
			       assignment);
	snprintf(key, sizeof(key), "%.*s",
		 (int)(value - assignment < 63 ? value - assignment : 63), assignment);
	value++;
	if (!strcmp(key, "looks"))
		return set_looks(c, value, e);
	if (!strcmp(key, "weights")) {
		int n = each_item(value, set_weight, c, e);

		if (n >= 0 && (size_t)n != c->looks)
			return gb_fail(e, GB_EXIT_USAGE, "set looks first",
				       "%d weights for %zu looks", n, c->looks);
		return n < 0 ? n : 0;
	}
	for (size_t i = 0; i < GB_ARRAY_SIZE(field); i++)
		if (!strcmp(key, field[i].key))
			return set_field(c, i, value, e);
	return gb_fail(e, GB_EXIT_USAGE, key_hint, "the gate has no setting '%s'", key);
}

int gb_gate_config_set_all(struct gb_gate_config *c, const char *rules,
			   struct gb_error *e)
{
	char item[256];

	for (; rules && *rules; rules += *rules == ':') {
		size_t n = strcspn(rules, ":");

		if (n >= sizeof(item))
			return gb_fail(e, GB_EXIT_USAGE, key_hint,
				       "a rule of %zu characters", n);
		snprintf(item, sizeof(item), "%.*s", (int)n, rules);
		if (gb_gate_config_set(c, item, e) < 0)
			return -(int)e->code;
		rules += n;
	}
	return gb_gate_config_check(c, e);
}

int gb_gate_config_check(const struct gb_gate_config *c, struct gb_error *e)
{
	double sum = 0;

	for (size_t i = 0; i < c->looks; i++) {
		if (i > 0 && c->look[i] <= c->look[i - 1])
			return gb_fail(e, GB_EXIT_USAGE, NULL, "looks must ascend");
		if (!(c->weight[i] > 0))
			return gb_fail(e, GB_EXIT_USAGE, NULL,
				       "a look of weight 0 would see nothing");
		sum += c->weight[i];
	}
	if (c->looks == 0 || fabs(sum - 1) > 1e-9)
		return gb_fail(e, GB_EXIT_USAGE, NULL,
			       "the weights of the looks sum to %g, not 1", sum);
	return 0;
}

static void format_field(const struct gb_gate_config *c, size_t i, struct gb_text *t)
{
	const void *p = (const char *)c + field[i].offset;

	switch (field[i].kind) {
	case FRACTION:
	case MARGIN:
		if (isnan(*(const double *)p))
			gb_text_add(t, "cell");
		else
			gb_text_double(t, *(const double *)p);
		break;
	case COUNT:
		gb_text_printf(t, "%zu", *(const size_t *)p);
		break;
	case SEED:
		gb_text_printf(t, "%llu", (unsigned long long)*(const uint64_t *)p);
		break;
	case YES_NO:
		gb_text_add(t, *(const int *)p ? "yes" : "no");
		break;
	}
}

void gb_gate_config_each(const struct gb_gate_config *c,
			 void (*each)(const char *key, const char *value, void *arg),
			 void *arg)
{
	struct gb_text t = { 0 }, w = { 0 };

	for (size_t i = 0; i < c->looks; i++) {
		gb_text_printf(&t, "%s%zu", i ? "," : "", c->look[i]);
		gb_text_add(&w, i ? "," : "");
		gb_text_double(&w, c->weight[i]);
	}
	each("looks", t.data, arg);
	each("weights", w.data, arg);
	gb_text_free(&t);
	gb_text_free(&w);
	for (size_t i = 0; i < GB_ARRAY_SIZE(field); i++) {
		struct gb_text v = { 0 };

		format_field(c, i, &v);
		each(field[i].key, v.data, arg);
		gb_text_free(&v);
	}
}

size_t gb_gate_looks_done(const struct gb_gate_config *c, size_t pairs)
{
	size_t k = 0;

	while (k < c->looks && c->look[k] <= pairs)
		k++;
	return k;
}

double gb_gate_attainable_p(const struct gb_gate_config *c, size_t pairs)
{
	double best = 1;

	for (size_t k = 0; k < gb_gate_looks_done(c, pairs); k++)
		best = fmin(best, gb_paired_test_floor(c->look[k]) / c->weight[k]);
	return best;
}

int gb_gate_can_fire(const struct gb_gate_config *c, size_t family, size_t pairs,
		     struct gb_error *e)
{
	double best = gb_gate_attainable_p(c, pairs);

	if (family == 0)
		return gb_fail(e, GB_EXIT_HARNESS, "gate at least one metric of one cell",
			       "the gate could not fire: nothing is gated");
	if (best > c->alpha / (double)family)
		return gb_fail(
			e, GB_EXIT_HARNESS,
			"more pairs (looks=), fewer gated cells, or a larger alpha",
			"the gate could not fire: %zu pairs give at best p = %.3g, but "
			"%zu gated figures at alpha %g need %.3g",
			pairs, best, family, c->alpha, c->alpha / (double)family);
	return 0;
}
