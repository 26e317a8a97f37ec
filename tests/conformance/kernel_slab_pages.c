/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The gfpbench authors */
/*
 * Statements 66 to 73, 98 and 99: debugging, slabs, what arrays may keep, tracing.  Figures:
 * kernel-truth 3b.
 */
#include "statements.h"

#include <string.h>
#include <unistd.h>

#include "kernel/slab.h"

#define N 1000
static void *held[N];

static void let_go(unsigned int n)
{
	for (unsigned int i = 0; i < n; i++)
		kfree(held[i]);
}

static struct kmem_cache *class(size_t size)
{
	return kmalloc_cache(size, GFP_KERNEL);
}

/* ------------------------------------------------------------------ debugging */

static void s66(void)
{
	char *p = kmalloc(50, GFP_KERNEL);

	p[50] = 1;
	kfree(p);
	EXPECT_EQ(kernel_reports("slab-bug"), 1);
	p[50] = (char)0xcc;
	kfree(p);
	EXPECT_EQ(kernel_reports("slab-bug"), 1);
	p = kmalloc(64, GFP_KERNEL);
	p[-1] = 1;
	kfree(p);
	EXPECT_EQ(kernel_reports("slab-bug"), 2);
	kfree(p); /* restored by the report */
}

static void s67(void)
{
	char *p = kmalloc(64, GFP_KERNEL);

	kfree(p);
	EXPECT(kmem_validate(class(64)));
	p[3] = 7;
	EXPECT(!kmem_validate(class(64)));
	EXPECT_EQ(kernel_reports("slab-bug"), 1);
	EXPECT(kmem_validate(class(64)));
	p[63] = 0;
	EXPECT(!kmem_validate(class(64)));
}

static void s68(void)
{
	char *p = kmalloc(64, GFP_KERNEL);

	kfree(p);
	kfree(p);
	EXPECT_EQ(kernel_reports("slab-bug"), 1);
	kfree(p + 8);
	EXPECT_EQ(kernel_reports("slab-bug"), 2);
	EXPECT_EQ(class(64)->nr_free, class(64)->nr_objects);
}

/* Without debugging the second free is noticed when the array is emptied. */
static void double_free(void)
{
	char *p = kmalloc(64, GFP_KERNEL);

	kfree(p);
	kfree(p);
	slab_drain_everything();
	EXPECT_EQ(kernel_reports("slab-bug"), 1);
}

static void s69(void)
{
	struct kmem_cache *a = kmem_cache_create("a", 500, 0, SLAB_NO_MERGE, NULL);
	struct kmem_cache *b = kmem_cache_create("b", 900, 0, SLAB_NO_MERGE, NULL);
	void *p = kmem_cache_alloc(a, GFP_KERNEL);

	kmem_cache_free(b, p);
	EXPECT_EQ(kernel_reports("wrong-slab-cache"), 1);
	kmem_cache_destroy(a);
	kmem_cache_destroy(b);
	EXPECT_EQ(kernel_reports("slab-objects-remain"), 0);
}

static void bad_frees(void)
{
	int local;
	void *big = kmalloc(1 << 20, GFP_KERNEL);
	unsigned long page = __get_free_page(GFP_KERNEL), free = nr_free_pages();

	kfree(&local);
	kfree((void *)page);
	kfree((char *)big + 8192);
	EXPECT_EQ(kernel_reports("bad-kfree"), 3);
	EXPECT_EQ(ksize((void *)page), 0);
	EXPECT(!krealloc((void *)page, 8, GFP_KERNEL));
	EXPECT_EQ(nr_free_pages(), free);
	free_page(page);
	kfree(big);
}

/* ------------------------------------------------------------------ slabs */

static void s70(void)
{
	struct kmem_cache *s = kmem_cache_create("partial", 1000, 0, SLAB_NO_MERGE, NULL);

	EXPECT_EQ(kmem_cache_alloc_bulk(s, GFP_KERNEL, N, held), N);
	EXPECT(s->nr_slabs >= N / s->objects);
	kmem_cache_free_bulk(s, N, held);
	slab_drain_local(); /* the stash goes to the depot */
	slab_depot_drain(s, UINT32_MAX);
	EXPECT_IN(s->nr_slabs, s->min_partial - 1, s->min_partial);
	EXPECT_EQ(kmem_cache_shrink(s), 0);
	EXPECT_EQ(s->nr_slabs, 0);
	kmem_cache_destroy(s);
}

struct geometry {
	size_t size;
	unsigned int order, objects, min_partial, cpu_partial;
};

/* kernel-truth 3b: two CPUs. */
static const struct geometry two_cpus[] = {
	{ 8, 0, 512, 5, 120 },	{ 16, 0, 256, 5, 120 }, { 32, 0, 128, 5, 120 },
	{ 64, 0, 64, 5, 120 },	{ 96, 0, 42, 5, 120 },	{ 128, 0, 32, 5, 120 },
	{ 192, 0, 21, 5, 120 }, { 256, 0, 16, 5, 52 },	{ 512, 1, 16, 5, 52 },
	{ 1024, 2, 16, 5, 24 }, { 2048, 3, 16, 5, 24 }, { 4096, 3, 8, 6, 6 },
	{ 8192, 3, 4, 6, 6 },
};
static const struct geometry one_cpu[] = {
	{ 192, 0, 21, 5, 120 }, { 256, 0, 16, 5, 52 }, { 512, 0, 8, 5, 52 },
	{ 1024, 1, 8, 5, 24 },	{ 2048, 2, 8, 5, 24 }, { 4096, 3, 8, 6, 6 },
};
static const struct geometry sixteen_cpus[] = {
	{ 192, 1, 42, 5, 120 }, { 256, 1, 32, 5, 52 },	{ 512, 2, 32, 5, 52 },
	{ 1024, 3, 32, 5, 24 }, { 2048, 3, 16, 5, 24 }, { 8192, 3, 4, 6, 6 },
};

static void check_geometry(const struct geometry *g, size_t n)
{
	for (; n--; g++) {
		const struct kmem_cache *s = class(g->size);

		EXPECT_EQ(s->order, g->order);
		EXPECT_EQ(s->objects, g->objects);
		EXPECT_EQ(s->min_partial, g->min_partial);
		EXPECT_EQ(s->cpu_partial, g->cpu_partial);
	}
}

static void s71(void)
{
	check_geometry(two_cpus, GB_ARRAY_SIZE(two_cpus));
}

static void s71_one(void)
{
	check_geometry(one_cpu, GB_ARRAY_SIZE(one_cpu));
}

static void s71_sixteen(void)
{
	check_geometry(sixteen_cpus, GB_ARRAY_SIZE(sixteen_cpus));
}

/* Every odd page held: no block above order 0 is free. */
static void s72(void)
{
	static struct page *page[20000];
	unsigned long n = 0, wakes;
	void *p;

	slab_drain_everything();
	while (n < GB_ARRAY_SIZE(page) && (page[n] = alloc_page(GFP_ATOMIC | __GFP_MEMALLOC)))
		n++;
	for (unsigned long i = 0; i < n; i++)
		if (page_to_pfn(page[i]) % 2 == 0) {
			__free_page(page[i]);
			page[i] = NULL;
		}
	drain_all_pages();
	sleep_us(100000); /* what the exhaustion woke goes to sleep */
	wakes = vm_event("kswapd_wake");
	p = kmalloc(1024, GFP_KERNEL);
	EXPECT(p);
	EXPECT_EQ(virt_to_head_page(p)->objects, 4);
	EXPECT_EQ(vm_event("kswapd_wake"), wakes);
	kfree(p);
	for (unsigned long i = 0; i < n; i++)
		if (page[i])
			__free_page(page[i]);
}

static void s73(void)
{
	struct kmem_cache_args args = { .sheaf_capacity = 32 };
	struct kmem_cache *s = kmem_cache_create_args("sheaf", 256, &args, 0);
	struct slab_sheaf *sheaf = kmem_cache_prefill_sheaf(s, GFP_KERNEL, 20);
	int got = 0;

	EXPECT(sheaf);
	for (int i = 0; i < 20; i++) {
		held[i] = kmem_cache_alloc_from_sheaf(s, GFP_NOWAIT, sheaf);
		got += held[i] != NULL;
	}
	EXPECT_EQ(got, 20);
	EXPECT(!kmem_cache_alloc_from_sheaf(s, GFP_NOWAIT, sheaf));
	let_go(20);
	EXPECT_EQ(kmem_cache_refill_sheaf(s, GFP_KERNEL, &sheaf, 5), 0);
	for (got = 0; (held[got] = kmem_cache_alloc_from_sheaf(s, GFP_NOWAIT, sheaf)); got++)
		;
	EXPECT_EQ(got, 5);
	let_go(5);
	EXPECT_EQ(kmem_cache_refill_sheaf(s, GFP_KERNEL, &sheaf, 300), 0);
	for (got = 0; (held[got] = kmem_cache_alloc_from_sheaf(s, GFP_NOWAIT, sheaf)); got++)
		;
	EXPECT_EQ(got, 300);
	let_go(300);
	kmem_cache_return_sheaf(s, GFP_NOWAIT, sheaf);
	EXPECT_EQ(kmem_cache_shrink(s), 0);
	kmem_cache_destroy(s);
}

/* ------------------------------------------------------------------ memory */

/* At 16 MiB: hardirq arrays hold the only free objects; process context asks for one. */
static void hoard(void *unused)
{
	(void)unused;
	for (int i = 0; i < 40; i++)
		held[i] = kmalloc(512, GFP_ATOMIC);
	for (int i = 0; i < 40; i++)
		kfree(held[i]);
}

static void other_contexts(void)
{
	static void *all[40000];
	unsigned int n = 0;

	slab_drain_everything();
	gb_run_as_hardirq(hoard, NULL);
	gb_run_as_softirq(hoard, NULL);
	while (n < GB_ARRAY_SIZE(all) && (all[n] = kmalloc(512, GFP_ATOMIC | __GFP_NOWARN)))
		n++;
	EXPECT(n > 20000);
	EXPECT_EQ(slab_cache_cached(class(512)), 0);
	while (n)
		kfree(all[--n]);
}

static char traced[16384];

static void trace_of(void (*calls)(void))
{
	int fd[2];
	ssize_t n;

	EXPECT(!pipe(fd));
	EXPECT(!trace_kmem_start(fd[1]));
	calls();
	trace_kmem_stop();
	close(fd[1]);
	n = read(fd[0], traced, sizeof(traced) - 1);
	traced[n > 0 ? n : 0] = '\0';
	close(fd[0]);
}

static int count(const char *what)
{
	int n = 0;

	for (const char *p = traced; (p = strstr(p, what)); p++)
		n++;
	return n;
}

static void large_call(void)
{
	kfree(kmalloc(20000, GFP_KERNEL));
}

static void s98(void)
{
	kfree(kmalloc(20000, GFP_KERNEL)); /* an array may hold it: the trace must not care */
	trace_of(large_call);
	EXPECT_EQ(count("bytes_req=20000 bytes_alloc=32768"), statement_profile() == 618 ? 2 : 1);
	EXPECT_EQ(count("mm_page_alloc:"), 1);
	EXPECT_EQ(count("order=3 migratetype"), 1);
}

static void free_calls(void)
{
	void *p[2] = { kmalloc(64, GFP_KERNEL), kmalloc(64, GFP_KERNEL) };

	kfree(NULL);
	kfree_bulk(2, p);
}

static void s99(void)
{
	trace_of(free_calls);
	EXPECT_EQ(count("kfree:"), 1);
	EXPECT_EQ(count("kmalloc:"), 2);
}

/* The bytes asked for tell which line is whose. */
enum { PLAIN = 8, HARDIRQ = 16, LOCKED_HARDIRQ = 24, SOFTIRQ = 32, IRQS_OFF = 40, TWICE = 48 };

static void call(void *size)
{
	kfree(kmalloc((size_t)size, GFP_ATOMIC));
}

static void locked_call(void *size)
{
	DEFINE_SPINLOCK(lock);

	spin_lock(&lock);
	call(size);
	spin_unlock(&lock);
}

static void calls_of_contexts(void)
{
	unsigned long flags;

	call((void *)PLAIN);
	gb_run_as_hardirq(call, (void *)HARDIRQ);
	gb_run_as_hardirq(locked_call, (void *)LOCKED_HARDIRQ);
	gb_run_as_softirq(call, (void *)SOFTIRQ);
	local_irq_save(flags);
	call((void *)IRQS_OFF);
	local_irq_restore(flags);
	preempt_disable();
	locked_call((void *)TWICE);
	preempt_enable();
}

static void expect_letters(int size, const char *letters)
{
	char want[40], asked[40];
	char *line, *end;

	snprintf(want, sizeof(want), "] %s%s ", letters, statement_profile() > 304 ? "." : "");
	snprintf(asked, sizeof(asked), " bytes_req=%d ", size);
	line = strstr(traced, asked);
	if (!EXPECT(line != NULL))
		return;
	for (end = line; line > traced && line[-1] != '\n'; line--)
		;
	*end = '\0';
	statement_expect(strstr(line, want) != NULL, __FILE__, __LINE__, "%s in %s", want, line);
	*end = ' ';
}

static void s100(void)
{
	trace_of(calls_of_contexts);
	expect_letters(PLAIN, "....");
	expect_letters(HARDIRQ, "d.h.");
	expect_letters(LOCKED_HARDIRQ, "d.h1");
	expect_letters(SOFTIRQ, "..s.");
	expect_letters(IRQS_OFF, "d...");
	expect_letters(TWICE, "...2");
}

/* ------------------------------------------------------------------ back to the system */

#define MANY 8192 /* of 4 KiB */
static char *block[MANY];

/* KiB of the machine's memory that are resident in this process. */
static unsigned long resident(void)
{
	FILE *f = fopen("/proc/self/status", "re");
	unsigned long kib = 0;
	char line[128];

	while (f && fgets(line, sizeof(line), f))
		if (sscanf(line, "RssShmem: %lu", &kib) == 1)
			break;
	if (f)
		fclose(f);
	return kib;
}

static void fill_and_free(void)
{
	for (unsigned int i = 0; i < MANY; i++) {
		block[i] = kmalloc(4096, GFP_KERNEL);
		memset(block[i], 'a' + i % 16, 4096);
	}
	EXPECT(resident() >= MANY * 4);
	for (unsigned int i = 0; i < MANY; i++) {
		EXPECT(block[i][0] == (char)('a' + i % 16) && block[i][4095] == block[i][0]);
		kfree(block[i]);
	}
}

static void reporting(struct kernel_config *c)
{
	c->page_reporting_ms = 5;
}

/* Is this pageblock part of a free block?  An interrupt's object pins one that is not. */
static int all_free(unsigned long pfn)
{
	const struct zone *z = page_zone(pfn_to_page(pfn));

	if (pfn >= gb_load_relaxed(&z->fresh_pfn) && pfn < z->fresh_end)
		return 1; /* nobody ever had it */
	for (unsigned int order = PAGEBLOCK_ORDER; order <= MAX_PAGE_ORDER; order++)
		if (gb_load_relaxed(&pfn_to_page(pfn & ~((1UL << order) - 1))->buddy_order) > order)
			return 1;
	return 0;
}

static unsigned long pinned_kib(void)
{
	unsigned long n = 0;

	for (unsigned long pfn = 0; pfn < mm.nr_pages; pfn += PAGEBLOCK_PAGES)
		n += !all_free(pfn);
	return n * PAGEBLOCK_PAGES * (PAGE_SIZE >> 10);
}

/* Exactly the pageblocks in which something lives stay, at some moment soon; without
 * interrupts' objects those are few. */
static void expect_given_back(void)
{
	int patience = 2000, good;

	while (!(good = resident() <= pinned_kib()) && --patience)
		usleep(2000);
	statement_expect(good, __FILE__, __LINE__, "%lu KiB resident, %lu pinned", resident(),
			 pinned_kib());
	EXPECT(statement_interrupts() || resident() <= MANY); /* a quarter */
}

static void given_back(void)
{
	for (int round = 0; round < 3; round++) {
		fill_and_free();
		mm_drain_everything();
		expect_given_back();
	}
}

/* Depots are trimmed with it: nobody has to drain. */
static void given_back_undrained(void)
{
	int patience = 2000;

	fill_and_free();
	while (resident() > 2 * MANY && --patience)
		usleep(2000);
	EXPECT(resident() <= 2 * MANY); /* half */
}

static void kept(void)
{
	fill_and_free();
	mm_drain_everything();
	usleep(50000);
	EXPECT(resident() >= MANY * 4);
}

static void *irq_alloc(size_t size)
{
	return kmalloc(size, GFP_ATOMIC | __GFP_NOWARN);
}

static void irq_free(void *p)
{
	kfree(p);
}

static const struct statement table[] = {
	{ 66, "red zones: one byte too many is reported at free", P_6X, IRQ_ALLOCATES, s66,
	  .slab_debug = "FZPU" },
	{ 67, "a write after free is found", P_6X, IRQ_EMPTY, s67, .slab_debug = "FZPU" },
	{ 68, "a double free is refused", P_6X, IRQ_EMPTY, s68, .slab_debug = "F" },
	{ 68, "a double free without debugging does no harm", P_EACH, IRQ_EMPTY, double_free },
	{ 69, "a free to the wrong cache names both", P_EACH, IRQ_ALLOCATES, s69 },
	{ 0, "kfree, ksize, krealloc of what is no object", P_6X, IRQ_EMPTY, bad_frees },
	{ 70, "empty slabs beyond min_partial go back", P_6X, IRQ_EMPTY, s70 },
	{ 71, "slab geometry for 2 CPUs", P_6X, IRQ_ALLOCATES, s71 },
	{ 71, "slab geometry for 1 CPU", P_6X, IRQ_ALLOCATES, s71_one, .cpus = 1 },
	{ 71, "slab geometry for 16 CPUs", P_6X, IRQ_ALLOCATES, s71_sixteen, .cpus = 16 },
	{ 72, "without high orders a 1 KiB slab is one page", P_6X, IRQ_EMPTY, s72 },
	{ 73, "a prefilled sheaf does not fail", P618, IRQ_ALLOCATES, s73 },
	{ 0, "no atomic request fails while another context's arrays hold objects", P_EACH,
	  IRQ_EMPTY, other_contexts, .ram_mib = 16 },
	{ 98, "kmalloc(20000): order-3 page event, two kmalloc events in 6.18", P_6X, IRQ_EMPTY,
	  s98 },
	{ 99, "kfree(NULL) is traced, kfree_bulk is not", P_6X, IRQ_EMPTY, s99 },
	{ 100, "letters for interrupts off, the context and the depth of preempt_disable",
	  P_EACH, IRQ_EMPTY, s100 },
	{ 0, "free page reporting: resident memory falls after a free-all", P_EACH,
	  IRQ_ALLOCATES, given_back, .configure = reporting },
	{ 0, "free page reporting trims the depots", P618, IRQ_EMPTY, given_back_undrained,
	  .configure = reporting },
	{ 0, "without free page reporting the system gets nothing back", P618, IRQ_EMPTY, kept },
	{ .run = NULL },
};

int main(int argc, char **argv)
{
	static const struct statement_irq irq = { irq_alloc, irq_free };

	return statements_run(table, &irq, argc, argv);
}
