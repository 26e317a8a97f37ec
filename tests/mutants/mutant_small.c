/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The gfpbench authors */
/*
 * The mutant malloc's small blocks: classes, the threads' slots, spans and how they are
 * cut.  Sound unless GFPBENCH_MUTANT names a bug.
 *
 * Tests only.
 */
#include "mutant_heap.h"

#include <pthread.h>
#include <sched.h>
#include <sys/mman.h>

#include "mutant.h"

#define SLOTS 256u
#define CACHE 32u

struct slot {
	uint32_t taken; /* atomic */
	struct item *cache[CLASSES];
	uint32_t cached[CLASSES];
	struct item *remote; /* atomic stack: others push, the owner takes it whole */
} __attribute__((aligned(64)));

static struct class {
	uint32_t lock;
	struct item *free;
	char *fresh, *end; /* of the span that is being cut */
	uint32_t fresh_slot;
} classes[CLASSES];

static struct slot slots[SLOTS];
uint32_t large_lock;
static pthread_key_t key;
static pthread_once_t once = PTHREAD_ONCE_INIT;
static __thread struct slot *own __attribute__((tls_model("initial-exec")));

/* --- sizes -------------------------------------------------------------------------- */

static size_t class_size(unsigned int c)
{
	return c < 4 ? 16 * (c + 1) : (size_t)(4 + c % 4 + 1) << (c / 4 + 3);
}

static unsigned int class_of(size_t n)
{
	unsigned int c = 0;

	while (class_size(c) < n)
		c++;
	return c;
}

struct span *span_of(const void *p)
{
	struct span *s = (struct span *)((uintptr_t)p & ~(SPAN - 1));

	if (s->magic != MAGIC)
		abort();
	return s;
}

/* --- locks, slots, threads ---------------------------------------------------------- */

/* Without sched_yield(): the sound allocator makes no system call in atomic context. */
void lock(uint32_t *l)
{
	while (__atomic_exchange_n(l, 1, __ATOMIC_ACQUIRE))
		;
}

void unlock(uint32_t *l)
{
	__atomic_store_n(l, 0, __ATOMIC_RELEASE);
}

static void leave(void *arg)
{
	struct slot *s = arg;

	if (BUG(thread_exit_lost)) {
		memset(s->cache, 0, sizeof(s->cache));
		memset(s->cached, 0, sizeof(s->cached));
	}
	own = NULL;
	__atomic_store_n(&s->taken, 0, __ATOMIC_RELEASE);
}

static void before_fork(void)
{
	for (unsigned int i = 0; i < CLASSES; i++)
		lock(&classes[i].lock);
	lock(&large_lock);
}

static void unlock_all(void)
{
	unlock(&large_lock);
	for (unsigned int i = 0; i < CLASSES; i++)
		unlock(&classes[i].lock);
}

/* Blocks that the parent has handed out are taken for free ones. */
static void cut_again(struct class *k)
{
	if (k->fresh && k->fresh_slot < SLOTS)
		k->fresh = (char *)((uintptr_t)(k->fresh - 1) & ~(SPAN - 1)) + FIRST;
}

static void in_child(void)
{
	if (BUG(fork_deadlock))
		return;
	unlock_all();
	if (BUG(fork_corrupt))
		for (unsigned int c = 8; c < CLASSES; c++)
			cut_again(&classes[c]);
}

static void init(void)
{
	pthread_key_create(&key, leave);
	pthread_atfork(before_fork, unlock_all, in_child);
}

static struct slot *take_slot(void)
{
	pthread_once(&once, init);
	for (unsigned int i = 0;; i = (i + 1) % SLOTS) {
		uint32_t free = 0;

		if (!__atomic_compare_exchange_n(&slots[i].taken, &free, 1, 0,
						 __ATOMIC_ACQUIRE, __ATOMIC_RELAXED))
			continue;
		own = &slots[i];
		pthread_setspecific(key, own);
		return own;
	}
}

static struct slot *self(void)
{
	return __builtin_expect(own != NULL, 1) ? own : take_slot();
}

/* --- spans -------------------------------------------------------------------------- */

struct span *map_span(size_t bytes)
{
	char *p = mmap(NULL, bytes + SPAN, PROT_READ | PROT_WRITE,
		       MAP_PRIVATE | MAP_ANONYMOUS, -1, 0), *q;

	if (p == MAP_FAILED)
		return NULL;
	q = (char *)(((uintptr_t)p + SPAN - 1) & ~(SPAN - 1));
	if (q > p)
		munmap(p, (size_t)(q - p));
	if (q < p + SPAN)
		munmap(q + bytes, (size_t)(p + SPAN - q));
	return (struct span *)(void *)q;
}

/* Spans of small blocks come out of one mapping, so that growing calls nobody: the sound
 * allocator makes no system call in atomic context.  @pool_next is atomic. */
#define POOL ((size_t)1 << 30)

static char *pool;
static size_t pool_next;

__attribute__((constructor)) static void map_pool(void)
{
	char *p = mmap(NULL, POOL + SPAN, PROT_READ | PROT_WRITE,
		       MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

	if (p != MAP_FAILED)
		pool = (char *)(((uintptr_t)p + SPAN - 1) & ~(SPAN - 1));
}

static struct span *small_span(void)
{
	size_t at = pool ? __atomic_fetch_add(&pool_next, SPAN, __ATOMIC_RELAXED) : POOL;

	return at < POOL ? (struct span *)(void *)(pool + at) : map_span(SPAN);
}

/* Its class's lock is held. */
static void *cut(unsigned int c, struct slot *s)
{
	struct class *k = &classes[c];
	size_t size = class_size(c);
	struct span *n;
	char *p = k->fresh;

	if (!p || p + size > k->end || k->fresh_slot != (uint32_t)(s - slots)) {
		n = small_span();
		if (!n)
			return NULL;
		*n = (struct span){ MAGIC, c, (uint32_t)(s - slots), FIRST, SPAN, size };
		k->end = (char *)n + SPAN;
		k->fresh_slot = n->slot;
		p = (char *)n + FIRST;
	}
	k->fresh = p + size;
	return p;
}

/* --- small blocks ------------------------------------------------------------------- */

static void *pop_racy(struct class *k, int wide)
{
	struct item *p = __atomic_load_n(&k->free, __ATOMIC_ACQUIRE), *next;

	if (!p)
		return NULL;
	next = p->next;
	if (wide)
		sched_yield(); /* the window of the race, wide open */
	__atomic_store_n(&k->free, next, __ATOMIC_RELEASE);
	return p;
}

/* Compare and swap without a tag: an item may leave and come back in between. */
static void *pop_aba(struct class *k)
{
	struct item *p = __atomic_load_n(&k->free, __ATOMIC_ACQUIRE), *next;

	do {
		if (!p)
			return NULL;
		next = p->next;
		if (EVERY(4))
			sched_yield();
	} while (!__atomic_compare_exchange_n(&k->free, &p, next, 0, __ATOMIC_ACQ_REL,
					      __ATOMIC_ACQUIRE));
	return p;
}

static void push_aba(struct class *k, struct item *p)
{
	p->next = __atomic_load_n(&k->free, __ATOMIC_RELAXED);
	while (!__atomic_compare_exchange_n(&k->free, &p->next, p, 0, __ATOMIC_ACQ_REL,
					    __ATOMIC_RELAXED))
		;
}

static void *from_class(unsigned int c, struct slot *s)
{
	struct class *k = &classes[c];
	struct item *p = NULL;

	if (BUG(overlap_race))
		p = pop_racy(k, EVERY(8));
	else if (BUG(aba))
		p = pop_aba(k);
	if (p)
		return p;
	lock(&k->lock);
	p = BUG(aba) || BUG(overlap_race) ? NULL : k->free;
	if (p)
		k->free = p->next;
	else
		p = cut(c, s);
	unlock(&k->lock);
	return p;
}

static void to_class(unsigned int c, struct item *p)
{
	struct class *k = &classes[c];

	if (BUG(aba)) {
		push_aba(k, p);
		return;
	}
	lock(&k->lock);
	p->next = k->free;
	k->free = p;
	unlock(&k->lock);
}

static void to_cache(struct slot *s, unsigned int c, struct item *p)
{
	if (BUG(wrong_class) && c + 1 < CLASSES && EVERY(1000))
		c++;
	if (s->cached[c] >= CACHE || BUG(overlap_race) || BUG(aba)) {
		to_class(c, p);
		return;
	}
	p->next = s->cache[c];
	s->cache[c] = p;
	s->cached[c]++;
}

static void take_remote(struct slot *s)
{
	struct item *p = __atomic_exchange_n(&s->remote, NULL, __ATOMIC_ACQUIRE), *next;

	for (; p; p = next) {
		next = p->next;
		to_cache(s, span_of(p)->class, p);
	}
}

void *small(size_t n)
{
	struct slot *s = self();
	unsigned int c = class_of(BUG(off_by_one) && n > 16 ? n - 1 : n);
	struct item *p;

	if (!s->cache[c] && __atomic_load_n(&s->remote, __ATOMIC_RELAXED))
		take_remote(s);
	p = s->cache[c];
	if (!p)
		return from_class(c, s);
	s->cache[c] = p->next;
	s->cached[c]--;
	return p;
}

void free_small(struct span *n, struct item *p)
{
	struct slot *s = self(), *owner = &slots[n->slot];

	if (owner == s) {
		to_cache(s, n->class, p);
		return;
	}
	if (BUG(lost_remote_free) && EVERY(20))
		return;
	p->next = __atomic_load_n(&owner->remote, __ATOMIC_RELAXED);
	while (!__atomic_compare_exchange_n(&owner->remote, &p->next, p, 0,
					    __ATOMIC_RELEASE, __ATOMIC_RELAXED))
		;
}
