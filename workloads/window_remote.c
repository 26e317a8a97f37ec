/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The gfpbench authors */
/*
 * window-remote: the window of window-local, but every other block that leaves at the old
 * end is freed by the next thread: interleaved slices, so that neighbours in the
 * allocator's memory are freed by different threads.
 *
 * Blocks travel in parcels of half a slice through a ring for each pair of neighbours,
 * one writer, one reader:  head <= tail <= head + DEPTH.  When the reader is behind and
 * the ring full, the sender frees the parcel itself: nobody waits, and a thread that has
 * finished its share holds up no other.  How many were really freed by another thread is
 * counted.
 */
#include "packed.h"
#include "wait.h"
#include "window.h"

#define DEPTH 16

static const struct gb_option options[] = { GB_WINDOW_OPTIONS, { NULL } };

/* From thread id - 1 to thread id. */
struct ring {
	GB_ALIGNED_LINE uint64_t tail; /* written by the sender, release */
	GB_ALIGNED_LINE uint64_t head; /* written by the receiver, release */
	uint64_t *block;               /* DEPTH parcels of packed blocks */
};

struct shared {
	GB_ALIGNED_LINE uint32_t left; /* atomic: threads that have not cleaned up */
	uint32_t parcel;
	size_t bytes;
	struct ring ring[];
};

static int plan(struct gb_run *r, struct gb_error *e)
{
	const struct gb_window_options *o = r->options;

	return gb_window_plan(r, DEPTH * (o->slice / 2), e);
}

static int setup(struct gb_run *r, struct gb_error *e)
{
	const struct gb_window_options *o = r->options;
	size_t parcel = o->slice / 2;
	size_t head = sizeof(struct shared) + r->nr_threads * sizeof(struct ring);
	size_t bytes = head + r->nr_threads * DEPTH * parcel * sizeof(uint64_t);
	struct shared *s = gb_map(bytes);

	if (!s)
		return gb_fail(e, GB_EXIT_HARNESS, "use a smaller slice",
			       "workload window-remote: cannot map its rings");
	s->bytes = bytes;
	s->parcel = (uint32_t)parcel;
	s->left = r->nr_threads;
	for (unsigned int i = 0; i < r->nr_threads; i++)
		s->ring[i].block =
			(uint64_t *)(void *)((char *)s + head) + i * DEPTH * parcel;
	r->data = s;
	return 0;
}

GB_INLINE uint64_t *parcel_at(const struct shared *s, const struct ring *r, uint64_t n)
{
	return r->block + n % DEPTH * s->parcel;
}

/* Blocks leave at the old end by twos: one here, one for the neighbour. */
GB_INLINE void send_slice(struct gb_thread *t, struct gb_window *w, struct shared *s,
			  const uint32_t full)
{
	struct ring *r = &s->ring[(t->id + 1) % t->run->nr_threads];
	uint64_t tail = r->tail;
	/* acquire pairs with the receiver's release: the place is empty */
	int room = tail - gb_load_acquire(&r->head) < DEPTH;
	uint64_t *to = parcel_at(s, r, tail);

	for (uint32_t i = 0; i < s->parcel; i++) {
		struct gb_slot *mine = gb_window_oldest(w), *theirs = gb_window_oldest(w);
		uint64_t v = gb_pack(theirs->p, theirs->size);

		gb_slot_free(t, GB_PROCESS, full, mine);
		theirs->p = NULL;
		if (gb_likely(room))
			to[i] = v;
		else
			gb_packed_free(t, GB_PROCESS, full, v);
	}
	if (room)
		gb_store_release(&r->tail, tail + 1);
}

GB_INLINE void receive_slice(struct gb_thread *t, struct shared *s, const uint32_t full)
{
	struct ring *r = &s->ring[t->id];
	uint64_t head = r->head, *from = parcel_at(s, r, head);

	/* acquire pairs with the sender's release: the parcel is whole */
	if (gb_load_acquire(&r->tail) == head)
		return;
	for (uint32_t i = 0; i < s->parcel; i++)
		gb_packed_free(t, GB_PROCESS, full, from[i]);
	t->count[GB_PROCESS].custom[0] += s->parcel;
	gb_store_release(&r->head, head + 1);
}

GB_INLINE uint64_t window_remote_body(struct gb_thread *t, uint64_t n,
				      const uint32_t full)
{
	struct shared *s = t->run->data;
	struct gb_window *w = t->data;
	uint32_t slice = 2 * s->parcel;
	uint64_t done = 0;

	do {
		for (uint32_t i = 0; i < slice; i++)
			gb_window_enter(t, w, full);
		send_slice(t, w, s, full);
		receive_slice(t, s, full);
		done += 2 * (uint64_t)slice;
	} while (done < n && !gb_stopping(t));
	return done;
}

GB_WORKLOAD_RUN(window_remote)

static void drain(struct gb_thread *t, struct shared *s, struct ring *r)
{
	for (; r->head != r->tail; r->head++) {
		uint64_t *from = parcel_at(s, r, r->head);

		for (uint32_t i = 0; i < s->parcel; i++)
			gb_packed_free(t, GB_PROCESS, 0, from[i]);
	}
}

static void thread_cleanup(struct gb_thread *t)
{
	struct shared *s = t->run->data;

	gb_window_cleanup(t);
	if (!gb_last_to_leave(&s->left))
		return;
	for (unsigned int i = 0; i < t->run->nr_threads; i++)
		drain(t, s, &s->ring[i]);
}

static void cleanup(struct gb_run *r)
{
	struct shared *s = r->data;

	r->data = NULL;
	if (s)
		gb_unmap(s, s->bytes);
}

const struct gb_workload gb_workload_window_remote = {
	.interface = GB_WORKLOAD_INTERFACE,
	.name = "window-remote",
	.summary = "a moving window whose old blocks are freed by two threads in turn",
	.imitates = "data built by one thread and torn down by several",
	.strains =
		"remote frees between local ones, neighbours freed by different threads",
	.good_score = "close to window-local",
	.paper = "the idea of the SmartHeap benchmarks; our own pattern and sizes",
	.options = options,
	.options_size = sizeof(struct gb_window_options),
	.custom_name = { "remote_frees" },
	.plan = plan,
	.setup = setup,
	.thread_setup = gb_window_setup,
	.run = window_remote_run,
	.run_full = window_remote_run_full,
	.thread_cleanup = thread_cleanup,
	.cleanup = cleanup,
};
