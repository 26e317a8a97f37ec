/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The gfpbench authors */
/*
 * prodcons: one thread allocates, another frees; no block is ever freed by the thread that
 * allocated it.
 *
 * Threads form pairs (0 and 1, 2 and 3, ...).  The even one fills batches and puts them
 * into a FIFO queue, the odd one takes and frees them; a last thread without a partner does
 * both in turn.  Within a pair the queue is a ring of batches with one writer and one
 * reader: the writer owns batch tail, the reader batch head, and
 *
 *	head <= tail <= head + depth
 *
 * Pairs, not one queue for all, so that a fixed amount of work for each thread comes out
 * even, and so that the queue costs one cache line each way for a whole batch.  A run call
 * works in whole batches on both sides, for the same reason.
 *
 * Only real frees count: a failed allocation leaves its place in the batch empty.
 */
#include "base/parse.h"
#include "slots.h"
#include "wait.h"

/* size=mixed: our own 17 sizes, each as likely as the other. */
static const uint16_t mixed_size[] = { 16,  24,  32,  48,   64,   96,   128,  192, 256,
				       384, 512, 768, 1024, 1280, 1536, 1792, 2048 };
#define MAX_SIZE (UINT64_C(1) << 20)

struct options {
	const char *size;
	uint64_t batch, depth;
};

static const struct gb_option options[] = {
	{ "size", GB_OPTION_TEXT, offsetof(struct options, size), "64", 1, 20, NULL,
	  "bytes of a block (1..1m), or mixed: 17 sizes from 16 to 2048" },
	{ "batch", GB_OPTION_UINT, offsetof(struct options, batch), "4096", 1, 1 << 20,
	  NULL, "blocks handed over at a time" },
	{ "depth", GB_OPTION_UINT, offsetof(struct options, depth), "4", 1, 1024, NULL,
	  "batches that a queue holds" },
	{ NULL },
};

struct queue {
	GB_ALIGNED_LINE uint64_t tail; /* written by the producer, release */
	GB_ALIGNED_LINE uint64_t head; /* written by the consumer, release */
	GB_ALIGNED_LINE uint32_t left; /* atomic: threads that have not cleaned up yet */
	struct gb_slot *slot;          /* depth batches */
};

struct shared {
	uint32_t batch, depth;
	size_t size; /* 0 = mixed */
	size_t bytes;
	struct queue queue[];
};

static int parse_size(const struct options *o, uint64_t *size, struct gb_error *e)
{
	*size = 0;
	if (!strcmp(o->size, "mixed"))
		return 0;
	return gb_parse_size(o->size, "workload prodcons: size", 1, MAX_SIZE, size, e);
}

static int plan(struct gb_run *r, struct gb_error *e)
{
	const struct options *o = r->options;
	uint64_t size;
	int ret = parse_size(o, &size, e);

	if (ret)
		return ret;
	r->peak_live_bytes = (uint64_t)(r->nr_threads + 1) / 2 * o->depth * o->batch *
			     (size ? size : mixed_size[GB_ARRAY_SIZE(mixed_size) - 1]);
	return 0;
}

static int setup(struct gb_run *r, struct gb_error *e)
{
	const struct options *o = r->options;
	size_t pairs = (r->nr_threads + 1) / 2;
	size_t slots = o->depth * o->batch;
	size_t head = sizeof(struct shared) + pairs * sizeof(struct queue);
	size_t bytes = head + pairs * slots * sizeof(struct gb_slot);
	struct shared *s = gb_map(bytes);
	struct gb_slot *at;

	if (!s)
		return gb_fail(e, GB_EXIT_HARNESS, "use a smaller batch or depth",
			       "workload prodcons: cannot map %zu MiB of queues",
			       bytes >> 20);
	s->bytes = bytes;
	s->batch = (uint32_t)o->batch;
	s->depth = (uint32_t)o->depth;
	at = (void *)((char *)s + head);
	for (size_t i = 0; i < pairs; i++, at += slots) {
		s->queue[i].slot = at;
		s->queue[i].left = 2 * i + 1 < r->nr_threads ? 2 : 1;
	}
	r->data = s;
	return parse_size(o, &s->size, e);
}

GB_INLINE struct gb_slot *batch_at(const struct shared *s, const struct queue *q,
				   uint64_t n)
{
	return q->slot + n % s->depth * s->batch;
}

GB_INLINE size_t draw_size(struct gb_thread *t, const struct shared *s)
{
	if (s->size)
		return s->size;
	return mixed_size[gb_rng_below(&t->rng[GB_PROCESS], GB_ARRAY_SIZE(mixed_size))];
}

/* 1 when a batch was put, 0 when stopping. */
GB_INLINE int produce(struct gb_thread *t, const struct shared *s, struct queue *q,
		      const uint32_t full)
{
	uint64_t tail = q->tail;
	struct gb_slot *b = batch_at(s, q, tail);

	/* acquire pairs with the consumer's release: it is done with the batch */
	if (!GB_WAIT_UNTIL(t, tail - gb_load_acquire(&q->head) < s->depth))
		return 0;
	for (uint32_t i = 0; i < s->batch; i++)
		gb_slot_alloc(t, GB_PROCESS, full, &b[i], draw_size(t, s), GFP_KERNEL);
	gb_store_release(&q->tail, tail + 1);
	return 1;
}

GB_INLINE void free_foreign(struct gb_thread *t, struct gb_slot *s, const uint32_t full)
{
	if (gb_unlikely(!s->p))
		return;
	gb_check(t, GB_PROCESS, s->p, s->size);
	gb_free_unordered(t, GB_PROCESS, full, s->p, s->size);
	s->p = NULL;
}

GB_INLINE int consume(struct gb_thread *t, const struct shared *s, struct queue *q,
		      const uint32_t full)
{
	uint64_t head = q->head;
	struct gb_slot *b = batch_at(s, q, head);

	/* acquire pairs with the producer's release: the batch is whole */
	if (!GB_WAIT_UNTIL(t, gb_load_acquire(&q->tail) != head))
		return 0;
	for (uint32_t i = 0; i < s->batch; i++)
		free_foreign(t, &b[i], full);
	gb_store_release(&q->head, head + 1);
	return 1;
}

GB_INLINE uint64_t prodcons_body(struct gb_thread *t, uint64_t n, const uint32_t full)
{
	const struct shared *s = t->run->data;
	struct queue *q = (struct queue *)&s->queue[t->id / 2];
	int alone = (t->id | 1) >= t->nr_threads, even = !(t->id & 1);
	uint64_t done = 0;

	do {
		if (even && !produce(t, s, q, full))
			break;
		if ((!even || alone) && !consume(t, s, q, full))
			break;
		done += (uint64_t)s->batch << alone;
	} while (done < n && !gb_stopping(t));
	return done;
}

GB_WORKLOAD_RUN(prodcons)

/* Whoever of a pair comes last frees what is in the queue. */
static void thread_cleanup(struct gb_thread *t)
{
	struct shared *s = t->run->data;
	struct queue *q = &s->queue[t->id / 2];

	if (!gb_last_to_leave(&q->left))
		return;
	gb_slots_drain(t, q->slot, (size_t)s->depth * s->batch);
}

static void cleanup(struct gb_run *r)
{
	struct shared *s = r->data;

	r->data = NULL;
	if (s)
		gb_unmap(s, s->bytes);
}

const struct gb_workload gb_workload_prodcons = {
	.interface = GB_WORKLOAD_INTERFACE,
	.name = "prodcons",
	.summary = "producers allocate batches, consumers on other CPUs free them",
	.imitates =
		"a pipeline: packets, messages, requests built here and released there",
	.strains = "freeing another thread's blocks, the whole flow in one direction",
	.good_score =
		"close to pairs of the same size; many allocators are ten times slower",
	.paper = "xmalloc-test",
	.options = options,
	.options_size = sizeof(struct options),
	.plan = plan,
	.setup = setup,
	.run = prodcons_run,
	.run_full = prodcons_run_full,
	.thread_cleanup = thread_cleanup,
	.cleanup = cleanup,
};
