/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The gfpbench authors */
/*
 * A recording taken apart for replay: its CPUs are dealt out to the workers in turn, and each
 * worker gets one sequential array of operations of 16 bytes, those of its CPUs in the order
 * of the file.  Objects are numbers, places in one array of slots that all workers share.
 *
 * The recording is read in plan, before the backend starts, because its size says how much
 * memory the backend must have; what it needs to be played is laid out in setup.
 */
#include <stdio.h>

#include "replay.h"

/* Longer than a pause within an interrupt at work, shorter than a timer's period. */
#define GAP_NS UINT64_C(50000)

/* --- plan ------------------------------------------------------------------------- */

static size_t shared_bytes(const struct gb_run *r)
{
	return sizeof(struct gb_replay) + r->nr_threads * sizeof(struct gb_replay_worker);
}

static struct gb_replay_worker *worker_of(struct gb_replay *s, size_t i)
{
	return &s->worker[s->rec.cpu_rank[s->rec.cpu[i]] % s->nr_workers];
}

/* The most that can be live at once: workers may run ahead of each other, so each adds
 * the highest point of its own balance. */
static uint64_t peak(struct gb_replay *s)
{
	const struct gb_recording *rec = &s->rec;
	uint64_t sum = 0;

	for (size_t i = 0; i < rec->nr_ops; i++) {
		struct gb_replay_worker *w = worker_of(s, i);
		int64_t size = rec->op[i].size;

		w->balance += rec->op[i].flags & GB_RECORDED_FREE ? -size : size;
		if (w->balance > w->highest)
			w->highest = w->balance;
		w->nr_ops++;
	}
	for (unsigned int w = 0; w < s->nr_workers; w++)
		sum += (uint64_t)s->worker[w].highest;
	return sum;
}

static int needs_atomic(const struct gb_recording *rec)
{
	for (size_t i = 0; i < rec->nr_ops; i++)
		if (rec->op[i].context != GB_PROCESS ||
		    (!(rec->op[i].flags & GB_RECORDED_FREE) &&
		     !(rec->op[i].gfp & __GFP_DIRECT_RECLAIM)))
			return 1;
	return 0;
}

static int judge(const struct gb_run *r, const struct gb_recording *rec,
		 struct gb_error *e)
{
	const struct gb_replay_options *o = r->options;

	if (!rec->nr_ops)
		return gb_fail(e, GB_EXIT_USAGE,
			       "record kmem events: kmalloc, kfree, kmem_cache_alloc, "
			       "kmem_cache_free",
			       "recording %s holds no allocation", o->file);
	if (!(r->backend_caps & GB_CAP_ATOMIC) && needs_atomic(rec))
		return gb_fail(
			e, GB_EXIT_HARNESS, "choose a backend that serves interrupts",
			"recording %s allocates in atomic context, which this backend "
			"does not serve",
			o->file);
	return 0;
}

int gb_replay_plan(struct gb_run *r, struct gb_error *e)
{
	const struct gb_replay_options *o = r->options;
	struct gb_replay *s = gb_map(shared_bytes(r));
	const char *name = strrchr(o->file, '/');

	if (!s)
		return gb_fail(e, GB_EXIT_HARNESS, NULL, "workload replay: no memory");
	s->nr_workers = s->left = r->nr_threads;
	if (gb_recording_load(o->file, &s->rec, e) || judge(r, &s->rec, e)) {
		gb_recording_free(&s->rec);
		gb_unmap(s, shared_bytes(r));
		return -(int)e->code;
	}
	r->peak_live_bytes = peak(s);
	if (s->rec.nr_warnings)
		snprintf(r->note, sizeof(r->note), "recording %.28s: %s",
			 name ? name + 1 : o->file, s->rec.warning[0]);
	r->data = s;
	return 0;
}

/* --- set-up ----------------------------------------------------------------------- */

static int map_arrays(struct gb_replay *s, int paced, struct gb_error *e)
{
	s->nr_objects = s->rec.nr_objects;
	s->nr_ops = s->rec.nr_ops + (size_t)s->nr_workers * GB_REPLAY_AHEAD;
	s->op = gb_map(s->nr_ops * sizeof(*s->op));
	s->slot = gb_map(s->nr_objects * sizeof(*s->slot));
	s->size = gb_map(s->nr_objects * sizeof(*s->size));
	if (paced)
		s->due = gb_map(s->nr_ops * sizeof(*s->due));
	if (!s->op || !s->slot || !s->size || (paced && !s->due))
		return gb_fail(e, GB_EXIT_HARNESS, "use a shorter recording",
			       "workload replay: cannot map %zu MiB",
			       s->nr_ops * sizeof(*s->op) >> 20);
	return 0;
}

/* Where each worker's operations begin. */
static void lay_out(struct gb_replay *s)
{
	size_t at = 0;

	for (unsigned int i = 0; i < s->nr_workers; i++) {
		struct gb_replay_worker *w = &s->worker[i];

		w->shared = s;
		w->slot = s->slot;
		w->first = w->next = w->end = s->op + at;
		w->due = s->due ? s->due + at : NULL;
		at += w->nr_ops + GB_REPLAY_AHEAD;
	}
}

/* Deal the operations out in the order of the file. */
static void deal(struct gb_replay *s, double pace)
{
	const struct gb_recording *rec = &s->rec;

	for (size_t i = 0; i < rec->nr_ops; i++) {
		struct gb_replay_worker *w = worker_of(s, i);
		size_t at = (size_t)(w->end++ - s->op);
		uint64_t ns = rec->time_ns[i];

		s->op[at] = rec->op[i];
		if (ns > w->last_ns + GAP_NS)
			s->op[at].flags |= GB_RECORDED_APART;
		w->last_ns = ns;
		s->size[rec->op[i].object] = rec->op[i].size;
		if (s->due)
			s->due[at] = (uint64_t)((double)(ns - rec->first_ns) / pace);
	}
}

int gb_replay_setup(struct gb_run *r, struct gb_error *e)
{
	const struct gb_replay_options *o = r->options;
	struct gb_replay *s = r->data;

	if (map_arrays(s, o->pace > 0, e))
		return -(int)e->code;
	lay_out(s);
	deal(s, o->pace);
	gb_recording_free(&s->rec);
	return 0;
}

/* --- the end ---------------------------------------------------------------------- */

static void unmap(void *p, size_t bytes)
{
	if (p)
		gb_unmap(p, bytes);
}

void gb_replay_cleanup(struct gb_run *r)
{
	struct gb_replay *s = r->data;

	r->data = NULL;
	if (!s)
		return;
	gb_recording_free(&s->rec);
	unmap(s->op, s->nr_ops * sizeof(*s->op));
	unmap(s->due, s->nr_ops * sizeof(*s->due));
	unmap(s->slot, s->nr_objects * sizeof(*s->slot));
	unmap(s->size, s->nr_objects * sizeof(*s->size));
	gb_unmap(s, shared_bytes(r));
}
