/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The gfpbench authors */
/* Lists of names to cells. */
#include "plan.h"

#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/parse.h"

#define GFPKERNEL_INTERNAL /* the contexts are machine/cpu.h's */
#include "kernel/gfpkernel.h"

#define MAX_THREADS 48u /* leaves room for kswapd, RCU and housekeeping among GB_MAX_CPUS */
#define MAX_CELLS   20000u

/* --- lists ------------------------------------------------------------------------ */

char **gb_list_split(const char *text)
{
	char **list = calloc(strlen(text) + 2, sizeof(*list)), *out;
	size_t n = 0;

	GB_BUG_ON(!list);
	for (;;) {
		out = list[n++] = malloc(strlen(text) + 1);
		GB_BUG_ON(!out);
		for (; *text && *text != ','; text++) {
			if (*text == '\\' && text[1] == ',')
				text++;
			*out++ = *text;
		}
		*out = '\0';
		if (!*text++)
			return list;
	}
}

void gb_list_free(char **list)
{
	for (size_t i = 0; list && list[i]; i++)
		free(list[i]);
	free(list);
}

/* A growing list of names, each with how it came in. */
struct names {
	struct name {
		char *text;
		int named; /* by itself, not through a suite, "all" or a default */
	} *v;
	size_t n;
};

static void add_name(struct names *l, const char *text, int named)
{
	for (size_t i = 0; i < l->n; i++) {
		if (strcmp(l->v[i].text, text))
			continue;
		l->v[i].named |= named;
		return;
	}
	l->v = realloc(l->v, (l->n + 1) * sizeof(*l->v));
	GB_BUG_ON(!l->v);
	l->v[l->n].text = strdup(text);
	l->v[l->n++].named = named;
}

static void free_names(struct names *l)
{
	for (size_t i = 0; i < l->n; i++)
		free(l->v[i].text);
	free(l->v);
	l->v = NULL;
	l->n = 0;
}

static int empty_item(const char *option, struct gb_error *e)
{
	return gb_fail(e, GB_EXIT_USAGE, "separate names by single commas",
		       "%s: an empty name in the list", option);
}

static void add_all_backends(struct names *l)
{
	for (const struct gb_backend *const *b = gb_backends; *b; b++)
		if (!(*b)->argument_help)
			add_name(l, (*b)->name, 0);
}

static int backend_names(const char *text, struct names *l, struct gb_error *e)
{
	char **list = gb_list_split(text ? text : "all");

	for (size_t i = 0; list[i] && !e->code; i++) {
		if (!*list[i])
			empty_item("--backend", e);
		else if (!strcmp(list[i], "all"))
			add_all_backends(l);
		else
			add_name(l, list[i], 1);
	}
	gb_list_free(list);
	return -e->code;
}

static const struct gb_suite *find_suite(const char *name)
{
	for (const struct gb_suite *s = gb_suites; s->name; s++)
		if (!strcmp(s->name, name))
			return s;
	return NULL;
}

static int workload_names(const char *text, struct names *l, struct gb_error *e)
{
	char **list = gb_list_split(text ? text : "quick");

	for (size_t i = 0; list[i] && !e->code; i++) {
		const struct gb_suite *s = find_suite(list[i]);

		if (!*list[i])
			empty_item("--workload", e);
		else if (s)
			for (size_t k = 0; s->specs[k]; k++)
				add_name(l, s->specs[k], 0);
		else
			add_name(l, list[i], 1);
	}
	gb_list_free(list);
	return -e->code;
}

static uint64_t usable_cpus(void)
{
	cpu_set_t set;
	int n = sched_getaffinity(0, sizeof(set), &set) ? 1 : CPU_COUNT(&set);

	return n < 1 ? 1 : (uint64_t)n > MAX_THREADS ? MAX_THREADS : (uint64_t)n;
}

static int thread_counts(const char *text, uint64_t *out, size_t *n, struct gb_error *e)
{
	char **list;

	*n = 0;
	if (!text) {
		out[(*n)++] = usable_cpus();
		return 0;
	}
	list = gb_list_split(text);
	for (size_t i = 0; list[i] && !e->code && *n < MAX_THREADS; i++) {
		uint64_t v = 0;
		int dup = 0;

		if (gb_parse_uint(list[i], "--threads", 1, MAX_THREADS, &v, e))
			break;
		for (size_t k = 0; k < *n; k++)
			dup |= out[k] == v;
		if (!dup)
			out[(*n)++] = v;
	}
	gb_list_free(list);
	return -e->code;
}

/* --- cells -------------------------------------------------------------------------- */

/* "name:key=value" -> descriptor and canonical parameters. */
static int parse_workload(const char *spec, const struct gb_workload **w, char **params,
			  struct gb_error *e)
{
	size_t len = strcspn(spec, ":");
	char *name = strndup(spec, len);
	const char *rest = spec[len] ? spec + len + 1 : "";
	void *options = NULL;

	GB_BUG_ON(!name);
	*w = gb_workload_find(name, e);
	free(name);
	if (!*w)
		return -e->code;
	if (!(*w)->options) {
		*params = strdup("");
		return *rest ? gb_fail(e, GB_EXIT_USAGE, NULL, "workload %s has no parameters",
				       (*w)->name) : 0;
	}
	options = calloc(1, (*w)->options_size);
	GB_BUG_ON(!options);
	if (!gb_options_parse((*w)->options, options, (*w)->name, rest, e)) {
		*params = gb_options_format((*w)->options, options);
		gb_options_free((*w)->options, options);
	}
	free(options);
	return -e->code;
}

static double irq_rate(const struct gb_plan_request *q, const struct gb_workload *w)
{
	if (q->irq_rate_hz >= 0)
		return q->irq_rate_hz;
	return w->flags & GB_WL_OWN_IRQ ? w->default_irq_rate_hz : 0;
}

static void refuse(struct gb_plan_cell *c, const char *fmt, const char *a, const char *b)
{
	if (!c->unavailable[0])
		snprintf(c->unavailable, sizeof(c->unavailable), fmt, a, b);
}

/* What no emulated kernel boots with is the caller's mistake, whatever the workload. */
int gb_plan_check_ram(const struct gb_plan_cell *c, uint64_t ram_bytes, struct gb_error *e)
{
	char text[32];

	if (!ram_bytes || !(c->ref.caps & GB_CAP_GFP))
		return 0;
	if (ram_bytes >= KERNEL_RAM_MIN && ram_bytes <= KERNEL_RAM_MAX &&
	    ram_bytes % PAGE_SIZE == 0)
		return 0;
	return gb_fail(e, GB_EXIT_USAGE, "give it 16m to 64g, in whole pages of 4k",
		       "--ram: %s is no size of RAM that the emulated kernel of %s can have",
		       gb_format_size(text, sizeof(text), ram_bytes), c->cell.backend);
}

/* What this backend and this workload cannot do together. */
static void check_fit(struct gb_plan_cell *c)
{
	uint32_t needs = c->workload->needs, missing;
	char names[200];

	if (c->cell.irq_rate_hz > 0)
		needs |= GB_CAP_ATOMIC;
	missing = needs & ~c->ref.caps;
	if (missing)
		refuse(c, "%s lacks what the workload needs: %s", c->ref.backend->name,
		       gb_capability_names(missing, names, sizeof(names)));
	if (c->cell.ram_bytes && !(c->ref.caps & (GB_CAP_GFP | GB_CAP_USABLE)))
		refuse(c, "%s cannot be held to a limit of memory, which %s needs: it does not "
		       "tell the size of a block", c->ref.backend->name,
		       c->workload->default_ram_bytes ? c->workload->name : "--ram");
	if (c->cell.threads < c->workload->min_threads) {
		snprintf(names, sizeof(names), "%u", c->workload->min_threads);
		refuse(c, "%s needs at least %s threads", c->workload->name, names);
	}
}

static void fill_cell(struct gb_plan_cell *c, const struct gb_plan_request *q,
		      const char *params, uint64_t threads)
{
	struct gb_cell *cell = &c->cell;

	cell->workload = strdup(c->workload->name);
	cell->params = strdup(params);
	cell->threads = threads;
	cell->ops = q->ops;
	cell->duration_ns = q->duration_ns;
	cell->warmup_ns = q->warmup_ns;
	cell->irq_rate_hz = irq_rate(q, c->workload);
	cell->irq_law = q->irq_law;
	cell->ram_bytes = q->ram_bytes ? q->ram_bytes : c->workload->default_ram_bytes;
	cell->interval_ns = q->interval_ns;
	cell->pin = q->pin;
}

/* Parse and locate each backend once. */
static int resolve_backend(const struct name *n, struct gb_plan_cell *c, struct gb_error *e)
{
	struct gb_error why = GB_ERROR_INIT;

	if (gb_backend_parse(n->text, &c->ref, e))
		return -e->code;
	c->cell.backend = strdup(n->text);
	c->named = n->named;
	if (!c->ref.backend->locate(c->ref.argument, &c->location, &why)) {
		if (!c->location.label[0])
			snprintf(c->location.label, sizeof(c->location.label), "%s", n->text);
		return 0;
	}
	if (why.code == GB_EXIT_USAGE) {
		*e = why;
		return -e->code;
	}
	snprintf(c->location.label, sizeof(c->location.label), "%s", n->text);
	snprintf(c->unavailable, sizeof(c->unavailable), "%s", why.what);
	return 0;
}

#define SLOWEST 4 /* times the duration: what calibrated work may take at most */

/* The newest @n cells, which are compared: equal work unless a time was asked for. */
static void choose_work(const struct gb_plan_request *q, struct gb_plan *p, size_t n)
{
	struct gb_plan_cell *c = &p->cells[p->nr_cells - n];
	size_t can = 0;

	for (size_t i = 0; i < n; i++)
		can += !c[i].unavailable[0];
	for (size_t i = 0; i < n; i++) {
		if (q->equal_work && can > 1)
			c[i].cell.ops = GB_OPS_AUTO;
		if (c[i].cell.ops == GB_OPS_AUTO)
			c[i].cell.limit_ns = SLOWEST * c[i].cell.duration_ns;
	}
}

static int add_group(const struct gb_plan_request *q, struct gb_plan *p,
		     const struct gb_plan_cell *backends, size_t nr_backends,
		     const struct name *workload, uint64_t threads, struct gb_error *e)
{
	const struct gb_workload *w;
	char *params = NULL;

	if (parse_workload(workload->text, &w, &params, e)) {
		free(params);
		return -e->code;
	}
	for (size_t b = 0; b < nr_backends; b++) {
		struct gb_plan_cell *c = &p->cells[p->nr_cells++];

		*c = backends[b];
		c->cell.backend = strdup(backends[b].cell.backend);
		c->workload = w;
		c->group = p->groups;
		/* A backend that is missing counts as named when it was; a pair that does not
		 * fit only when both were. */
		if (!c->unavailable[0])
			c->named = c->named && workload->named;
		fill_cell(c, q, params, threads);
		check_fit(c);
		(void)!(e->code || gb_plan_check_ram(c, c->cell.ram_bytes, e));
	}
	choose_work(q, p, nr_backends);
	p->groups++;
	free(params);
	return -(int)e->code;
}

static int expand(const struct gb_plan_request *q, struct gb_plan *p, const struct names *bn,
		  const struct names *wn, struct gb_error *e)
{
	struct gb_plan_cell *backends = calloc(bn->n, sizeof(*backends));
	uint64_t threads[MAX_THREADS];
	size_t nr_threads = 0, total;

	GB_BUG_ON(!backends);
	for (size_t i = 0; i < bn->n && !e->code; i++)
		(void)!resolve_backend(&bn->v[i], &backends[i], e);
	if (!e->code)
		(void)!thread_counts(q->threads, threads, &nr_threads, e);
	total = bn->n * wn->n * nr_threads;
	if (!e->code && p->nr_cells + total > MAX_CELLS)
		gb_fail(e, GB_EXIT_USAGE, "name fewer", "the plan has %zu cells",
			p->nr_cells + total);
	p->cells = realloc(p->cells, (p->nr_cells + total + 1) * sizeof(*p->cells));
	GB_BUG_ON(!p->cells);
	for (size_t w = 0; w < wn->n && !e->code; w++)
		for (size_t t = 0; t < nr_threads && !e->code; t++)
			(void)!add_group(q, p, backends, bn->n, &wn->v[w], threads[t], e);
	for (size_t i = 0; i < bn->n; i++)
		gb_cell_free(&backends[i].cell);
	free(backends);
	return -e->code;
}

static int expand_set(const struct gb_plan_request *q, struct gb_plan *p, struct gb_error *e)
{
	struct names b = { 0 }, w = { 0 };

	if (!backend_names(q->backends, &b, e) && !workload_names(q->workloads, &w, e))
		(void)!expand(q, p, &b, &w, e);
	free_names(&b);
	free_names(&w);
	return -e->code;
}

int gb_plan_expand(const struct gb_plan_request *q, struct gb_plan *p, struct gb_error *e)
{
	if (!q->sets)
		return expand_set(q, p, e);
	for (size_t i = 0; i < q->sets; i++)
		if (expand_set(&q->set[i], p, e))
			return -e->code;
	return 0;
}
