/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The gfpbench authors */
/*
 * storm: everything at once, for soak runs.
 *
 * Process context replaces blocks of a live set, of all sizes from a few bytes to `large`,
 * with masks that may and may not sleep, and swaps some of them with a table that all CPUs
 * share, so many blocks are freed elsewhere.  Now and then it raises an interrupt of its
 * own on top of the timer's; hardirqs allocate, free and raise a softirq, which does the
 * same and swaps with the shared table too.  After `life` steps the CPU goes offline, and
 * comes back as another thread.  With a backend that cannot be called from atomic context
 * (vmalloc), all requests may sleep and it raises no interrupts.
 */
#include "shared_blocks.h"
#include "slots.h"

#define IRQ_SLOTS 64
#define LARGE_SLOTS 4

struct options {
	uint64_t slots, shared, small, large, life;
};

static const struct gb_option options[] = {
	{ "slots", GB_OPTION_UINT, offsetof(struct options, slots), "1024", 1, 1 << 20,
	  NULL, "live blocks of a CPU in process context" },
	{ "shared", GB_OPTION_UINT, offsetof(struct options, shared), "1024", 1, 1 << 20,
	  NULL, "blocks in the table that all CPUs share" },
	{ "small", GB_OPTION_SIZE, offsetof(struct options, small), "8k", 8, 65535, NULL,
	  "most bytes of an ordinary block; density falls with size" },
	{ "large", GB_OPTION_SIZE, offsetof(struct options, large), "256k", 4096, 4 << 20,
	  NULL, "most bytes of the few large blocks" },
	{ "life", GB_OPTION_UINT, offsetof(struct options, life), "100k", 100,
	  UINT64_C(1) << 40, NULL, "steps after which a CPU goes offline and comes back" },
	{ NULL },
};

enum { OFFLINES, SWAPS };

struct state {
	size_t bytes;
	uint32_t slots;
	gfp_t sleep; /* added to every mask of process context */
	uint64_t life;
	struct gb_sizes sizes;
	struct gb_slot large[LARGE_SLOTS];
	struct gb_slot hardirq[IRQ_SLOTS], softirq[IRQ_SLOTS];
	struct gb_slot slot[];
};

static int plan(struct gb_run *r, struct gb_error *e)
{
	const struct options *o = r->options;

	(void)e;
	r->peak_live_bytes = o->shared * o->small +
			     r->nr_threads * ((o->slots + 2 * IRQ_SLOTS + 1) * o->small +
					      LARGE_SLOTS * o->large);
	return 0;
}

static int setup(struct gb_run *r, struct gb_error *e)
{
	const struct options *o = r->options;

	return gb_shared_blocks_setup(r, o->shared, e);
}

static int thread_setup(struct gb_thread *t, struct gb_error *e)
{
	const struct options *o = t->run->options;
	size_t bytes = sizeof(struct state) + o->slots * sizeof(struct gb_slot);
	struct state *s = gb_thread_map(t, bytes, e);

	if (!s)
		return -(int)e->code;
	t->data = s;
	s->bytes = bytes;
	s->slots = (uint32_t)o->slots;
	s->sleep = t->run->backend_caps & GB_CAP_ATOMIC ? 0 : GFP_KERNEL;
	s->life = o->life;
	gb_sizes_log_uniform(&s->sizes, &t->rng[GB_PROCESS], 8, o->small);
	return 0;
}

/* --- what the contexts do --------------------------------------------------------------------- */

/* A fresh block into the shared table; what was there is freed here, whoever made it. */
GB_INLINE void swap(struct gb_thread *t, enum gb_context c, uint32_t full, uint64_t random,
		    size_t size, gfp_t gfp)
{
	struct gb_shared_blocks *s = t->run->data;
	uint64_t mine = gb_packed_alloc(t, c, full, size, gfp);

	if (!mine)
		return;
	t->count[c].custom[SWAPS]++;
	gb_packed_free(t, c, full, gb_shared_blocks_swap(s, gb_pick(random, s->n), mine));
}

static void softirq(struct gb_thread *t)
{
	struct gb_rng *rng = &t->rng[GB_SOFTIRQ];
	struct state *s = t->data;

	for (uint64_t n = gb_rng_between(rng, 1, 8); n; n--) {
		uint64_t random = gb_rng_next(rng);
		size_t size = gb_pick_size(&s->sizes, random);

		if (random & 1)
			swap(t, GB_SOFTIRQ, t->full, random, size, GFP_ATOMIC);
		else
			gb_slot_replace(t, GB_SOFTIRQ, t->full,
					&s->softirq[gb_pick(random, IRQ_SLOTS)], size,
					GFP_ATOMIC);
	}
}

/* Allocates before it frees: see irq_burst.c. */
static void hardirq(struct gb_thread *t)
{
	struct gb_rng *rng = &t->rng[GB_HARDIRQ];
	struct state *s = t->data;

	for (uint64_t n = gb_rng_between(rng, 1, 8); n; n--) {
		uint64_t random = gb_rng_next(rng);
		struct gb_slot *slot = &s->hardirq[gb_pick(random, IRQ_SLOTS)];
		struct gb_slot old = *slot;

		gb_slot_alloc(t, GB_HARDIRQ, t->full, slot, gb_pick_size(&s->sizes, random),
			      random & 2 ? GFP_ATOMIC : GFP_NOWAIT);
		gb_slot_free(t, GB_HARDIRQ, t->full, &old);
	}
	gb_softirq_raise(GB_SOFTIRQ_WORKLOAD);
}

static void raise_irq(void *arg)
{
	hardirq(arg);
}

/* --- process -------------------------------------------------------------------------------------- */

GB_INLINE void step_large(struct gb_thread *t, struct state *s, uint64_t random,
			  const uint32_t full)
{
	const struct options *o = t->run->options;

	gb_slot_replace(t, GB_PROCESS, full, &s->large[gb_pick(random, LARGE_SLOTS)],
			4096 + ((random >> 8) & 0xfffff) * (o->large - 4096) / 0xfffff,
			GFP_KERNEL | __GFP_NOWARN);
}

GB_INLINE void step(struct gb_thread *t, struct state *s, const uint32_t full)
{
	static const gfp_t mask[16] = {
		GFP_KERNEL, GFP_KERNEL, GFP_KERNEL, GFP_KERNEL, GFP_KERNEL,
		GFP_KERNEL, GFP_KERNEL, GFP_KERNEL, GFP_USER,   GFP_NOFS,
		GFP_NOIO,   GFP_NOWAIT, GFP_ATOMIC, GFP_KERNEL | __GFP_ZERO,
		GFP_KERNEL_ACCOUNT,     GFP_KERNEL | __GFP_NORETRY,
	};
	uint64_t random = gb_rng_next(&t->rng[GB_PROCESS]);
	size_t size = gb_pick_size(&s->sizes, random);
	uint32_t what = (random >> 20) & 0xff;

	if (what < 200)
		gb_slot_replace(t, GB_PROCESS, full, &s->slot[gb_pick(random, s->slots)], size,
				mask[(random >> 12) & 15] | s->sleep);
	else if (what < 250)
		swap(t, GB_PROCESS, full, random, size, GFP_KERNEL);
	else if (what < 254 && !s->sleep)
		gb_run_as_hardirq(raise_irq, t);
	else
		step_large(t, s, random, full);
}

GB_INLINE uint64_t storm_body(struct gb_thread *t, uint64_t n, const uint32_t full)
{
	const struct options *o = t->run->options;
	struct state *s = t->data;
	uint64_t done = 0;

	do {
		step(t, s, full);
		done += 2;
		if (gb_unlikely(--s->life == 0)) {
			s->life = o->life;
			t->handover = 1;
			t->count[GB_PROCESS].custom[OFFLINES]++;
			break;
		}
	} while (done < n && !gb_stopping(t));
	return done;
}

GB_WORKLOAD_RUN(storm)

static void thread_cleanup(struct gb_thread *t)
{
	struct state *s = t->data;

	if (s) {
		gb_slots_drain(t, s->slot, s->slots);
		gb_slots_drain(t, s->large, LARGE_SLOTS);
		gb_slots_drain(t, s->hardirq, IRQ_SLOTS);
		gb_slots_drain(t, s->softirq, IRQ_SLOTS);
		t->data = NULL;
		gb_unmap(s, s->bytes);
	}
	gb_shared_blocks_leave(t);
}

const struct gb_workload gb_workload_storm = {
	.interface = GB_WORKLOAD_INTERFACE,
	.name = "storm",
	.summary = "all sizes, masks and contexts at once; CPUs go offline and come back",
	.imitates = "the worst day of a server",
	.strains = "everything, and above all what happens between its parts",
	.good_score = "that it survives, with all contents intact; then throughput",
	.paper = "",
	.flags = GB_WL_OWN_IRQ | GB_WL_HANDOVER,
	.default_irq_rate_hz = 1000,
	.options = options,
	.options_size = sizeof(struct options),
	.custom_name = { "offlines", "swaps" },
	.plan = plan,
	.setup = setup,
	.thread_setup = thread_setup,
	.run = storm_run,
	.run_full = storm_run_full,
	.hardirq = hardirq,
	.softirq = softirq,
	.thread_cleanup = thread_cleanup,
	.cleanup = gb_shared_blocks_cleanup,
};
