/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The gfpbench authors */
/*
 * gfp-mix: every way to ask, in a stated mix, on memory that is mostly full.
 *
 * Process context replaces random blocks, each request with a mask drawn from the table
 * below; hardirqs do the same with the masks that may not sleep.  The live set takes
 * `fill` percent of RAM, page cache (where the backend has one) most of the rest, so
 * reclaim has something to take.
 *
 * For each mask figures.csv says how many requests were served and refused, how many slept
 * for memory on the way, and the deepest dip: the least number of free pages, less the min
 * watermark, that a served request of that mask left behind (backends with zones).
 */
#include "calls.h"
#include "sizes.h"
#include "slots.h"

#define LIVE_IN_IRQ 64 /* blocks that a CPU's interrupts keep */

static const struct mask {
	gfp_t gfp;
	uint32_t share; /* of 100 */
	const char *name;
} masks[] = {
	{ GFP_KERNEL, 36, "GFP_KERNEL" },
	{ GFP_KERNEL | __GFP_ZERO, 6, "GFP_KERNEL|__GFP_ZERO" },
	{ GFP_KERNEL | __GFP_NORETRY | __GFP_NOWARN, 6, "GFP_KERNEL|__GFP_NORETRY" },
	{ GFP_KERNEL | __GFP_RETRY_MAYFAIL, 4, "GFP_KERNEL|__GFP_RETRY_MAYFAIL" },
	{ GFP_KERNEL | __GFP_NOFAIL, 1, "GFP_KERNEL|__GFP_NOFAIL" },
	{ GFP_KERNEL | __GFP_HIGH, 2, "GFP_KERNEL|__GFP_HIGH" },
	{ GFP_KERNEL | __GFP_NOMEMALLOC, 2, "GFP_KERNEL|__GFP_NOMEMALLOC" },
	{ GFP_KERNEL_ACCOUNT, 4, "GFP_KERNEL_ACCOUNT" },
	{ GFP_USER, 6, "GFP_USER" },
	{ GFP_NOFS, 8, "GFP_NOFS" },
	{ GFP_NOIO, 6, "GFP_NOIO" },
	{ GFP_KERNEL | GFP_DMA, 1, "GFP_KERNEL|GFP_DMA" },
	{ GFP_ATOMIC, 11, "GFP_ATOMIC" },
	{ GFP_ATOMIC | __GFP_NOMEMALLOC, 2, "GFP_ATOMIC|__GFP_NOMEMALLOC" },
	{ GFP_ATOMIC | GFP_DMA, 1, "GFP_ATOMIC|GFP_DMA" },
	{ GFP_NOWAIT, 4, "GFP_NOWAIT" },
};
#define NR_MASKS     GB_ARRAY_SIZE(masks)
#define FIRST_ATOMIC 12 /* from here on none may sleep */

struct options {
	uint64_t size_min, size_max, fill;
};

static const struct gb_option options[] = {
	{ "size_min", GB_OPTION_SIZE, offsetof(struct options, size_min), "64", 8, 1 << 20,
	  NULL, "smallest block, bytes" },
	{ "size_max", GB_OPTION_SIZE, offsetof(struct options, size_max), "8k", 8, 1 << 20,
	  NULL, "largest block, bytes; density falls with size" },
	{ "fill", GB_OPTION_UINT, offsetof(struct options, fill), "60", 1, 95, NULL,
	  "live set, percent of RAM" },
	{ NULL },
};

struct tally {
	uint64_t served, refused, slept;
	int64_t dip; /* pages; INT64_MAX: none seen */
};

struct state {
	size_t bytes;
	uint32_t slots;
	uint8_t mask_of[100];
	struct gb_sizes sizes;
	/* tallies of each context are its own */
	struct tally tally[GB_NR_CONTEXTS][NR_MASKS];
	struct gb_slot irq_slot[LIVE_IN_IRQ];
	struct gb_slot slot[];
};

/* The mean of a log-uniform size, which is what the live set is made of. */
static uint64_t mean_size(const struct options *o)
{
	uint64_t n = 0, sum = 0;

	for (uint64_t lo = o->size_min; lo <= o->size_max; lo = lo * 5 / 4 + 1, n++)
		sum += lo;
	return sum / n + 1;
}

static uint32_t slots_of(const struct gb_run *r)
{
	const struct options *o = r->options;
	uint64_t n = r->ram_bytes / 100 * o->fill / r->nr_threads / mean_size(o);

	return n < 16 ? 16 : n > 1 << 24 ? 1 << 24 : (uint32_t)n;
}

static int plan(struct gb_run *r, struct gb_error *e)
{
	const struct options *o = r->options;

	/* sizes are drawn: a tenth for chance */
	r->peak_live_bytes = r->ram_bytes / 1000 * o->fill * 11 +
			     r->nr_threads * LIVE_IN_IRQ * o->size_max;
	return gb_sizes_check(r, o->size_min, o->size_max, e);
}

/* Page cache for a quarter of what is left. */
static int setup(struct gb_run *r, struct gb_error *e)
{
	const struct options *o = r->options;
	const struct gb_kernel_ops *k = r->heap->kernel;

	(void)e;
	if (k)
		k->pagecache_fill((r->ram_bytes / 400 * (100 - o->fill)) >> PAGE_SHIFT,
				  GFP_KERNEL | __GFP_NORETRY | __GFP_NOWARN, false);
	return 0;
}

/* --- one request -------------------------------------------------------------------------- */

static void note_dip(struct gb_thread *t, struct tally *y)
{
	const struct gb_kernel_ops *k = t->run->heap->kernel;
	struct zone_info z;
	int64_t dip;

	if (!k || k->zone_info("Normal", &z))
		return;
	dip = (int64_t)z.free - (int64_t)z.min;
	if (dip < y->dip)
		y->dip = dip;
}

GB_INLINE void ask(struct gb_thread *t, enum gb_context c, uint32_t full, struct state *s,
		   struct gb_slot *slot, size_t size, size_t m)
{
	struct tally *y = &s->tally[c][m];
	uint64_t sleeps = gb_self.sleeps;

	/* tallied here: no event for each refusal */
	gb_slot_alloc(t, c, full, slot, size, masks[m].gfp | __GFP_NOWARN);
	y->slept += gb_self.sleeps != sleeps;
	if (!slot->p) {
		y->refused++;
		return;
	}
	y->served++;
	note_dip(t, y);
}

GB_INLINE uint64_t gfp_mix_body(struct gb_thread *t, uint64_t n, const uint32_t full)
{
	struct state *s = t->data;
	uint64_t done = 0;

	do {
		uint64_t random = gb_rng_next(&t->rng[GB_PROCESS]);
		struct gb_slot *slot = &s->slot[gb_pick(random, s->slots)];

		gb_slot_free(t, GB_PROCESS, full, slot);
		ask(t, GB_PROCESS, full, s, slot, gb_pick_size(&s->sizes, random),
		    s->mask_of[(random >> 12) % 100]);
		done += 2;
	} while (done < n && !gb_stopping(t));
	return done;
}

GB_WORKLOAD_RUN(gfp_mix)

static void hardirq(struct gb_thread *t)
{
	struct state *s = t->data;
	struct gb_rng *rng = &t->rng[GB_HARDIRQ];

	for (size_t i = gb_rng_between(rng, 1, 8); i; i--) {
		uint64_t random = gb_rng_next(rng);
		struct gb_slot *slot = &s->irq_slot[gb_pick(random, LIVE_IN_IRQ)];
		size_t m = FIRST_ATOMIC + (random >> 12) % (NR_MASKS - FIRST_ATOMIC);

		gb_slot_free(t, GB_HARDIRQ, t->full, slot);
		ask(t, GB_HARDIRQ, t->full, s, slot, gb_pick_size(&s->sizes, random), m);
	}
}

/* --- begin and end -------------------------------------------------------------------------- */

static void lay_out(struct state *s)
{
	size_t at = 0;

	for (size_t m = 0; m < NR_MASKS; m++)
		for (uint32_t i = 0; i < masks[m].share; i++)
			s->mask_of[at++] = (uint8_t)m;
	GB_BUG_ON(at != sizeof(s->mask_of));
	for (int c = 0; c < GB_NR_CONTEXTS; c++)
		for (size_t m = 0; m < NR_MASKS; m++)
			s->tally[c][m].dip = INT64_MAX;
}

static int thread_setup(struct gb_thread *t, struct gb_error *e)
{
	const struct options *o = t->run->options;
	uint32_t slots = slots_of(t->run);
	size_t bytes = sizeof(struct state) + slots * sizeof(struct gb_slot);
	struct state *s = gb_thread_map(t, bytes, e);

	if (!s)
		return -(int)e->code;
	t->data = s;
	s->bytes = bytes;
	s->slots = slots;
	lay_out(s);
	gb_sizes_log_uniform(&s->sizes, &t->rng[GB_PROCESS], o->size_min, o->size_max);
	for (uint32_t i = 0; i < slots; i++)
		gb_slot_alloc(t, GB_PROCESS, 0, &s->slot[i],
			      gb_pick_size(&s->sizes, gb_rng_next(&t->rng[GB_PROCESS])),
			      GFP_KERNEL | __GFP_NORETRY | __GFP_NOWARN);
	return 0;
}

static void report(struct gb_run *r, size_t m)
{
	struct tally sum = { .dip = INT64_MAX };

	for (unsigned int i = 0; i < r->nr_threads; i++) {
		const struct state *s = r->threads[i].data;

		for (int c = 0; s && c < GB_NR_CONTEXTS; c++) {
			const struct tally *y = &s->tally[c][m];

			sum.served += y->served;
			sum.refused += y->refused;
			sum.slept += y->slept;
			if (y->dip < sum.dip)
				sum.dip = y->dip;
		}
	}
	gb_figure(r, masks[m].name, NAN, "served_count", (double)sum.served);
	gb_figure(r, masks[m].name, NAN, "refused_count", (double)sum.refused);
	gb_figure(r, masks[m].name, NAN, "slept_count", (double)sum.slept);
	if (sum.dip != INT64_MAX)
		gb_figure(r, masks[m].name, NAN, "above_min_pages", (double)sum.dip);
}

static void thread_cleanup(struct gb_thread *t)
{
	struct state *s = t->data;

	if (!s)
		return;
	for (size_t i = 0; i < LIVE_IN_IRQ; i++)
		gb_slot_free(t, GB_HARDIRQ, 0, &s->irq_slot[i]);
	gb_slots_drain(t, s->slot, s->slots);
}

static void cleanup(struct gb_run *r)
{
	const struct gb_kernel_ops *k = r->heap->kernel;

	for (size_t m = 0; m < NR_MASKS; m++)
		report(r, m);
	for (unsigned int i = 0; i < r->nr_threads; i++) {
		struct state *s = r->threads[i].data;

		r->threads[i].data = NULL;
		if (s)
			gb_unmap(s, s->bytes);
	}
	if (k)
		k->pagecache_drop(~0UL);
}

const struct gb_workload gb_workload_gfp_mix = {
	.interface = GB_WORKLOAD_INTERFACE,
	.name = "gfp-mix",
	.summary = "every GFP combination in a stated mix, each tallied",
	.imitates = "a whole kernel at work on a machine that is nearly full",
	.strains = "the rules of each mask: who may dip how deep, who waits, who fails",
	.good_score = "refusals only of masks that may not wait, dips no deeper than each "
		      "mask's reserve",
	.paper = "",
	.flags = GB_WL_OWN_IRQ | GB_WL_PRESSURE,
	.needs = GB_CAP_ATOMIC,
	.default_irq_rate_hz = 1000,
	.options = options,
	.options_size = sizeof(struct options),
	.default_ram_bytes = 64 << 20,
	.plan = plan,
	.setup = setup,
	.thread_setup = thread_setup,
	.run = gfp_mix_run,
	.run_full = gfp_mix_run_full,
	.hardirq = hardirq,
	.thread_cleanup = thread_cleanup,
	.cleanup = cleanup,
};
