/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The gfpbench authors */
/*
 * slab_debug: red zones, poison, owners, consistency (mm/slub.c; kernel-model 3.7,
 * statements 66 to 69).  A cache with any of these has no arrays, so every call comes here.
 *
 *	| left red zone | object ...... | right red zone | word | alloc | free  | orig | pad |
 *	                ^ p             ^ object_size    ^ inuse        ^ track        size
 *
 * Red zones are 0xbb while the object is free, 0xcc while it is in use; a free object is
 * 0x6b with 0xa5 at its end; what is never used is 0x5a.  With red zone and owner tracking
 * a kmalloc object remembers the size asked for, and the rest of its class is red zone.
 *
 * Which objects are free is known from the slab's bits, not from a chain through the
 * objects: a double free is always found, a corrupt chain cannot be.
 *
 * An object is marked after its bit was cleared and before it is set, by the CPU that takes
 * or frees it.  Marks are written under the cache lock, and who checks whole slabs passes by
 * an object that the bits call taken and its marks free.
 */
#include <string.h>

#include "kernel/slab.h"
#include "kernel/slab_track.h"
#include "machine/format.h"

#define RED_INACTIVE  0xbb
#define RED_ACTIVE    0xcc
#define POISON_FREE   0x6b
#define POISON_END    0xa5
#define POISON_INUSE  0x5a

static int poisoned(const struct kmem_cache *s)
{
	return s->flags & SLAB_POISON && !(s->flags & SLAB_TYPESAFE_BY_RCU) && !s->ctor;
}

/* ------------------------------------------------------------------ layout */

/* calculate_sizes(): @size is the word-aligned object size on entry, the stride before
 * alignment on return. */
void slab_debug_layout(struct kmem_cache *s, size_t *size, size_t align)
{
	slab_flags_t f = s->flags;

	if (f & SLAB_RED_ZONE && *size == s->object_size)
		*size += sizeof(void *);
	s->inuse = (uint32_t)*size;
	if (f & (SLAB_TYPESAFE_BY_RCU | SLAB_POISON | SLAB_RED_ZONE) || s->ctor)
		*size += sizeof(void *);
	if (f & SLAB_STORE_USER) {
		s->track_offset = (uint32_t)*size;
		*size += 2 * sizeof(struct slab_track);
		if (f & SLAB_KMALLOC && slab_profile != SLAB_3_4) {
			s->orig_offset = (uint32_t)*size;
			*size += sizeof(uint64_t);
		}
	}
	if (f & SLAB_RED_ZONE) {
		*size += sizeof(void *);
		s->red_left_pad = (uint32_t)((sizeof(void *) + align - 1) & ~(align - 1));
		*size += s->red_left_pad;
	}
}

/* End of what may be written by the owner. */
static size_t used_size(const struct kmem_cache *s, const char *p)
{
	if (s->orig_offset && s->flags & SLAB_RED_ZONE)
		return *(const uint32_t *)(p + s->orig_offset);
	return s->object_size;
}

size_t slab_debug_orig_size(struct kmem_cache *s, const void *p)
{
	return *(const uint32_t *)((const char *)p + s->orig_offset);
}

static void fill_red(struct kmem_cache *s, char *p, int red)
{
	size_t used = red == RED_ACTIVE ? used_size(s, p) : s->object_size;

	if (!(s->flags & SLAB_RED_ZONE))
		return;
	memset(p - s->red_left_pad, red, s->red_left_pad);
	memset(p + used, red, s->inuse - used);
}

static void fill_poison(struct kmem_cache *s, char *p)
{
	if (!poisoned(s))
		return;
	memset(p, POISON_FREE, s->object_size - 1);
	p[s->object_size - 1] = (char)POISON_END;
}

void slab_debug_init_slab(struct kmem_cache *s, struct page *slab)
{
	char *base = lowmem_page_address(slab);

	if (s->flags & (SLAB_POISON | SLAB_RED_ZONE | SLAB_STORE_USER))
		memset(base, POISON_INUSE, PAGE_SIZE << slab->order);
	for (unsigned int i = 0; i < slab->objects; i++) {
		char *p = slab_object_at(s, slab, i);

		fill_red(s, p, RED_INACTIVE);
		fill_poison(s, p);
		if (s->track_offset)
			memset(p + s->track_offset, 0, 2 * sizeof(struct slab_track));
	}
}

/* ------------------------------------------------------------------ reports */

static size_t offset_in_slab(const void *p)
{
	return (size_t)((const char *)p -
			(const char *)lowmem_page_address(virt_to_head_page(p)));
}

static void report_owner(struct kmem_cache *s, const char *p)
{
	const struct slab_track *t = (const void *)(p + s->track_offset);

	if (!s->track_offset)
		return;
	slab_track_report("Allocated", &t[0]);
	slab_track_report("Freed", &t[1]);
}

/* The frame of every report: what, the owners, the slab. */
static void report_object(struct kmem_cache *s, const char *p, const char *reason)
{
	struct page *slab = virt_to_head_page(p);

	kernel_warn("slab-bug", "BUG %s (Not tainted): %s", s->name, reason);
	report_owner(s, p);
	kernel_warn("slab-detail", "Slab %p objects=%u used=%u; Object %p @offset=%zu",
		    (void *)slab, slab->objects, slab->inuse, (const void *)p,
		    offset_in_slab(p));
}

/* check_bytes_and_report(): 1 when [at, at + n) is all @value; else reports, restores. */
static int check_bytes(struct kmem_cache *s, const char *p, const char *what, char *at,
		       int value, size_t n)
{
	char reason[160];
	size_t first = 0, last = n;

	while (first < n && (unsigned char)at[first] == value)
		first++;
	if (first == n)
		return 1;
	while ((unsigned char)at[last - 1] == value)
		last--;
	gb_format(reason, sizeof(reason),
		  slab_profile == SLAB_6_18 ?
			  "[%s overwritten] %p-%p @offset=%zu. First byte %#x instead of %#x" :
			  "%s overwritten %p-%p @offset=%zu. First byte %#x instead of %#x",
		  what, (void *)(at + first), (void *)(at + last - 1),
		  offset_in_slab(at + first), (unsigned char)at[first], (unsigned int)value);
	report_object(s, p, reason);
	kernel_warn("slab-fix", "FIX %s: Restoring %s %p-%p=%#x", s->name, what,
		    (void *)(at + first), (void *)(at + last - 1), (unsigned int)value);
	memset(at + first, value, last - first);
	return 0;
}

/* ------------------------------------------------------------------ checks */

static int check_red(struct kmem_cache *s, char *p, int red)
{
	size_t used = used_size(s, p);
	int good;

	if (!(s->flags & SLAB_RED_ZONE))
		return 1;
	good = check_bytes(s, p, "Left Redzone", p - s->red_left_pad, red, s->red_left_pad);
	good &= check_bytes(s, p, "Right Redzone", p + s->object_size, red,
			    s->inuse - s->object_size);
	if (red == RED_ACTIVE && used < s->object_size)
		good &= check_bytes(s, p, "kmalloc Redzone", p + used, red,
				    s->object_size - used);
	return good;
}

static int check_poison(struct kmem_cache *s, char *p)
{
	int good;

	if (!poisoned(s))
		return 1;
	good = check_bytes(s, p, "Poison", p, POISON_FREE, s->object_size - 1);
	return good & check_bytes(s, p, "End Poison", p + s->object_size - 1, POISON_END, 1);
}

/* What lies behind the last metadata, up to the next object's left red zone. */
static int check_padding(struct kmem_cache *s, char *p)
{
	size_t end = s->inuse + sizeof(void *);

	if (!(s->flags & SLAB_POISON))
		return 1;
	if (s->track_offset)
		end = s->track_offset + 2 * sizeof(struct slab_track) +
		      (s->orig_offset ? sizeof(uint64_t) : 0);
	return check_bytes(s, p, "Object padding", p + end, POISON_INUSE,
			   s->size - s->red_left_pad - end);
}

static int check_object(struct kmem_cache *s, char *p, int red)
{
	int good = check_red(s, p, red);

	if (red == RED_INACTIVE)
		good &= check_poison(s, p);
	return good & check_padding(s, p);
}

/* ------------------------------------------------------------------ calls */

static void set_orig_size(struct kmem_cache *s, char *p, size_t size)
{
	if (s->orig_offset)
		*(uint32_t *)(p + s->orig_offset) = (uint32_t)size;
}

static void trace_call(struct kmem_cache *s, const char *what, const void *p)
{
	if (s->flags & SLAB_TRACE)
		kernel_warn("slab-trace", "TRACE %s %s %p inuse=%u", s->name, what, p,
			    virt_to_head_page(p)->inuse);
}

int slab_debug_alloc(struct kmem_cache *s, void *object, size_t orig_size,
		     const void *caller)
{
	char *p = object;
	unsigned long flags;

	if (s->flags & SLAB_CONSISTENCY_CHECKS && !check_object(s, p, RED_INACTIVE)) {
		kernel_warn("slab-fix", "FIX %s: Marking all objects used", s->name);
		slab_retire(s, virt_to_head_page(p));
		return 0;
	}
	if (s->track_offset)
		slab_track_set((struct slab_track *)(p + s->track_offset), caller);
	flags = raw_spin_lock_irqsave(&s->lock);
	set_orig_size(s, p, orig_size);
	fill_red(s, p, RED_ACTIVE);
	raw_spin_unlock_irqrestore(&s->lock, flags);
	trace_call(s, "alloc", p);
	return 1;
}

static int refuse(struct kmem_cache *s, void *p, const char *reason)
{
	report_object(s, p, reason);
	kernel_warn("slab-fix", "FIX %s: Object at %p not freed", s->name, p);
	return 0;
}

static int may_free(struct kmem_cache *s, void *p)
{
	unsigned int index;

	if (slab_object(s, p, &index) != p) {
		char reason[64];

		gb_format(reason, sizeof(reason), "Invalid object pointer %p", p);
		kernel_warn("slab-bug", "BUG %s (Not tainted): %s", s->name, reason);
		kernel_warn("slab-fix", "FIX %s: Object at %p not freed", s->name, p);
		return 0;
	}
	if (slab_bit_free(virt_to_head_page(p), index))
		return refuse(s, p, "Object already free");
	if (!check_object(s, p, RED_ACTIVE)) {
		kernel_warn("slab-fix", "FIX %s: Object at %p not freed", s->name, p);
		return 0;
	}
	return 1;
}

/* free_consistency_checks() and init_object(); 0: the object stays allocated. */
int slab_debug_free(struct kmem_cache *s, void *object, const void *caller)
{
	char *p = object;
	unsigned long flags;

	if (s->flags & SLAB_CONSISTENCY_CHECKS && !may_free(s, p))
		return 0;
	if (s->track_offset)
		slab_track_set((struct slab_track *)(p + s->track_offset) + 1, caller);
	trace_call(s, "free", p);
	flags = raw_spin_lock_irqsave(&s->lock);
	fill_red(s, p, RED_INACTIVE);
	fill_poison(s, p);
	raw_spin_unlock_irqrestore(&s->lock, flags);
	return 1;
}

void slab_debug_resize(struct kmem_cache *s, void *p, size_t size)
{
	unsigned long flags = raw_spin_lock_irqsave(&s->lock);

	set_orig_size(s, p, size);
	fill_red(s, p, RED_ACTIVE);
	raw_spin_unlock_irqrestore(&s->lock, flags);
}

void slab_debug_use_all(struct kmem_cache *s, void *p)
{
	if (s->orig_offset && slab_is_object(s, p))
		slab_debug_resize(s, p, s->object_size);
}

/* Does a taken object bear the marks of a free one?  Then it is on its way. */
static int in_transit(const struct kmem_cache *s, const char *p)
{
	const char *left = p - s->red_left_pad;

	return s->flags & SLAB_RED_ZONE && (unsigned char)*left == RED_INACTIVE &&
	       !memcmp(left, left + 1, s->red_left_pad - 1);
}

/* validate_slab(); the cache lock is held. */
int slab_debug_check_slab(struct kmem_cache *s, struct page *slab)
{
	int good = 1;

	for (unsigned int i = 0; i < slab->objects; i++) {
		char *p = slab_object_at(s, slab, i);

		if (slab_bit_free(slab, i))
			good &= check_object(s, p, RED_INACTIVE);
		else if (!in_transit(s, p))
			good &= check_object(s, p, RED_ACTIVE);
	}
	return good;
}

void slab_report_invalid(struct kmem_cache *s, void *p)
{
	unsigned int id = slab_id_of(p);
	char reason[96];

	if (id != s->id)
		gb_format(reason, sizeof(reason), "page slab pointer corrupt: %p is not of it", p);
	else if (slab_object(s, p, NULL) != p)
		gb_format(reason, sizeof(reason), "Invalid object pointer %p", p);
	else
		gb_format(reason, sizeof(reason), "Object already free: %p", p);
	kernel_bug("slab-bug", "BUG %s (Not tainted): %s; not freed", s->name, reason);
}
