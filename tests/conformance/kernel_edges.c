/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The gfpbench authors */
/*
 * Edges of the emulated kernel that no numbered statement visits: what is still there when
 * the machine goes down or its process forks, the reserve of the largest order, the hooks of
 * bulk calls, what ksize() promises under slab_debug, configurations that do not fit.
 */
#include "hold.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "kernel/slab.h"

/* ------------------------------------------------------------------ going down */

/* Freed objects of a cache that nobody destroyed; the driver counts frames afterwards.  Its
 * pages would go after a grace period, and nobody is left to wait for one. */
static void typesafe_cache_stays(void)
{
	struct kmem_cache *s = kmem_cache_create("stays", 2000, 0, SLAB_TYPESAFE_BY_RCU, NULL);
	void *p[40];

	for (unsigned int i = 0; i < GB_ARRAY_SIZE(p); i++)
		p[i] = kmem_cache_alloc(s, GFP_KERNEL);
	for (unsigned int i = 0; i < GB_ARRAY_SIZE(p); i++)
		kmem_cache_free(s, p[i]);
}

static void down_while_tracing(struct kernel_config *c)
{
	struct kernel_config small = { .ram_bytes = 16 << 20, .quiet = 1 };

	(void)c;
	EXPECT_EQ(kernel_boot(&small), 0);
	EXPECT_EQ(trace_kmem_start(open("/dev/null", O_WRONLY | O_CLOEXEC)), 0);
	EXPECT_EQ(kernel_shutdown(), 0);
}

static void trace_again(void)
{
	EXPECT_EQ(trace_kmem_start(open("/dev/null", O_WRONLY | O_CLOEXEC)), 0);
	EXPECT_EQ(trace_kmem_stop(), 0);
}

/* ------------------------------------------------------------------ fork */

static int in_the_child(struct kmem_cache *s, void *p)
{
	unsigned long before = kernel_reports("not-booted");
	int bad = kmalloc(64, GFP_KERNEL) != NULL;

	bad |= kzalloc(64, GFP_ATOMIC) != NULL;
	bad |= kmem_cache_alloc(s, GFP_KERNEL) != NULL;
	kfree(p);
	return bad | (kernel_reports("not-booted") != before + 4);
}

/* The arrays of the thread that forks hold what was just freed. */
static void fork_with_full_arrays(void)
{
	struct kmem_cache *s = kmem_cache_create("forked", 80, 0, SLAB_NO_MERGE, NULL);
	void *p = kmalloc(64, GFP_KERNEL), *q = kmalloc(64, GFP_KERNEL);
	int status = -1;
	pid_t pid;

	kmem_cache_free(s, kmem_cache_alloc(s, GFP_KERNEL));
	kfree(q);
	kernel_irq_stop();
	pid = fork();
	if (pid == 0)
		_exit(in_the_child(s, p));
	EXPECT(pid > 0 && waitpid(pid, &status, 0) == pid);
	EXPECT_EQ(status, 0);
	kfree(p);
	kmem_cache_destroy(s);
}

/* ------------------------------------------------------------------ configurations */

static void refused(struct kernel_config c)
{
	c.quiet = 1;
	EXPECT_EQ(kernel_boot(&c), -EINVAL);
}

/* Sums and products that wrap around. */
static void sizes_that_wrap(struct kernel_config *c)
{
	(void)c;
	refused((struct kernel_config){ .ram_bytes = 64 << 20, .highmem_bytes = -(8ull << 20) });
	refused((struct kernel_config){ .ram_bytes = 64 << 20, .highmem_bytes = ~0ull });
	refused((struct kernel_config){ .ram_bytes = 64 << 20, .min_free_kbytes = 1ul << 54 });
}

static void boots_nevertheless(void)
{
	EXPECT_EQ(totalram_pages(), (64 << 20) / PAGE_SIZE);
}

/* ------------------------------------------------------------------ the reserve */

static unsigned long reserved(void)
{
	struct zone_info info;

	EXPECT_EQ(zone_info("Normal", &info), 0);
	return info.highatomic;
}

/* A block of the largest order is two pageblocks: both join the reserve, and both leave. */
static void reserve_of_largest_order(void)
{
	struct alloc_context ac = { .gfp = GFP_ATOMIC | __GFP_COMP, .order = MAX_PAGE_ORDER,
				    .highest = ZONE_NORMAL, .mt = MIGRATE_UNMOVABLE };
	struct zone *z = &mm.zones[ZONE_NORMAL];
	struct page *page = alloc_pages_slowpath(&ac); /* only that reserves */
	unsigned long n;

	EXPECT(page != NULL);
	n = reserved();
	EXPECT_EQ(n, 2 * PAGEBLOCK_PAGES);
	__free_pages(page, MAX_PAGE_ORDER);
	EXPECT_EQ(z->nr_free_highatomic, n);
	while (unreserve_highatomic(ZONE_NORMAL, 1))
		;
	EXPECT_EQ(reserved(), 0);
	EXPECT_EQ(z->nr_free_highatomic, 0);
	for (unsigned long pfn = z->start_pfn; pfn < z->end_pfn; pfn += PAGEBLOCK_PAGES)
		EXPECT(pageblock_type(z, pfn) != MIGRATE_HIGHATOMIC);
}

/* ------------------------------------------------------------------ no way out */

static void free_when_warned(void *unused)
{
	(void)unused;
	for (int ms = 0; ms < 5000 && !kernel_reports("nofail-memalloc"); ms++)
		usleep(1000);
	let_go_some(nr_held / 2);
}

/* Whoever may not reclaim, and took the reserves, can only wait for somebody else. */
static void nofail_under_memalloc(void)
{
	unsigned int scope = memalloc_noreclaim_save();
	struct statement_thread *t;
	struct page *page;

	drain_all_pages();
	hold_all(GFP_NOWAIT | __GFP_NOWARN);
	EXPECT_EQ(nr_free_pages(), 0);
	t = statement_start(1, free_when_warned, NULL);
	page = alloc_page(GFP_KERNEL | __GFP_NOFAIL);
	EXPECT(page != NULL);
	memalloc_noreclaim_restore(scope);
	statement_join(t);
	EXPECT_EQ(kernel_reports("nofail-memalloc"), 1);
	__free_page(page);
	let_go();
}

/* ------------------------------------------------------------------ bulk calls */

static void bulk_of_pages(void)
{
	struct page *pages[8] = { NULL };
	DEFINE_SPINLOCK(lock);

	drain_all_pages();
	__free_page(alloc_page(GFP_KERNEL)); /* the lists hold some: no slow path */
	spin_lock(&lock);
	EXPECT_EQ(alloc_pages_bulk(GFP_KERNEL, 8, pages), 8);
	spin_unlock(&lock);
	EXPECT_EQ(kernel_reports("sleep-in-atomic"), 1);
	for (int i = 0; i < 8; i++)
		__free_page(pages[i]);
	memset(pages, 0, sizeof(pages));
	fault_inject_set("fail_page_alloc/min-order", 0);
	fault_inject_set("fail_page_alloc/times", 2);
	fault_inject_set("fail_page_alloc/probability", 100);
	EXPECT_EQ(alloc_pages_bulk(GFP_ATOMIC, 8, pages), 0);
	EXPECT_EQ(fault_inject_count("fail_page_alloc"), 1);
	fault_inject_set("fail_page_alloc/probability", 0);
}

/* Slots that were full already are no progress: when the list yields nothing, an ordinary
 * page comes. */
static void bulk_beside_full_slots(void *unused)
{
	struct page *pages[4] = { NULL };

	(void)unused; /* this thread has no lists */
	pages[1] = alloc_page(GFP_KERNEL);
	EXPECT_EQ(alloc_pages_bulk(GFP_KERNEL, 4, pages), 2);
	for (int i = 0; i < 4; i++)
		if (pages[i])
			__free_page(pages[i]);
}

static void bulk_without_lists(void)
{
	statement_join(statement_start(-1, bulk_beside_full_slots, NULL));
}

/* failslab is asked once a call, with debugging too. */
static void bulk_of_objects(void)
{
	struct kmem_cache *s = kmem_cache_create("bulk", 100, 0, SLAB_NO_MERGE, NULL);
	void *p[16];

	EXPECT(s->flags & SLAB_DEBUG_FLAGS || !mm.config.slab_debug);
	fault_inject_set("failslab/times", -1);
	fault_inject_set("failslab/interval", 3);
	fault_inject_set("failslab/probability", 100);
	for (int i = 1; i <= 6; i++) {
		int want = i % 3 ? 16 : 0;

		EXPECT_EQ(kmem_cache_alloc_bulk(s, GFP_ATOMIC, 16, p), want);
		kmem_cache_free_bulk(s, (size_t)want, p);
	}
	fault_inject_set("failslab/probability", 0);
	EXPECT_EQ(fault_inject_count("failslab"), 2);
	EXPECT_EQ(kernel_reports("slab-bug"), 0);
	kmem_cache_destroy(s);
}

/* ------------------------------------------------------------------ ksize */

/* Who asked for the usable size may use it: the bytes behind what was asked for are no red
 * zone any more. */
static void usable_is_usable(void)
{
	char *p = kmalloc(40, GFP_KERNEL);
	size_t n = ksize(p);

	EXPECT_EQ(n, 64);
	memset(p, 1, n);
	kfree(p);
	kfree_sensitive(kmalloc(100, GFP_KERNEL));
	EXPECT_EQ(kernel_reports("slab-bug"), 0);
	p = kmalloc(40, GFP_KERNEL);
	EXPECT_EQ(ksize(p), 64);
	p[64] = 1; /* that is one */
	kfree(p);
	EXPECT_EQ(kernel_reports("slab-bug"), 1);
	kfree(p); /* restored by the report */
	EXPECT_EQ(kernel_reports("slab-bug"), 1);
}

/* ------------------------------------------------------------------ validating */

static struct kmem_cache *busy;
static int leave; /* atomic */

static void take_and_free(void *unused)
{
	(void)unused;
	while (!gb_load_acquire(&leave)) {
		void *p = kmem_cache_alloc(busy, GFP_KERNEL), *q = kmem_cache_alloc(busy, GFP_KERNEL);

		kmem_cache_free(busy, p);
		kmem_cache_free(busy, q);
	}
}

/* Objects that another CPU takes and frees meanwhile are sound. */
static void validate_the_busy(void)
{
	struct statement_thread *t;
	void *first;

	busy = kmem_cache_create("busy", 500, 0, SLAB_NO_MERGE, NULL);
	first = kmem_cache_alloc(busy, GFP_KERNEL);
	t = statement_start(1, take_and_free, NULL);
	for (int i = 0; i < 3000; i++)
		EXPECT(kmem_validate(busy));
	gb_store_release(&leave, 1);
	statement_join(t);
	EXPECT_EQ(kernel_reports("slab-bug"), 0);
	kmem_cache_free(busy, first);
	kmem_cache_destroy(busy);
}

/* ------------------------------------------------------------------ readers */

/* A reader is not atomic, and may not sleep: it would wait for its own grace period. */
static void readers_do_not_sleep(void)
{
	void *p;

	rcu_read_lock();
	EXPECT(!in_atomic());
	kfree(kmalloc(64, GFP_ATOMIC));
	EXPECT_EQ(kernel_reports("sleep-in-atomic"), 0);
	rcu_read_lock();
	p = kmalloc(3000, GFP_KERNEL); /* no array has one */
	EXPECT(p != NULL);
	rcu_read_unlock();
	EXPECT_EQ(kernel_reports("sleep-in-atomic"), 1);
	__free_page(alloc_page(GFP_KERNEL));
	EXPECT_EQ(kernel_reports("sleep-in-atomic"), 2);
	synchronize_rcu();
	rcu_barrier();
	EXPECT_EQ(gb_event_count("sleep-in-atomic"), 4);
	rcu_read_unlock();
	kfree(p);
	__free_page(alloc_page(GFP_KERNEL));
	synchronize_rcu();
	EXPECT_EQ(gb_event_count("sleep-in-atomic"), 4);
}

/* ------------------------------------------------------------------ twice, and in vain */

static unsigned long asked;

static unsigned long count_calls(struct shrinker *s, struct shrink_control *sc)
{
	(void)s;
	(void)sc;
	asked++;
	return 0;
}

static void shrinker_twice(void)
{
	static struct shrinker s = { .count_objects = count_calls, .scan_objects = count_calls };

	EXPECT_EQ(register_shrinker(&s, "twice"), 0);
	EXPECT_EQ(register_shrinker(&s, "twice"), -EEXIST);
	EXPECT_EQ(kernel_reports("shrinker-twice"), 1);
	asked = 0;
	shrink_slab(GFP_KERNEL, 0);
	EXPECT_EQ(asked, 1);
	unregister_shrinker(&s);
	shrink_slab(GFP_KERNEL, 0);
	EXPECT_EQ(asked, 1);
}

static void fail_nth_is_over(void)
{
	set_fail_nth(1);
	EXPECT(slab_bypassed());
	EXPECT(kmalloc(64, GFP_NOWAIT) == NULL);
	set_fail_nth(3);
	set_fail_nth(0);
	EXPECT(!slab_bypassed());
	kfree(kmalloc(64, GFP_KERNEL));
}

static void *two_at_most(gfp_t gfp, void *made)
{
	return *(int *)made < 2 ? (++*(int *)made, kmalloc(64, gfp)) : NULL;
}

static void pool_larger_than_memory(void)
{
	int made = 0;
	mempool_t *pool = mempool_create(1, two_at_most, mempool_kfree, &made);
	void *p, *q;

	EXPECT_EQ(mempool_resize(pool, 4), 0);
	p = mempool_alloc(pool, GFP_NOWAIT);
	q = mempool_alloc(pool, GFP_NOWAIT);
	EXPECT(p && q && !mempool_alloc(pool, GFP_NOWAIT));
	mempool_free(p, pool);
	mempool_free(q, pool);
	mempool_destroy(pool);
}

/* ------------------------------------------------------------------ reports */

/* As many kinds of reports as there are, and more. */
static void many_kinds(void)
{
	static char kind[48][8];

	for (int i = 0; i < 48; i++) {
		snprintf(kind[i], sizeof(kind[i]), "kind%d", i);
		kernel_warn(kind[i], "a report of kind %d", i);
	}
	for (int i = 0; i < 48; i++)
		EXPECT_EQ(kernel_reports(kind[i]), 1);
}

/* ------------------------------------------------------------------ the end of a trace */

static int waiting; /* atomic */

/* Many more events than the ring has room for: waits for the writer, who waits for a
 * reader. */
static void trace_and_wait(void *unused)
{
	(void)unused;
	gb_store_release(&waiting, 1);
	for (int i = 0; i < 2000; i++)
		__free_page(alloc_page(GFP_KERNEL));
}

static void read_all(void *arg)
{
	char buf[4096];

	while (read(*(int *)arg, buf, sizeof(buf)) > 0)
		;
}

/* The trace ends while a CPU waits for room in the ring. */
static void trace_ends(void)
{
	for (int round = 0; round < 8; round++) {
		struct statement_thread *cpu, *reader;
		int fd[2];

		EXPECT_EQ(pipe(fd), 0);
		EXPECT(fcntl(fd[1], F_SETPIPE_SZ, 4096) > 0);
		trace_ring_records = 16;
		gb_store_release(&waiting, 0);
		EXPECT_EQ(trace_kmem_start(fd[1]), 0);
		cpu = statement_start(1, trace_and_wait, NULL);
		while (!gb_load_acquire(&waiting))
			usleep(100);
		usleep(3000);
		reader = statement_start(-1, read_all, &fd[0]);
		EXPECT_EQ(trace_kmem_stop(), 0);
		close(fd[1]);
		statement_join(cpu);
		statement_join(reader);
		close(fd[0]);
	}
}

static const struct statement table[] = {
	{ 0, "a machine goes down with a TYPESAFE_BY_RCU cache", P_EACH, IRQ_EMPTY,
	  typesafe_cache_stays },
	{ 0, "a machine that goes down ends its trace", P_EACH, IRQ_EMPTY, trace_again,
	  .configure = down_while_tracing },
	{ 0, "a forked child gets nothing out of full arrays", P_EACH, IRQ_EMPTY,
	  fork_with_full_arrays },
	{ 0, "sizes whose sum wraps are refused", P618, IRQ_NONE, boots_nevertheless,
	  .configure = sizes_that_wrap },
	{ 0, "the highatomic reserve of an order-10 block is given back whole", P601, IRQ_EMPTY,
	  reserve_of_largest_order, .ram_mib = 256 },
	{ 0, "__GFP_NOFAIL under PF_MEMALLOC waits, and warns", P_6X, IRQ_EMPTY,
	  nofail_under_memalloc },
	{ 0, "bulk pages: might_sleep and fault injection", P_EACH, IRQ_EMPTY, bulk_of_pages },
	{ 0, "bulk pages beside slots that are full", P_EACH, IRQ_EMPTY, bulk_without_lists },
	{ 0, "bulk objects: failslab once a call", P_EACH, IRQ_EMPTY, bulk_of_objects },
	{ 0, "bulk objects: failslab once a call, with slab_debug", P_EACH, IRQ_EMPTY,
	  bulk_of_objects, .slab_debug = "FZPU" },
	{ 0, "what ksize() says may be written, with slab_debug", P_6X, IRQ_EMPTY,
	  usable_is_usable, .slab_debug = "FZPU" },
	{ 0, "what others take and free meanwhile is valid", P_EACH, IRQ_EMPTY,
	  validate_the_busy, .slab_debug = "FZPU" },
	{ 0, "a sleeping mask in an RCU reader is reported", P_EACH, IRQ_EMPTY,
	  readers_do_not_sleep },
	{ 0, "a shrinker that is registered twice is reported, and is there once", P_EACH,
	  IRQ_EMPTY, shrinker_twice },
	{ 0, "after fail_nth calls are fast again", P_EACH, IRQ_EMPTY, fail_nth_is_over },
	{ 0, "a reserve grows as far as memory allows", P_EACH, IRQ_EMPTY,
	  pool_larger_than_memory },
	{ 0, "reports of every kind are counted", P618, IRQ_EMPTY, many_kinds },
	{ 0, "a trace ends while a CPU waits for room in it", P_EACH, IRQ_EMPTY, trace_ends },
	{ .run = NULL },
};

int main(int argc, char **argv)
{
	return statements_run(table, NULL, argc, argv);
}
