/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The gfpbench authors */
/*
 * Statements 85 to 93 and 95 to 97, for pages: contexts, shrinkers, kswapd, mempool, RCU,
 * fault injection; and what a forked child may do.
 */
#include "hold.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "kernel/slab.h"

static void no_boost(struct kernel_config *c)
{
	c->watermark_boost_factor = -1;
}

/* ------------------------------------------------------------------ contexts */

static void give_back(struct page *page)
{
	EXPECT(page != NULL);
	if (page)
		__free_page(page);
}

static void sleeping_alloc(void *arg)
{
	(void)arg;
	give_back(alloc_page(GFP_KERNEL));
}

static void s85(void)
{
	DEFINE_SPINLOCK(lock);
	unsigned long flags;

	give_back(alloc_page(GFP_KERNEL));
	spin_lock(&lock);
	give_back(alloc_page(GFP_ATOMIC));
	EXPECT_EQ(kernel_reports("sleep-in-atomic"), 0);
	give_back(alloc_page(GFP_KERNEL));
	spin_unlock(&lock);
	EXPECT_EQ(kernel_reports("sleep-in-atomic"), 1);
	local_irq_save(flags);
	give_back(alloc_page(GFP_NOFS));
	local_irq_restore(flags);
	EXPECT_EQ(kernel_reports("sleep-in-atomic"), 2);
	gb_run_as_hardirq(sleeping_alloc, NULL);
	EXPECT_EQ(kernel_reports("sleep-in-atomic"), 3);
	gb_run_as_softirq(sleeping_alloc, NULL);
	EXPECT_EQ(kernel_reports("sleep-in-atomic"), 4);
	spin_lock_bh(&lock);
	give_back(alloc_page(GFP_KERNEL));
	spin_unlock_bh(&lock);
	EXPECT_EQ(kernel_reports("sleep-in-atomic"), 5);
	give_back(alloc_page(GFP_KERNEL));
	EXPECT_EQ(kernel_reports("sleep-in-atomic"), 5);
}

/* ------------------------------------------------------------------ shrinkers */

static unsigned long freeable;
static int scans;
static unsigned long asked;
static unsigned long scan_result;
static gfp_t seen;

static unsigned long count_objects(struct shrinker *s, struct shrink_control *sc)
{
	(void)s;
	if (!(gb_self.task_flags & PF_KSWAPD))
		seen = sc->gfp_mask;
	return freeable;
}

static unsigned long scan_objects(struct shrinker *s, struct shrink_control *sc)
{
	(void)s;
	if (gb_self.task_flags & PF_KSWAPD)
		return SHRINK_STOP;
	scans++;
	asked += sc->nr_to_scan;
	return scan_result == 1 ? sc->nr_to_scan : scan_result;
}

static struct shrinker probe = { .count_objects = count_objects,
				 .scan_objects = scan_objects,
				 .seeks = DEFAULT_SEEKS };

static gfp_t mask_in_reclaim(void)
{
	struct page *page;

	seen = 0;
	page = alloc_page(GFP_GREEDY | __GFP_NOWARN);
	if (page)
		__free_page(page);
	return seen & (__GFP_IO | __GFP_FS | __GFP_DIRECT_RECLAIM);
}

static void s86(void)
{
	unsigned int outer, inner;

	freeable = 1000;
	register_shrinker(&probe, "probe");
	hold_all(GFP_GREEDY);
	EXPECT_EQ(mask_in_reclaim(), __GFP_IO | __GFP_FS | __GFP_DIRECT_RECLAIM);
	outer = memalloc_nofs_save();
	EXPECT_EQ(mask_in_reclaim(), __GFP_IO | __GFP_DIRECT_RECLAIM);
	inner = memalloc_noio_save();
	EXPECT_EQ(mask_in_reclaim(), __GFP_DIRECT_RECLAIM);
	EXPECT_EQ(memalloc_nofs_save(), 0);
	memalloc_noio_restore(inner);
	EXPECT_EQ(mask_in_reclaim(), __GFP_IO | __GFP_DIRECT_RECLAIM);
	memalloc_nofs_restore(outer);
	EXPECT_EQ(mask_in_reclaim(), __GFP_IO | __GFP_FS | __GFP_DIRECT_RECLAIM);
	EXPECT_EQ(gb_self.task_flags, 0);
	let_go();
	unregister_shrinker(&probe);
}

static void s87(void)
{
	freeable = 10000;
	scan_result = 1;
	register_shrinker(&probe, "probe");
	for (int i = 0; i < 10; i++)
		shrink_slab(GFP_KERNEL, 12);
	EXPECT_EQ(scans, 0); /* owes (10000 >> 12) * 4 / 2 = 4 a time */
	EXPECT_EQ(probe.nr_deferred, 40);
	shrink_slab(GFP_KERNEL, 6); /* 156 * 2 = 312: two batches, the rest is deferred */
	EXPECT_EQ(scans, 2);
	EXPECT_EQ(asked, 256);
	EXPECT_EQ(probe.nr_deferred, 40 + 312 - 256);
	asked = 0;
	shrink_slab(GFP_KERNEL, 0); /* all of it, at most twice the freeable */
	EXPECT_IN(asked, 10000, 20096);
	unregister_shrinker(&probe);
}

static void s88(void)
{
	register_shrinker(&probe, "probe");
	freeable = 0;
	shrink_slab(GFP_KERNEL, 0);
	freeable = SHRINK_EMPTY;
	shrink_slab(GFP_KERNEL, 0);
	EXPECT_EQ(scans, 0);
	freeable = 1000;
	scan_result = SHRINK_STOP;
	shrink_slab(GFP_KERNEL, 0);
	EXPECT_EQ(scans, 1);
	unregister_shrinker(&probe);
}

/* ------------------------------------------------------------------ kswapd */

static int some_zone_above_high(void)
{
	struct zone_info n = zone_of("Normal"), d = zone_of("DMA");

	return n.free > n.high || d.free > d.high + d.protection[ZONE_NORMAL];
}

static unsigned long free_in_zones(void)
{
	return zone_of("Normal").free + zone_of("DMA").free;
}

/* It goes to sleep by itself, and when it may: it frees a batch at a time until a zone is
 * above its high mark, so that much more than the marks would have been for nothing. */
static void s89(void)
{
	unsigned long high = zone_of("Normal").high + zone_of("DMA").high;

	EXPECT(pagecache_fill(MAX_HELD, GFP_NOWAIT, false) > 8000);
	while (!some_zone_above_high() || kswapd_is_awake())
		usleep(1000);
	EXPECT(free_in_zones() <= 2 * high);
	EXPECT(vm_event("pgsteal_kswapd") > 0);
	EXPECT_EQ(vm_event("allocstall"), 0);
	pagecache_drop(MAX_HELD);
}

/* Failing requests wake kswapd in vain until it is known hopeless. */
static void s90(void)
{
	unsigned long wakes;

	hold_all(GFP_NOWAIT);
	while (!kswapd_hopeless()) {
		EXPECT(alloc_page(GFP_NOWAIT) == NULL);
		usleep(2000);
	}
	wakes = vm_event("kswapd_wake");
	for (int i = 0; i < 50; i++)
		EXPECT(alloc_page(GFP_NOWAIT) == NULL);
	EXPECT_EQ(vm_event("kswapd_wake"), wakes);
	/* progress by a direct reclaimer gives it another chance */
	let_go_some(1);
	EXPECT_EQ(pagecache_fill(1, GFP_ATOMIC, false), 1);
	for (int i = 0; i < 20 && vm_event("kswapd_wake") == wakes; i++) {
		hold_all(GFP_GREEDY);
		hold_all(GFP_NOWAIT);
	}
	EXPECT(vm_event("kswapd_wake") > wakes);
	let_go();
}

/* ------------------------------------------------------------------ mempool */

static int backing_calls, backing_empty;

static void *backing_alloc(gfp_t gfp, void *data)
{
	(void)data;
	backing_calls++;
	return gb_load_relaxed(&backing_empty) ? NULL : alloc_page(gfp);
}

static void backing_free(void *element, void *data)
{
	(void)data;
	__free_page(element);
}

static void *borrowed[4];

static void free_element(void *arg)
{
	usleep(50000);
	mempool_free(borrowed[0], arg);
}

static void s91(void)
{
	mempool_t *pool = mempool_create(4, backing_alloc, backing_free, NULL);
	struct statement_thread *t;
	void *element;

	gb_store_relaxed(&backing_empty, 1);
	for (int i = 0; i < 4; i++)
		EXPECT((borrowed[i] = mempool_alloc(pool, GFP_ATOMIC)) != NULL);
	EXPECT(mempool_alloc(pool, GFP_ATOMIC) == NULL);
	EXPECT(mempool_alloc(pool, GFP_NOWAIT) == NULL);
	t = statement_start(-1, free_element, pool);
	element = mempool_alloc(pool, GFP_KERNEL); /* waits for the other thread */
	EXPECT(element == borrowed[0]);
	statement_join(t);
	mempool_free(element, pool);
	for (int i = 1; i < 4; i++)
		mempool_free(borrowed[i], pool);
	mempool_free(NULL, pool);
	gb_store_relaxed(&backing_empty, 0);
	EXPECT_EQ(mempool_resize(pool, 2), 0);
	EXPECT_EQ(mempool_resize(pool, 6), 0);
	mempool_destroy(pool);
}

static void s92(void)
{
	mempool_t *pool = mempool_create(1, backing_alloc, backing_free, NULL);
	void *a, *b;
	int calls = backing_calls;

	a = mempool_alloc(pool, GFP_KERNEL);
	EXPECT_EQ(backing_calls, calls + 1);
	gb_store_relaxed(&backing_empty, 1);
	b = mempool_alloc(pool, GFP_ATOMIC); /* the reserve was not touched before */
	EXPECT(b != NULL && a != b);
	gb_store_relaxed(&backing_empty, 0);
	mempool_free(a, pool);
	mempool_free(b, pool);
	mempool_destroy(pool);
}

/* ------------------------------------------------------------------ RCU */

struct node {
	struct rcu_head rcu;
	int value;
};

static int reader_in, reader_may_leave, reader_left, callbacks, too_early;

static void reader(void *arg)
{
	(void)arg;
	rcu_read_lock();
	rcu_read_lock(); /* nests */
	rcu_read_unlock();
	gb_store_release(&reader_in, 1);
	while (!gb_load_acquire(&reader_may_leave))
		usleep(500);
	gb_store_release(&reader_left, 1);
	rcu_read_unlock();
}

static void callback(struct rcu_head *head)
{
	struct node *n = (struct node *)(void *)head;

	too_early += !gb_load_acquire(&reader_left);
	EXPECT_EQ(n->value, callbacks); /* in the order of queueing */
	EXPECT(in_serving_softirq());
	callbacks++;
}

static struct node nodes[50];

static void queue_from_irq(void *arg)
{
	call_rcu(&((struct node *)arg)->rcu, callback);
}

static void s93(void)
{
	struct statement_thread *t = statement_start(1, reader, NULL);

	while (!gb_load_acquire(&reader_in))
		usleep(500);
	for (int i = 0; i < 49; i++) {
		nodes[i].value = i;
		call_rcu(&nodes[i].rcu, callback);
	}
	usleep(50000);
	EXPECT_EQ(callbacks, 0);
	gb_store_release(&reader_may_leave, 1);
	rcu_barrier();
	EXPECT_EQ(callbacks, 49);
	nodes[49].value = 49;
	gb_run_as_hardirq(queue_from_irq, &nodes[49]);
	rcu_barrier();
	EXPECT_EQ(callbacks, 50);
	EXPECT_EQ(too_early, 0);
	statement_join(t);
	synchronize_rcu();
}

/* ------------------------------------------------------------------ fault injection */

static void s95(void)
{
	EXPECT_EQ(fault_inject_set("failslab/probability", 100), 0);
	EXPECT_EQ(should_failslab(64, GFP_KERNEL, 0), 0);
	EXPECT_EQ(should_failslab(64, GFP_ATOMIC | __GFP_NOFAIL, 0), 0);
	EXPECT_EQ(should_failslab(64, GFP_ATOMIC, 0), 1);
	EXPECT_EQ(should_failslab(64, GFP_ATOMIC, 0), 0); /* times = 1 */
	EXPECT_EQ(fault_inject_count("failslab"), 1);
	EXPECT_EQ(fault_inject_set("failslab/times", 1), 0);
	EXPECT_EQ(fault_inject_set("failslab/cache-filter", 1), 0);
	EXPECT_EQ(should_failslab(64, GFP_ATOMIC, 0), 0);
	EXPECT_EQ(should_failslab(64, GFP_ATOMIC, 1), 1);
	EXPECT_EQ(fault_inject_set("failslab/space", 100), 0);
	EXPECT_EQ(fault_inject_set("failslab/times", -1), 0);
	EXPECT_EQ(should_failslab(64, GFP_ATOMIC, 1), 0); /* uses up the space */
	EXPECT_EQ(should_failslab(64, GFP_ATOMIC, 1), 1);
	EXPECT_EQ(fault_inject_set("failslab/nothing", 1), -ENOENT);
	EXPECT_EQ(fault_inject_set("failslab/min-order", 1), -ENOENT);
	EXPECT_EQ(fault_inject_set("failslab/probability", 101), -EINVAL);
	EXPECT_EQ(fault_inject_setup("failslab", "1,2,3"), -EINVAL);
}

/* Of @n kmalloc(64, @gfp), how many fail? */
static int failing(int n, gfp_t gfp)
{
	int failed = 0;

	for (int i = 0; i < n; i++) {
		void *p = kmalloc(64, gfp);

		failed += !p;
		kfree(p);
	}
	return failed;
}

/* As a caller meets it: what the fast path holds does not hide the injected failure. */
static void s95_kmalloc(void)
{
	EXPECT_EQ(failing(100, GFP_ATOMIC), 0);
	EXPECT_EQ(fault_inject_set("failslab/probability", 100), 0);
	EXPECT_EQ(failing(100, GFP_KERNEL), 0);
	EXPECT_EQ(failing(100, GFP_NOFS), 0);
	EXPECT_EQ(fault_inject_count("failslab"), 0);
	EXPECT_EQ(failing(1, GFP_ATOMIC), 1);
	EXPECT_EQ(failing(100, GFP_ATOMIC), 0); /* times = 1 */
	EXPECT_EQ(fault_inject_set("failslab/times", 3), 0);
	EXPECT_EQ(failing(100, GFP_ATOMIC), 3);
	EXPECT_EQ(fault_inject_set("failslab/times", -1), 0);
	EXPECT_EQ(failing(100, GFP_NOWAIT), 100);
	EXPECT_EQ(fault_inject_set("failslab/probability", 0), 0);
	EXPECT_EQ(failing(100, GFP_ATOMIC), 0);
	EXPECT_EQ(fault_inject_count("failslab"), 104);
}

static void s96(void)
{
	EXPECT_EQ(fault_inject_setup("fail_page_alloc", "3,100,0,-1"), 0);
	for (int i = 1; i <= 30; i++) {
		struct page *page = alloc_pages(GFP_ATOMIC | __GFP_NOWARN, 1);

		EXPECT_EQ(page == NULL, i % 3 == 0);
		if (page)
			__free_pages(page, 1);
	}
	EXPECT_EQ(fault_inject_count("fail_page_alloc"), 10);
}

static void s97(void)
{
	struct page *page;

	EXPECT_EQ(fault_inject_set("fail_page_alloc/probability", 100), 0);
	EXPECT_EQ(fault_inject_set("fail_page_alloc/times", -1), 0);
	for (int i = 0; i < 100; i++)
		give_back(alloc_page(GFP_ATOMIC));
	page = alloc_pages(GFP_ATOMIC | __GFP_HIGHMEM, 1);
	EXPECT(page != NULL);
	__free_pages(page, 1);
	page = alloc_pages(GFP_KERNEL, 1);
	EXPECT(page != NULL);
	__free_pages(page, 1);
	EXPECT(alloc_pages(GFP_ATOMIC | __GFP_NOWARN, 1) == NULL);
	EXPECT_EQ(fault_inject_count("fail_page_alloc"), 1);
	set_fail_nth(2);
	fault_inject_set("fail_page_alloc/probability", 0);
	page = alloc_pages(GFP_ATOMIC, 1);
	EXPECT(page != NULL);
	EXPECT(alloc_pages(GFP_ATOMIC | __GFP_NOWARN, 1) == NULL);
	__free_pages(page, 1);
}

/* ------------------------------------------------------------------ beside the statements */

static void forked(void)
{
	pid_t pid;
	int status = -1;

	kernel_irq_stop();
	pid = fork();
	if (pid == 0) {
		int bad = alloc_page(GFP_KERNEL) != NULL || kernel_boot(NULL) != -EBUSY ||
			  kernel_cpu_online(1) != -EPERM;

		_exit(bad);
	}
	EXPECT(pid > 0 && waitpid(pid, &status, 0) == pid);
	EXPECT_EQ(status, 0);
	give_back(alloc_page(GFP_KERNEL)); /* the parent goes on */
}

/* Atomic allocations drive memory to the floor, kswapd reclaims, the trace stays whole. */
static void traced(void)
{
	char line[512];
	FILE *f = tmpfile();
	unsigned int allocs = 0, frees = 0;

	EXPECT(f != NULL);
	EXPECT_EQ(trace_kmem_start(fileno(f)), 0);
	for (int i = 0; i < 1000; i++)
		give_back(alloc_page(GFP_ATOMIC));
	EXPECT_EQ(trace_kmem_stop(), 0);
	rewind(f);
	while (fgets(line, sizeof(line), f)) {
		allocs += strstr(line, " mm_page_alloc: page=") != NULL;
		frees += strstr(line, " mm_page_free: page=") != NULL;
	}
	fclose(f);
	EXPECT(allocs >= 1000);
	EXPECT(frees >= 1000);
}

/* A ring of 16 and a writer that nobody reads: atomic context goes on, events are lost,
 * and the text accounts for each. */
static struct {
	FILE *f;
	unsigned int written; /* events that became lines */
	unsigned long told;   /* events that lines say are lost */
} lost;

static void read_lost(void *arg)
{
	char line[512];
	unsigned long n;

	(void)arg;
	while (fgets(line, sizeof(line), lost.f)) {
		lost.written += strstr(line, ": mm_page_") != NULL;
		if (sscanf(line, "# LOST %lu EVENTS", &n) == 1)
			lost.told += n;
	}
}

static void traced_lost(void)
{
	struct statement_thread *t;
	struct page *page;
	unsigned long missing;
	int fd[2];

	EXPECT_EQ(pipe(fd), 0);
	EXPECT(fcntl(fd[1], F_SETPIPE_SZ, 4096) > 0);
	lost.f = fdopen(fd[0], "r");
	trace_ring_records = 16;
	EXPECT_EQ(trace_kmem_start(fd[1]), 0);
	preempt_disable();
	for (int i = 0; i < 500; i++) {
		page = alloc_page(GFP_ATOMIC);
		if (page)
			__free_page(page);
	}
	preempt_enable();
	t = statement_start(-1, read_lost, NULL);
	missing = trace_kmem_stop();
	close(fd[1]);
	statement_join(t);
	fclose(lost.f);
	EXPECT(missing > 500);
	EXPECT_EQ(lost.told, missing);
	EXPECT_EQ(lost.written + missing, 1000);
}

static void texts(void)
{
	static char buf[16384];

	EXPECT(proc_buddyinfo(buf, sizeof(buf)) > 100);
	EXPECT(strstr(buf, "Node 0, zone   Normal ") != NULL);
	EXPECT(proc_zoneinfo(buf, sizeof(buf)) > 100);
	EXPECT(strstr(buf, "protection: (0, 0, 48, 48)") != NULL);
	EXPECT(proc_pagetypeinfo(buf, sizeof(buf)) > 100);
	EXPECT(proc_vmstat(buf, sizeof(buf)) > 100);
	EXPECT_EQ(proc_zoneinfo(buf, 10), 9);
}

static const struct statement table[] = {
	{ 85, "a sleeping mask in atomic context is reported, and served", P_EACH,
	  IRQ_EMPTY, s85 },
	{ 86, "nofs and noio scopes reach the shrinker, nest, restore", P_EACH, IRQ_EMPTY,
	  s86 },
	{ 87, "a shrinker is called when its debts fill a batch", P_6X, IRQ_ALLOCATES,
	  s87 },
	{ 88, "SHRINK_STOP ends a pass, 0 and SHRINK_EMPTY never scan", P_EACH,
	  IRQ_ALLOCATES, s88 },
	{ 89, "kswapd works until a zone is above high, then sleeps", P_EACH, IRQ_EMPTY,
	  s89, .configure = no_boost },
	{ 90, "sixteen fruitless runs of kswapd stop further wakes", P_6X, IRQ_EMPTY, s90,
	  .configure = no_boost },
	{ 91, "mempool: sleepers wait for a free, atomic gets NULL", P_EACH,
	  IRQ_ALLOCATES, s91 },
	{ 92, "mempool tries the allocator before its reserve", P_EACH, IRQ_ALLOCATES,
	  s92 },
	{ 93, "RCU callbacks wait for readers and keep their order", P_EACH,
	  IRQ_ALLOCATES, s93 },
	{ 95, "failslab's defaults; times, space, cache-filter", P_EACH, IRQ_EMPTY, s95 },
	{ 95, "failslab through kmalloc: GFP_KERNEL never fails, GFP_ATOMIC once", P_EACH,
	  IRQ_EMPTY, s95_kmalloc },
	{ 96, "interval 3 fails every third call", P_EACH, IRQ_EMPTY, s96 },
	{ 97, "fail_page_alloc spares order 0 and HIGHMEM; fail-nth", P_EACH, IRQ_EMPTY,
	  s97 },
	{ 0, "a forked child is refused", P618, IRQ_ALLOCATES, forked },
	{ 0, "a trace has every page event", P_EACH, IRQ_ALLOCATES, traced },
	{ 0, "a trace says how many events it lost", P_EACH, IRQ_EMPTY, traced_lost },
	{ 0, "texts in the form of /proc", P_EACH, IRQ_ALLOCATES, texts },
	{ .run = NULL },
};

int main(int argc, char **argv)
{
	return statements_run(table, NULL, argc, argv);
}
