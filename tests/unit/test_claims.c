/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The gfpbench authors */
/*
 * The verdict of every claim follows from its number: one input changed, another verdict.
 */
#include "tests/tap.h"

#include <math.h>

#include "claims.h"

static double that_meets(const struct claim *c)
{
	return c->op == CLAIM_BETWEEN ? (c->lo + c->hi) / 2 : c->lo;
}

static double that_fails(const struct claim *c)
{
	return c->op == CLAIM_AT_LEAST ? c->lo - 1 :
	       c->op == CLAIM_BETWEEN  ? c->hi + 1 :
					 c->lo + 1;
}

static int is(const struct claim *c, double now, double then, const char *verdict)
{
	return !strcmp(gb_claim_verdict(c, now, then), verdict);
}

static void one(const struct claim *c)
{
	double yes = that_meets(c), no = that_fails(c);

	tap_ok(is(c, yes, no, "holds") && is(c, yes, NAN, "holds"), "%s: holds", c->name);
	tap_ok(is(c, no, yes, "held then (3.4)") && is(c, NAN, yes, "held then (3.4)"),
	       "%s: held then", c->name);
	tap_ok(is(c, no, no, "false") && is(c, no, NAN, "false"), "%s: false", c->name);
	tap_ok(is(c, NAN, no, "not observable") && is(c, NAN, NAN, "not observable"),
	       "%s: not observable", c->name);
}

/* Numbers run from 1 to 26 without a gap: every sentence of the texts is there. */
static void numbers(void)
{
	int last = 0, gaps = 0;

	for (const struct claim *c = gb_claims; c->name; c++) {
		gaps += atoi(c->name) != last && atoi(c->name) != last + 1;
		last = atoi(c->name);
	}
	tap_ok(!gaps && last == 26, "claims 1 to 26, none missing");
}

static void predicates(void)
{
	struct claim c = { .op = CLAIM_BETWEEN, .lo = 32, .hi = 64 };
	char buf[64];

	tap_eq_text(gb_claim_predicate(&c, buf, sizeof(buf)),
		    "value >= 32 and value <= 64", "a range");
	c.op = CLAIM_AT_MOST;
	tap_eq_text(gb_claim_predicate(&c, buf, sizeof(buf)), "value <= 32", "a limit");
}

int main(void)
{
	for (const struct claim *c = gb_claims; c->name; c++)
		one(c);
	numbers();
	predicates();
	return tap_done();
}
