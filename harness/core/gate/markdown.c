/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The gfpbench authors */
/*
 * For a job summary, most important first: verdict, how noisy the machine was, what is
 * not green, then the rest folded away, and how to judge the same figures again. And
 * GitHub's annotations, of which it shows ten of a kind per step and drops the rest.
 */
#include <math.h>
#include <string.h>

#include "base/number.h"

#include "core/gate/output.h"

#define MOST_ANNOTATIONS 9

/* What would break a table row or start markup; backslash escapes work for all. */
static void add_escaped(struct gb_text *t, const char *s)
{
	for (; *s; s++) {
		if (strchr("\\`*_{}[]<>#|~", *s))
			gb_text_add(t, "\\");
		gb_text_addn(t, *s == '\n' || *s == '\r' ? " " : s, 1);
	}
}

static int is_green(const struct gb_gate_result *r)
{
	return !r->series->gated || r->verdict == GB_GATE_IMPROVED ||
	       r->verdict == GB_GATE_UNCHANGED;
}

static void add_row(const struct gb_gate_result *r, struct gb_text *t)
{
	struct gb_text part = { 0 };
	char buf[GB_NUMBER_SIZE];

	gb_text_printf(t, "| %s | ",
		       r->series->gated ? gb_gate_verdict_name[r->verdict] : "reported");
	gb_text_printf(&part, "%s %s", r->cell->name, r->series->metric.name);
	add_escaped(t, part.data);
	gb_text_add(t, " | ");
	gb_gate_amount(r, r->median_a, t);
	gb_text_add(t, " | ");
	gb_gate_amount(r, r->median_b, t);
	gb_text_add(t, " | ");
	gb_gate_change(r, r->test.theta, t);
	gb_text_add(t, " | ");
	gb_gate_interval(r, t);
	gb_text_printf(t, " | %s | %zu | ",
		       r->tested && !r->exact ?
			       gb_number_printf(buf, sizeof(buf), "%.2g", r->p_red) :
			       "",
		       r->test.used);
	add_escaped(t, r->reason);
	gb_text_add(t, " |\n");
	gb_text_free(&part);
}

static void add_header(struct gb_text *t)
{
	gb_text_add(
		t,
		"| verdict | cell, metric | A | B | change | 95 % interval | adjusted p | "
		"pairs | reason |\n|---|---|---:|---:|---:|---|---:|---:|---|\n");
}

static void add_noise_line(const struct gb_gate_judgement *j, struct gb_text *t)
{
	double seconds = 0, mde = gb_gate_worst_mde(j);
	const struct gb_gate_cell *last = NULL;
	char buf[GB_NUMBER_SIZE];

	for (size_t i = 0; i < j->results; i++)
		if (j->result[i].series->metric.source == GB_GATE_FROM_SLICES)
			seconds += gb_gate_cell_seconds(j->result[i].cell);
	for (size_t i = 0; i < j->sentinels; i++)
		if (j->sentinel[i].cell != last) {
			last = j->sentinel[i].cell;
			seconds += gb_gate_cell_seconds(last);
		}
	gb_text_printf(t, "Sentinels (baseline against its copy): %s. ",
		       j->alarm     ? "**fired**" :
		       j->sentinels ? "quiet" :
				      "none");
	if (!isnan(mde))
		gb_text_printf(
			t, "Smallest change that the noisiest cell could show: %s %%. ",
			gb_number_printf(buf, sizeof(buf), "%.2g", mde * 100));
	gb_text_printf(t, "Measured for %s s.\n\n",
		       gb_number_printf(buf, sizeof(buf), "%.0f", seconds));
}

static void add_not_green(const struct gb_gate_judgement *j, struct gb_text *t)
{
	int any = 0;

	for (size_t i = 0; i < j->results; i++) {
		if (is_green(&j->result[i]))
			continue;
		if (!any++)
			add_header(t);
		add_row(&j->result[i], t);
	}
	if (any)
		gb_text_add(t, "\n");
}

/* Cut where a row would cross the limit: what is lost is what is unremarkable. */
static void add_green(const struct gb_gate_judgement *j, size_t limit, struct gb_text *t)
{
	size_t total = 0, shown = 0;

	for (size_t i = 0; i < j->results; i++)
		total += (size_t)is_green(&j->result[i]);
	if (!total)
		return;
	gb_text_printf(t, "<details><summary>%zu other figures</summary>\n\n", total);
	add_header(t);
	for (size_t i = 0; i < j->results && t->len < limit; i++)
		if (is_green(&j->result[i])) {
			add_row(&j->result[i], t);
			shown++;
		}
	if (shown < total)
		gb_text_printf(t, "\n%zu more are in gate.json.\n", total - shown);
	gb_text_add(t, "\n</details>\n\n");
}

void gb_gate_markdown(const struct gb_gate_data *d, const struct gb_gate_judgement *j,
		      size_t limit, struct gb_text *t)
{
	struct gb_text headline = { 0 };

	gb_gate_headline(j, &headline);
	gb_text_add(t, "### Performance gate: ");
	add_escaped(t, headline.data);
	gb_text_add(t, "\n\nBaseline ");
	add_escaped(t, d->side[GB_GATE_A].spec);
	gb_text_add(t, ", candidate ");
	add_escaped(t, d->side[GB_GATE_B].spec);
	gb_text_add(t, ".\n");
	add_noise_line(j, t);
	add_not_green(j, t);
	add_green(j, limit > 2000 ? limit - 2000 : 0, t);
	if (j->geomean_cells) {
		gb_text_add(t, "Geometric mean of times: ");
		gb_gate_geomean(j, t);
		gb_text_printf(t, " over %zu cells.\n\n", j->geomean_cells);
	}
	gb_text_printf(t, "Judge again: `gfpbench gate --from results/%s`\n", d->run_id);
	gb_text_free(&headline);
}

/* --- annotations ----------------------------------------------------------- */

/* % and line ends everywhere; ':' and ',' too in properties. */
static void add_command_text(struct gb_text *t, const char *s, int is_property)
{
	for (; *s; s++) {
		if (*s == '%' || *s == '\r' || *s == '\n' ||
		    (is_property && (*s == ':' || *s == ',')))
			gb_text_printf(t, "%%%02X", (unsigned int)(unsigned char)*s);
		else
			gb_text_addn(t, s, 1);
	}
}

static void annotate(struct gb_text *t, const char *kind, const char *title,
		     const char *body)
{
	gb_text_printf(t, "::%s title=", kind);
	add_command_text(t, title, 1);
	gb_text_add(t, "::");
	add_command_text(t, body, 0);
	gb_text_add(t, "\n");
}

static int is_error(const struct gb_gate_result *r)
{
	return r->verdict == GB_GATE_FAILED || r->verdict == GB_GATE_REGRESSED ||
	       r->verdict == GB_GATE_INVALID;
}

static int is_warning(const struct gb_gate_result *r)
{
	return !is_error(r) && !is_green(r);
}

static void annotate_all(const struct gb_gate_judgement *j, const char *kind,
			 int (*wanted)(const struct gb_gate_result *r), size_t shown,
			 struct gb_text *t)
{
	size_t more = 0;

	for (size_t i = 0; i < j->results; i++) {
		const struct gb_gate_result *r = &j->result[i];
		struct gb_text title = { 0 }, body = { 0 };

		if (!r->series->gated || !wanted(r))
			continue;
		if (shown++ >= MOST_ANNOTATIONS) {
			more++;
			continue;
		}
		gb_text_printf(&title, "%s: %s", gb_gate_verdict_name[r->verdict],
			       r->cell->name);
		gb_gate_sentence(r, &body);
		annotate(t, kind, title.data, body.data);
		gb_text_free(&title);
		gb_text_free(&body);
	}
	if (more) {
		struct gb_text body = { 0 };

		gb_text_printf(&body, "and %zu more, see the job summary", more);
		annotate(t, kind, "performance gate", body.data);
		gb_text_free(&body);
	}
}

void gb_gate_annotations(const struct gb_gate_data *d, const struct gb_gate_judgement *j,
			 struct gb_text *t)
{
	struct gb_text headline = { 0 };

	(void)d;
	if (*j->invalid)
		annotate(t, "error", "performance gate: invalid", j->invalid);
	annotate_all(j, "error", is_error, *j->invalid != '\0', t);
	annotate_all(j, "warning", is_warning, 0, t);
	gb_gate_headline(j, &headline);
	annotate(t, "notice", "performance gate", headline.data);
	gb_text_free(&headline);
}
