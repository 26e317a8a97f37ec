/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The gfpbench authors */
/*
 * How large a slab is and what lies in it: calculate_sizes() and calculate_order() of
 * mm/slub.c, kmem_cache_create() of 3.4's mm/slab.c (kernel-model 3.3, 3.8; statement 71).
 *
 * The page orders and object counts are the kernel's own, so that memory runs out, falls
 * back to order 0 and fragments as it does there, although our free bits need no room in
 * the slab.
 */
#include "kernel/slab.h"

#define SLUB_MAX_ORDER 3
#define SLUB_MAX_OBJECTS 32767u
/* 3.4 SLAB: struct slab, and one index per object, inside the slab of a small object */
#define SLAB34_HEADER 48u
#define SLAB34_INDEX 4u
#define SLAB34_OFF_SLAB (PAGE_SIZE / 8)

static unsigned int get_order(size_t size)
{
	return size <= PAGE_SIZE ? 0 : 64 - PAGE_SHIFT - (unsigned int)__builtin_clzl(size - 1);
}

static unsigned int order_objects(unsigned int order, size_t size)
{
	return (unsigned int)((PAGE_SIZE << order) / size);
}

/* The first order that wastes no more than 1/@fraction; above the maximum: none. */
static unsigned int slub_fit(size_t size, unsigned int min_objects, unsigned int max_order,
			     unsigned int fraction)
{
	unsigned int order = get_order((size_t)min_objects * size);

	for (; order <= max_order; order++)
		if ((PAGE_SIZE << order) % size <= (PAGE_SIZE << order) / fraction)
			break;
	return order;
}

static unsigned int slub_order(size_t size, unsigned int nr_cpus)
{
	unsigned int cpu_bits = 32 - (unsigned int)__builtin_clz(nr_cpus | 1);
	unsigned int min_objects = 4 * (cpu_bits + 1), order;
	unsigned int most = order_objects(SLUB_MAX_ORDER, size);

	if (min_objects > most)
		min_objects = most;
	while (min_objects >= 1) {
		for (unsigned int fraction = 16; fraction > 1; fraction /= 2) {
			order = slub_fit(size, min_objects, SLUB_MAX_ORDER, fraction);
			if (order <= SLUB_MAX_ORDER)
				return order;
		}
		if (slab_profile == SLAB_6_18)
			break;
		min_objects--; /* 6.1 settles for fewer */
	}
	return get_order(size);
}

/* Objects of a 3.4 SLAB slab, its own management deducted. */
static unsigned int slab34_objects(unsigned int order, size_t size, size_t *left)
{
	size_t bytes = PAGE_SIZE << order;
	unsigned int n;

	if (size >= SLAB34_OFF_SLAB) {
		n = (unsigned int)(bytes / size);
		*left = bytes - n * size;
	} else {
		n = (unsigned int)((bytes - SLAB34_HEADER) / (size + SLAB34_INDEX));
		*left = bytes - n * (size + SLAB34_INDEX) - SLAB34_HEADER;
	}
	return n;
}

static unsigned int slab34_order(size_t size)
{
	unsigned int order, brk = mm.nr_pages > (32UL << 20 >> PAGE_SHIFT) ? 1 : 0;
	size_t left;

	for (order = 0; order < MAX_PAGE_ORDER; order++) {
		if (!slab34_objects(order, size, &left))
			continue;
		if (order >= brk || left * 8 <= PAGE_SIZE << order)
			break;
	}
	return order;
}

static unsigned int count_objects(unsigned int order, size_t size)
{
	unsigned int n = order_objects(order, size);
	size_t left;

	if (slab_profile == SLAB_3_4)
		n = slab34_objects(order, size, &left);
	if (n > SLUB_MAX_OBJECTS)
		n = SLUB_MAX_OBJECTS;
	return n > SLAB_MAX_OBJECTS ? SLAB_MAX_OBJECTS : n;
}

static size_t align_up(size_t n, size_t align)
{
	return (n + align - 1) & ~(align - 1);
}

/* calculate_alignment(), mm/slab_common.c. */
size_t slab_alignment(slab_flags_t flags, size_t align, size_t size)
{
	size_t line = GB_CACHE_LINE;

	if (flags & SLAB_HWCACHE_ALIGN) {
		while (size <= line / 2)
			line /= 2;
		if (align < line)
			align = line;
	}
	return align < sizeof(void *) ? sizeof(void *) : align_up(align, sizeof(void *));
}

static unsigned int clamp_log2(size_t size)
{
	unsigned int n = (63 - (unsigned int)__builtin_clzl(size)) / 2;

	return n < 5 ? 5 : n > 10 ? 10 : n;
}

/* set_cpu_partial(): reported only; our arrays take its place. */
static unsigned int cpu_partial(size_t size)
{
	static const unsigned int now[] = { 6, 24, 52, 120 }, v34[] = { 2, 6, 13, 30 };
	int i = size >= PAGE_SIZE ? 0 : size >= 1024 ? 1 : size >= 256 ? 2 : 3;

	return slab_profile == SLAB_3_4 ? v34[i] : now[i];
}

/* What ksize() says: slab_ksize(), mm/slub.c. */
static uint32_t usable(const struct kmem_cache *s)
{
	if (s->flags & (SLAB_RED_ZONE | SLAB_POISON))
		return s->object_size;
	if (s->flags & (SLAB_TYPESAFE_BY_RCU | SLAB_STORE_USER))
		return s->inuse;
	return s->size;
}

/* Blocks lie aligned to their size.  So where strides are powers of two and fill the slab,
 * low bits of an address tell whether an object starts there.
 *
 * Where all slabs are of one order, they are the offset in the slab.  Let d be the stride,
 * m = floor(2^32 / d) + 1 and e = d * m - 2^32 (0 < e <= d).  At offset q * d + r, r < d, the
 * product with m is q * e + r * m mod 2^32: q * e for the start of an object, at most
 * (objects - 1) * e; more behind the last one, and m at least inside.  Nothing wraps around,
 * and m is above the limit, while d * (slab + d) < 2^32. */
static struct slab_starts starts(const struct kmem_cache *s)
{
	uint64_t slab = PAGE_SIZE << s->order, d = s->size;
	uint32_t m = (uint32_t)((1ull << 32) / d + 1);
	int full = s->objects * d == slab && s->min_objects * d == PAGE_SIZE << s->min_order;

	if (full && !(d & (d - 1)))
		return (struct slab_starts){ s->size - 1, 1, 0 };
	if (s->order != s->min_order || d * (slab + d) >> 32)
		return (struct slab_starts){ SLAB_STARTS_UNTOLD, 1, 0 };
	return (struct slab_starts){ (uint32_t)slab - 1, m, (s->objects - 1) * (s->size * m) };
}

/* Object size and flags are set; fills in the rest. */
void slab_geometry(struct kmem_cache *s, size_t align)
{
	size_t size = align_up(s->object_size, sizeof(void *));

	align = slab_alignment(s->flags, align, s->object_size);
	s->inuse = (uint32_t)size;
	if (s->flags & SLAB_DEBUG_FLAGS)
		slab_debug_layout(s, &size, align);
	else if ((s->ctor || s->flags & SLAB_TYPESAFE_BY_RCU) && slab_profile != SLAB_3_4)
		size += sizeof(void *); /* where the kernel puts its free pointer */
	size = align_up(size, align);
	s->size = (uint32_t)size;
	s->align = (uint32_t)align;
	s->reciprocal = (uint32_t)(((1ULL << 32) + size - 1) / size);
	s->min_order = (uint8_t)get_order(size);
	s->order = s->flags & (SLAB_LARGE | SLAB_INTERNAL) || size > PAGE_SIZE << SLUB_MAX_ORDER ? s->min_order :
		   slab_profile == SLAB_3_4 ? (uint8_t)slab34_order(size) :
					      (uint8_t)slub_order(size, mm.nr_cpus);
	if (slab_profile == SLAB_3_4)
		s->min_order = s->order; /* SLAB had no smaller second try */
	s->objects = (uint16_t)count_objects(s->order, size);
	s->min_objects = (uint16_t)count_objects(s->min_order, size);
	s->starts = starts(s);
	s->min_partial = s->flags & (SLAB_LARGE | SLAB_INTERNAL) ? 0 : clamp_log2(size);
	s->cpu_partial = cpu_partial(size);
	s->usable_size = usable(s);
	s->page_gfp = (s->flags & SLAB_CACHE_DMA ? __GFP_DMA : 0) |
		      (s->flags & SLAB_RECLAIM_ACCOUNT ? __GFP_RECLAIMABLE : 0);
}
