/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The gfpbench authors */
/*
 * dma-ring: an old device that can address the first 16 MiB only.
 *
 *	H  takes what the device has finished out of its descriptor ring and refills it with
 *	   GFP_ATOMIC | GFP_DMA: contiguous buffers from ZONE_DMA
 *	P  replaces random blocks of a live set larger than the zone, GFP_NOWAIT | GFP_DMA,
 *	   so the zone is down to its reserve all the time; it does not wait for more, which
 *	   would measure the waiting
 *
 * What P leaves above the reserves is what H has to live on: its failed refills are
 * counted.  Process context raises an interrupt of the device every 64 replacements;
 * timer interrupts come on top.
 */
#include "slots.h"

#define RING       64
#define IRQ_EVERY  64
#define ZONE_BYTES (UINT64_C(16) << 20)

struct options {
	uint64_t size, burst, block, demand;
};

static const struct gb_option options[] = {
	{ "size", GB_OPTION_SIZE, offsetof(struct options, size), "2k", 64, 1 << 16, NULL,
	  "bytes of a buffer of the ring" },
	{ "burst", GB_OPTION_UINT, offsetof(struct options, burst), "16", 1, RING, NULL,
	  "most buffers that an interrupt finds finished" },
	{ "block", GB_OPTION_SIZE, offsetof(struct options, block), "16k", 64, 1 << 20,
	  NULL, "bytes of a block of process context" },
	{ "demand", GB_OPTION_UINT, offsetof(struct options, demand), "120", 1, 1000, NULL,
	  "what process context asks for, percent of the zone, all CPUs together" },
	{ NULL },
};

enum { STARVED, REFUSED };

struct state {
	size_t bytes;
	uint32_t slots, next;
	struct gb_slot ring[RING]; /* hardirq */
	struct gb_slot slot[];
};

static uint32_t slots_of(const struct gb_run *r)
{
	const struct options *o = r->options;
	uint64_t n = ZONE_BYTES / 100 * o->demand / o->block / r->nr_threads;

	return n ? (uint32_t)n : 1;
}

static int plan(struct gb_run *r, struct gb_error *e)
{
	const struct options *o = r->options;

	(void)e;
	r->peak_live_bytes = r->nr_threads * (slots_of(r) * o->block + RING * o->size);
	return 0;
}

static int thread_setup(struct gb_thread *t, struct gb_error *e)
{
	uint32_t slots = slots_of(t->run);
	size_t bytes = sizeof(struct state) + slots * sizeof(struct gb_slot);
	struct state *s = gb_thread_map(t, bytes, e);

	if (!s)
		return -(int)e->code;
	t->data = s;
	s->bytes = bytes;
	s->slots = slots;
	return 0;
}

/* Oldest first, as a device works through its descriptors; an entry that could not be
 * refilled is tried again when its turn comes. */
static void hardirq(struct gb_thread *t)
{
	const struct options *o = t->run->options;
	struct state *s = t->data;
	uint64_t n = gb_rng_between(&t->rng[GB_HARDIRQ], 1, o->burst);

	for (; n; n--, s->next = (s->next + 1) % RING) {
		struct gb_slot *d = &s->ring[s->next];

		gb_slot_free(t, GB_HARDIRQ, t->full, d);
		gb_slot_alloc(t, GB_HARDIRQ, t->full, d, o->size, GFP_ATOMIC | GFP_DMA);
		t->count[GB_HARDIRQ].custom[STARVED] += !d->p;
	}
}

static void raise_device(void *arg)
{
	hardirq(arg);
}

GB_INLINE void replace(struct gb_thread *t, struct state *s, const uint32_t full)
{
	const struct options *o = t->run->options;
	struct gb_slot *d = &s->slot[gb_rng_below(&t->rng[GB_PROCESS], s->slots)];

	gb_slot_free(t, GB_PROCESS, full, d);
	gb_slot_alloc(t, GB_PROCESS, full, d, o->block,
		      GFP_NOWAIT | GFP_DMA);
	t->count[GB_PROCESS].custom[REFUSED] += !d->p;
}

GB_INLINE uint64_t dma_ring_body(struct gb_thread *t, uint64_t n, const uint32_t full)
{
	struct state *s = t->data;
	uint64_t done = 0;

	do {
		gb_run_as_hardirq(raise_device, t);
		for (int i = 0; i < IRQ_EVERY; i++)
			replace(t, s, full);
		done += 2 * IRQ_EVERY;
	} while (done < n && !gb_stopping(t));
	return done;
}

GB_WORKLOAD_RUN(dma_ring)

static void thread_cleanup(struct gb_thread *t)
{
	struct state *s = t->data;

	if (!s)
		return;
	for (size_t i = 0; i < RING; i++)
		gb_slot_free(t, GB_HARDIRQ, 0, &s->ring[i]);
	gb_slots_drain(t, s->slot, s->slots);
	t->data = NULL;
	gb_unmap(s, s->bytes);
}

const struct gb_workload gb_workload_dma_ring = {
	.interface = GB_WORKLOAD_INTERFACE,
	.name = "dma-ring",
	.summary = "a descriptor ring in the first 16 MiB, refilled while the zone is exhausted",
	.imitates = "a driver of a device with 24 address lines, on a machine that is short "
		    "of exactly that memory",
	.strains = "GFP_DMA: the zone's reserve for atomic requests, its fragmentation",
	.good_score = "few starved refills however much process context asks for",
	.paper = "",
	.flags = GB_WL_OWN_IRQ | GB_WL_PRESSURE,
	.needs = GB_CAP_ATOMIC | GB_CAP_GFP | GB_CAP_CONTIGUOUS,
	.default_irq_rate_hz = 1000,
	.options = options,
	.options_size = sizeof(struct options),
	.custom_name = { "starved_refills", "refused_in_process" },
	.plan = plan,
	.thread_setup = thread_setup,
	.run = dma_ring_run,
	.run_full = dma_ring_run_full,
	.hardirq = hardirq,
	.thread_cleanup = thread_cleanup,
};
