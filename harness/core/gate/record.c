/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The gfpbench authors */
/* A pair of processes as rows of the four files. */
#include "core/gate/live.h"

#include <stdio.h>
#include <string.h>

struct record {
	struct gb_gate_live *g;
	const struct gb_gate_live_cell *c;
	const struct gb_gate_pair_plan *plan;
	uint64_t attempt;
	int s;
	const struct gb_gate_pair_side *side;
	struct gb_gate_key key;
};

static uint64_t kib(uint64_t bytes)
{
	return bytes == GB_UNKNOWN ? GB_GATE_UNKNOWN : bytes / 1024;
}

static uint64_t micros(const struct timeval *t)
{
	return (uint64_t)t->tv_sec * 1000000u + (uint64_t)t->tv_usec;
}

static const char *irq_mode(const struct gb_gate_live_cell *c, int s)
{
	const struct gb_plan_cell *p = c->plan[s];

	if (!(p->cell.irq_rate_hz > 0))
		return gb_irq_mode_name[GB_IRQ_MODE_NONE];
	return gb_irq_mode_name[p->ref.caps & GB_CAP_IRQ_SAFE ? GB_IRQ_MODE_NATIVE :
								GB_IRQ_MODE_GUARDED];
}

struct gb_gate_key gb_gate_live_key(const struct gb_gate_live *g,
				    const struct gb_gate_live_cell *c, int side)
{
	int s = side < 0 ? 0 : side;
	const struct gb_gate_party *party = c->copy[s]->party;

	(void)g;
	return (struct gb_gate_key){
		.workload = c->side[s].workload,
		.params = c->side[s].params,
		.backend = c->copy[s]->location.label,
		.backend_version = party->location.version,
		/* the file that was named; what ran is a copy of it */
		.backend_origin = party->location.preload[0] ? party->location.preload :
							       "builtin",
		.irq_mode = irq_mode(c, s),
		.cell_id = c->id,
		.threads = c->side[s].threads,
		.side = side,
	};
}

/* --- processes ------------------------------------------------------------------ */

static uint64_t held_peak(const struct gb_sample_result *r)
{
	if (r->held_peak_bytes != GB_UNKNOWN || r->rss_peak_bytes == GB_UNKNOWN ||
	    r->idle_rss_bytes == GB_UNKNOWN)
		return r->held_peak_bytes;
	return r->rss_peak_bytes > r->idle_rss_bytes ? r->rss_peak_bytes - r->idle_rss_bytes : 0;
}

static void figures(const struct record *x, struct gb_gate_process_row *row)
{
	const struct gb_sample_result *r = &x->side->sample.page->r;
	int irqs = r->irq_mode != GB_IRQ_MODE_NONE;

	row->vmhwm_kb = kib(r->rss_peak_bytes);
	row->rss_end_kb = kib(x->side->slices.rss_end_bytes);
	row->warmup_ns = x->side->slices.warmup_ns;
	row->checksum = r->checksum;
	row->held_peak_bytes = held_peak(r);
	row->minor_faults = r->minor_faults;
	row->atomic_allocs = r->atomic_allocs;
	row->atomic_failures = r->atomic_failures;
	row->irqs = r->irq_count;
	row->irq_off_max_ns = irqs ? r->irq_off_max_ns : GB_GATE_UNKNOWN;
	row->oversubscribed = (int)r->oversubscribed;
}

static int write_process(const struct record *x, struct gb_error *e)
{
	const struct gb_sample *s = &x->side->sample;
	struct gb_gate_process_row row;

	memset(&row, 0xff, sizeof(row)); /* every count unknown */
	row.oversubscribed = 0;
	row.pid = (uint64_t)s->pid;
	row.rss_100ms_kb = kib(x->side->rss_decay_bytes[0]);
	row.rss_1s_kb = kib(x->side->rss_decay_bytes[1]);
	row.rss_5s_kb = kib(x->side->rss_decay_bytes[2]);
	row.utime_us = micros(&s->usage.ru_utime);
	row.stime_us = micros(&s->usage.ru_stime);
	row.psi_cpu_some_us = x->g->run.psi_cpu_some_us;
	row.steal_ticks = x->g->run.steal_ticks;
	row.wall_total_ns = (uint64_t)(s->wall_s * 1e9);
	row.attempt = x->attempt;
	row.status = gb_status_name[s->status];
	row.error = s->error;
	row.exit_signal = (uint64_t)s->exit_signal;
	if (s->measured)
		figures(x, &row);
	return gb_gate_write_process(&x->g->writer, &x->key, &row, e);
}

/* --- slices --------------------------------------------------------------------- */

static int write_slices(const struct record *x, struct gb_error *e)
{
	const struct gb_gate_turns *t = &x->g->run.turns[x->s];

	for (uint32_t i = 0; i < t->nr; i++) {
		const struct gb_turn *turn = &t->turn[i];
		const struct gb_slice *s = &x->side->slices.slice[turn->slice];

		if (turn->side != x->s || turn->kind != GB_TURN_TIMED)
			continue;
		if (gb_gate_write_slice(&x->g->writer, &x->key,
					&(struct gb_gate_slice_row){
						.slice = turn->slice,
						.slot = turn->slot,
						.core = x->plan->core == UINT32_MAX ?
								GB_GATE_UNKNOWN : x->plan->core,
						.seed = x->plan->seed,
						.env_pad = x->side->env_pad,
						.ops = s->ops,
						.wall_ns = s->wall_ns,
						.cpu_ns = s->cpu_ns,
						.t_start_ns = s->t_start_ns,
						.minflt = s->minflt,
						.majflt = s->majflt,
						.nvcsw = s->nvcsw,
						.nivcsw = s->nivcsw,
						.exit_status = GB_GATE_UNKNOWN,
						.signal = GB_GATE_UNKNOWN,
						.timeout = GB_GATE_UNKNOWN,
						.checksum = GB_GATE_UNKNOWN,
					}, e))
			return -e->code;
	}
	return 0;
}

/* --- histograms ----------------------------------------------------------------- */

/* Classes of gfp masks together: the gate's metrics know operation and context. */
static int write_histogram(const struct record *x, int op, int context,
			   struct gb_error *e)
{
	const struct gb_histogram *h = x->side->sample.page->latency.h[op][context];

	for (unsigned int b = 0; b < GB_HIST_BUCKETS; b++) {
		struct gb_gate_bucket_row row = { .op = gb_op_name[op],
						  .context = gb_context_name[context] };

		for (int g = 0; g < GB_NR_GFP_CLASSES; g++)
			row.count += h[g].bucket[b];
		if (!row.count)
			continue;
		row.lo_ns = gb_hist_bucket_lo(b);
		row.hi_ns = gb_hist_bucket_hi(b);
		if (gb_gate_write_bucket(&x->g->writer, &x->key, &row, e))
			return -e->code;
	}
	return 0;
}

static int write_histograms(const struct record *x, struct gb_error *e)
{
	for (int op = 0; op < GB_NR_OPS; op++)
		for (int c = 0; c < GB_NR_CONTEXTS; c++)
			if (write_histogram(x, op, c, e))
				return -e->code;
	return 0;
}

/* A rerun after a failure says how the processes ended, and nothing else. */
int gb_gate_record(struct gb_gate_live *g, const struct gb_gate_live_cell *c,
		   uint64_t round,
		   uint64_t attempt, const struct gb_gate_pair_plan *p, struct gb_error *e)
{
	for (int s = 0; s < 2; s++) {
		struct record x = { .g = g, .c = c, .plan = p, .attempt = attempt, .s = s,
				    .side = &g->run.side[s], .key = gb_gate_live_key(g, c,
										     s) };

		x.key.pair = c->pairs;
		x.key.round = round;
		if (x.side->sample.measured && x.side->sample.page->r.backend_version[0])
			x.key.backend_version = x.side->sample.page->r.backend_version;
		if (write_process(&x, e) ||
		    (attempt == 0 && x.side->sample.measured &&
		     (write_slices(&x, e) || (!c->sentinel && write_histograms(&x, e)))))
			return -e->code;
	}
	return 0;
}
