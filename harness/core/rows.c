/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The gfpbench authors */
#include "rows.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "columns.h"

enum { SAMPLES, LATENCY, HISTOGRAMS, MEMORY, PRESSURE, EVENTS, FIGURES, CLAIMS };
static const char *const file_name[GB_ROW_FILES] = {
	"samples.csv", "latency.csv", "histograms.csv", "memory.csv", "pressure.csv",
	"events.csv", "figures.csv", "claims.csv",
};

/* What the writers of one sample's rows need. */
struct ctx {
	const struct gb_rows *rows;
	const struct gb_plan_cell *c;
	const struct gb_sample_spec *spec;
	const struct gb_sample *s;
	const struct gb_sample_result *r; /* NULL: nothing was measured */
};

int gb_rows_open(struct gb_rows *r, const char *dir, const char *run_id, struct gb_error *e)
{
	char path[4096];

	memset(r, 0, sizeof(*r));
	r->run_id = run_id;
	for (int i = 0; i < GB_ROW_FILES; i++) {
		char *header = gb_csv_file_header(gb_csv_file_find(file_name[i]));

		snprintf(path, sizeof(path), "%s/%s", dir, file_name[i]);
		r->file[i] = gb_csv_open(path, header, e);
		free(header);
		if (!r->file[i])
			return -e->code;
	}
	return 0;
}

int gb_rows_close(struct gb_rows *r, struct gb_error *e)
{
	for (int i = 0; i < GB_ROW_FILES; i++) {
		if (r->file[i])
			(void)!gb_csv_close(r->file[i], e);
		r->file[i] = NULL;
	}
	return -e->code;
}

/* --- fields ------------------------------------------------------------------------- */

static void number(struct gb_csv *f, uint64_t v)
{
	if (v == GB_UNKNOWN)
		gb_csv_empty(f);
	else
		gb_csv_u64(f, v);
}

static void empties(struct gb_csv *f, int n)
{
	while (n-- > 0)
		gb_csv_empty(f);
}

/* Milliseconds with three decimals: more would be noise, and bytes. */
static double ms(double v)
{
	return round(v * 1000) / 1000;
}

static enum gb_irq_mode planned_irq_mode(const struct gb_plan_cell *c)
{
	return c->cell.irq_rate_hz <= 0 ? GB_IRQ_MODE_NONE :
	       c->ref.caps & GB_CAP_IRQ_SAFE ? GB_IRQ_MODE_NATIVE : GB_IRQ_MODE_GUARDED;
}

/* The runner proved version and origin even when it failed later. */
static void key(struct gb_csv *f, const struct ctx *x)
{
	const struct gb_result *page = x->s->page;
	const char *version = page && page->r.backend_version[0] ? page->r.backend_version :
								   x->c->location.version;

	gb_csv_text(f, GB_SCHEMA_VERSION);
	gb_csv_text(f, x->rows->run_id);
	gb_csv_u64(f, x->spec->id);
	gb_csv_u64(f, x->spec->rep);
	gb_csv_u64(f, x->spec->block);
	gb_csv_text(f, x->c->cell.workload);
	gb_csv_text(f, x->c->cell.params);
	gb_csv_text(f, x->c->location.label);
	gb_csv_text(f, version);
	gb_csv_text(f, page ? page->r.backend_origin : "");
	gb_csv_u64(f, x->c->cell.threads);
	gb_csv_text(f, gb_irq_mode_name[planned_irq_mode(x->c)]);
}

/* --- samples.csv ----------------------------------------------------------------------- */

static double seconds(struct timeval t)
{
	return (double)t.tv_sec + (double)t.tv_usec * 1e-6;
}

static void ending(struct gb_csv *f, const struct ctx *x)
{
	const struct gb_sample *s = x->s;
	int ran = s->status != GB_ST_UNAVAILABLE;

	gb_csv_text(f, gb_status_name[s->status]);
	gb_csv_text(f, s->error);
	if (s->exit_signal)
		gb_csv_u64(f, (uint64_t)s->exit_signal);
	else
		gb_csv_empty(f);
	gb_csv_u64(f, x->spec->seed);
	gb_csv_text(f, s->started_at);
	gb_csv_double(f, ran ? round(s->wall_s * 1e6) / 1e6 : NAN);
	gb_csv_double(f, ran ? seconds(s->usage.ru_utime) : NAN);
	gb_csv_double(f, ran ? seconds(s->usage.ru_stime) : NAN);
}

static void held_and_live(uint64_t *rss, uint64_t *held, const struct ctx *x)
{
	*rss = x->r->rss_peak_bytes;
	if (*rss == GB_UNKNOWN || x->s->rss_peak_bytes > *rss)
		*rss = x->s->rss_peak_bytes ? x->s->rss_peak_bytes : GB_UNKNOWN;
	*held = x->r->held_peak_bytes;
	if (*held == GB_UNKNOWN && *rss != GB_UNKNOWN && x->r->idle_rss_bytes != GB_UNKNOWN)
		*held = *rss > x->r->idle_rss_bytes ? *rss - x->r->idle_rss_bytes : 0;
}

static void calls(struct gb_csv *f, const struct gb_sample_result *r)
{
	gb_csv_u64(f, r->ops_count);
	gb_csv_double(f, r->ops_per_s);
	gb_csv_u64(f, r->requested_bytes);
	gb_csv_u64(f, r->atomic_allocs);
	gb_csv_u64(f, r->atomic_failures);
	gb_csv_u64(f, r->sleeping_allocs);
	gb_csv_u64(f, r->sleeping_failures);
	number(f, r->sleeps);
	number(f, r->direct_reclaims);
}

static void irqs(struct gb_csv *f, const struct ctx *x)
{
	const struct gb_sample_result *r = x->r;
	int on = x->c->cell.irq_rate_hz > 0;

	gb_csv_u64(f, r->irq_count);
	gb_csv_double(f, on ? r->irq_per_s : NAN);
	number(f, on ? r->irq_off_max_ns : GB_UNKNOWN);
	number(f, r->atomic_syscalls);
	gb_csv_text(f, r->atomic_syscalls == GB_UNKNOWN ? NULL : r->atomic_syscall_names);
}

static void system_side(struct gb_csv *f, const struct ctx *x, uint64_t rss)
{
	const struct gb_sample_result *r = x->r;

	number(f, rss);
	gb_csv_u64(f, r->live_peak_bytes);
	gb_csv_u64(f, r->minor_faults);
	gb_csv_u64(f, r->major_faults);
	gb_csv_u64(f, r->voluntary_switches);
	gb_csv_u64(f, r->involuntary_switches);
	gb_csv_double(f, r->timer_overhead_ratio);
}

static void modes(struct gb_csv *f, const struct gb_sample_result *r)
{
	char sum[32];

	snprintf(sum, sizeof(sum), "%016" PRIx64, r->checksum);
	gb_csv_text(f, sum);
	gb_csv_text(f, gb_gfp_mode_name[r->gfp_mode]);
	gb_csv_text(f, r->atomic_syscalls == GB_UNKNOWN ? "none" :
							  gb_watch_mode_name[r->watch_mode]);
	gb_csv_text(f, r->verified ? "yes" : "no");
}

/* The columns after the status of a sample without a result. */
static void broke_off(struct gb_csv *f, const struct ctx *x)
{
	uint64_t calls = x->s->page ? gb_result_live_calls(x->s->page) : 0;

	empties(f, (int)(gb_csv_file_find("samples.csv")->columns) - 8 - 2);
	number(f, calls ? calls : GB_UNKNOWN);
	gb_csv_empty(f); /* held_to_live_ratio */
}

/* What does not keep contents apart (null) holds a ring, whatever is alive. */
static void work_and_ratio(struct gb_csv *f, const struct ctx *x, uint64_t held)
{
	const struct gb_sample_result *r = x->r;
	uint64_t planned = x->c->cell.ops;

	number(f, planned ? planned : GB_UNKNOWN);
	gb_csv_u64(f, r->plan_ops);
	gb_csv_double(f, r->live_peak_bytes && held != GB_UNKNOWN && r->verified ?
				 (double)held / (double)r->live_peak_bytes : NAN);
}

static int sample_row(struct gb_csv *f, const struct ctx *x, struct gb_error *e)
{
	uint64_t rss, held;

	key(f, x);
	ending(f, x);
	if (!x->r) {
		broke_off(f, x);
		return gb_csv_row_held(f, e);
	}
	held_and_live(&rss, &held, x);
	calls(f, x->r);
	irqs(f, x);
	system_side(f, x, rss);
	modes(f, x->r);
	gb_csv_u64(f, x->r->irq_lost);
	gb_csv_text(f, x->r->oversubscribed ? "yes" : "no");
	number(f, held);
	work_and_ratio(f, x, held);
	return gb_csv_row_held(f, e);
}

/* --- latency.csv, histograms.csv ----------------------------------------------------------- */

struct slot {
	int op, context, gfp;
	const struct gb_histogram *h;
};

static void slot_key(struct gb_csv *f, const struct ctx *x, const struct slot *s)
{
	key(f, x);
	gb_csv_text(f, gb_op_name[s->op]);
	gb_csv_text(f, gb_context_name[s->context]);
	gb_csv_text(f, gb_gfp_class_name[s->gfp]);
}

static int latency_row(struct gb_csv *f, const struct ctx *x, const struct slot *s,
		       struct gb_error *e)
{
	static const double q[] = { 0.5, 0.9, 0.99, 0.999, 0.9999 };

	slot_key(f, x, s);
	gb_csv_u64(f, s->h->count);
	gb_csv_u64(f, s->h->min);
	gb_csv_double(f, ms(gb_hist_mean(s->h)));
	for (size_t i = 0; i < GB_ARRAY_SIZE(q); i++)
		gb_csv_u64(f, gb_hist_quantile(s->h, q[i]));
	gb_csv_u64(f, s->h->max);
	return gb_csv_row_held(f, e);
}

static int bucket_rows(struct gb_csv *f, const struct ctx *x, const struct slot *s,
		       struct gb_error *e)
{
	for (unsigned int i = 0; i < GB_HIST_BUCKETS; i++) {
		if (!s->h->bucket[i])
			continue;
		slot_key(f, x, s);
		gb_csv_u64(f, gb_hist_bucket_lo(i));
		gb_csv_u64(f, gb_hist_bucket_hi(i));
		gb_csv_u64(f, s->h->bucket[i]);
		if (gb_csv_row_held(f, e))
			return -e->code;
	}
	return 0;
}

static int latency_rows(const struct gb_rows *rows, const struct ctx *x, struct gb_error *e)
{
	const struct gb_histograms *all = &x->s->page->latency;
	struct slot s;

	for (s.op = 0; s.op < GB_NR_OPS; s.op++)
		for (s.context = 0; s.context < GB_NR_CONTEXTS; s.context++)
			for (s.gfp = 0; s.gfp < GB_NR_GFP_CLASSES; s.gfp++) {
				s.h = &all->h[s.op][s.context][s.gfp];
				if (!s.h->count)
					continue;
				if (latency_row(rows->file[LATENCY], x, &s, e) ||
				    bucket_rows(rows->file[HISTOGRAMS], x, &s, e))
					return -e->code;
			}
	return 0;
}

/* --- time series and events ------------------------------------------------------------------ */

static int zone_rows(struct gb_csv *f, const struct ctx *x, const struct gb_memory_sample *m,
		     struct gb_error *e)
{
	for (uint64_t i = 0; i < m->pressure.nr_zones && i < GB_MAX_ZONES; i++) {
		const struct gb_backend_zone *z = &m->pressure.zone[i];

		key(f, x);
		gb_csv_double(f, ms(m->t_ms));
		gb_csv_text(f, z->name);
		gb_csv_u64(f, z->free_pages);
		gb_csv_u64(f, z->min_pages);
		gb_csv_u64(f, z->low_pages);
		gb_csv_u64(f, z->high_pages);
		gb_csv_u64(f, z->kswapd_awake);
		gb_csv_u64(f, z->direct_reclaims);
		gb_csv_u64(f, z->atomic_failures);
		if (gb_csv_row_held(f, e))
			return -e->code;
	}
	return 0;
}

static int memory_rows(const struct gb_rows *rows, const struct ctx *x, struct gb_error *e)
{
	struct gb_csv *f = rows->file[MEMORY];

	for (size_t i = 0; i < x->s->nr_memory; i++) {
		const struct gb_memory_sample *m = &x->s->memory[i];

		key(f, x);
		gb_csv_double(f, ms(m->t_ms));
		gb_csv_text(f, gb_phase_name[m->phase]);
		gb_csv_u64(f, m->live_bytes);
		gb_csv_u64(f, m->rss_bytes);
		number(f, m->memory.free_pages);
		number(f, m->memory.slab_pages);
		number(f, m->memory.vmalloc_pages);
		number(f, m->memory.cached_bytes);
		if (gb_csv_row_held(f, e) || zone_rows(rows->file[PRESSURE], x, m, e))
			return -e->code;
	}
	return 0;
}

static int event_row(struct gb_csv *f, const struct ctx *x, const struct gb_event *v,
		     struct gb_error *e)
{
	double t = (double)(int64_t)(v->t_ns - x->s->spawned_ns) * 1e-6;

	key(f, x);
	gb_csv_double(f, ms(t));
	gb_csv_i64(f, v->cpu);
	gb_csv_text(f, gb_severity_name[v->severity <= GB_FAULT ? v->severity : GB_FAULT]);
	gb_csv_text(f, v->event);
	gb_csv_text(f, v->detail);
	return gb_csv_row_held(f, e);
}

/* The last of them says how many found no room. */
static int dropped_row(const struct gb_rows *rows, const struct ctx *x, struct gb_error *e)
{
	uint64_t dropped = gb_load_relaxed(&x->s->page->events.dropped);
	struct gb_event v = {
		.t_ns = x->s->spawned_ns + (uint64_t)(x->s->wall_s * 1e9),
		.cpu = -1,
		.severity = GB_WARNING,
		.event = "events-dropped",
	};

	if (!dropped)
		return 0;
	snprintf(v.detail, sizeof(v.detail), "%" PRIu64 " more events found no room", dropped);
	return event_row(rows->file[EVENTS], x, &v, e);
}

static int event_rows(const struct gb_rows *rows, const struct ctx *x, struct gb_error *e)
{
	const struct gb_event_ring *ring = &x->s->page->events;

	for (size_t i = 0; i < GB_EVENT_RING; i++) {
		struct gb_event v = ring->entry[i];

		/* A crash may leave an entry half written: its ready word is then 0. */
		if (!gb_load_acquire(&ring->entry[i].ready))
			continue;
		v.event[sizeof(v.event) - 1] = '\0';
		v.detail[sizeof(v.detail) - 1] = '\0';
		if (event_row(rows->file[EVENTS], x, &v, e))
			return -e->code;
	}
	return dropped_row(rows, x, e);
}

static int figure_row(struct gb_csv *f, const struct ctx *x, const struct gb_figure *v,
		      struct gb_error *e)
{
	key(f, x);
	gb_csv_text(f, v->series);
	gb_csv_double(f, v->x);
	gb_csv_text(f, v->metric);
	gb_csv_double(f, v->value);
	return gb_csv_row_held(f, e);
}

/* The counters that the workload named, then what it reported itself. */
static int figure_rows(const struct gb_rows *rows, const struct ctx *x, struct gb_error *e)
{
	const struct gb_figures *all = &x->s->page->figures;
	struct gb_csv *f = rows->file[FIGURES];

	for (int i = 0; i < 4 && !e->code; i++) {
		struct gb_figure v = { .x = NAN, .value = (double)x->r->custom[i] };

		if (!x->c->workload->custom_name[i])
			continue;
		snprintf(v.metric, sizeof(v.metric), "%s", x->c->workload->custom_name[i]);
		(void)!figure_row(f, x, &v, e);
	}
	for (uint32_t i = 0; i < all->n && i < GB_MAX_FIGURES && !e->code; i++)
		(void)!figure_row(f, x, &all->figure[i], e);
	return -e->code;
}

static int claim_rows(const struct gb_rows *rows, const struct ctx *x, struct gb_error *e)
{
	const struct gb_claim_rows *all = &x->s->page->claims;
	struct gb_csv *f = rows->file[CLAIMS];

	for (uint32_t i = 0; i < all->n && i < GB_MAX_CLAIMS; i++) {
		const struct gb_claim_row *r = &all->row[i];

		key(f, x);
		gb_csv_text(f, r->claim);
		gb_csv_text(f, r->measure);
		gb_csv_text(f, r->unit);
		gb_csv_double(f, r->value);
		gb_csv_text(f, r->predicate);
		gb_csv_text(f, r->verdict);
		if (gb_csv_row_held(f, e))
			return -e->code;
	}
	return 0;
}

/* The row of samples.csv goes last: what a kill leaves elsewhere belongs to no sample. */
static int write_rows(struct gb_rows *r, const struct ctx *x, struct gb_error *e)
{
	if (x->r && (latency_rows(r, x, e) || figure_rows(r, x, e) || claim_rows(r, x, e)))
		return -e->code;
	if (x->s->page && x->s->status != GB_ST_INTERRUPTED &&
	    (memory_rows(r, x, e) || event_rows(r, x, e)))
		return -e->code;
	for (int i = GB_ROW_FILES - 1; i > SAMPLES; i--)
		if (gb_csv_flush(r->file[i], 1, e))
			return -e->code;
	if (sample_row(r->file[SAMPLES], x, e))
		return -e->code;
	return gb_csv_flush(r->file[SAMPLES], 1, e);
}

int gb_rows_write(struct gb_rows *r, const struct gb_plan *p, const struct gb_plan_item *item,
		  const struct gb_sample *s, struct gb_error *e)
{
	const struct ctx x = {
		.rows = r,
		.c = &p->cells[item->cell],
		.spec = &item->spec,
		.s = s,
		.r = s->measured ? &s->page->r : NULL,
	};
	uint64_t before[GB_ROW_FILES];
	int ret;

	for (int i = 0; i < GB_ROW_FILES; i++)
		before[i] = gb_csv_bytes(r->file[i]);
	ret = write_rows(r, &x, e);
	for (int i = 0; ret && i < GB_ROW_FILES; i++)
		gb_csv_take_back(r->file[i], before[i]);
	return ret;
}
