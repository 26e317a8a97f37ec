/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The gfpbench authors */
/*
 * check:BACKEND: does the backend keep its promises?
 *
 * Of every block: that it lies nowhere in a live one (interval_map.c), that it is aligned,
 * as large as asked for, zeroed when that was asked for, and no memory of the harness; that
 * a block keeps its contents through realloc and until it is freed (check_block.c), which
 * random audits look at before the free does; that the memory around it is left alone.
 *
 * Half of the requests go to the backend as they are, so that its size classes meet exact
 * sizes; a quarter get a red zone behind them, and a quarter on both sides.
 *
 * A fault is an event that names the two operations that met: their number on their CPU
 * and context, which the seed repeats.  The first one ends the process (the parent makes
 * it the status `corrupt`): what comes after it would not be evidence.
 *
 * Safe at any instruction where the backend is: records and map are lock-free, and what a
 * context keeps for itself no other context touches.  An audit soft-disables interrupts, so
 * that no handler can want to free the block that it is looking at; other CPUs wait.
 *
 * What only the emulated kernel can do: check_kernel.c.
 */
#include "wrapper.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "check_account.h"
#include "check_block.h"
#include "check_int.h"
#include "interval_map.h"
#include "machine/event.h"
#include "machine/irq.h"
#include "machine/stack.h"

#define AUDIT_SHIFT 59 /* one new block in 32 brings an audit */
#define AUDIT_MAX   4096u
#define MALLOC_ALIGN 16u
#define STACK_NEAR  1024u
#define IN_PLACE    1u /* alignment of a resized block: it may be the old one */
#define ZERO_SIZE   ((void *)16) /* what kmalloc(0) returns: no block */

static struct gb_wrapped in;
static uint64_t seed;
static int gfp_rules;       /* the backend knows GFP, and nobody makes it fail on purpose */
static uint8_t inside_flag; /* GB_BLOCK_INSIDE when workloads write the edges only */

/* --- reports ---------------------------------------------------------------------- */

static const char *op_text(const struct gb_check_op *op)
{
	return op->context < GB_NR_CONTEXTS ? gb_context_name[op->context] : "?";
}

/* @b at fault, met by @now; @other, when not NULL, is the block that it meets. */
static void report(const char *what, const struct gb_block *b, const struct gb_check_op *now,
		   const struct gb_block *other, long where)
{
	gb_stack_post(what);
	if (other)
		gb_event_post(GB_FAULT, what,
			      "%p+%zu of op %lu cpu%d %s meets live %p+%zu of op %lu cpu%d %s, "
			      "seed %lu",
			      (void *)b->user, b->size, (unsigned long)now->number, now->cpu,
			      op_text(now), (void *)other->user, other->size,
			      (unsigned long)other->made.number, other->made.cpu,
			      op_text(&other->made), (unsigned long)seed);
	else
		gb_event_post(GB_FAULT, what,
			      "%p+%zu at offset %ld, allocated by op %lu cpu%d %s, seen by op "
			      "%lu cpu%d %s, seed %lu",
			      (void *)b->user, b->size, where, (unsigned long)b->made.number,
			      b->made.cpu, op_text(&b->made), (unsigned long)now->number,
			      now->cpu, op_text(now), (unsigned long)seed);
}

static void report_pointer(const char *what, const void *p, const struct gb_check_op *now)
{
	gb_event_post(GB_FAULT, what, "%p in op %lu cpu%d %s, seed %lu", p,
		      (unsigned long)now->number, now->cpu, op_text(now), (unsigned long)seed);
}

static void verify(const struct gb_block *b, const struct gb_check_op *now)
{
	long where = 0;
	const char *wrong = gb_block_verify(b, &where);

	if (gb_unlikely(wrong))
		report(wrong, b, now, NULL, where);
}

/* --- audits ------------------------------------------------------------------------- */

static uint64_t scatter(uint64_t number)
{
	return number * UINT64_C(0x9e3779b97f4a7c15);
}

static void audit(const struct gb_check_op *now)
{
	uint32_t limit = gb_block_limit(), id;
	struct gb_block *b;
	unsigned long flags;

	id = 1 + (uint32_t)((scatter(now->number) ^ seed) % limit);
	if (id >= limit)
		return;
	b = gb_block_of(id);
	flags = arch_local_irq_save();
	if (gb_block_audit(b)) {
		if (b->size <= AUDIT_MAX)
			verify(b, now);
		gb_block_publish(b);
	}
	arch_local_irq_restore(flags);
}

/* Scattered: where each block is freed before the next is made, all have odd numbers. */
static void maybe_audit(const struct gb_check_op *now)
{
	if (scatter(now->number) >> AUDIT_SHIFT == 0 && now->context == GB_PROCESS &&
	    now->cpu >= 0)
		audit(now);
}

/* --- a new block ------------------------------------------------------------------- */

static size_t promised_alignment(size_t bytes, size_t asked)
{
	uint32_t caps = in.ref.caps;
	size_t least = GB_INTERVAL_GRAIN;

	if (caps & GB_CAP_MALLOC && bytes >= MALLOC_ALIGN)
		least = MALLOC_ALIGN;
	/* kernel-model: a block of a power of two is naturally aligned */
	if (caps & GB_CAP_CONTIGUOUS && !asked && bytes > least && !(bytes & (bytes - 1)))
		least = bytes < 4096 ? bytes : 4096;
	return asked > least ? asked : least;
}

/* The program's own image or what this thread has on its stack right now. */
static int is_ours(uintptr_t from, size_t bytes)
{
	extern char __executable_start[], _end[];
	/* no local's address: a sanitizer may keep locals elsewhere */
	uintptr_t here = (uintptr_t)__builtin_frame_address(0);

	if (from < (uintptr_t)_end && from + bytes > (uintptr_t)__executable_start)
		return 1;
	return from < here + STACK_NEAR / 8 && from + bytes > here - STACK_NEAR;
}

static uint8_t layout(uint32_t id, uint32_t generation, size_t size, size_t alignment)
{
	uint32_t h = (id + generation * 7919u) * 2654435761u >> 28;

	if (size == 0 || size > SIZE_MAX / 2 || h < 8)
		return 0;
	if (h < 12 || alignment)
		return GB_BLOCK_TAIL;
	return GB_BLOCK_TAIL | GB_BLOCK_FRONT;
}

static void check_zero(const struct gb_block *b, const struct gb_check_op *now)
{
	long where = 0;

	if (!gb_block_is_zero((const void *)b->user, b->size, &where))
		report("not-zeroed", b, now, NULL, where);
}

/* Everything that can be said of a block the moment that it is handed out. */
static void examine(struct gb_block *b, uint32_t id, size_t alignment,
		    const struct gb_check_op *now)
{
	uintptr_t base = gb_block_base(b);
	size_t bytes = gb_block_bytes(b);
	uint32_t other;

	if (gb_unlikely(base & (promised_alignment(bytes, alignment) - 1)))
		report("misaligned", b, now, NULL, 0);
	if (gb_unlikely(is_ours(base, bytes)))
		report("foreign", b, now, NULL, 0);
	other = gb_interval_claim(base, bytes, id);
	gb_account_born(bytes);
	if (gb_unlikely(other))
		report(gb_block_base(gb_block_of(other)) == base ? "double-hand-out" : "overlap",
		       b, now, gb_block_of(other), 0);
}

static void check_usable_size(const struct gb_block *b, const struct gb_check_op *now)
{
	const void *base = (const void *)gb_block_base(b);

	if (in.heap.usable && gb_unlikely(in.heap.usable(base) < gb_block_bytes(b)))
		report("usable-size", b, now, NULL, (long)in.heap.usable(base));
}

static void *inner_alloc(size_t bytes, gfp_t gfp, size_t alignment)
{
	if (alignment)
		return in.heap.aligned(alignment, bytes, gfp);
	if (gfp & __GFP_ZERO && in.heap.zalloc)
		return in.heap.zalloc(bytes, gfp);
	return in.heap.alloc(bytes, gfp);
}

static int comes_zeroed(gfp_t gfp, size_t alignment)
{
	return gfp & __GFP_ZERO && !alignment && (in.ref.caps & GB_CAP_ZERO || in.heap.zalloc);
}

/* The last step: from here on others look at it.  @inside: inside_flag, or 0 when the caller
 * is going to write the inside. */
static void publish(struct gb_block *b, int zeroed, uint8_t inside,
		    const struct gb_check_op *now)
{
	if (zeroed) {
		check_zero(b, now);
		b->flags |= GB_BLOCK_ZEROED;
	}
	if (!(b->flags & GB_BLOCK_UNTOUCHED))
		b->flags |= inside;
	gb_block_fill(b);
	gb_block_publish(b);
}

static void *new_block(size_t size, gfp_t gfp, size_t alignment, uint8_t inside)
{
	struct gb_check_op now = gb_check_op_now();
	uint32_t id = gb_block_take();
	struct gb_block *b = gb_block_of(id);
	void *p;

	maybe_audit(&now);
	gb_account_note(&now, size, gfp);
	GB_BUG_ON(!id);
	b->flags = layout(id, b->generation, size, alignment);
	b->size = size;
	b->user = 0;
	p = inner_alloc(gb_block_bytes(b), gfp, alignment);
	if (gfp_rules) /* what is aligned lies in a block of that size */
		gb_account_gfp(in.ref.backend->pressure, &now, p,
			       alignment > size ? alignment : size, gfp, seed);
	if (!p || (p == ZERO_SIZE && !size)) {
		gb_block_put(id);
		return p;
	}
	b->user = (uintptr_t)p + (b->flags & GB_BLOCK_FRONT ? GB_RED_ZONE : 0);
	b->made = now;
	examine(b, id, alignment, &now);
	check_usable_size(b, &now);
	publish(b, comes_zeroed(gfp, alignment), inside, &now);
	return (void *)b->user;
}

void *gb_check_born(void *p, size_t size, gfp_t gfp, size_t alignment, unsigned int how)
{
	struct gb_check_op now = gb_check_op_now();
	struct gb_block *b;
	uint32_t id;

	maybe_audit(&now);
	gb_account_note(&now, size, gfp);
	if (gfp_rules)
		gb_account_gfp(in.ref.backend->pressure, &now, p, size, gfp, seed);
	if (!p)
		return NULL;
	id = gb_block_take();
	GB_BUG_ON(!id);
	b = gb_block_of(id);
	b->flags = how & GB_CHECK_UNTOUCHED ? GB_BLOCK_UNTOUCHED : 0;
	b->size = size;
	b->user = (uintptr_t)p;
	b->made = now;
	examine(b, id, alignment, &now);
	publish(b, !!(gfp & __GFP_ZERO), inside_flag, &now);
	return p;
}

/* --- the end of a block ---------------------------------------------------------------- */

/* Its record, now BUSY: nobody else will touch the block. */
static struct gb_block *take_live(const void *p, const struct gb_check_op *now, uint32_t *id)
{
	struct gb_block *b;

	*id = gb_interval_owner((uintptr_t)p);
	b = gb_block_of(*id);
	if (gb_unlikely(!*id || b->user != (uintptr_t)p)) {
		report_pointer("unknown-free", p, now);
		return NULL;
	}
	if (gb_likely(gb_block_seize(b)))
		return b;
	report("double-free", b, now, NULL, 0);
	return NULL;
}

static void retire(struct gb_block *b, uint32_t id)
{
	gb_interval_release(gb_block_base(b), gb_block_bytes(b), id);
	gb_account_died(gb_block_bytes(b));
}

void *gb_check_dies(const void *p, unsigned int how)
{
	struct gb_check_op now = gb_check_op_now();
	struct gb_block *b;
	uintptr_t base;
	uint32_t id;

	b = take_live(p, &now, &id);
	if (!b)
		return NULL;
	verify(b, &now);
	if (!(how & GB_CHECK_UNTOUCHED || b->flags & GB_BLOCK_UNTOUCHED))
		gb_block_poison(b);
	base = gb_block_base(b);
	retire(b, id);
	gb_block_put(id);
	return (void *)base;
}

int gb_check_known(const void *p)
{
	return gb_interval_owner((uintptr_t)p) != 0;
}

static void check_free(void *p)
{
	if (p && p != ZERO_SIZE)
		p = gb_check_dies(p, 0);
	if (p)
		in.heap.free(p);
}

static void *check_alloc(size_t size, gfp_t gfp)
{
	return new_block(size, gfp, 0, inside_flag);
}

static void *check_aligned(size_t alignment, size_t size, gfp_t gfp)
{
	return new_block(size, gfp, alignment, inside_flag);
}

static size_t check_usable(const void *p)
{
	uint32_t id = gb_interval_owner((uintptr_t)p);

	/* Not what the backend says: what lies behind may be a red zone. */
	return id ? gb_block_of(id)->size : 0;
}

/* --- realloc ------------------------------------------------------------------------------ */

/* A backend cannot move the zone in front of a block: by alloc, copy and free.  Another CPU
 * may audit the new block at any moment, also in the middle of the copy, which is no pattern
 * of the new block: so it never has one. */
static void *move(struct gb_block *b, void *p, size_t size, gfp_t gfp)
{
	size_t old = b->size;
	void *q;

	gb_block_publish(b);
	q = new_block(size, gfp, 0, 0);
	if (!q || q == ZERO_SIZE)
		return q;
	memcpy(q, p, old < size ? old : size);
	check_free(p);
	return q;
}

static void reclaim(struct gb_block *b, uint32_t id, const struct gb_check_op *now)
{
	uint32_t other = gb_interval_claim(gb_block_base(b), gb_block_bytes(b), id);

	gb_account_born(gb_block_bytes(b));
	if (other)
		report("overlap", b, now, gb_block_of(other), 0);
	gb_block_publish(b);
}

static void *resize(struct gb_block *b, uint32_t id, size_t size, gfp_t gfp,
		    const struct gb_check_op *now)
{
	size_t kept = b->size < size ? b->size : size;
	uint64_t before = gb_block_hash((const void *)b->user, kept);
	size_t tail = b->flags & GB_BLOCK_TAIL ? GB_RED_ZONE : 0;
	void *q;

	retire(b, id);
	q = in.heap.realloc((void *)b->user, size + tail, gfp);
	if (!q) {
		reclaim(b, id, now);
		return NULL;
	}
	b->user = (uintptr_t)q;
	b->size = size;
	b->made = *now;
	b->flags &= GB_BLOCK_TAIL; /* the inside is the workload's from now on */
	examine(b, id, IN_PLACE, now);
	check_usable_size(b, now);
	if (gb_block_hash(q, kept) != before)
		report("stale-realloc", b, now, NULL, 0);
	gb_block_fill_zones(b);
	gb_block_publish(b);
	return q;
}

static void *check_realloc(void *p, size_t size, gfp_t gfp)
{
	struct gb_check_op now;
	struct gb_block *b;
	uint32_t id;

	if (!p || p == ZERO_SIZE)
		return new_block(size, gfp, 0, inside_flag);
	if (!size) {
		check_free(p);
		return NULL;
	}
	now = gb_check_op_now();
	b = take_live(p, &now, &id);
	if (!b)
		return NULL;
	verify(b, &now);
	return b->flags & GB_BLOCK_FRONT ? move(b, p, size, gfp) : resize(b, id, size, gfp, &now);
}

/* --- the backend ----------------------------------------------------------------------------- */

static int locate(const char *argument, struct gb_backend_location *l, struct gb_error *e)
{
	struct gb_backend_ref ref;

	if (gb_wrapper_inner(argument) != argument)
		return gb_fail(e, GB_EXIT_USAGE, "write check:BACKEND",
			       "backend check has no options, but was given '%.80s'", argument);
	if (gb_backend_parse(argument, &ref, e))
		return -(int)e->code;
	if (!(ref.caps & GB_CAP_CONTENTS))
		return gb_fail(e, GB_EXIT_USAGE, "gfpbench list backends shows which promise it",
			       "check:%.60s: that backend does not promise contents, so there is "
			       "nothing to check", argument);
	return gb_wrapped_locate("check", argument, l, e);
}

GB_WRAPPER_HOOKS(in)

static int start(const struct gb_backend_config *c, struct gb_heap *h, struct gb_error *e)
{
	struct gb_backend_memory m;

	if (gb_interval_open(e) || gb_blocks_open(e) || gb_wrapped_start(&in, c, e))
		return -(int)e->code;
	seed = c->seed;
	gfp_rules = in.ref.caps & GB_CAP_GFP && !(in.ref.caps & GB_CAP_WRAPPER);
	inside_flag = c->writes_inside ? 0 : GB_BLOCK_INSIDE;
	memory(&m);
	gb_account_start(&m);
	gb_event_stop_at_fault(1);
	*h = (struct gb_heap){
		.alloc = check_alloc,
		.free = check_free,
		.aligned = in.heap.aligned ? check_aligned : NULL,
		.realloc = in.heap.realloc ? check_realloc : NULL,
		.usable = check_usable,
		.kernel = gb_check_kernel(in.heap.kernel),
	};
	return 0;
}

/* Everything that a workload allocated is free by now, its caches and reserves too, which
 * it destroys after all blocks are back. */
static void stop_all(void)
{
	struct gb_backend_memory m;

	quiesce();
	memory(&m);
	gb_account_freed(&m, seed);
	stop();
	gb_event_stop_at_fault(0);
	gb_blocks_close();
	gb_interval_close();
}

const struct gb_backend gb_backend_checking = {
	.interface = GB_BACKEND_INTERFACE,
	.name = "check",
	.summary = "verifies every block of another backend",
	.detail = "Red zones, a pattern over the whole block, poison at free, random audits; no\n"
		  "block may overlap a live one, be misaligned, smaller than asked for, not\n"
		  "zeroed when zeros were asked for, or lose its contents in realloc.  The\n"
		  "first fault ends the sample with status corrupt and an event that names the\n"
		  "operations that met.  Never measure speed through it.",
	.caps = GB_CAP_IRQ_SAFE | GB_CAP_ATOMIC | GB_CAP_GFP | GB_CAP_CONTENTS | GB_CAP_MALLOC |
		GB_CAP_WRAPPER | GB_CAP_ZERO | GB_CAP_ALIGNED | GB_CAP_REALLOC | GB_CAP_USABLE |
		GB_CAP_LARGE | GB_CAP_CONTIGUOUS | GB_CAP_KERNEL,
	.argument_help = "BACKEND",
	.locate = locate,
	.start = start,
	.stop = stop_all,
	.cpu_online = cpu_online,
	.cpu_offline = cpu_offline,
	.quiesce = quiesce,
	.memory = memory,
	.pressure = pressure,
	.version = version,
	.origin = origin,
};
