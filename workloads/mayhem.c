/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The gfpbench authors */
/*
 * mayhem: everything at once, for stress; its figures compare nothing.
 *
 * Each step picks a slot of the CPU's live set.  Its block is resized, freed, or exchanged
 * for a block of another CPU, which is freed here; then an empty slot is filled: small or
 * large, zeroed or not, aligned, with leave to sleep, without, or from a section with
 * interrupts off.  (That a slot is full can be foreseen; were it the toss of a coin, a
 * third of each step would be branches taken the wrong way.)
 *
 * Interrupts allocate and free on top, and raise softirqs that do so too.  Now and then the
 * thread ends and a successor takes the CPU over (CPU offline and online); and where malloc
 * is the process's own, a child is forked in the middle of it all, which must find every
 * block as it was and be able to allocate.
 *
 * The stream of a CPU depends on its seed alone; what it is given by others is not part
 * of the checksum.
 */
#include <errno.h>
#include <sys/wait.h>
#include <unistd.h>

#include "machine/watch.h"
#include "shared_blocks.h"
#include "slots.h"

#define SOFT_SLOTS 64u
#define SHARED     1024u
#define CHILD_BLOCKS 256u

struct options {
	uint64_t slots, size_min, size_max, large, life, forks, sleep;
};

static const struct gb_option options[] = {
	{ "slots", GB_OPTION_UINT, offsetof(struct options, slots), "1024", 1, 1 << 20, NULL,
	  "live blocks of a CPU" },
	{ "size_min", GB_OPTION_SIZE, offsetof(struct options, size_min), "8", 1, 1 << 20, NULL,
	  "smallest block, bytes" },
	{ "size_max", GB_OPTION_SIZE, offsetof(struct options, size_max), "8k", 1, 1 << 20, NULL,
	  "largest common block, bytes; every doubling of the size is equally likely" },
	{ "large", GB_OPTION_SIZE, offsetof(struct options, large), "160k", 1, 4 << 20, NULL,
	  "size of one block in 128" },
	{ "life", GB_OPTION_UINT, offsetof(struct options, life), "100000", 0, 1u << 30, NULL,
	  "operations after which a CPU goes offline and comes back; 0 = never" },
	{ "forks", GB_OPTION_UINT, offsetof(struct options, forks), "150000", 0, 1u << 30, NULL,
	  "operations between forks, malloc backends only; 0 = none" },
	{ "sleep", GB_OPTION_BOOL, offsetof(struct options, sleep), "1", 0, 0, NULL,
	  "some requests may sleep; without, memory can be filled to the last reserve" },
	{ NULL },
};

struct state {
	size_t bytes;
	uint32_t slots;
	uint32_t large;
	uint64_t life, forks, age, fork_age;
	uint32_t caps, sleep;
	uint32_t zeros; /* look whether a zeroed block is */
	struct gb_sizes sizes;
	uint32_t soft_at;
	struct gb_slot soft[SOFT_SLOTS]; /* softirq context's */
	struct gb_slot slot[];
};

static int plan(struct gb_run *r, struct gb_error *e)
{
	const struct options *o = r->options;

	r->peak_live_bytes = r->nr_threads * (o->slots * (o->size_max / 2 + o->large / 64) +
					      gb_irq_burst_peak() + SOFT_SLOTS * 2048) +
			     SHARED * o->size_max;
	return gb_sizes_check(r, o->size_min, o->size_max, e);
}

static int setup(struct gb_run *r, struct gb_error *e)
{
	return gb_shared_blocks_setup(r, SHARED, e);
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
	s->large = (uint32_t)o->large;
	s->life = o->life;
	s->caps = t->run->backend_caps;
	s->zeros = t->verify && s->caps & GB_CAP_ZERO;
	s->sleep = (uint32_t)o->sleep;
	s->forks = s->caps & GB_CAP_MALLOC ? o->forks : 0;
	gb_sizes_log_uniform(&s->sizes, &t->rng[GB_PROCESS], o->size_min, o->size_max);
	return gb_irq_burst_setup(t, e);
}

/* --- filling ---------------------------------------------------------------------------- */

static void expect_zero(struct gb_thread *t, const void *p, size_t size)
{
	const char *c = p;
	size_t n = size < 4096 ? size : 4096;

	if (c[0] || memcmp(c, c + 1, n - 1) || c[size - 1])
		gb_report_corrupt(t, GB_PROCESS, p, size);
}

static gfp_t pick_gfp(uint64_t random)
{
	static const gfp_t of[16] = {
		[0 ... 2] = GFP_KERNEL | __GFP_ZERO,
		[3 ... 4] = GFP_ATOMIC,
		[5] = GFP_NOWAIT,
		[6] = GFP_NOFS,
		[7 ... 15] = GFP_KERNEL,
	};

	return of[random >> 8 & 15];
}

static void *request(struct gb_thread *t, struct state *s, uint32_t full, size_t size,
		     uint64_t random)
{
	gfp_t gfp = pick_gfp(random);
	unsigned long flags;
	void *p;

	if (!(s->caps & GB_CAP_ATOMIC))
		gfp |= GFP_KERNEL;
	else if (!s->sleep)
		gfp = random >> 8 & 1 ? GFP_ATOMIC : GFP_NOWAIT;
	if ((random >> 12 & 15) == 0 && t->run->heap->aligned)
		return gb_alloc_aligned(t, GB_PROCESS, full, (size_t)16 << (random >> 16 & 7), size,
					gfp & ~__GFP_ZERO);
	if ((random >> 12 & 63) == 1 && s->caps & GB_CAP_ATOMIC) {
		flags = gb_atomic_begin();
		p = gb_alloc(t, GB_PROCESS, full, size, GFP_ATOMIC);
		gb_atomic_end(flags);
		return p;
	}
	p = gb_alloc(t, GB_PROCESS, full, size, gfp);
	if (s->zeros && p && gfp & __GFP_ZERO)
		expect_zero(t, p, size);
	return p;
}

static void fill_slot(struct gb_thread *t, struct state *s, uint32_t full,
		      struct gb_slot *slot, uint64_t random)
{
	slot->size = random >> 57 == 0 ? s->large - (random >> 24 & 63) :
					 gb_pick_size(&s->sizes, random);
	slot->p = request(t, s, full, slot->size, random);
	if (slot->p)
		gb_fill(slot->p, slot->size);
}

/* --- what happens to a live block ------------------------------------------------------------ */

static void *resized(struct gb_thread *t, const struct gb_slot *slot, size_t size, gfp_t gfp)
{
	void *p;

	if (t->run->heap->realloc)
		return t->run->heap->realloc(slot->p, size, gfp);
	p = t->alloc(size, gfp);
	if (p) {
		memcpy(p, slot->p, slot->size < size ? slot->size : size);
		t->free(slot->p);
	}
	return p;
}

static void resize_slot(struct gb_thread *t, struct state *s, uint32_t full,
			struct gb_slot *slot, uint64_t random)
{
	struct gb_counters *n = &t->count[GB_PROCESS];
	size_t size = gb_pick_size(&s->sizes, random);
	uint64_t was = gb_pattern(slot->p, slot->size);
	gfp_t gfp = s->sleep ? GFP_KERNEL : GFP_NOWAIT;
	void *p;

	if (full)
		gb_mix(n, size * 8 + 7);
	gb_check(t, GB_PROCESS, slot->p, slot->size);
	p = resized(t, slot, size, gfp);
	if (!gb_count_alloc(t, GB_PROCESS, p, size, gfp))
		return;
	if (t->verify && size >= 16 && slot->size >= 16 && memcmp(p, &was, 8))
		gb_report_corrupt(t, GB_PROCESS, p, size);
	n->frees++;
	n->freed_bytes += slot->size;
	slot->p = p;
	slot->size = size;
	gb_fill(p, size);
}

/* Give it to whoever comes; free what somebody gave. */
static void exchange_slot(struct gb_thread *t, uint32_t full, struct gb_slot *slot,
			  uint64_t random)
{
	struct gb_shared_blocks *shared = t->run->data;
	uint64_t mine;

	if (slot->size > GB_PACKED_MAX_SIZE) {
		gb_slot_free(t, GB_PROCESS, full, slot);
		return;
	}
	mine = gb_pack(slot->p, slot->size);
	slot->p = NULL;
	gb_packed_free(t, GB_PROCESS, full,
		       gb_shared_blocks_swap(shared, gb_pick(random, SHARED), mine));
}

static void use_slot(struct gb_thread *t, struct state *s, uint32_t full,
		     struct gb_slot *slot, uint64_t random)
{
	unsigned int what = random >> 20 & 15;

	if (what < 3)
		resize_slot(t, s, full, slot, random);
	else if (what < 7)
		exchange_slot(t, full, slot, random);
	else
		gb_slot_free(t, GB_PROCESS, full, slot);
}

/* --- forks ----------------------------------------------------------------------------------- */

static void child_checks(struct gb_thread *t, const struct state *s)
{
	for (uint32_t i = 0; i < s->slots; i++)
		if (s->slot[i].p)
			gb_check(t, GB_PROCESS, s->slot[i].p, s->slot[i].size);
}

/* Without leave to sleep: who would wake a copy? */
static _Noreturn void child(struct gb_thread *t, struct state *s)
{
	static struct gb_slot own[CHILD_BLOCKS];
	uint64_t before = t->count[GB_PROCESS].corrupt;

	child_checks(t, s);
	for (unsigned int i = 0; i < CHILD_BLOCKS; i++)
		gb_slot_alloc(t, GB_PROCESS, 0, &own[i],
			      gb_pick_size(&s->sizes, gb_rng_next(&t->rng[GB_PROCESS])),
			      GFP_NOWAIT);
	child_checks(t, s);
	for (unsigned int i = 0; i < CHILD_BLOCKS; i++)
		gb_slot_free(t, GB_PROCESS, 0, &own[i]);
	gb_slots_drain(t, s->slot, s->slots);
	_exit(t->count[GB_PROCESS].corrupt != before);
}

static void fork_one(struct gb_thread *t, struct state *s)
{
	/* A handler in the middle of fork would meet locks that fork holds. */
	unsigned long flags = arch_local_irq_save();
	int status = 0;
	pid_t pid = fork();

	if (pid == 0)
		child(t, s);
	arch_local_irq_restore(flags);
	if (pid < 0)
		return;
	while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	t->count[GB_PROCESS].custom[1]++;
	if (status) {
		t->count[GB_PROCESS].corrupt++;
		gb_event_post(GB_FAULT, "fork", "a forked child ended with wait status %#x",
			      (unsigned int)status);
	}
}

/* --- the loop -------------------------------------------------------------------------------- */

GB_INLINE struct gb_slot *pick_slot(struct state *s, uint64_t random)
{
	return &s->slot[gb_pick(random >> 32 << 32 ^ random << 40, s->slots)];
}

GB_INLINE uint64_t mayhem_body(struct gb_thread *t, uint64_t n, const uint32_t full)
{
	struct state *s = t->data;
	uint64_t done = 0;

	do {
		uint64_t random = gb_rng_next(&t->rng[GB_PROCESS]);
		struct gb_slot *slot = pick_slot(s, random);

		if (gb_likely(slot->p != NULL))
			use_slot(t, s, full, slot, random);
		if (!slot->p)
			fill_slot(t, s, full, slot, random);
		done += 2;
	} while (done < n && !gb_stopping(t));
	s->age += done;
	s->fork_age += done;
	if (s->forks && s->fork_age >= s->forks) {
		s->fork_age = 0;
		fork_one(t, s);
	}
	if (s->life && s->age >= s->life) {
		s->age = 0;
		t->count[GB_PROCESS].custom[0]++;
		t->handover = 1;
	}
	return done;
}

GB_WORKLOAD_RUN(mayhem)

static void hardirq(struct gb_thread *t)
{
	gb_irq_burst(t);
	if ((gb_rng_next(&t->rng[GB_HARDIRQ]) & 3) == 0)
		gb_softirq_raise(GB_SOFTIRQ_WORKLOAD);
}

static void softirq(struct gb_thread *t)
{
	struct state *s = t->data;

	for (unsigned int i = 0; s && i < 4; i++) {
		struct gb_slot *slot = &s->soft[s->soft_at++ % SOFT_SLOTS];
		uint64_t random = gb_rng_next(&t->rng[GB_SOFTIRQ]);

		gb_slot_replace(t, GB_SOFTIRQ, t->full, slot, 16 + (random & 2031),
				GFP_ATOMIC);
	}
}

static void thread_cleanup(struct gb_thread *t)
{
	struct state *s = t->data;

	gb_irq_burst_cleanup(t);
	if (s) {
		gb_slots_drain(t, s->slot, s->slots);
		gb_slots_drain(t, s->soft, SOFT_SLOTS);
		t->data = NULL;
		gb_unmap(s, s->bytes);
	}
	gb_shared_blocks_leave(t);
}

const struct gb_workload gb_workload_mayhem = {
	.interface = GB_WORKLOAD_INTERFACE,
	.name = "mayhem",
	.summary = "everything at once, to break allocators; no figure of it compares",
	.imitates = "the worst hour of a kernel",
	.strains = "every path at once: sizes, zeroing, resizing, remote frees, atomic sections, "
		   "interrupts, softirqs, CPUs that come and go, forks",
	.good_score = "none: it must end without a fault",
	.paper = "",
	.flags = GB_WL_HANDOVER | GB_WL_PRESSURE,
	.options = options,
	.options_size = sizeof(struct options),
	.custom_name = { "lives", "forks" },
	.plan = plan,
	.setup = setup,
	.thread_setup = thread_setup,
	.run = mayhem_run,
	.run_full = mayhem_run_full,
	.hardirq = hardirq,
	.softirq = softirq,
	.thread_cleanup = thread_cleanup,
	.cleanup = gb_shared_blocks_cleanup,
};
