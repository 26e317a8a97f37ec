/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The gfpbench authors */
/*
 * fragment: how much memory can a little live data hold?
 *
 * Fill memory with objects of one size; free all but one of each `run` bytes, the unit in
 * which slabs and runs hold memory; go on with the next size, which finds no free run to
 * reuse; after the largest size free everything and begin again.  Robson showed that no
 * allocator that cannot move blocks escapes; how far each is from the others is what the
 * ratio of held to live memory shows.
 *
 * The cycle is long, so it is cut into chunks: phase, size class and position are state,
 * and a run call does as many chunks as it was asked for.
 */
#include "slots.h"

#define CHUNK       256
#define MAX_CLASSES 24

struct options {
	uint64_t fill, run, size_min, size_max;
};

static const struct gb_option options[] = {
	{ "fill", GB_OPTION_SIZE, offsetof(struct options, fill), "8m", 64 << 10, 1 << 30,
	  NULL, "bytes that a thread allocates of each size" },
	{ "run", GB_OPTION_SIZE, offsetof(struct options, run), "4k", 64, 1 << 20, NULL,
	  "one object of each so many bytes stays" },
	{ "size_min", GB_OPTION_SIZE, offsetof(struct options, size_min), "16", 8,
	  64 << 10, NULL, "first size, bytes; each further one is twice as large" },
	{ "size_max", GB_OPTION_SIZE, offsetof(struct options, size_max), "2k", 8,
	  64 << 10, NULL, "last size, bytes" },
	{ NULL },
};

enum phase { FILL, TRIM, DROP };

struct state {
	enum phase phase;
	uint32_t nr_classes, class;
	uint64_t at;        /* position within the phase */
	uint64_t fill, run; /* bytes */
	size_t size_min, bytes;
	uint64_t kept, kept_max; /* survivors so far, and room for them */
	struct gb_slot *survivor;
	struct gb_slot slot[]; /* the objects of the present size */
};

static uint32_t nr_classes(const struct options *o)
{
	uint32_t n = 1;

	while (n < MAX_CLASSES && o->size_min << n <= o->size_max)
		n++;
	return n;
}

static uint64_t max_kept(const struct options *o)
{
	uint64_t n = 0;

	for (uint32_t k = 0; k < nr_classes(o); k++) {
		uint64_t size = o->size_min << k, objects = o->fill / size;

		n += size < o->run ? objects / (o->run / size) + 1 : objects;
	}
	return n;
}

static int plan(struct gb_run *r, struct gb_error *e)
{
	const struct options *o = r->options;

	if (o->size_min > o->size_max)
		return gb_fail(e, GB_EXIT_USAGE, "size_min must not be above size_max",
			       "workload fragment: size_min is above size_max");
	/* the objects of one size, and the survivors of all */
	r->peak_live_bytes = r->nr_threads * o->fill;
	for (uint32_t k = 0; k < nr_classes(o); k++) {
		uint64_t size = o->size_min << k,
			 period = size < o->run ? o->run / size : 1;

		r->peak_live_bytes += r->nr_threads * (o->fill / period + size);
	}
	return 0;
}

static int thread_setup(struct gb_thread *t, struct gb_error *e)
{
	const struct options *o = t->run->options;
	uint64_t objects = o->fill / o->size_min, kept = max_kept(o);
	size_t bytes = sizeof(struct state) + (objects + kept) * sizeof(struct gb_slot);
	struct state *s = gb_thread_map(t, bytes, e);

	if (!s)
		return -(int)e->code;
	t->data = s;
	s->bytes = bytes;
	s->nr_classes = nr_classes(o);
	s->fill = o->fill;
	s->run = o->run;
	s->size_min = o->size_min;
	s->kept_max = kept;
	s->survivor = s->slot + objects;
	return 0;
}

GB_INLINE void next_phase(struct gb_thread *t, struct state *s)
{
	s->at = 0;
	if (s->phase == FILL) {
		s->phase = TRIM;
	} else if (s->phase == TRIM) {
		s->phase = s->class + 1 < s->nr_classes ? FILL : DROP;
		s->class = s->phase == FILL ? s->class + 1 : 0;
	} else {
		s->phase = FILL;
		s->kept = 0;
		t->count[GB_PROCESS].custom[0]++;
	}
}

GB_INLINE void trim_one(struct gb_thread *t, struct state *s, struct gb_slot *slot,
			uint64_t period, const uint32_t full)
{
	if (s->at % period == 0 && slot->p && s->kept < s->kept_max) {
		s->survivor[s->kept++] = *slot;
		slot->p = NULL;
	} else {
		gb_slot_free(t, GB_PROCESS, full, slot);
	}
}

/* One chunk of the present phase; returns its operations. */
GB_INLINE uint64_t chunk(struct gb_thread *t, struct state *s, const uint32_t full)
{
	size_t size = s->size_min << s->class;
	uint64_t end = s->phase == DROP ? s->kept : s->fill / size, n = 0;
	uint64_t period = size < s->run ? s->run / size : 1;

	for (; n < CHUNK && s->at < end; n++, s->at++) {
		if (s->phase == FILL)
			gb_slot_alloc(t, GB_PROCESS, full, &s->slot[s->at], size,
				      GFP_KERNEL);
		else if (s->phase == TRIM)
			trim_one(t, s, &s->slot[s->at], period, full);
		else
			gb_slot_free(t, GB_PROCESS, full, &s->survivor[s->at]);
	}
	if (s->at >= end)
		next_phase(t, s);
	return n ? n : 1;
}

GB_INLINE uint64_t fragment_body(struct gb_thread *t, uint64_t n, const uint32_t full)
{
	struct state *s = t->data;
	uint64_t done = 0;

	do {
		done += chunk(t, s, full);
	} while (done < n && !gb_stopping(t));
	return done;
}

GB_WORKLOAD_RUN(fragment)

static void thread_cleanup(struct gb_thread *t)
{
	struct state *s = t->data;

	if (!s)
		return;
	gb_slots_drain(t, s->slot, s->fill / s->size_min);
	gb_slots_drain(t, s->survivor, s->kept);
	t->data = NULL;
	gb_unmap(s, s->bytes);
}

const struct gb_workload gb_workload_fragment = {
	.interface = GB_WORKLOAD_INTERFACE,
	.name = "fragment",
	.summary =
		"keep one object of each run, change the size: memory held by little data",
	.imitates = "a long uptime: a few survivors pin memory that nothing else can use",
	.strains = "external fragmentation; sharing of memory between size classes",
	.good_score = "held memory close to live memory, and given back after free-all",
	.paper = "Robson, Worst case fragmentation of first fit and best fit storage "
		 "allocation strategies, 1977",
	.flags = GB_WL_RSS_DECAY,
	.options = options,
	.options_size = sizeof(struct options),
	.custom_name = { "cycles" },
	.plan = plan,
	.thread_setup = thread_setup,
	.run = fragment_run,
	.run_full = fragment_run_full,
	.thread_cleanup = thread_cleanup,
};
