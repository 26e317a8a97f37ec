/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The gfpbench authors */
/*
 * Recordings of programs (program_format.h): chunks of several threads -> one stream in
 * the order of time.
 *
 * Every chunk is nearly sorted by itself (a signal handler may be late by an event), has
 * the two halves of each realloc, and begins later than the thread's chunk before it ended;
 * the order of chunks in the file means nothing.  All calls are decoded into an array of
 * 32-byte entries, chunk after chunk, then merge-sorted by time; the sort is stable, so
 * calls of one thread with equal times keep their order.
 *
 * A realloc is two events.  When it worked it is a free at the time of the first and an
 * allocation at the time of the second; when it failed the old block lives on.  A thread
 * is a CPU of the recording; all calls happen in process context with GFP_KERNEL.
 */
#include <string.h>

#include "machine/cpu.h"

#include "recording/program_format.h"
#include "recording/reader.h"
#include "recording/vector.h"

#define CALLS_MAX ((size_t)GB_RECORDING_MAX_OPS)

struct call {
	uint64_t ticks;
	uint64_t ptr;
	uint64_t size;
	uint32_t thread;
	uint8_t kind; /* enum gb_kmem_kind */
	uint8_t zero;
	uint16_t reserved;
};

/* What a thread's next event depends on. */
struct pending {
	uint64_t ticks, old; /* of a realloc's first half; old 0 = none */
};

struct decoder {
	struct gb_reader *rd;
	struct gb_program_header header;
	struct gb_vector calls, spare, pending;
	size_t n;
	uint32_t thread;      /* of the chunk at hand */
	uint64_t ticks, size_high;
	uint64_t malformed;
	int full;
};

static int recognises(const unsigned char *head, size_t n)
{
	return n >= 8 && !memcmp(head, GB_PROGRAM_MAGIC, 8);
}

static int no_memory(struct gb_error *e)
{
	return gb_fail(e, GB_EXIT_HARNESS, NULL, "memory for the recording");
}

static int push(struct decoder *d, struct call c, struct gb_error *e)
{
	if (d->n >= CALLS_MAX) {
		d->full = 1;
		return 0;
	}
	if (gb_vector_reserve(&d->calls, (d->n + 1) * sizeof(c)))
		return no_memory(e);
	c.thread = d->thread;
	((struct call *)d->calls.data)[d->n++] = c;
	return 0;
}

/* The second half of a realloc, or a plain failure. */
static int settle(struct decoder *d, struct pending *p, int moved, struct gb_error *e)
{
	struct call c = { .ticks = p->ticks, .ptr = p->old, .kind = GB_KMEM_FREE };

	p->old = 0;
	return c.ptr && moved ? push(d, c, e) : 0;
}

static int decode(struct decoder *d, const struct gb_program_event *ev,
		  struct gb_error *e)
{
	struct pending *p = &((struct pending *)d->pending.data)[d->thread];
	struct call c = { .ptr = ev->word0 & GB_PROGRAM_POINTER_MASK,
			  .size = d->size_high << 32 | (uint32_t)ev->word1,
			  .kind = GB_KMEM_ALLOC };

	d->size_high = 0;
	d->ticks += ev->word1 >> 32;
	c.ticks = d->ticks;
	switch (gb_program_op(ev->word0)) {
	case GB_PROGRAM_ZALLOC:
		c.zero = 1;
		return push(d, c, e);
	case GB_PROGRAM_ALLOC:
	case GB_PROGRAM_ALIGNED:
		return push(d, c, e);
	case GB_PROGRAM_FREE:
		c.kind = GB_KMEM_FREE;
		return push(d, c, e);
	case GB_PROGRAM_REALLOC_OLD:
		*p = (struct pending){ c.ticks, c.ptr };
		return 0;
	case GB_PROGRAM_REALLOC_NEW:
		return settle(d, p, 1, e) ? -(int)e->code : push(d, c, e);
	case GB_PROGRAM_FAILED:
		c.ptr = 0;
		/* realloc(p, 0) frees p and returns NULL */
		return settle(d, p, !c.size, e) ? -(int)e->code : push(d, c, e);
	default:
		d->malformed++;
		return 0;
	}
}

static int read_event(struct decoder *d, const struct gb_program_event *ev,
		      struct gb_error *e)
{
	switch (gb_program_op(ev->word0)) {
	case GB_PROGRAM_THREAD:
		d->thread = (uint32_t)(ev->word0 & GB_PROGRAM_POINTER_MASK) %
			    GB_RECORDING_MAX_CPUS;
		return 0;
	case GB_PROGRAM_TIME:
		d->ticks = ev->word1;
		return 0;
	case GB_PROGRAM_SIZE_HIGH:
		d->size_high = (uint32_t)ev->word1;
		return 0;
	default:
		return decode(d, ev, e);
	}
}

/* One chunk; 0 at the end of the file, 1 to go on. */
static int read_chunk(struct decoder *d, uint64_t *chunk, struct gb_error *e)
{
	size_t got = gb_stream_bytes(d->rd->stream, chunk, GB_PROGRAM_CHUNK);
	size_t n = got / sizeof(*chunk), i = 0;

	while (i < n && chunk[i] && !d->full) {
		int is_short = gb_program_op(chunk[i]) >= GB_PROGRAM_SHORT_ALLOC;
		struct gb_program_event ev = { .word0 = chunk[i] };

		if (!is_short && i + 1 == n)
			break; /* cut in the middle of an event */
		ev.word1 = is_short ? 0 : chunk[i + 1];
		ev = gb_program_widen(ev);
		if (read_event(d, &ev, e))
			return -(int)e->code;
		i += is_short ? 1 : 2;
	}
	return got == GB_PROGRAM_CHUNK && !d->full;
}

/* --- order ---------------------------------------------------------------------- */

static void merge(struct call *out, const struct call *a, const struct call *a_end,
		  const struct call *b, const struct call *b_end)
{
	while (a < a_end && b < b_end)
		*out++ = b->ticks < a->ticks ? *b++ : *a++;
	memcpy(out, a, (size_t)(a_end - a) * sizeof(*a));
	out += a_end - a;
	memcpy(out, b, (size_t)(b_end - b) * sizeof(*b));
}

static size_t at_most(size_t a, size_t b)
{
	return a < b ? a : b;
}

/* Bottom-up, stable; the result may end up in the spare array. */
static int sort_calls(struct decoder *d, struct gb_error *e)
{
	struct call *from = d->calls.data, *to;

	if (gb_vector_reserve(&d->spare, (d->n + 1) * sizeof(*to)))
		return no_memory(e);
	to = d->spare.data;
	for (size_t run = 1; run < d->n; run *= 2) {
		struct call *other = from;

		for (size_t i = 0; i < d->n; i += 2 * run)
			merge(to + i, from + i, from + at_most(i + run, d->n),
			      from + at_most(i + run, d->n), from + at_most(i + 2 * run, d->n));
		from = to;
		to = other;
	}
	d->rd->matcher.full |= d->full;
	if (from != d->calls.data) {
		struct gb_vector v = d->calls;

		d->calls = d->spare;
		d->spare = v;
	}
	return 0;
}

/* --- calls to events ------------------------------------------------------------- */

static double ns_per_tick(const struct gb_program_header *h)
{
	uint64_t ticks = h->last_ticks - h->first_ticks;

	if (h->clock || !ticks || h->last_ns <= h->first_ns)
		return 1.0;
	return (double)(h->last_ns - h->first_ns) / (double)ticks;
}

/* A damaged header may ask for more than 64 bits hold. */
static uint64_t ticks_to_ns(uint64_t ticks, double scale)
{
	double ns = (double)ticks * scale;

	return ns < 0x1p63 ? (uint64_t)ns : UINT64_C(1) << 63;
}

static int hand_over(struct decoder *d, struct gb_error *e)
{
	const struct call *c = d->calls.data;
	double scale = ns_per_tick(&d->header);
	uint64_t first = d->n ? c[0].ticks : 0;

	for (size_t i = 0; i < d->n && !d->rd->matcher.full; i++) {
		struct gb_kmem_event ev = {
			.kind = (enum gb_kmem_kind)c[i].kind,
			.cpu = c[i].thread,
			.context = GB_PROCESS,
			.time_ns = ticks_to_ns(c[i].ticks - first, scale),
			.ptr = c[i].ptr,
			.size = c[i].size,
			.mask = { .gfp = GFP_KERNEL | (c[i].zero ? __GFP_ZERO : 0) },
		};

		if (gb_match_event(&d->rd->matcher, &ev, e))
			return -(int)e->code;
	}
	return 0;
}

static void warn(struct decoder *d)
{
	struct gb_recording *r = d->rd->rec;
	unsigned long long dropped = d->header.dropped;

	r->metric[GB_REC_MALFORMED_LINES] += d->malformed;
	if (dropped)
		gb_recording_warn(r, "%llu calls found no room in the file: the recording "
				  "is not complete", dropped);
	if (!d->header.ended)
		gb_recording_warn(r, "the program did not end in order: its last calls may "
				  "be missing");
	if (d->malformed)
		gb_recording_warn(r, "%llu malformed events left out",
				  (unsigned long long)d->malformed);
}

static int read_header(struct decoder *d, struct gb_error *e)
{
	unsigned char page[GB_PROGRAM_HEADER];
	size_t got = gb_stream_bytes(d->rd->stream, page, sizeof(page));

	memcpy(&d->header, page, sizeof(d->header));
	if (got < sizeof(page))
		return gb_fail(e, GB_EXIT_USAGE,
			       "record it again: gfpbench record -o FILE -- CMD",
			       "the recording is cut off in its header");
	if (!d->header.version || d->header.version > GB_PROGRAM_VERSION)
		return gb_fail(e, GB_EXIT_USAGE,
			       "use the gfpbench that recorded it, or a newer one",
			       "the recording has version %u; this gfpbench reads "
			       "versions 1 to %u",
			       d->header.version, GB_PROGRAM_VERSION);
	if (d->header.chunk_bytes != GB_PROGRAM_CHUNK)
		return gb_fail(e, GB_EXIT_USAGE,
			       "record it again: gfpbench record -o FILE -- CMD",
			       "the recording's header is damaged");
	return 0;
}

static int read_all(struct decoder *d, struct gb_error *e)
{
	uint64_t *chunk = gb_library_alloc(GB_PROGRAM_CHUNK);
	int more = 1;

	if (!chunk)
		return no_memory(e);
	if (gb_vector_reserve(&d->pending,
			      GB_RECORDING_MAX_CPUS * sizeof(struct pending))) {
		gb_library_free(chunk);
		return no_memory(e);
	}
	while (more > 0)
		more = read_chunk(d, chunk, e);
	gb_library_free(chunk);
	if (more < 0 || sort_calls(d, e))
		return -(int)e->code;
	return hand_over(d, e);
}

static int read_program(struct gb_reader *rd, struct gb_error *e)
{
	struct decoder d = { .rd = rd };
	int ret;

	rd->rec->format = "program";
	ret = read_header(&d, e);
	if (!ret)
		ret = read_all(&d, e);
	if (!ret)
		warn(&d);
	gb_vector_free(&d.calls);
	gb_vector_free(&d.spare);
	gb_vector_free(&d.pending);
	return ret;
}

const struct gb_source gb_source_program = {
	.name = "program",
	.recognises = recognises,
	.read = read_program,
};
