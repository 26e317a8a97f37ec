/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The gfpbench authors */
/*
 * Bad input, one row a kind: each is reported in the kernel's words, gives a defined result
 * and leaves the allocator whole, which probe_sound() shows afterwards.  What happens before
 * boot and RAM that cannot be had run from the rows' configure, which comes before boot.
 */
#include <errno.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "hold.h"
#include "kernel/slab.h"

/* A thousand objects and pages, each filled, none handed out twice. */
static void probe_sound(void)
{
	static unsigned char *object[1000];
	static struct page *page[100];
	unsigned long wrong = 0;

	for (int i = 0; i < 1000; i++) {
		object[i] = kmalloc(64, GFP_KERNEL);
		if (!EXPECT(object[i] != NULL))
			return;
		memset(object[i], i & 0xff, 64);
	}
	for (int i = 0; i < 100; i++) {
		page[i] = alloc_page(GFP_KERNEL);
		if (!EXPECT(page[i] != NULL))
			return;
		memset(page_address(page[i]), 0xff, PAGE_SIZE);
	}
	for (int i = 0; i < 1000; i++) {
		wrong += object[i][0] != (i & 0xff) || object[i][63] != (i & 0xff);
		kfree(object[i]);
	}
	for (int i = 0; i < 100; i++)
		__free_page(page[i]);
	EXPECT_EQ(wrong, 0);
}

static void invalid_flags(void)
{
	static void *object[1000];
	struct page *p;

	EXPECT(alloc_page(GFP_KERNEL | __GFP_DMA | __GFP_HIGHMEM) == NULL);
	EXPECT_EQ(kernel_reports("gfp-zone"), 1);
	p = alloc_page(GFP_KERNEL | __GFP_MOVABLE | __GFP_RECLAIMABLE);
	EXPECT(p != NULL);
	EXPECT_EQ(kernel_reports("gfp-mobility"), 1);
	if (p)
		__free_page(p);
	EXPECT_EQ(kernel_reports("unexpected-gfp"), 0);
	/* a slab has no page outside the direct map: fixed up, and said */
	for (int i = 0; i < 1000; i++) {
		object[i] = kmalloc(2048, GFP_KERNEL | __GFP_HIGHMEM);
		EXPECT(object[i] != NULL);
	}
	EXPECT(kernel_reports("unexpected-gfp") > 0);
	for (int i = 0; i < 1000; i++)
		kfree(object[i]);
	probe_sound();
}

static void bad_pointer(void)
{
	unsigned long on_stack[8] = { 0 };
	char *large = kmalloc(512 << 10, GFP_KERNEL);
	struct page *page = alloc_page(GFP_KERNEL);

	kfree(on_stack);
	EXPECT_EQ(kernel_reports("bad-kfree"), 1);
	kfree(page_address(page));
	EXPECT_EQ(kernel_reports("bad-kfree"), 2);
	kfree(large + 4096); /* 3.4 has it in a slab */
	EXPECT_EQ(kernel_reports(statement_profile() == 304 ? "slab-bug" : "bad-kfree"),
		  statement_profile() == 304 ? 1 : 3);
	EXPECT_EQ(ksize(on_stack), 0);
	__free_pages((struct page *)(void *)on_stack, 0);
	EXPECT_EQ(kernel_reports("bad-page"), 1);
	kfree(large);
	__free_page(page);
	probe_sound();
}

static void inside_an_object(void)
{
	char *p = kmalloc(64, GFP_KERNEL);

	kfree(p + 8);
	EXPECT_EQ(kernel_reports("slab-bug"), 1);
	kfree(p);
	EXPECT_EQ(kernel_reports("slab-bug"), 1);
	probe_sound();
}

static unsigned long reports(void)
{
	return kernel_reports("bad-page") + kernel_reports("bad-kfree") +
	       kernel_reports("slab-bug");
}

/* Frees @p, which is no object, by every call that could: each reports, none does it. */
static unsigned long frees_refused(struct kmem_cache *s, char *p)
{
	unsigned long before = reports();
	void *one[] = { p };

	kfree(p);
	kmem_cache_free(s, p);
	kmem_cache_free_bulk(s, 1, one);
	return reports() - before;
}

#define AROUND 40

/* Objects of @s all over some slabs, then addresses that are none, first with closed
 * entries, then with arrays that have room: inside each object, and behind the last one of
 * its slab. */
static void no_object_of(struct kmem_cache *s)
{
	static char *live[AROUND];
	size_t size = s->object_size, inside[] = { 1, 8, size / 2, size - 8, size - 1 };
	unsigned long refused = 0, want = 0;

	for (int i = 0; i < AROUND; i++)
		EXPECT((live[i] = kmem_cache_alloc(s, GFP_KERNEL)) != NULL);
	for (int round = 0; round < 2; round++) {
		for (int i = 0; i < AROUND; i++) {
			struct page *slab = virt_to_head_page(live[i]);
			char *behind = slab_object_at(s, slab, slab->objects);

			for (unsigned int k = 0; k < GB_ARRAY_SIZE(inside); k++)
				if (inside[k] && inside[k] < size) {
					refused += frees_refused(s, live[i] + inside[k]);
					want += 3;
				}
			if (behind < (char *)lowmem_page_address(slab) +
					     (PAGE_SIZE << slab->order)) {
				refused += frees_refused(s, behind);
				want += 3;
			}
		}
		slab_drain_local();
		kmem_cache_free(s, kmem_cache_alloc(s, GFP_KERNEL));
	}
	statement_eq((long)refused, (long)want, s->name, "reports", __FILE__, __LINE__);
	for (int i = 0; i < AROUND; i++)
		kmem_cache_free(s, live[i]);
}

/* Without slab_debug: every class and strides that no mask tells. */
static void inside_each_class(void)
{
	static const size_t odd[] = { 24, 40, 72, 328, 704, 1032, 5000, 12000, 40000, 1 << 20 };
	unsigned long before;

	for (size_t size = 8; size <= KMALLOC_MAX_CACHE_SIZE; size += size < 256 ? 8 : size)
		no_object_of(kmalloc_cache(size, GFP_KERNEL));
	for (unsigned int i = 0; i < GB_ARRAY_SIZE(odd); i++) {
		struct kmem_cache *s = kmem_cache_create("odd", odd[i], 0, SLAB_NO_MERGE, NULL);

		no_object_of(s);
		kmem_cache_destroy(s);
	}
	before = reports();
	probe_sound();
	EXPECT_EQ(reports(), before); /* what is an object is freed */
}

/* Every byte of a slab of every stride: does an object start there?  What the numbers cannot
 * tell they refuse. */
static void numbers_of_each_stride(void)
{
	unsigned long wrong = 0;

	for (unsigned int size = 8; size <= 2 * PAGE_SIZE; size += 8) {
		struct kmem_cache s = { .object_size = size };
		uintptr_t slab = PAGE_SIZE << MAX_PAGE_ORDER, at, bytes;
		int knows;

		slab_geometry(&s, 0);
		knows = s.starts.mask != SLAB_STARTS_UNTOLD;
		bytes = PAGE_SIZE << s.order;
		for (at = 0; at < bytes; at++) {
			int starts = at % s.size == 0 && at / s.size < s.objects;

			wrong += slab_starts(&s.starts, slab + at) != (knows && starts);
		}
	}
	EXPECT_EQ((long)wrong, 0);
	/* for kmalloc's own they can */
	for (size_t size = 8; size <= KMALLOC_MAX_CACHE_SIZE; size += size < 256 ? 8 : size)
		EXPECT(kmalloc_cache(size, GFP_KERNEL)->starts.mask != SLAB_STARTS_UNTOLD);
}

/* The allocator's own arrays lie in slabs, too. */
static void an_array_of_ours(void)
{
	struct kmem_cache *s = NULL;
	unsigned long frame = 0, before;
	char *p;

	kfree(kmalloc(64, GFP_KERNEL)); /* there is one now */
	do
		s = &slab_caches[slab_hot.frame_entry[frame] >> SLAB_ENTRY_SHIFT];
	while (!(s->flags & SLAB_INTERNAL && s->size > 8) &&
	       ++frame < slab_hot.bytes >> PAGE_SHIFT);
	if (!EXPECT(frame < slab_hot.bytes >> PAGE_SHIFT))
		return;
	p = (char *)slab_hot.base + (frame << PAGE_SHIFT);
	before = kernel_reports("bad-kfree") + kernel_reports("bad-kmem-cache-free");
	for (size_t at = 0; at < PAGE_SIZE; at += s->size) {
		void *one[] = { p + at };

		kfree(p + at);
		kmem_cache_free(s, p + at);
		kmem_cache_free(kmalloc_cache(64, GFP_KERNEL), p + at);
		kfree_bulk(1, one);
	}
	EXPECT_EQ(kernel_reports("bad-kfree") + kernel_reports("bad-kmem-cache-free") - before,
		  4 * PAGE_SIZE / s->size);
	probe_sound();
}

static void double_frees(void)
{
	void *p = kmalloc(64, GFP_KERNEL), *large = kmalloc(512 << 10, GFP_KERNEL);
	struct page *page = alloc_page(GFP_KERNEL);
	unsigned long before;

	kfree(p);
	kfree(p);
	EXPECT_EQ(kernel_reports("slab-bug"), 1);
	__free_page(page);
	__free_page(page);
	EXPECT_EQ(kernel_reports("bad-page"), 1);
	before = reports();
	kfree(large);
	kfree(large);
	EXPECT_EQ(reports(), before + 1);
	probe_sound();
}

static void order_above_10(void)
{
	unsigned long free = nr_free_pages();
	struct page *page = alloc_page(GFP_KERNEL);

	EXPECT(alloc_pages(GFP_KERNEL, 11) == NULL);
	EXPECT_EQ(kernel_reports("page-order"), 1);
	EXPECT(alloc_pages(GFP_ATOMIC | __GFP_NOWARN, ~0u) == NULL);
	EXPECT(kmalloc((4 << 20) + 1, GFP_KERNEL | __GFP_NOWARN) == NULL);
	EXPECT(kmalloc(SIZE_MAX, GFP_KERNEL | __GFP_NOWARN) == NULL);
	__free_pages(page, 11);
	EXPECT_EQ(kernel_reports("bad-page"), 1);
	__free_page(page);
	drain_all_pages();
	EXPECT_EQ(nr_free_pages(), free);
	probe_sound();
}

static void unknown_cache(void)
{
	struct kmem_cache *s = kmem_cache_create("mine", 64, 0, SLAB_NO_MERGE, NULL);
	struct kmem_cache *other = kmem_cache_create("other", 64, 0, SLAB_NO_MERGE, NULL);
	void *p = kmem_cache_alloc(s, GFP_KERNEL), *q = kmem_cache_alloc(s, GFP_KERNEL);

	EXPECT(kmem_cache_alloc(NULL, GFP_KERNEL) == NULL);
	EXPECT_EQ(kernel_reports("bad-kmem-cache"), 1);
	/* both go back to the cache they are from */
	kmem_cache_free(NULL, p);
	EXPECT_EQ(kernel_reports("wrong-slab-cache"), 1);
	kmem_cache_free(other, q);
	EXPECT_EQ(kernel_reports("wrong-slab-cache"), 2);
	kmem_cache_destroy(other);
	kmem_cache_destroy(s);
	EXPECT_EQ(kernel_reports("slab-objects-remain"), 0);
	EXPECT(kmem_cache_alloc(s, GFP_KERNEL) == NULL); /* no more */
	EXPECT_EQ(kernel_reports("bad-kmem-cache"), 2);
	kmem_cache_destroy(s);
	EXPECT_EQ(kernel_reports("bad-kmem-cache"), 3);
	probe_sound();
}

/* Addresses that no kmem_cache_create() returned: each call reports and does nothing. */
static void wild_cache(void)
{
	static const char zeros[sizeof(struct kmem_cache)];
	struct kmem_cache *s = kmem_cache_create("mine", 64, 0, SLAB_NO_MERGE, NULL);
	const void *wild[] = {
		(void *)16,	 (void *)-8, zeros, (char *)s + 8, (char *)s - 256,
		&slab_caches[0], &slab_caches[SLAB_MAX_CACHES - 1],
		&slab_caches[SLAB_MAX_CACHES],
	};
	void *p = kmem_cache_alloc(s, GFP_KERNEL), *two[2];

	for (unsigned int i = 0; i < GB_ARRAY_SIZE(wild); i++) {
		struct kmem_cache *w = (struct kmem_cache *)(uintptr_t)wild[i];
		unsigned long before = kernel_reports("bad-kmem-cache");

		EXPECT(kmem_cache_alloc(w, GFP_KERNEL) == NULL);
		EXPECT(kmem_cache_zalloc(w, GFP_ATOMIC) == NULL);
		EXPECT_EQ(kmem_cache_alloc_bulk(w, GFP_KERNEL, 2, two), 0);
		EXPECT(kmem_cache_prefill_sheaf(w, GFP_KERNEL, 4) == NULL);
		EXPECT_EQ(kmem_cache_shrink(w), 0);
		EXPECT_EQ(kmem_cache_size(w), 0);
		kmem_cache_destroy(w);
		EXPECT_EQ(kernel_reports("bad-kmem-cache"), before + 7);
		/* the object goes back to its own */
		kmem_cache_free(w, p);
		EXPECT_EQ(kernel_reports("wrong-slab-cache"), 2 * i + 1);
		two[0] = kmem_cache_alloc(s, GFP_KERNEL);
		kmem_cache_free_bulk(w, 1, two);
		EXPECT_EQ(kernel_reports("wrong-slab-cache"), 2 * i + 2);
		p = kmem_cache_alloc(s, GFP_KERNEL);
	}
	kmem_cache_free(s, p);
	kmem_cache_destroy(s);
	EXPECT_EQ(kernel_reports("slab-objects-remain"), 0);
	probe_sound();
}

/* ------------------------------------------------------------------ before boot */

static void nothing_works(struct kernel_config *c)
{
	struct page *pages[4] = { NULL };

	(void)c;
	EXPECT(alloc_page(GFP_KERNEL) == NULL);
	EXPECT_EQ(kernel_reports("not-booted"), 1);
	EXPECT(kmalloc(64, GFP_ATOMIC) == NULL);
	EXPECT(kmem_cache_create("early", 64, 0, 0, NULL) == NULL);
	EXPECT_EQ(__get_free_pages(GFP_KERNEL, 3), 0);
	EXPECT_EQ(alloc_pages_bulk(GFP_KERNEL, 4, pages), 0);
	EXPECT(vmalloc(4096) == NULL);
	EXPECT_EQ(kernel_reports("not-booted"), 6);
	kfree(pages);
	__free_page((struct page *)(void *)pages);
	EXPECT_EQ(kernel_reports("not-booted"), 8);
	EXPECT(kernel_cpu_online(0) < 0);
	EXPECT_EQ(kernel_shutdown(), 0);
}

static void refused(const struct kernel_config *c, int want, const char *text)
{
	EXPECT_EQ(kernel_boot(c), want);
	statement_expect(strstr(kernel_boot_error(), text) != NULL, __FILE__, __LINE__,
			 "'%s' says '%s'", kernel_boot_error(), text);
}

/* A gigabyte where the limit on address space leaves 64 MiB; sizes out of range; then the
 * machine boots as if nothing had been. */
static void no_such_ram(struct kernel_config *c)
{
	struct kernel_config odd = { .ram_bytes = 1 << 30, .quiet = 1 };
	struct rlimit old, tight;
	unsigned long pages = 0;
	FILE *f = fopen("/proc/self/statm", "r");

	(void)c;
	EXPECT(f && fscanf(f, "%lu", &pages) == 1);
	if (f)
		fclose(f);
	EXPECT_EQ(getrlimit(RLIMIT_AS, &old), 0);
	tight = old;
	tight.rlim_cur = pages * PAGE_SIZE + (64 << 20);
	EXPECT_EQ(setrlimit(RLIMIT_AS, &tight), 0);
	refused(&odd, -ENOMEM, "cannot map 1024 MiB of emulated RAM");
	EXPECT_EQ(setrlimit(RLIMIT_AS, &old), 0);
	odd.ram_bytes = 8 << 20;
	refused(&odd, -EINVAL, "16 MiB to 64 GiB");
	odd.ram_bytes = 128ull << 30;
	refused(&odd, -EINVAL, "16 MiB to 64 GiB");
	odd.ram_bytes = (64 << 20) + 1;
	refused(&odd, -EINVAL, "multiple of 4096");
}

/* ------------------------------------------------------------------ fork */

static int in_the_child(void)
{
	int bad = alloc_page(GFP_KERNEL) != NULL;

	bad |= kmalloc(64, GFP_KERNEL) != NULL;
	bad |= kernel_reports("not-booted") != 2;
	bad |= kernel_boot(NULL) != -EBUSY;
	return bad | !strstr(kernel_boot_error(), "forked");
}

static void fork_refused(void)
{
	pid_t pid;
	int status = -1;

	kernel_irq_stop();
	pid = fork();
	if (pid == 0)
		_exit(in_the_child());
	EXPECT(pid > 0 && waitpid(pid, &status, 0) == pid);
	EXPECT_EQ(status, 0);
	probe_sound();
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
	{ 0, "bad input: an invalid flag combination", P_EACH, IRQ_EMPTY, invalid_flags },
	{ 0, "bad input: a bad pointer", P_EACH, IRQ_EMPTY, bad_pointer },
	{ 0, "bad input: a pointer into an object, with slab_debug", P_6X, IRQ_EMPTY,
	  inside_an_object, .slab_debug = "F" },
	{ 0, "bad input: a pointer into an object, without slab_debug", P_EACH, IRQ_EMPTY,
	  inside_each_class, .ram_mib = 256 },
	{ 0, "bad input: a pointer into an object of any stride", P_EACH, IRQ_EMPTY,
	  numbers_of_each_stride },
	{ 0, "bad input: the same, and poison without consistency checks", P_EACH, IRQ_EMPTY,
	  inside_each_class, .ram_mib = 256, .slab_debug = "ZP" },
	{ 0, "bad input: a pointer to what the allocator keeps for itself", P_EACH, IRQ_EMPTY,
	  an_array_of_ours },
	{ 0, "bad input: a double free", P_EACH, IRQ_EMPTY, double_frees },
	{ 0, "bad input: an order above 10", P_EACH, IRQ_EMPTY, order_above_10 },
	{ 0, "bad input: an unknown cache", P_EACH, IRQ_EMPTY, unknown_cache },
	{ 0, "bad input: a wild cache pointer", P_EACH, IRQ_EMPTY, wild_cache },
	{ 0, "bad input: use before boot", P_EACH, IRQ_ALLOCATES, probe_sound,
	  .configure = nothing_works },
	/* a sanitizer's shadow needs the address space that is taken away here */
	{ 0, "bad input: RAM that cannot be mapped", P618, IRQ_ALLOCATES, probe_sound,
	  .configure = no_such_ram, .sanitizers = 1 },
	{ 0, "bad input: a fork", P618, IRQ_ALLOCATES, fork_refused },
	{ .run = NULL },
};

int main(int argc, char **argv)
{
	static const struct statement_irq irq = { irq_alloc, irq_free };

	return statements_run(table, &irq, argc, argv);
}
