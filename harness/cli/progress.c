/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The gfpbench authors */
#include "progress.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "base/parse.h"
#include "plan_view.h"

#define DRAW_NS 100000000u

static int want(const char *when, int automatic)
{
	return !strcmp(when, "always") || (!strcmp(when, "auto") && automatic);
}

static int terminal(void)
{
	const char *term = getenv("TERM");

	return isatty(STDERR_FILENO) && (!term || strcmp(term, "dumb"));
}

void gb_progress_begin(struct gb_progress *p, const struct gb_cli *o,
		       const struct gb_plan *plan, const struct gb_rundir *dir,
		       const unsigned char *done)
{
	char eta[32];

	memset(p, 0, sizeof(*p));
	p->plan = plan;
	p->bar = !o->quiet && want(o->progress, terminal());
	p->lines = !o->quiet && !p->bar && strcmp(o->progress, "never");
	p->color = want(o->color, terminal() && !getenv("NO_COLOR"));
	p->verbose = o->verbose > 0;
	p->start_ns = gb_monotonic_ns();
	for (size_t i = 0; i < plan->nr_items; i++)
		p->total += !done[plan->items[i].spec.id];
	p->planned_s = plan->estimate_s * (double)p->total /
		       (double)(plan->nr_items ? plan->nr_items : 1);
	if (!o->quiet)
		fprintf(stderr, "run %s  %zu samples  seed %llu  about %s\n", dir->id, p->total,
			(unsigned long long)plan->seed,
			gb_duration_text(eta, sizeof(eta), p->planned_s));
}

/* Time per planned second so far, applied to what is left. */
static double eta(const struct gb_progress *p)
{
	double spent = (double)(gb_monotonic_ns() - p->start_ns) * 1e-9;
	double left = p->planned_s * (double)(p->total - p->finished) /
		      (double)(p->total ? p->total : 1);

	if (!p->finished)
		return left;
	return spent / (double)p->finished * (double)(p->total - p->finished);
}

static unsigned int screen_width(void)
{
	struct winsize w;

	return ioctl(STDERR_FILENO, TIOCGWINSZ, &w) || w.ws_col < 40 ? 80 : w.ws_col;
}

static void draw(struct gb_progress *p, const struct gb_plan_item *item, const char *what)
{
	const struct gb_plan_cell *c = &p->plan->cells[item->cell];
	char bar[25], left[32], line[400];
	size_t full = p->total ? p->finished * 24 / p->total : 24;

	memset(bar, '.', 24);
	memset(bar, '#', full > 24 ? 24 : full);
	bar[24] = '\0';
	snprintf(line, sizeof(line), " [%s] %zu/%zu %zu%%  eta %s  %s %s t=%llu #%llu %s", bar,
		 p->finished, p->total, p->total ? 100 * p->finished / p->total : 100,
		 gb_duration_text(left, sizeof(left), eta(p)), c->location.label,
		 c->cell.workload, (unsigned long long)c->cell.threads,
		 (unsigned long long)item->spec.rep, what);
	fprintf(stderr, "\r%.*s\033[K", (int)screen_width() - 1, line);
	fflush(stderr);
}

static void on_before(void *arg, size_t index, const struct gb_plan_item *item)
{
	struct gb_progress *p = arg;

	(void)index;
	if (p->bar)
		draw(p, item, "");
}

static void on_tick(void *arg, size_t index, const struct gb_sample *s)
{
	struct gb_progress *p = arg;
	uint64_t now = gb_monotonic_ns();

	if (!p->bar || now - p->last_draw_ns < DRAW_NS)
		return;
	p->last_draw_ns = now;
	draw(p, &p->plan->items[index],
	     gb_phase_name[gb_load_relaxed(&s->page->phase) % GB_NR_PHASES]);
}

/* Where this workload allocates most: netrx does not allocate in process context at all. */
static const struct gb_histogram *main_latency(const struct gb_result *page,
					       enum gb_context *context)
{
	const struct gb_histogram *most = &page->latency.h[GB_OP_ALLOC][GB_PROCESS][GB_GFP_KERNEL];

	*context = GB_PROCESS;
	for (int c = 0; c < GB_NR_CONTEXTS; c++) {
		for (int g = 0; g < GB_NR_GFP_CLASSES; g++) {
			const struct gb_histogram *h = &page->latency.h[GB_OP_ALLOC][c][g];

			if (h->count <= most->count)
				continue;
			most = h;
			*context = (enum gb_context)c;
		}
	}
	return most;
}

/* A quantile, or "-" when nothing was timed: 0 would be a claim. */
static const char *quantile_text(const struct gb_histogram *h, double q, char *buf, size_t n)
{
	if (h->count)
		snprintf(buf, n, "%llu", (unsigned long long)gb_hist_quantile(h, q));
	else
		snprintf(buf, n, "-");
	return buf;
}

static void result_text(const struct gb_sample *s, char *buf, size_t n)
{
	const struct gb_histogram *h;
	char rss[32], p50[24], p99[24], in[24] = "";
	enum gb_context context;

	if (!s->measured) {
		snprintf(buf, n, "%s", s->error);
		return;
	}
	h = main_latency(s->page, &context);
	if (context != GB_PROCESS)
		snprintf(in, sizeof(in), "(%s)", gb_context_name[context]);
	snprintf(buf, n, "mops=%.3g p50_ns%s=%s p99_ns%s=%s irqs=%llu rss=%s%s%s",
		 s->page->r.ops_per_s * 1e-6, in, quantile_text(h, 0.5, p50, sizeof(p50)), in,
		 quantile_text(h, 0.99, p99, sizeof(p99)),
		 (unsigned long long)s->page->r.irq_count,
		 gb_human_size(rss, sizeof(rss), (double)s->rss_peak_bytes),
		 s->error[0] ? "  " : "", s->error);
}

static void print_line(const struct gb_progress *p, const struct gb_plan_item *item,
		       const struct gb_sample *s)
{
	const struct gb_plan_cell *c = &p->plan->cells[item->cell];
	const char *on = "", *off = "";
	char text[900];

	result_text(s, text, sizeof(text));
	if (p->color && s->status != GB_ST_OK) {
		on = s->status == GB_ST_UNAVAILABLE ? "\033[33m" : "\033[31m";
		off = "\033[0m";
	}
	fprintf(stderr, "%zu/%zu %s%s%s %s %s t=%llu rep=%llu %s\n", p->finished, p->total, on,
		gb_status_name[s->status], off, c->cell.workload, c->location.label,
		(unsigned long long)c->cell.threads, (unsigned long long)item->spec.rep, text);
}

static void on_after(void *arg, size_t index, const struct gb_plan_item *item,
		     const struct gb_sample *s)
{
	struct gb_progress *p = arg;
	int bad = s->status != GB_ST_OK && s->status != GB_ST_UNAVAILABLE;

	(void)index;
	p->finished++;
	p->failed += bad;
	if (p->bar && bad)
		fputs("\r\033[K", stderr);
	if (p->lines || (p->bar && bad))
		print_line(p, item, s);
	if (p->verbose && s->measured)
		fprintf(stderr,
			"  first operation after %.1f ms, prefaulting took %.1f ms of it; "
			"checksum %016llx\n",
			(double)s->page->r.first_op_ns * 1e-6,
			(double)s->page->r.prefault_ns * 1e-6,
			(unsigned long long)s->page->r.checksum);
	if (p->verbose && s->output && s->output[0])
		fprintf(stderr, "  the runner wrote: %s\n", s->output);
}

struct gb_execution_view gb_progress_view(struct gb_progress *p)
{
	return (struct gb_execution_view){ on_before, on_tick, on_after, p };
}

void gb_progress_end(struct gb_progress *p)
{
	if (p->bar)
		fputs("\r\033[K", stderr);
}
