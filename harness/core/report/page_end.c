/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The gfpbench authors */
/* The rest of the page: tables of other files, failed samples, method, files. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/parse.h"
#include "base/sha256.h"

#include "core/report/claims.h"
#include "core/report/page.h"

#define MAX_ROWS   200
#define MAX_FAILED 100

/* --- tables that experiments leave: shown as they are ---------------------------------------------- */

static const char *const plain_tables[][2] = {
	{ "fidelity.csv", "Fidelity: how close the emulation comes to a real kernel" },
};

static int hidden(const char *column)
{
	return !strcmp(column, "schema_version") || !strcmp(column, "run_id");
}

static const char *status_class(const char *text)
{
	static const char *const good[] = { "yes", "true", "holds", "pass", "passed", "confirmed" };
	static const char *const bad[] = { "no", "false", "fails", "fail", "failed", "refuted" };

	for (size_t i = 0; i < 6; i++) {
		if (!strcmp(text, good[i]))
			return " class=\"is-good\"";
		if (!strcmp(text, bad[i]))
			return " class=\"is-bad\"";
	}
	return "";
}

static void plain_table(struct gb_page *g, const struct gb_csv_table *t, const char *title)
{
	size_t rows = t->rows < MAX_ROWS ? t->rows : MAX_ROWS;

	gb_text_add(g->t, "<section aria-label=\"");
	gb_page_text(g, title);
	gb_text_add(g->t, "\"><h2>");
	gb_page_text(g, title);
	gb_text_add(g->t, "</h2>\n<div class=\"scroll\"><table><caption>");
	gb_text_printf(g->t, "%zu of %zu rows</caption>\n<thead><tr>", rows, t->rows);
	for (size_t c = 0; c < t->columns; c++) {
		if (hidden(t->name[c]))
			continue;
		gb_text_add(g->t, "<th scope=\"col\">");
		gb_page_text(g, t->name[c]);
		gb_text_add(g->t, "</th>");
	}
	gb_text_add(g->t, "</tr></thead>\n<tbody>\n");
	for (size_t r = 0; r < rows; r++) {
		gb_text_add(g->t, "<tr>");
		for (size_t c = 0; c < t->columns; c++) {
			const char *text = gb_csv_get(t, r, (int)c);

			if (hidden(t->name[c]))
				continue;
			gb_text_printf(g->t, "<td%s>", status_class(text));
			gb_page_text(g, text);
			gb_text_add(g->t, "</td>");
		}
		gb_text_add(g->t, "</tr>\n");
	}
	gb_text_add(g->t, "</tbody></table></div></section>\n");
}

/* --- claims ---------------------------------------------------------------------------------------- */

static void claim_value(struct gb_page *g, const struct gb_report_claim *c)
{
	char text[120] = "";

	if (!isnan(c->value) && c->lo < c->hi)
		snprintf(text, sizeof(text), "%.4g [%.4g\342\200\223%.4g]%s%.20s", c->value, c->lo,
			 c->hi, *c->unit ? " " : "", c->unit);
	else if (!isnan(c->value))
		snprintf(text, sizeof(text), "%.4g%s%.20s", c->value, *c->unit ? " " : "", c->unit);
	gb_page_number(g, text);
}

static void claim_rows(struct gb_page *g, const struct gb_report_claim *c, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		gb_text_add(g->t, "<tr>");
		gb_page_row_head(g, c[i].claim);
		gb_page_cell(g, c[i].measure);
		claim_value(g, &c[i]);
		gb_page_cell(g, c[i].predicate);
		gb_text_printf(g->t, "<td%s>", status_class(c[i].verdict));
		gb_page_text(g, c[i].verdict);
		gb_text_add(g->t, c[i].differs ? " (samples differ)</td>" : "</td>");
		gb_page_cell(g, c[i].params);
		gb_text_add(g->t, "</tr>\n");
	}
}

void gb_page_claims(struct gb_page *g)
{
	size_t n;
	struct gb_report_claim *c = gb_report_claims(g->r, g->run, NULL, &n);

	if (n) {
		gb_text_add(g->t, "<section aria-labelledby=\"claims-tested\">\n"
			    "<h2 id=\"claims-tested\">Claims, tested</h2>\n<details><summary>"
			    "Every claim with its measure and predicate</summary>\n");
		gb_page_head(g, "Medians of the samples, the least and the most beside them; the "
			     "verdict follows from the predicate",
			     "claim|measure|>value|predicate|verdict|parameters");
		claim_rows(g, c, n < MAX_ROWS ? n : MAX_ROWS);
		gb_text_add(g->t, "</tbody></table></div></details></section>\n");
	}
	free(c);
}

/* --- the gate -------------------------------------------------------------------------------------- */

static void gate_rows(struct gb_page *g, const struct gb_json *list)
{
	static const char *const texts[] = { "cell", "metric", "verdict", "reason" };

	for (const struct gb_json *j = list->child; j; j = j->next) {
		double change = gb_json_number(j, "change"), lo = gb_json_number(j, "change_lo");
		double hi = gb_json_number(j, "change_hi");
		char text[64] = "";

		gb_text_add(g->t, "<tr>");
		gb_page_row_head(g, gb_json_text(j, texts[0], ""));
		for (size_t i = 1; i < 4; i++)
			gb_page_cell(g, gb_json_text(j, texts[i], ""));
		if (!isnan(change) && !strcmp(gb_json_text(j, "scale", ""), "ln_ratio"))
			snprintf(text, sizeof(text), "%+.2f %% [%+.2f %+.2f]",
				 100 * expm1(change), 100 * expm1(lo), 100 * expm1(hi));
		gb_page_number(g, text);
		snprintf(text, sizeof(text), "%.0f", gb_json_number(j, "pairs_used"));
		gb_page_number(g, isnan(gb_json_number(j, "pairs_used")) ? "" : text);
		gb_text_add(g->t, "</tr>\n");
	}
}

void gb_page_tables(struct gb_page *g)
{
	const struct gb_json *gate = g->r->run[g->run].gate;
	const struct gb_json *list = gate ? gb_json_get(gate, "results") : NULL;

	if (list && list->type == GB_JSON_ARRAY && list->child) {
		gb_text_add(g->t, "<section aria-label=\"Verdicts of the gate\"><h2>Verdicts of the "
			    "gate</h2>\n");
		gb_page_head(g, "Change of the candidate against the baseline, with its interval",
			     "cell|metric|verdict|reason|>change|>pairs");
		gate_rows(g, list);
		gb_text_add(g->t, "</tbody></table></div></section>\n");
	}
	for (size_t i = 0; i < sizeof(plain_tables) / sizeof(plain_tables[0]); i++) {
		struct gb_error e = GB_ERROR_INIT;
		struct gb_csv_table t;
		char path[4096];

		snprintf(path, sizeof(path), "%s/%s", g->r->run[g->run].path, plain_tables[i][0]);
		if (access(path, R_OK))
			continue;
		if (gb_csv_read(path, &t, &e)) {
			gb_text_add(g->t, "<p class=\"is-bad\">");
			gb_page_text(g, e.what);
			gb_text_add(g->t, "</p>\n");
			continue;
		}
		plain_table(g, &t, plain_tables[i][1]);
		gb_csv_free(&t);
	}
}

/* --- failed samples ------------------------------------------------------------------------------------ */

/* How the backend was asked for: its label may be shorter. */
static const char *backend_spec(const struct gb_json *manifest, const char *label)
{
	const struct gb_json *list = gb_json_get(manifest, "backends");

	for (const struct gb_json *j = list ? list->child : NULL; j; j = j->next)
		if (!strcmp(gb_json_text(j, "backend", ""), label))
			return gb_json_text(j, "spec", label);
	return label;
}

static void option_number(struct gb_text *t, const struct gb_json *m, const char *path,
			  const char *option)
{
	double v = gb_json_number(m, path);

	if (v > 0)
		gb_text_printf(t, " %s=%.0f", option, v);
}

static void option_time(struct gb_text *t, const struct gb_json *m, const char *path,
			const char *option)
{
	double v = gb_json_number(m, path);
	char text[40];

	if (v > 0)
		gb_text_printf(t, " %s=%s", option,
			       gb_format_time(text, sizeof(text), (uint64_t)v));
}

/* What was calibrated for this comparison, else what was asked for. */
static void option_work(struct gb_text *t, const struct gb_json *m,
			const struct gb_report_cell *c)
{
	const struct gb_json *work = gb_json_get(m, "work");

	for (const struct gb_json *j = work ? work->child : NULL; j; j = j->next) {
		if (strcmp(gb_json_text(j, "workload", ""), c->workload) ||
		    strcmp(gb_json_text(j, "params", ""), c->params) ||
		    gb_json_number(j, "threads") != strtod(c->threads, NULL) ||
		    !(gb_json_number(j, "ops") > 0))
			continue;
		option_number(t, j, "ops", "--ops");
		return;
	}
	if (gb_json_number(m, "options.ops") > 0)
		option_number(t, m, "options.ops", "--ops");
	else
		option_time(t, m, "options.duration_ns", "--duration");
}

/* Seeds follow from the plan's seed and the repetition, so that many repetitions of this
 * cell alone bring this very sample back as the last. */
static void repeat_command(struct gb_text *t, const struct gb_report *r,
			   const struct gb_report_sample *s)
{
	const struct gb_report_cell *c = &r->cell[s->cell];
	const struct gb_json *m = r->run[s->run].manifest;
	struct gb_text w = { 0 };

	gb_text_printf(&w, "%s%s%s", c->workload, c->params[0] ? ":" : "", c->params);
	gb_text_add(t, "gfpbench run -b ");
	gb_text_shell(t, backend_spec(m, c->backend), 1);
	gb_text_add(t, " -w ");
	gb_text_shell(t, w.data, 1);
	gb_text_add(t, " -t ");
	gb_text_shell(t, c->threads, 0);
	gb_text_add(t, " -r ");
	gb_text_shell(t, gb_report_get(r, s, "rep"), 0);
	gb_text_add(t, " --seed=");
	gb_text_shell(t, gb_json_text(m, "options.seed", "1"), 0);
	option_work(t, m, c);
	option_time(t, m, "options.warmup_ns", "--warmup");
	option_number(t, m, "options.irq_rate_hz", "--irq-rate");
	option_number(t, m, "options.ram_bytes", "--ram");
	if (!strcmp(gb_json_text(m, "options.irq_law", ""), "poisson"))
		gb_text_add(t, " --irq-law=poisson");
	gb_text_free(&w);
}

static void failed_row(struct gb_page *g, const struct gb_report_sample *s)
{
	const struct gb_report_cell *c = &g->r->cell[s->cell];
	struct gb_text command = { 0 };

	repeat_command(&command, g->r, s);
	gb_text_add(g->t, "<tr>");
	gb_page_row_head(g, gb_report_get(g->r, s, "sample_id"));
	gb_page_cell(g, c->backend);
	gb_page_cell(g, c->workload);
	gb_page_number(g, c->threads);
	gb_page_cell(g, s->status);
	gb_page_cell(g, gb_report_get(g->r, s, "error"));
	gb_text_add(g->t, "<td><code>");
	gb_page_text(g, command.data);
	gb_text_add(g->t, "</code></td></tr>\n");
	gb_text_free(&command);
}

void gb_page_failed(struct gb_page *g)
{
	size_t rows = 0, all = 0;

	for (size_t i = 0; i < g->r->samples; i++) {
		const struct gb_report_sample *s = &g->r->sample[i];

		if (s->ok || !strcmp(s->status, "unavailable"))
			continue;
		if (!all++) {
			gb_text_add(g->t, "<section aria-labelledby=\"failed\">\n<h2 id=\"failed\">"
				    "Failed samples</h2>\n");
			gb_page_head(g, "What did not end well, and the command that repeats each "
				     "(the last repetition has the seed of this sample)",
				     "sample|backend|workload|>thr|status|why|command");
		}
		if (rows < MAX_FAILED) {
			failed_row(g, s);
			rows++;
		}
	}
	if (!all)
		return;
	gb_text_add(g->t, "</tbody></table></div>\n");
	if (rows < all)
		gb_text_printf(g->t, "<p>%zu more are in samples.csv.</p>\n", all - rows);
	gb_text_add(g->t, "</section>\n");
}

/* --- method ----------------------------------------------------------------------------------------------- */

static void command_line(struct gb_page *g, const struct gb_json *m)
{
	const struct gb_json *list = gb_json_get(m, "argv");
	struct gb_text t = { 0 };

	for (const struct gb_json *j = list ? list->child : NULL; j; j = j->next) {
		gb_text_add(&t, t.len ? " " : "");
		gb_text_shell(&t, j->text ? j->text : "", 0);
	}
	gb_text_add(g->t, "<h3>Command line</h3>\n<pre><code>");
	gb_page_text(g, t.data ? t.data : "");
	gb_text_add(g->t, "</code></pre>\n");
	gb_text_free(&t);
}

static void backend_rows(struct gb_page *g, const struct gb_json *m)
{
	const struct gb_json *list = gb_json_get(m, "backends");

	gb_page_head(g, "What was measured: files and their SHA-256",
		     "backend|version|file|SHA-256|unavailable because");
	for (const struct gb_json *j = list ? list->child : NULL; j; j = j->next) {
		gb_text_add(g->t, "<tr>");
		gb_page_row_head(g, gb_json_text(j, "backend", ""));
		gb_page_cell(g, gb_json_text(j, "version", ""));
		gb_page_cell(g, gb_json_text(j, "file", ""));
		gb_text_add(g->t, "<td><code>");
		gb_page_text(g, gb_json_text(j, "sha256", ""));
		gb_text_add(g->t, "</code></td>");
		gb_page_cell(g, gb_json_text(j, "unavailable", ""));
		gb_text_add(g->t, "</tr>\n");
	}
	gb_text_add(g->t, "</tbody></table></div>\n");
}

void gb_page_method(struct gb_page *g)
{
	const struct gb_json *m = g->r->run[g->run].manifest;

	gb_text_add(g->t,
		    "<section aria-labelledby=\"method\">\n<h2 id=\"method\">Method</h2>\n"
		    "<p>Every sample is a process of its own, in blocks that hold each cell once, in "
		    "shuffled order. Throughput comes from a phase without timestamps, latency from "
		    "a second phase in which every call is timed and the timer's own cost taken off. "
		    "Interrupts are signals that arrive at any instruction; their latency counts "
		    "from the intended time. <em>guarded</em>: the allocator must not be entered "
		    "from an interrupt, so interrupts wait while it runs, and the entry latency "
		    "shows the price. <em>null</em> does nothing: it bounds what the harness itself "
		    "costs. <em>oversubscribed</em>: more emulated CPUs than cores, or interrupts "
		    "lost: entry latencies are shown, never judged.</p>\n"
		    "<p>Histograms are added up over the runs of a cell; percentiles are read off "
		    "the sum, never averaged (buckets are narrower than 1 %). Ratios are medians of "
		    "the ratios within blocks. Empty fields were not measured.</p>\n");
	command_line(g, m);
	backend_rows(g, m);
	gb_text_add(g->t, "<p class=\"muted\">gfpbench ");
	gb_page_text(g, gb_json_text(m, "gfpbench_version", "?"));
	gb_text_add(g->t, ", ");
	gb_page_text(g, gb_json_text(m, "build_mode", "?"));
	gb_text_add(g->t, " build, compiler ");
	gb_page_text(g, gb_json_text(m, "compiler", "?"));
	gb_text_add(g->t, ", plan ");
	gb_page_text(g, gb_json_text(m, "plan_hash", "?"));
	gb_text_add(g->t, "</p>\n</section>\n");
}

/* --- files --------------------------------------------------------------------------------------------------- */

static void file_row(struct gb_page *g, size_t run, const char *name)
{
	char path[4096], sha[65], size[40], *link;
	struct stat st;

	snprintf(path, sizeof(path), "%s/%s", g->r->run[run].path, name);
	if (stat(path, &st) || gb_sha256_file(path, sha))
		return;
	link = gb_page_path(g, run, name);
	gb_text_add(g->t, "<tr><th scope=\"row\"><a href=\"");
	gb_page_text(g, link);
	gb_text_add(g->t, "\">");
	gb_page_text(g, link);
	gb_text_add(g->t, "</a></th>");
	gb_page_number(g, gb_human_size(size, sizeof(size), (double)st.st_size));
	gb_text_printf(g->t, "<td><code>%s</code></td></tr>\n", sha);
	free(link);
}

void gb_page_files(struct gb_page *g)
{
	static const char *const others[] = { "fidelity.csv", "gate-slices.csv",
					      "gate-procs.csv", "gate-hist.csv",
					      "gate-cells.csv", "gate.json", "manifest.json",
					      "datapackage.json" };

	gb_text_add(g->t, "<section aria-labelledby=\"files\">\n<h2 id=\"files\">Files</h2>\n");
	gb_page_head(g, "What this page was made from", "file|>size|SHA-256");
	for (size_t run = 0; run < g->r->runs; run++) {
		for (int f = 0; f < GB_REPORT_FILES; f++)
			file_row(g, run, gb_report_file_name[f]);
		for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++)
			file_row(g, run, others[i]);
	}
	gb_text_add(g->t, "</tbody></table></div>\n</section>\n");
}
