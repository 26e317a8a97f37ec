/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The gfpbench authors */
/*
 * A pointer in a recording names the object that was allocated there last.  Four things
 * break that simple rule, and each has its count (kernel-model 8.2):
 *
 *  - the kernel reports a large kmalloc twice: an alloc event whose pointer is live, from
 *    the alloc event directly before it on that CPU and of the same size, is a duplicate;
 *  - it frees in bulk without events: any other alloc event whose pointer is live shows
 *    that the old object was freed unseen; it is freed first, in the new one's context;
 *  - it frees what is older than the recording, or (clocks of CPUs differ) what the file
 *    mentions only later: unmatched, dropped;
 *  - it frees null.
 *
 * Invariant: every operation written is an allocation of a new object number, or the one
 * free of an object number that stands before it.  Events with null pointers are never in
 * the table, so ptr 0 marks its empty slots.
 */
#include "recording/match.h"

#include <errno.h>
#include <string.h>

#include "machine/cpu.h"

#include "recording/vector.h"

#define TABLE_MIN    ((size_t)1024)
#define NAMES_MAX    4096u /* kernels have some hundreds of caches */
#define NAME_LEN_MAX 64u
#define NO_SLOT      SIZE_MAX

static int no_memory(struct gb_error *e)
{
	return gb_fail_errno(e, GB_EXIT_HARNESS, errno, NULL, "memory for the recording");
}

/* Pointers differ in few bits, at both ends: mix all of them into the low ones. */
static uint64_t mix(uint64_t v)
{
	v ^= v >> 32;
	v *= UINT64_C(0xd6e8feb86659fd93);
	v ^= v >> 32;
	v *= UINT64_C(0xd6e8feb86659fd93);
	return v ^ (v >> 32);
}

/* --- the table of live objects --------------------------------------------------- */

static struct gb_live *slots(struct gb_matcher *m)
{
	return m->table.data;
}

static size_t find(struct gb_matcher *m, uint64_t ptr)
{
	struct gb_live *s = slots(m);

	for (size_t i = mix(ptr) & m->table_mask; s[i].ptr; i = (i + 1) & m->table_mask)
		if (s[i].ptr == ptr)
			return i;
	return NO_SLOT;
}

static void place(struct gb_live *s, size_t mask, struct gb_live entry)
{
	size_t i = mix(entry.ptr) & mask;

	while (s[i].ptr)
		i = (i + 1) & mask;
	s[i] = entry;
}

static int grow_table(struct gb_matcher *m, size_t count)
{
	struct gb_vector wider = { 0 };

	if (gb_vector_reserve(&wider, count * sizeof(struct gb_live)))
		return -1;
	for (size_t i = 0; m->table.data && i <= m->table_mask; i++)
		if (slots(m)[i].ptr)
			place(wider.data, count - 1, slots(m)[i]);
	gb_vector_free(&m->table);
	m->table = wider;
	m->table_mask = count - 1;
	return 0;
}

static int insert(struct gb_matcher *m, struct gb_live entry)
{
	if (2 * (m->live + 1) > m->table_mask && grow_table(m, 2 * (m->table_mask + 1)))
		return -1;
	place(slots(m), m->table_mask, entry);
	m->live++;
	m->live_bytes += entry.size;
	return 0;
}

/* Close the gap: move back every later entry of the run that may stand in it. */
static void erase(struct gb_matcher *m, size_t gap)
{
	struct gb_live *s = slots(m);
	size_t mask = m->table_mask;

	m->live--;
	m->live_bytes -= s[gap].size;
	for (size_t i = (gap + 1) & mask; s[i].ptr; i = (i + 1) & mask) {
		size_t home = mix(s[i].ptr) & mask;

		if (((i - home) & mask) >= ((i - gap) & mask)) {
			s[gap] = s[i];
			gap = i;
		}
	}
	s[gap].ptr = 0;
}

/* --- names of slab caches --------------------------------------------------------- */

const char *gb_recording_cache(const struct gb_recording *r, unsigned int number)
{
	const uint32_t *offset = r->name_offsets.data;

	if (!number || number >= r->nr_caches)
		return "";
	return (const char *)r->names.data + offset[number];
}

static uint64_t name_hash(const char *name, size_t n)
{
	uint64_t h = n;

	for (size_t i = 0; i < n; i++)
		h = (h ^ (unsigned char)name[i]) * UINT64_C(0x100000001b3);
	return mix(h);
}

static int new_name(struct gb_matcher *m, const char *name, size_t n)
{
	struct gb_recording *r = m->rec;

	if (gb_vector_reserve(&r->names, m->names_len + n + 1) ||
	    gb_vector_reserve(&r->name_offsets, (r->nr_caches + 1) * sizeof(uint32_t)))
		return -1;
	memcpy((char *)r->names.data + m->names_len, name, n);
	((char *)r->names.data)[m->names_len + n] = '\0';
	((uint32_t *)r->name_offsets.data)[r->nr_caches] = (uint32_t)m->names_len;
	m->names_len += n + 1;
	return (int)r->nr_caches++;
}

/* Number of the name; 0: none, or too many to be real; -1: no memory. */
static int cache_number(struct gb_matcher *m, const char *name, size_t n)
{
	uint16_t *table = m->name_table.data;
	size_t i;
	int number;

	if (!name || !n)
		return 0;
	if (n > NAME_LEN_MAX)
		n = NAME_LEN_MAX;
	for (i = name_hash(name, n) & m->name_mask; table[i];
	     i = (i + 1) & m->name_mask) {
		const char *known = gb_recording_cache(m->rec, table[i]);

		if (strlen(known) == n && !memcmp(known, name, n))
			return table[i];
	}
	if (m->rec->nr_caches >= NAMES_MAX || memchr(name, '\0', n))
		return 0;
	number = new_name(m, name, n);
	if (number > 0)
		table[i] = (uint16_t)number;
	return number;
}

/* --- operations ------------------------------------------------------------------ */

static int append(struct gb_matcher *m, const struct gb_kmem_event *ev,
		  struct gb_recorded_op op, struct gb_error *e)
{
	struct gb_recording *r = m->rec;
	size_t n = r->nr_ops;

	if (gb_vector_reserve(&r->ops, (n + 1) * sizeof(*r->op)) ||
	    gb_vector_reserve(&r->cpus, (n + 1) * sizeof(*r->cpu)) ||
	    gb_vector_reserve(&r->times, (n + 1) * sizeof(*r->time_ns)))
		return no_memory(e);
	r->op = r->ops.data;
	r->cpu = r->cpus.data;
	r->time_ns = r->times.data;
	op.context = ev->context;
	op.flags |= ev->nested ? GB_RECORDED_NESTED : 0;
	r->op[n] = op;
	r->cpu[n] = (uint16_t)ev->cpu;
	r->time_ns[n] = ev->time_ns;
	r->nr_ops++;
	return 0;
}

static int free_object(struct gb_matcher *m, const struct gb_kmem_event *ev, size_t slot,
		       uint8_t flags, struct gb_error *e)
{
	struct gb_live old = slots(m)[slot];

	erase(m, slot);
	return append(m, ev,
		      (struct gb_recorded_op){ .object = old.object,
					       .size = old.size,
					       .flags = flags | GB_RECORDED_FREE },
		      e);
}

/* No known flag at all: what its context would have used. */
static gfp_t mask_of(struct gb_matcher *m, const struct gb_kmem_event *ev)
{
	m->unknown_masks += !!ev->mask.unknown;
	if (ev->mask.unknown && ev->mask.unknown == ev->mask.names)
		return ev->context == GB_PROCESS ? GFP_KERNEL : GFP_ATOMIC;
	return ev->mask.gfp;
}

static void count_alloc(struct gb_matcher *m, const struct gb_kmem_event *ev)
{
	uint64_t *n = m->rec->metric;

	n[GB_REC_ALLOCS]++;
	n[GB_REC_ALLOCS_PROCESS + ev->context]++;
	n[GB_REC_REQUESTED_BYTES] += ev->size;
	if (m->live_bytes > n[GB_REC_PEAK_LIVE_BYTES])
		n[GB_REC_PEAK_LIVE_BYTES] = m->live_bytes;
}

static int match_alloc(struct gb_matcher *m, const struct gb_kmem_event *ev,
		       struct gb_error *e)
{
	uint32_t *last = &((uint32_t *)m->last_alloc.data)[ev->cpu];
	uint64_t *n = m->rec->metric;
	struct gb_recorded_op op = { .size = (uint32_t)ev->size };
	size_t slot;
	int cache;

	if (!ev->ptr || ev->size > UINT32_MAX) { /* a kernel gives no such block */
		*last = 0;
		n[GB_REC_FAILED_ALLOCS]++;
		return 0;
	}
	slot = find(m, ev->ptr);
	if (slot != NO_SLOT) {
		const struct gb_live *old = &slots(m)[slot];

		if (old->object + 1 == *last && old->size == ev->size) {
			n[GB_REC_DUPLICATE_EVENTS]++;
			return 0;
		}
		n[GB_REC_IMPLICIT_FREES]++;
		if (free_object(m, ev, slot, GB_RECORDED_IMPLICIT, e))
			return -(int)e->code;
	}
	cache = cache_number(m, ev->cache, ev->cache_len);
	op.object = (uint32_t)m->rec->nr_objects++;
	if (cache < 0 || insert(m, (struct gb_live){ ev->ptr, op.object, op.size }))
		return no_memory(e);
	op.cache = (uint16_t)cache;
	op.gfp = mask_of(m, ev);
	*last = op.object + 1;
	count_alloc(m, ev);
	return append(m, ev, op, e);
}

static int match_free(struct gb_matcher *m, const struct gb_kmem_event *ev,
		      struct gb_error *e)
{
	uint64_t *n = m->rec->metric;
	size_t slot;

	if (!ev->ptr) {
		n[GB_REC_NULL_FREES]++;
		return 0;
	}
	slot = find(m, ev->ptr);
	if (slot == NO_SLOT) {
		n[GB_REC_UNMATCHED_FREES]++;
		return 0;
	}
	n[GB_REC_FREES]++;
	n[GB_REC_FREES_PROCESS + ev->context]++;
	return free_object(m, ev, slot, 0, e);
}

/* --- beginning, every event, end ------------------------------------------------- */

int gb_match_begin(struct gb_matcher *m, struct gb_recording *r, struct gb_error *e)
{
	*m = (struct gb_matcher){ .rec = r };
	if (grow_table(m, TABLE_MIN) ||
	    gb_vector_reserve(&m->last_alloc, GB_RECORDING_MAX_CPUS * sizeof(uint32_t)) ||
	    gb_vector_reserve(&m->name_table, 2 * NAMES_MAX * sizeof(uint16_t)) ||
	    gb_vector_reserve(&r->ranks, GB_RECORDING_MAX_CPUS * sizeof(uint16_t)))
		return no_memory(e);
	m->name_mask = 2 * NAMES_MAX - 1;
	r->nr_caches = 1;
	r->cpu_rank = r->ranks.data;
	return 0;
}

static void see_time(struct gb_matcher *m, uint64_t ns)
{
	struct gb_recording *r = m->rec;

	if (!r->metric[GB_REC_EVENTS]) {
		r->first_ns = r->last_ns = ns;
	} else if (ns < r->last_ns) {
		m->backward++;
		if (r->last_ns - ns > m->backward_max_ns)
			m->backward_max_ns = r->last_ns - ns;
		if (ns < r->first_ns)
			r->first_ns = ns;
	} else {
		r->last_ns = ns;
	}
}

int gb_match_event(struct gb_matcher *m, const struct gb_kmem_event *ev,
		   struct gb_error *e)
{
	struct gb_recording *r = m->rec;

	if (ev->kind == GB_KMEM_MALFORMED) {
		r->metric[GB_REC_MALFORMED_LINES]++;
		return 0;
	}
	/* an event may become two operations */
	if (r->nr_ops + 2 > GB_RECORDING_MAX_OPS) {
		m->full = 1;
		return 0;
	}
	see_time(m, ev->time_ns);
	r->metric[GB_REC_EVENTS]++;
	r->cpu_rank[ev->cpu] = 1;
	if (ev->kind == GB_KMEM_ALLOC)
		return match_alloc(m, ev, e);
	return ev->kind == GB_KMEM_FREE ? match_free(m, ev, e) : 0;
}

/* From "was seen" to the number among those seen. */
static void rank_cpus(struct gb_recording *r)
{
	for (unsigned int i = 0; i < GB_RECORDING_MAX_CPUS; i++)
		if (r->cpu_rank[i])
			r->cpu_rank[i] = (uint16_t)r->nr_cpus++;
	r->metric[GB_REC_CPUS] = r->nr_cpus;
}

void gb_match_end(struct gb_matcher *m)
{
	struct gb_recording *r = m->rec;
	const uint64_t *n = r->metric;

	r->metric[GB_REC_LEAKED] = m->live;
	rank_cpus(r);
	if (n[GB_REC_UNMATCHED_FREES])
		gb_recording_warn(
			r,
			"%llu frees have no allocation before them (objects older "
			"than the recording, or clock skew): dropped",
			(unsigned long long)n[GB_REC_UNMATCHED_FREES]);
	if (m->backward)
		gb_recording_warn(
			r,
			"%llu lines step back in time, by up to %.3f ms: the order "
			"of lines is taken as the order of time",
			(unsigned long long)m->backward,
			(double)m->backward_max_ns / 1e6);
	if (m->unknown_masks)
		gb_recording_warn(
			r,
			"%llu allocations have GFP flags of unknown names: the known "
			"ones are used",
			(unsigned long long)m->unknown_masks);
	if (m->full)
		gb_recording_warn(r, "longer than %u operations: the rest is left out",
				  GB_RECORDING_MAX_OPS);
	gb_match_free(m);
}

void gb_match_free(struct gb_matcher *m)
{
	gb_vector_free(&m->table);
	gb_vector_free(&m->last_alloc);
	gb_vector_free(&m->name_table);
}
