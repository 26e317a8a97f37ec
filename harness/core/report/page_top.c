/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The gfpbench authors */
/* The top of the page: the verdict, the findings, the machine, the runs. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/parse.h"

#include "core/report/page.h"

struct tally {
	size_t all, ok, failed, unavailable;
};

/* Unavailable is a state of the machine, not a failure of what was tested. */
static struct tally count(const struct gb_page *g)
{
	struct tally n = { 0 };

	for (size_t i = 0; i < g->r->samples; i++) {
		const struct gb_report_sample *s = &g->r->sample[i];

		n.all++;
		n.ok += (size_t)s->ok;
		n.unavailable += !strcmp(s->status, "unavailable");
	}
	n.failed = n.all - n.ok - n.unavailable;
	return n;
}

static void box(struct gb_page *g, const char *kind, const char *symbol, const char *text)
{
	gb_text_printf(g->t, "<div class=\"verdict %s\"><p><span class=\"is-%s\" "
		       "aria-hidden=\"true\">%s</span> ", kind, kind, symbol);
	gb_page_text(g, text);
	gb_text_add(g->t, "</p>\n");
}

static void gate_box(struct gb_page *g, const struct gb_json *gate)
{
	double code = gb_json_number(gate, "exit_code");
	const char *text = gb_json_text(gate, "verdict", "the gate left no verdict");

	if (code == 0)
		box(g, "good", "\342\234\223", text);
	else if (code == 1)
		box(g, "bad", "\342\234\227", text);
	else
		box(g, "unsure", "?", text);
}

static void samples_box(struct gb_page *g, const struct tally *n)
{
	char text[200];

	if (!n->ok) {
		snprintf(text, sizeof(text), n->all ? "None of %zu samples gave a result" :
			 g->r->runs > 1 ? "These runs hold no samples" : "This run holds no samples", n->all);
		box(g, n->failed ? "bad" : "unsure", n->failed ? "\342\234\227" : "?", text);
	} else if (n->failed) {
		snprintf(text, sizeof(text), "%zu of %zu samples failed", n->failed,
			 n->all - n->unavailable);
		box(g, "bad", "\342\234\227", text);
	} else {
		snprintf(text, sizeof(text), "All %zu samples gave a result", n->ok);
		box(g, "good", "\342\234\223", text);
	}
}

static void incomplete(struct gb_page *g)
{
	const struct gb_report_run *run = &g->r->run[g->run];

	if (gb_json_number(run->manifest, "complete") > 0)
		return;
	gb_text_add(g->t, "<p class=\"is-unsure\">The run is not complete. <code>gfpbench run "
		    "--resume ");
	gb_page_text(g, run->path);
	gb_text_add(g->t, "</code> finishes it.</p>\n");
}

/* What the throughput plots found, one line a workload. */
static void findings(struct gb_page *g)
{
	size_t said = 0;

	for (size_t i = 0; i < g->plots->n && said < 12; i++) {
		const struct gb_plot *p = &g->plots->v[i];

		if (strcmp(p->kind->id, "throughput") || !p->caption.len)
			continue;
		gb_text_add(g->t, said++ ? "<li>" : "<ul><li>");
		gb_page_text(g, p->title.data);
		gb_text_add(g->t, ": ");
		gb_page_text(g, p->caption.data);
		gb_text_add(g->t, "</li>\n");
	}
	gb_text_add(g->t, said ? "</ul>\n" : "");
}

void gb_page_verdict(struct gb_page *g)
{
	const struct gb_json *gate = g->r->run[g->run].gate;
	struct tally n = count(g);

	gb_text_add(g->t, "<section aria-label=\"Verdict\">\n");
	if (gate)
		gate_box(g, gate);
	else
		samples_box(g, &n);
	if (n.unavailable) {
		gb_text_printf(g->t, "<p>%zu more not taken: backend not available here.</p>\n",
			       n.unavailable);
	}
	if (n.failed && !gate)
		gb_text_add(g->t, "<p><a href=\"#failed\">Which, and how to repeat them</a></p>\n");
	incomplete(g);
	findings(g);
	gb_text_add(g->t, "</div>\n</section>\n");
}

/* --- the machine ------------------------------------------------------------------------------- */

static void fact(struct gb_page *g, const char *name, const char *value)
{
	if (!*value)
		return;
	gb_text_printf(g->t, "<dt>%s</dt><dd>", name);
	gb_page_text(g, value);
	gb_text_add(g->t, "</dd>\n");
}

static void facts(struct gb_page *g, const struct gb_json *m)
{
	char text[400], size[40];

	snprintf(text, sizeof(text), "%.128s, %.0f CPUs, %.0f usable%s",
		 gb_json_text(m, "machine.cpu_model", "unknown"),
		 gb_json_number(m, "machine.cpus_online"),
		 gb_json_number(m, "machine.cpus_usable"),
		 gb_json_number(m, "machine.virtual") > 0 ? ", virtual machine" : "");
	fact(g, "Processor", text);
	fact(g, "Memory", gb_human_size(size, sizeof(size),
					gb_json_number(m, "machine.memory_bytes")));
	snprintf(text, sizeof(text), "Linux %.100s, %.60s",
		 gb_json_text(m, "machine.kernel", "?"), gb_json_text(m, "machine.libc", "?"));
	fact(g, "System", text);
	snprintf(text, sizeof(text), "clock %.20s, governor %.30s, turbo %.30s, huge pages %.30s",
		 gb_json_text(m, "clock", "?"), gb_json_text(m, "machine.governor", "?"),
		 gb_json_text(m, "machine.turbo", "?"),
		 gb_json_text(m, "machine.transparent_hugepage", "?"));
	fact(g, "Settings", text);
	snprintf(text, sizeof(text), "%.2f at the start", gb_json_number(m, "machine.load_1m"));
	fact(g, "Load", text);
	fact(g, "Machine id", gb_json_text(m, "hw_id", ""));
}

static void warnings(struct gb_page *g, const struct gb_json *m)
{
	const struct gb_json *list = gb_json_get(m, "warnings"), *w = list ? list->child : NULL;

	if (!w)
		return;
	gb_text_add(g->t, "<h3>Warnings</h3>\n<ul>\n");
	for (; w; w = w->next) {
		gb_text_add(g->t, "<li><strong>");
		gb_page_text(g, gb_json_text(w, "id", ""));
		gb_text_add(g->t, "</strong> ");
		gb_page_text(g, gb_json_text(w, "text", ""));
		gb_text_add(g->t, "</li>\n");
	}
	gb_text_add(g->t, "</ul>\n");
}

void gb_page_machine(struct gb_page *g)
{
	const struct gb_json *m = g->r->run[g->run].manifest;

	gb_text_add(g->t, "<section aria-labelledby=\"machine\">\n<h2 id=\"machine\">Machine</h2>\n"
		    "<dl>\n");
	facts(g, m);
	gb_text_add(g->t, "</dl>\n");
	warnings(g, m);
	gb_text_add(g->t, "</section>\n");
}

/* --- several runs -------------------------------------------------------------------------------- */

static void run_row(struct gb_page *g, size_t i)
{
	const struct gb_json *m = g->r->run[i].manifest;
	char text[40];
	size_t ok = 0, all = 0;

	for (size_t k = 0; k < g->r->samples; k++) {
		all += g->r->sample[k].run == i;
		ok += g->r->sample[k].run == i && g->r->sample[k].ok;
	}
	snprintf(text, sizeof(text), "%zu", i + 1);
	gb_text_add(g->t, "<tr>");
	gb_page_row_head(g, text);
	gb_page_cell(g, g->r->run[i].id);
	gb_page_cell(g, gb_json_text(m, "started_at", ""));
	gb_page_cell(g, gb_json_text(m, "hw_id", ""));
	snprintf(text, sizeof(text), "%zu of %zu", ok, all);
	gb_page_number(g, text);
	gb_text_add(g->t, "</tr>\n");
}

void gb_page_runs(struct gb_page *g)
{
	const char *first = gb_json_text(g->r->run[0].manifest, "hw_id", "");
	int mixed = 0;

	if (g->r->runs < 2)
		return;
	gb_text_add(g->t, "<section aria-labelledby=\"runs\">\n<h2 id=\"runs\">Runs</h2>\n");
	gb_page_head(g, "The runs of this report: tables show every run, pictures of a single workload "
		     "the last",
		     "run|id|started|machine|>good samples");
	for (size_t i = 0; i < g->r->runs; i++) {
		run_row(g, i);
		mixed |= strcmp(first, gb_json_text(g->r->run[i].manifest, "hw_id", "")) != 0;
	}
	gb_text_add(g->t, "</tbody></table></div>\n");
	if (mixed)
		gb_text_add(g->t, "<p class=\"is-unsure\">These runs come from different machines: "
			    "their ratios compare machines too.</p>\n");
	gb_text_add(g->t, "</section>\n");
}
