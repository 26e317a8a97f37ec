/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The gfpbench authors */
/*
 * JUnit XML has no standard; this is the subset that Jenkins' junit plugin and GitLab
 * both read.  GitLab shows the class name as suite and takes the first of two equal
 * names, so class name and name together are unique and hold nothing that changes from
 * run to run.
 */
#include <string.h>

#include "base/number.h"

#include "core/gate/output.h"

static void attribute(struct gb_text *t, const char *name, const char *value)
{
	gb_text_printf(t, " %s=\"", name);
	gb_text_xml(t, value);
	gb_text_add(t, "\"");
}

static void add_names(const struct gb_gate_result *r, struct gb_text *t)
{
	struct gb_text class_name = { 0 }, name = { 0 };

	gb_text_printf(&class_name, "%s.%s", r->cell->allocator, r->cell->workload);
	gb_text_printf(&name, "%s%s/%s", r->cell->sentinel ? "sentinel " : "",
		       r->series->metric.name, r->cell->name);
	/* two sentinels may be the same cell twice */
	if (r->cell->sentinel)
		gb_text_printf(&name, "/%s", r->cell->id);
	attribute(t, "classname", class_name.data);
	attribute(t, "name", name.data);
	gb_text_free(&class_name);
	gb_text_free(&name);
}

/* Measuring time is the cell's, so only one of its figures carries it. */
static double seconds(const struct gb_gate_result *r)
{
	return r->series->metric.source == GB_GATE_FROM_SLICES ?
		       gb_gate_cell_seconds(r->cell) :
		       0;
}

static void add_seconds(struct gb_text *t, double v)
{
	char buf[GB_NUMBER_SIZE];

	attribute(t, "time", gb_number_printf(buf, sizeof(buf), "%.3f", v));
}

static void add_outcome(const struct gb_gate_result *r, const char *element,
			const char *type, struct gb_text *t)
{
	struct gb_text sentence = { 0 };

	gb_gate_sentence(r, &sentence);
	gb_text_printf(t, "<%s", element);
	if (type)
		attribute(t, "type", type);
	if (strcmp(element, "system-out") != 0) /* which has no attributes */
		attribute(t, "message", sentence.data);
	gb_text_add(t, ">");
	gb_text_xml(t, gb_gate_verdict_name[r->verdict]);
	gb_text_add(t, ": ");
	gb_text_xml(t, sentence.data);
	gb_text_printf(t, "</%s>", element);
	gb_text_free(&sentence);
}

static void add_case(const struct gb_gate_result *r, struct gb_text *t)
{
	gb_text_add(t, "<testcase");
	add_names(r, t);
	add_seconds(t, seconds(r));
	gb_text_add(t, ">");
	if (!r->series->gated && !r->cell->sentinel)
		add_outcome(r, "system-out", NULL, t);
	else if (r->verdict == GB_GATE_REGRESSED)
		add_outcome(r, "failure", "regression", t);
	else if (r->verdict == GB_GATE_FAILED)
		add_outcome(r, "error", "failed", t);
	else if (r->verdict == GB_GATE_INVALID)
		add_outcome(r, "error", "invalid", t);
	else if (r->verdict == GB_GATE_INCONCLUSIVE || r->verdict == GB_GATE_SKIPPED)
		add_outcome(r, "skipped", NULL, t);
	else
		add_outcome(r, "system-out", NULL, t);
	gb_text_add(t, "</testcase>\n");
}

struct totals {
	size_t tests, failures, errors, skipped;
	double seconds;
};

static void count_case(const struct gb_gate_result *r, struct totals *n)
{
	n->tests++;
	n->seconds += seconds(r);
	if (!r->series->gated && !r->cell->sentinel)
		return;
	n->failures += r->verdict == GB_GATE_REGRESSED;
	n->errors += r->verdict == GB_GATE_FAILED || r->verdict == GB_GATE_INVALID;
	n->skipped += r->verdict == GB_GATE_INCONCLUSIVE || r->verdict == GB_GATE_SKIPPED;
}

static void add_totals(const struct totals *n, struct gb_text *t)
{
	gb_text_printf(t,
		       " tests=\"%zu\" failures=\"%zu\" errors=\"%zu\" skipped=\"%zu\"",
		       n->tests, n->failures, n->errors, n->skipped);
	add_seconds(t, n->seconds);
}

/* The run itself is a case: a report whose every cell looks fine must still be red when
 * the run is not to be trusted. */
static void add_run_case(const struct gb_gate_judgement *j, struct gb_text *t)
{
	gb_text_add(t, "<testcase classname=\"gate\" name=\"run\" time=\"0.000\">");
	if (*j->invalid) {
		gb_text_add(t, "<error type=\"invalid\"");
		attribute(t, "message", j->invalid);
		gb_text_add(t, ">");
		gb_text_xml(t, j->invalid);
		gb_text_add(t, "</error>");
	}
	gb_text_add(t, "</testcase>\n");
}

static void property(struct gb_text *t, const char *name, const char *value)
{
	gb_text_add(t, "<property");
	attribute(t, "name", name);
	attribute(t, "value", value);
	gb_text_add(t, "/>\n");
}

void gb_gate_junit(const struct gb_gate_data *d, const struct gb_gate_judgement *j,
		   struct gb_text *t)
{
	struct totals n = { .tests = 1, .errors = *j->invalid != '\0' };

	for (size_t i = 0; i < j->results; i++)
		count_case(&j->result[i], &n);
	for (size_t i = 0; i < j->sentinels; i++)
		count_case(&j->sentinel[i], &n);
	gb_text_add(t, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites");
	add_totals(&n, t);
	gb_text_add(t, ">\n<testsuite name=\"gfpbench gate\"");
	add_totals(&n, t);
	gb_text_add(t, ">\n<properties>\n");
	property(t, "run_id", d->run_id);
	property(t, "baseline", d->side[GB_GATE_A].spec);
	property(t, "candidate", d->side[GB_GATE_B].spec);
	gb_text_add(t, "</properties>\n");
	add_run_case(j, t);
	for (size_t i = 0; i < j->results; i++)
		add_case(&j->result[i], t);
	for (size_t i = 0; i < j->sentinels; i++)
		add_case(&j->sentinel[i], t);
	gb_text_add(t, "</testsuite>\n</testsuites>\n");
}
