/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The gfpbench authors */
/*
 * check over the kernel's calls: a toy kernel breaks one promise on one path, in a child
 * whose event says that it was seen; and what is not check's to write stays as it is.
 */
#include "tests/tap.h"

#include <sys/mman.h>
#include <unistd.h>

#include "backend.h"
#include "kernel_ops.h"
#include "machine/event.h"
#include "machine/irq.h"

#include "kernel/mm.h"

#include "tests/unit/outcome.h"

/* In a child, whose lines nobody counts. */
#define MUST(c)                                                          \
	do {                                                             \
		if (!(c)) {                                              \
			fprintf(stderr, "%s:%d %s\n", __FILE__, __LINE__, #c); \
			_exit(4);                                        \
		}                                                        \
	} while (0)

enum path { CACHE, CACHE_BULK, PAGES, POOL, NR_PATHS };
enum err { NONE, DOUBLE, OVERLAP, MISALIGNED, DIRTY, SCRIBBLE, NR_ERR };

static const char *const path_name[] = { "kmem_cache_alloc", "kmem_cache_alloc_bulk",
					 "get_free_pages", "mempool_alloc" };

/* --- the toy: a bump allocator that errs once armed ------------------------------- */

#define SIZE  96
#define BLOCK (4 * PAGE_SIZE)

static char *arena, *last;
static size_t bumped;
static enum err err;
static size_t caches; /* that exist besides */
static void *freed[4]; /* what the toy was given back last */

static void *toy_take(size_t size)
{
	char *p = arena + bumped;

	bumped += size < PAGE_SIZE ? 128 : size;
	if (err == DOUBLE && last)
		p = last;
	else if (err == OVERLAP && last)
		p = last + size / 2;
	else if (err == MISALIGNED)
		p += 4;
	else if (err == DIRTY)
		p[size / 2] = 1;
	last = p;
	return p;
}

static void *toy_alloc(size_t size, gfp_t gfp)
{
	(void)gfp;
	return toy_take(size);
}

static void toy_free(void *p)
{
	freed[0] = p;
}

static struct kmem_cache *toy_create(const char *name, size_t size, size_t align,
				     unsigned int flags, void (*ctor)(void *))
{
	(void)name;
	(void)size;
	(void)align;
	(void)flags;
	return (struct kmem_cache *)(void *)((ctor ? arena + 8 : arena) + 16 * caches);
}

static void toy_destroy(struct kmem_cache *s)
{
	(void)s;
}

static void *toy_cache_alloc(struct kmem_cache *s, gfp_t gfp)
{
	(void)s;
	(void)gfp;
	return toy_take(SIZE);
}

static void toy_cache_free(struct kmem_cache *s, void *p)
{
	(void)s;
	freed[0] = p;
}

static int toy_bulk_alloc(struct kmem_cache *s, gfp_t gfp, size_t n, void **p)
{
	for (size_t i = 0; i < n; i++)
		p[i] = toy_cache_alloc(s, gfp);
	return (int)n;
}

static void toy_bulk_free(struct kmem_cache *s, size_t n, void **p)
{
	(void)s;
	memcpy(freed, p, (n < 4 ? n : 4) * sizeof(*p));
}

static void toy_kfree_bulk(size_t n, void **p)
{
	toy_bulk_free(NULL, n, p);
}

static unsigned long toy_pages(gfp_t gfp, unsigned int order)
{
	(void)gfp;
	return (unsigned long)toy_take(PAGE_SIZE << order);
}

static void toy_free_pages(unsigned long addr, unsigned int order)
{
	(void)order;
	freed[0] = (void *)addr;
}

static struct mempool_s *toy_pool(int min_nr, size_t size)
{
	(void)min_nr;
	(void)size;
	return (struct mempool_s *)(void *)(arena + 16);
}

static void *toy_pool_alloc(struct mempool_s *pool, gfp_t gfp)
{
	(void)pool;
	return toy_cache_alloc(NULL, gfp);
}

static void toy_pool_free(void *element, struct mempool_s *pool)
{
	(void)pool;
	freed[0] = element;
}

static void toy_kfree_rcu(struct rcu_head *head, void *p)
{
	(void)head;
	freed[0] = p;
}

static const struct gb_kernel_ops toy_ops = {
	.cache_create = toy_create,
	.cache_destroy = toy_destroy,
	.cache_alloc = toy_cache_alloc,
	.cache_free = toy_cache_free,
	.cache_alloc_bulk = toy_bulk_alloc,
	.cache_free_bulk = toy_bulk_free,
	.free_bulk = toy_kfree_bulk,
	.get_free_pages = toy_pages,
	.free_pages = toy_free_pages,
	.mempool_create_kmalloc = toy_pool,
	.mempool_alloc = toy_pool_alloc,
	.mempool_free = toy_pool_free,
	.kfree_rcu = toy_kfree_rcu,
};

static int toy_locate(const char *a, struct gb_backend_location *l, struct gb_error *e)
{
	(void)a;
	(void)e;
	*l = (struct gb_backend_location){ .label = "slab" };
	return 0;
}

static int toy_start(const struct gb_backend_config *c, struct gb_heap *h, struct gb_error *e)
{
	(void)c;
	(void)e;
	arena = mmap(NULL, 1 << 24, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	arena += -(uintptr_t)arena & (BLOCK - 1);
	*h = (struct gb_heap){ .alloc = toy_alloc, .free = toy_free, .kernel = &toy_ops };
	return 0;
}

static void toy_text(char *buf, size_t n)
{
	snprintf(buf, n, "toy");
}

/* The program's own table, so that check can find the toy: glibc's row is the toy here. */
extern const struct gb_backend gb_backend_checking;
extern const struct gb_backend gb_backend_glibc;
const struct gb_backend gb_backend_glibc = {
	.interface = GB_BACKEND_INTERFACE, .name = "glibc", .summary = "the toy", .detail = "toy",
	.caps = GB_CAP_ATOMIC | GB_CAP_CONTENTS | GB_CAP_ZERO | GB_CAP_KERNEL,
	.locate = toy_locate, .start = toy_start, .version = toy_text, .origin = toy_text,
};

/* --- every error on every path ------------------------------------------------------ */

static struct gb_heap heap;

static void start(void)
{
	struct gb_backend_config c = { .nr_cpus = 1, .seed = 7, .argument = "glibc" };
	struct gb_error e = GB_ERROR_INIT;

	gb_event_sink(ring, 0);
	if (gb_backend_checking.start(&c, &heap, &e)) {
		fprintf(stderr, "%s\n", e.what);
		_exit(3);
	}
}

struct sources {
	struct kmem_cache *cache;
	struct mempool_s *pool;
};

static char *get(const struct sources *s, enum path path)
{
	const struct gb_kernel_ops *k = heap.kernel;
	gfp_t gfp = GFP_KERNEL | (err == DIRTY ? __GFP_ZERO : 0);
	void *p[2] = { NULL };

	switch (path) {
	case CACHE:
		return k->cache_alloc(s->cache, gfp);
	case CACHE_BULK:
		MUST(k->cache_alloc_bulk(s->cache, gfp, 2, p) == 2);
		k->cache_free(s->cache, p[1]);
		return p[0];
	case PAGES:
		return (char *)k->get_free_pages(gfp, 2);
	default:
		return k->mempool_alloc(s->pool, gfp);
	}
}

static void put(const struct sources *s, enum path path, char *p)
{
	const struct gb_kernel_ops *k = heap.kernel;
	void *one[1] = { p };

	if (path == CACHE)
		k->cache_free(s->cache, p);
	else if (path == CACHE_BULK)
		k->cache_free_bulk(s->cache, 1, one);
	else if (path == PAGES)
		k->free_pages((unsigned long)p, 2);
	else
		k->mempool_free(p, s->pool);
}

static void erring(int arg)
{
	enum path path = (enum path)(arg / NR_ERR);
	enum err which = (enum err)(arg % NR_ERR);
	struct sources s;
	char *v[16];

	start();
	s.cache = heap.kernel->cache_create("toy", SIZE, 0, 0, NULL);
	s.pool = heap.kernel->mempool_create_kmalloc(1, SIZE);
	bumped = BLOCK;
	for (int i = 0; i < 16; i++) {
		if (i == 8)
			err = which;
		v[i] = get(&s, path);
		if (i >= 8 && which == SCRIBBLE)
			v[i][40] ^= 1;
	}
	for (int i = 0; i < 16; i++)
		put(&s, path, v[i]);
	/* Given back to whom it came from, and once: the next look finds nothing. */
	MUST(freed[0] == v[15]);
}

/* The reserve of a pool may be dirty: mempool_alloc is not asked for zeros.  Half a block
 * of pages further is misaligned in the first place. */
static const char *wanted(enum path path, enum err which)
{
	static const char *const want[NR_ERR] = {
		"", "double-hand-out", "overlap", "misaligned", "not-zeroed", "contents",
	};

	if (path == POOL && which == DIRTY)
		which = NONE;
	if (path == PAGES && which == OVERLAP)
		which = MISALIGNED;
	return want[which];
}

static void faults(void)
{
	for (int path = 0; path < NR_PATHS; path++)
		for (int which = 0; which < NR_ERR; which++) {
			const char *event = wanted((enum path)path, (enum err)which);
			const char *got = outcome(erring, path * NR_ERR + which);
			size_t n = strlen(event);

			tap_ok(!strncmp(got, event, n) && (n || !*got), "%s, seen as '%s': %s",
			       path_name[path], event, got);
		}
}

/* --- bytes that are not check's to write, and red zones ------------------------------- */

static void construct(void *p)
{
	memset(p, 0x11, SIZE);
}

static void constructed(int arg)
{
	const struct gb_kernel_ops *k;
	struct kmem_cache *s;
	char *p;

	(void)arg;
	start();
	k = heap.kernel;
	s = k->cache_create("toy", SIZE, 0, 0, construct);
	bumped = BLOCK;
	memset(arena + BLOCK, 0x11, SIZE);
	p = k->cache_alloc(s, GFP_KERNEL);
	MUST(p == arena + BLOCK && p[0] == 0x11 && !memcmp(p, p + 1, SIZE - 1));
	k->cache_free(s, p);
	MUST(p[0] == 0x11 && !memcmp(p, p + 1, SIZE - 1));
	k->cache_destroy(s);
}

static void readers(int arg)
{
	unsigned char *p[32];
	int moved = 0;

	(void)arg;
	start();
	for (int i = 0; i < 32; i++)
		p[i] = heap.alloc(SIZE, GFP_KERNEL);
	for (int i = 0; i < 32; i++) {
		unsigned char before[SIZE];

		memcpy(before, p[i], SIZE);
		(heap.kernel->kfree_rcu)(NULL, p[i]);
		MUST(!memcmp(before, p[i], SIZE));
		/* the backend's block, not what lies behind its red zone */
		MUST(freed[0] == p[i] || (char *)freed[0] == (char *)p[i] - 16);
		moved += freed[0] != p[i];
	}
	MUST(moved > 0);
}

static void many_at_once(int arg)
{
	void *p[100];
	int good = 0;

	start();
	for (int i = 0; i < 100; i++)
		p[i] = heap.alloc(SIZE, GFP_KERNEL);
	heap.kernel->free_bulk(100, p);
	for (int i = 0; i < 4; i++)
		good += freed[i] == p[64 + i] || (char *)freed[i] == (char *)p[64 + i] - 16;
	MUST(good == 4);
	if (arg)
		heap.kernel->free_bulk(1, p);
}

/* Each CPU may have two of its own. */
static void many_caches(int arg)
{
	struct kmem_cache *s[2 * GB_MAX_CPUS];

	(void)arg;
	start();
	for (caches = 0; caches < GB_ARRAY_SIZE(s); caches++)
		s[caches] = heap.kernel->cache_create("many", SIZE, 0, 0, NULL);
	for (size_t i = 0; i < caches; i++)
		heap.kernel->cache_free(s[i], heap.kernel->cache_alloc(s[i], GFP_KERNEL));
}

int main(void)
{
	outcome_open();
	faults();
	tap_eq_text(outcome(many_caches, 0), "", "two caches for each CPU");
	tap_eq_text(outcome(constructed, 0), "", "a constructed object stays constructed");
	tap_eq_text(outcome(readers, 0), "", "kfree_rcu changes nothing that a reader may see");
	tap_eq_text(outcome(many_at_once, 0), "", "kfree_bulk of blocks with red zones");
	tap_ok(!strncmp(outcome(many_at_once, 1), "unknown-free", 12),
	       "a second kfree_bulk is seen");
	return tap_done();
}
