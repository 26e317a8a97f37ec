/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The gfpbench authors */
/*
 * false-sharing: does the allocator put blocks of different threads into one cache line?
 *
 * Each thread allocates a small block, writes it many times, and frees it.  If blocks of
 * two threads share a line, the writes fight for it and everything is many times slower.
 *
 * mode=active   the threads allocate for themselves: an allocator that serves neighbours
 *               of one line to different threads makes the sharing itself.
 * mode=passive  thread 0 now and then allocates a block for every thread, side by side,
 *               and hands them out; each thread frees the one it was given, and allocates
 *               again.  An allocator that keeps a freed block for the thread that freed it
 *               then serves neighbours of one line to all of them.
 *
 * Hand-outs go through one mailbox a thread, exchanged atomically: nobody waits.  A block
 * that its addressee has not taken by the next hand-out is freed by thread 0.
 */
#include "packed.h"
#include "slots.h"
#include "wait.h"

enum mode { PASSIVE, ACTIVE };

struct options {
	uint64_t mode, size, writes, period;
};

static const struct gb_option options[] = {
	{ "mode", GB_OPTION_CHOICE, offsetof(struct options, mode), "passive", 0, 0,
	  "passive|active", "who brings blocks of one line to several threads" },
	{ "size", GB_OPTION_SIZE, offsetof(struct options, size), "8", 1, 4096, NULL,
	  "bytes of a block" },
	{ "writes", GB_OPTION_UINT, offsetof(struct options, writes), "100", 1, 1000000,
	  NULL, "times that every byte of a block is written" },
	{ "period", GB_OPTION_UINT, offsetof(struct options, period), "100", 1, 1000000,
	  NULL, "passive: blocks of thread 0 between two hand-outs" },
	{ NULL },
};

struct mailbox {
	GB_ALIGNED_LINE uint64_t block; /* packed; atomic */
};

struct shared {
	GB_ALIGNED_LINE uint32_t left; /* atomic: threads that have not cleaned up */
	size_t bytes;
	uint64_t until_hand_out; /* thread 0 only */
	struct mailbox mailbox[];
};

static int plan(struct gb_run *r, struct gb_error *e)
{
	const struct options *o = r->options;

	(void)e;
	r->peak_live_bytes = 3 * r->nr_threads * o->size;
	return 0;
}

static int setup(struct gb_run *r, struct gb_error *e)
{
	size_t bytes = sizeof(struct shared) + r->nr_threads * sizeof(struct mailbox);
	struct shared *s = gb_map(bytes);

	if (!s)
		return gb_fail(e, GB_EXIT_HARNESS, NULL,
			       "workload false-sharing: cannot map its mailboxes");
	s->bytes = bytes;
	s->left = r->nr_threads;
	r->data = s;
	return 0;
}

/* Every byte, by words where there are whole ones. */
GB_INLINE void write_block(void *block, size_t size, uint64_t writes)
{
	volatile uint64_t *word = block;
	volatile unsigned char *p = block;

	for (uint64_t k = 0; k < writes; k++) {
		for (size_t i = 0; i < size / 8; i++)
			word[i]++;
		for (size_t i = size & ~(size_t)7; i < size; i++)
			p[i]++;
	}
}

/* Thread 0: side by side, a block for each. */
GB_INLINE void hand_out(struct gb_thread *t, struct shared *s, size_t size,
			const uint32_t full)
{
	for (unsigned int i = 0; i < t->run->nr_threads; i++) {
		uint64_t v = gb_packed_alloc(t, GB_PROCESS, full, size, GFP_KERNEL);

		/* acq_rel: the addressee sees the block filled; we see theirs */
		gb_packed_free(t, GB_PROCESS, full, gb_xchg_acq_rel(&s->mailbox[i].block, v));
	}
}

GB_INLINE void take_mail(struct gb_thread *t, struct shared *s, const uint32_t full)
{
	uint64_t *box = &s->mailbox[t->id].block;
	uint64_t v = gb_load_relaxed(box) ? gb_xchg_acq_rel(box, 0) : 0;

	if (!v)
		return;
	t->count[GB_PROCESS].custom[0]++;
	gb_packed_free(t, GB_PROCESS, full, v);
}

GB_INLINE void own_block(struct gb_thread *t, const struct options *o,
			 const uint32_t full)
{
	struct gb_slot slot;

	gb_slot_alloc(t, GB_PROCESS, full, &slot, o->size, GFP_KERNEL);
	if (gb_unlikely(!slot.p))
		return;
	write_block(slot.p, slot.size, o->writes);
	gb_fill(slot.p, slot.size);
	gb_slot_free(t, GB_PROCESS, full, &slot);
}

GB_INLINE uint64_t false_sharing_body(struct gb_thread *t, uint64_t n,
				      const uint32_t full)
{
	const struct options *o = t->run->options;
	struct shared *s = t->run->data;
	uint64_t done = 0;

	do {
		if (o->mode == PASSIVE) {
			if (t->id == 0 && s->until_hand_out-- == 0) {
				hand_out(t, s, o->size, full);
				s->until_hand_out = o->period - 1;
				done += 2 * t->run->nr_threads;
			}
			take_mail(t, s, full);
		}
		own_block(t, o, full);
		done += 2;
	} while (done < n && !gb_stopping(t));
	return done;
}

GB_WORKLOAD_RUN(false_sharing)

static void thread_cleanup(struct gb_thread *t)
{
	struct shared *s = t->run->data;

	if (!gb_last_to_leave(&s->left))
		return;
	for (unsigned int i = 0; i < t->run->nr_threads; i++)
		gb_packed_free(t, GB_PROCESS, 0, gb_xchg_acq_rel(&s->mailbox[i].block, 0));
}

static void cleanup(struct gb_run *r)
{
	struct shared *s = r->data;

	r->data = NULL;
	if (s)
		gb_unmap(s, s->bytes);
}

const struct gb_workload gb_workload_false_sharing = {
	.interface = GB_WORKLOAD_INTERFACE,
	.name = "false-sharing",
	.summary = "small blocks written hard by each thread: do they share cache lines?",
	.imitates = "per-thread counters and small structures that come from the heap",
	.strains = "placement: blocks of different threads in one cache line",
	.good_score = "the same at any number of threads as with one, in both modes",
	.paper = "cache-scratch and cache-thrash; Berger et al., Hoard, ASPLOS 2000",
	.flags = GB_WL_WRITES_INSIDE,
	.options = options,
	.options_size = sizeof(struct options),
	.custom_name = { "handed_blocks" },
	.plan = plan,
	.setup = setup,
	.run = false_sharing_run,
	.run_full = false_sharing_run_full,
	.thread_cleanup = thread_cleanup,
	.cleanup = cleanup,
};
