/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The gfpbench authors */
/*
 * vmalloc: contiguous addresses over frames that need not be.
 *
 *	vmalloc   reserve addresses (size + guard) -> frames -> map -> publish
 *	vfree     take the area -> unmap -> frames back at once -> addresses wait for a purge
 *
 * Frames: the largest blocks that the page allocator has without reclaim, each at most what
 * is still missing, then single frames with the caller's right to reclaim.  A block of
 * adjacent frames costs one mapping of the system instead of one a frame; nothing else
 * depends on it.  With scatter set, single frames in random order.
 *
 * A vfree where sleeping is not allowed only takes the area and puts it on a list of its
 * CPU; the housekeeping thread frees it soon.  The first word of the memory is overwritten
 * then, as the kernel's list link does.
 *
 * kernel: mm/vmalloc.c; kernel-model V1, V2, V4, V6, V7, V9 to V12.
 */
#include "kernel/vmalloc.h"

#include <string.h>
#include <sys/mman.h>

#include "base/rng.h"

#define BULK_PAGES   100
#define PAGE_KERNEL_ (PROT_READ | PROT_WRITE)
#define RECLAIM_MASK \
	(__GFP_RECLAIM | __GFP_HIGH | __GFP_IO | __GFP_FS | __GFP_NOFAIL | \
	 __GFP_NORETRY | __GFP_RETRY_MAYFAIL | __GFP_MEMALLOC | __GFP_NOMEMALLOC)

static int scatter;                /* atomic */
static unsigned long mapped_pages; /* atomic: frames of vmalloc areas */
static struct gb_rng scatter_rng;  /* any order will do; racing draws are harmless */

static struct {
	struct vmap_area *head;              /* atomic: newest first */
} GB_ALIGNED_LINE deferred[GB_MAX_CPUS + 1]; /* the last: threads that are no CPU */

void vmap_note_pages(long delta)
{
	gb_add_relaxed(&mapped_pages, (unsigned long)delta);
}

unsigned long vmalloc_nr_pages(void)
{
	return gb_load_relaxed(&mapped_pages);
}

void vmalloc_set_scatter(bool on)
{
	gb_store_relaxed(&scatter, on);
}

/* ------------------------------------------------------------------ contexts */

int vmap_refuse(const char *function)
{
	if (in_interrupt()) {
		kernel_bug(
			"vmalloc-in-interrupt",
			"kernel BUG at mm/vmalloc.c: %s() in_interrupt(), preempt_count: %#x",
			function, preempt_count());
		return 1;
	}
	if (gb_likely(!in_atomic() && !gb_self.atomic_depth))
		return 0;
	gfp_might_sleep(function);
	return 1;
}

/* ------------------------------------------------------------------ frames */

static void put_frames(struct page **pages, unsigned long n)
{
	for (unsigned long i = 0, step; i < n && pages[i]; i += step) {
		unsigned int order = pages[i]->order;

		step = 1UL << order;
		page_flags_clear(pages[i], PG_VMALLOC);
		__free_pages(pages[i], order);
	}
}

/* Blocks as large as may be, without waiting for any; how many frames that gave. */
static unsigned long take_blocks(struct page **pages, unsigned long n, gfp_t gfp)
{
	gfp_t eager = (gfp & ~(__GFP_RECLAIM | __GFP_NOFAIL)) | __GFP_NOWARN |
		      __GFP_NORETRY | __GFP_NOMEMALLOC | __GFP_COMP;
	unsigned int order = MAX_PAGE_ORDER;
	unsigned long have = 0;

	while (have < n) {
		unsigned int fit = 63 - (unsigned int)__builtin_clzl(n - have);
		struct page *page;

		order = order < fit ? order : fit;
		if (!order)
			break;
		page = alloc_pages(eager, order);
		if (!page) {
			order--;
			continue;
		}
		for (unsigned long i = 0; i < 1UL << order; i++)
			pages[have + i] = page + i;
		page_flags_set(page, PG_VMALLOC);
		have += 1UL << order;
	}
	return have;
}

/* Requests of at most a hundred, then one by one. */
static unsigned long take_singles(struct page **pages, unsigned long have,
				  unsigned long n, gfp_t gfp)
{
	while (have < n) {
		unsigned long want = n - have < BULK_PAGES ? n - have : BULK_PAGES;
		unsigned long got =
			alloc_pages_bulk_array(gfp | __GFP_NOWARN, want, pages + have);

		if (!got) {
			pages[have] = alloc_pages(gfp | __GFP_NOWARN, 0);
			got = !!pages[have];
		}
		if (!got)
			break;
		for (unsigned long i = 0; i < got; i++)
			page_flags_set(pages[have + i], PG_VMALLOC);
		have += got;
	}
	return have;
}

static void shuffle(struct page **pages, unsigned long n)
{
	for (unsigned long i = n; i > 1; i--) {
		unsigned long j = gb_rng_below(&scatter_rng, i);
		struct page *page = pages[i - 1];

		pages[i - 1] = pages[j];
		pages[j] = page;
	}
}

/* All @n frames or none. */
static int take_frames(struct page **pages, unsigned long n, gfp_t gfp)
{
	int scattered = gb_load_relaxed(&scatter);
	unsigned long have = scattered ? 0 : take_blocks(pages, n, gfp);

	have = take_singles(pages, have, n, gfp);
	if (have < n) {
		put_frames(pages, have);
		return -1;
	}
	if (scattered)
		shuffle(pages, n);
	return 0;
}

/* The array of frame pointers: in a page at most, else vmalloc memory itself. */
static struct page **pages_array(unsigned long n, gfp_t gfp)
{
	size_t bytes = n * sizeof(struct page *);

	gfp = (gfp & RECLAIM_MASK) | __GFP_ZERO | __GFP_NOWARN;
	return bytes > PAGE_SIZE ? __vmalloc(bytes, gfp) : kmalloc(bytes, gfp);
}

/* ------------------------------------------------------------------ allocation */

static int fill_area(struct vmap_area *a, unsigned long n, gfp_t gfp)
{
	size_t bytes = n << PAGE_SHIFT;

	a->pages = pages_array(n, gfp);
	if (!a->pages) {
		if (!(gfp & __GFP_NOWARN))
			kernel_warn(
				"vmalloc-failure",
				"vmalloc error: size %zu, failed to allocate page array "
				"size %zu",
				bytes, n * sizeof(struct page *));
		return -1;
	}
	if (take_frames(a->pages, n, gfp)) {
		if (!(gfp & __GFP_NOWARN))
			kernel_warn("vmalloc-failure",
				    "vmalloc error: size %zu, failed to allocate pages",
				    bytes);
		goto no_frames;
	}
	if (vmap_map(a, a->start, a->pages, (unsigned int)n, PAGE_KERNEL_,
		     !!(gfp & __GFP_NOWARN)))
		goto no_map;
	a->nr_pages = (uint32_t)n;
	vmap_note_pages((long)n);
	return 0;
no_map:
	put_frames(a->pages, n);
no_frames:
	kvfree(a->pages);
	a->pages = NULL;
	return -1;
}

static void *try_once(unsigned long size, unsigned long align, gfp_t gfp)
{
	unsigned long n = (size + PAGE_SIZE - 1) >> PAGE_SHIFT;
	struct vmap_area *a = vmap_reserve((n + 1) << PAGE_SHIFT, align, VMAP_ALLOC,
					   !!(gfp & __GFP_NOWARN));

	if (!a) {
		if (!(gfp & __GFP_NOWARN))
			kernel_warn(
				"vmalloc-failure",
				"vmalloc error: size %lu, vm_struct allocation failed",
				n << PAGE_SHIFT);
		return NULL;
	}
	a->requested = size;
	if (fill_area(a, n, gfp)) {
		vmap_release(a);
		return NULL;
	}
	vmap_publish(a);
	return (void *)a->start;
}

/* Sizes and alignments that no machine can serve: reported, non-zero. */
static int absurd(unsigned long size, unsigned long align, gfp_t gfp)
{
	static int warned;

	if (!size) {
		kernel_warn_once(&warned, "vmalloc-size",
				 "WARNING: mm/vmalloc.c: vmalloc(0)");
		return 1;
	}
	if (size - 1 >= totalram_pages() << PAGE_SHIFT) {
		if (!(gfp & __GFP_NOWARN))
			kernel_warn("vmalloc-size",
				    "vmalloc error: size %lu, exceeds total pages", size);
		return 1;
	}
	if (align & (align - 1)) {
		kernel_warn("vmalloc-align",
			    "vmalloc error: size %lu, alignment %#lx is no "
			    "power of two",
			    size, align);
		return 1;
	}
	return 0;
}

/* kernel: __vmalloc_node_range; kernel-model V1, V9 */
void *__vmalloc_node(unsigned long size, unsigned long align, gfp_t gfp, int node,
		     const void *caller)
{
	void *p;

	(void)node;
	(void)caller;
	if (!mm_ready("vmalloc") || vmap_refuse("vmalloc") || absurd(size, align, gfp))
		return NULL;
	gfp = current_gfp_context(gfp);
	if (!(gfp & (__GFP_DMA | __GFP_DMA32)))
		gfp |= __GFP_HIGHMEM;
	align = align < PAGE_SIZE ? PAGE_SIZE : align;
	while (!(p = try_once(size, align, gfp)) && gfp & __GFP_NOFAIL)
		sleep_us(1000);
	return p;
}

void *__vmalloc(unsigned long size, gfp_t gfp)
{
	return __vmalloc_node(size, 1, gfp, -1, __builtin_return_address(0));
}

void *vmalloc(unsigned long size)
{
	return __vmalloc(size, GFP_KERNEL);
}

void *vzalloc(unsigned long size)
{
	return __vmalloc(size, GFP_KERNEL | __GFP_ZERO);
}

void *vmalloc_32(unsigned long size)
{
	return __vmalloc(
		size, GFP_KERNEL | (mm.zones[ZONE_DMA32].managed ? GFP_DMA32 : GFP_DMA));
}

void *vmalloc_user(unsigned long size)
{
	return vzalloc(size);
}

/* ------------------------------------------------------------------ free */

static void free_frames(struct vmap_area *a)
{
	if (a->kind == VMAP_ALLOC) {
		vmap_note_pages(-(long)a->nr_pages);
		put_frames(a->pages, a->nr_pages);
	} else if (a->kind == VMAP_PUT) {
		for (uint32_t i = 0; i < a->nr_pages; i++)
			put_page(a->pages[i]);
	}
	if (a->kind == VMAP_ALLOC || a->kind == VMAP_PUT)
		kvfree(a->pages);
	a->pages = NULL;
}

/* The area is the caller's alone.  Process context. */
void vmap_free_area(struct vmap_area *a)
{
	if (a->nr_mappings)
		vmap_unmap_area(a);
	free_frames(a);
	vmap_release(a);
}

static void defer(struct vmap_area *a)
{
	struct vmap_area **list =
		&deferred[gb_self.id < 0 ? GB_MAX_CPUS : gb_self.id].head;
	struct vmap_area *newest = gb_load_relaxed(list);

	do {
		a->next = newest;
		if (a->kind == VMAP_ALLOC)
			*(struct vmap_area **)a->start = newest;
	} while (!gb_cas_acq_rel(list, &newest, a)); /* pairs with the xchg below */
}

unsigned long vmap_run_deferred(void)
{
	unsigned long pages = 0;

	for (int i = 0; i <= GB_MAX_CPUS; i++) {
		struct vmap_area *a = gb_load_relaxed(&deferred[i].head) ?
					      gb_xchg_acq_rel(&deferred[i].head, NULL) :
					      NULL;

		while (a) {
			struct vmap_area *next = a->next;

			pages += a->nr_pages;
			vmap_free_area(a);
			a = next;
		}
	}
	return pages;
}

/* The area that vfree means, taken; NULL: there is none, reported.  Any context. */
static struct vmap_area *take_area(const void *p, const char *function)
{
	struct vmap_area *a;

	if ((unsigned long)p & (PAGE_SIZE - 1)) {
		kernel_warn("vfree-bad-address", "Trying to %s() bad address (%p)",
			    function, p);
		return NULL;
	}
	a = vmap_find(p);
	if (a && a->kind != VMAP_BLOCK && a->kind != VMAP_RESERVED)
		a = vmap_claim(p);
	else
		a = NULL;
	if (!a)
		kernel_warn("vfree-nonexistent",
			    "Trying to %s() nonexistent vm area (%p)", function, p);
	return a;
}

/* kernel: vfree; kernel-model V4, V10.  Any context but NMI; where sleeping is not allowed
 * the area is freed later. */
void vfree(const void *p)
{
	struct vmap_area *a;
	int later = in_interrupt();

	if (!p || !mm_ready(__func__))
		return;
	if (!later && gb_unlikely(in_atomic() || gb_self.atomic_depth)) {
		gfp_might_sleep("vfree");
		later = 1;
	}
	a = take_area(p, "vfree");
	if (!a)
		return;
	if (later)
		defer(a);
	else
		vmap_free_area(a);
}

/* Any context; always later.  kernel: vfree_atomic */
void vfree_atomic(const void *p)
{
	struct vmap_area *a;

	if (!p || !mm_ready(__func__))
		return;
	a = take_area(p, "vfree");
	if (a)
		defer(a);
}

/* Process context.  kernel: vunmap; kernel-model V14 */
void vunmap(const void *p)
{
	struct vmap_area *a;

	if (!mm_ready(__func__) || vmap_refuse("vunmap") || !p)
		return;
	a = take_area(p, "vunmap");
	if (!a)
		return;
	if (a->kind == VMAP_PUT)
		a->kind = VMAP_PAGES; /* the frames are left alone */
	vmap_free_area(a);
}

/* ------------------------------------------------------------------ resizing */

static void *grow_by_copy(const void *p, size_t old, size_t size, gfp_t gfp)
{
	void *bigger = __vmalloc(size, gfp);

	if (!bigger)
		return NULL;
	memcpy(bigger, p, old < size ? old : size);
	vfree(p);
	return bigger;
}

/* kernel: vrealloc_node_align; kernel-model V12.  Failure leaves @p as it was. */
void *vrealloc(const void *p, size_t size, gfp_t gfp)
{
	struct vmap_area *a;
	size_t old;

	if (!mm_ready(__func__))
		return NULL;
	if (!size) {
		vfree(p);
		return NULL;
	}
	if (!p)
		return __vmalloc(size, gfp);
	a = vmap_find(p);
	if (!a || a->kind != VMAP_ALLOC) {
		kernel_warn("vfree-nonexistent",
			    "Trying to vrealloc() nonexistent vm area (%p)", p);
		return NULL;
	}
	old = a->requested;
	if (size > (size_t)a->nr_pages << PAGE_SHIFT)
		return grow_by_copy(p, old, size, gfp);
	if (size > old && gfp & __GFP_ZERO)
		memset((char *)p + old, 0, size - old);
	a->requested = size;
	return (void *)p;
}

/* ------------------------------------------------------------------ questions */

size_t vmalloc_usable_size(const void *p)
{
	struct vmap_area *a = p && mm_ready(__func__) ? vmap_find(p) : NULL;

	return a ? (size_t)a->nr_pages << PAGE_SHIFT : 0;
}

/* Addresses without frames: kernel's get_vm_area().  vfree() does not take them. */
void *get_vm_area(unsigned long size)
{
	struct vmap_area *a;

	if (!mm_ready(__func__) || vmap_refuse("get_vm_area") || !size ||
	    size > 1UL << 46)
		return NULL;
	size = (size + PAGE_SIZE - 1) & PAGE_MASK;
	a = vmap_reserve(size + PAGE_SIZE, PAGE_SIZE, VMAP_RESERVED, 0);
	if (!a)
		return NULL;
	vmap_publish(a);
	return (void *)a->start;
}

void free_vm_area(void *p)
{
	struct vmap_area *a;

	if (!mm_ready(__func__) || vmap_refuse("free_vm_area") || !p)
		return;
	a = vmap_find(p);
	if (a && a->kind == VMAP_RESERVED && vmap_claim(p))
		vmap_release(a);
	else
		kernel_warn("vfree-nonexistent",
			    "Trying to free_vm_area() nonexistent vm area (%p)", p);
}

void vm_unmap_aliases(void)
{
	if (!mm_ready(__func__) || vmap_refuse("vm_unmap_aliases"))
		return;
	vmap_block_purge();
	vmap_purge(0);
}

/* ------------------------------------------------------------------ the layer */

static int boot(struct gb_error *e)
{
	gb_store_relaxed(&scatter, mm.config.vmalloc_scatter);
	scatter_rng = gb_rng_seed(1, 0);
	mapped_pages = 0;
	memset(deferred, 0, sizeof(deferred));
	if (vmap_space_init(e))
		return -(int)e->code;
	if (vmap_mappings_init(e)) {
		vmap_space_free();
		return -(int)e->code;
	}
	return 0;
}

static void shutdown(void)
{
	ioremap_shutdown();
	vmap_blocks_reset();
	vmap_mappings_free();
	vmap_space_free();
}

/* Under pressure: what interrupts left behind, and the pools' ranges (kernel: the
 * vmap-node shrinker). */
static unsigned long reclaim(gfp_t gfp)
{
	unsigned long pages;

	if (!(gfp & __GFP_DIRECT_RECLAIM) || in_atomic() || gb_self.atomic_depth)
		return 0;
	pages = vmap_run_deferred();
	vmap_purge(1);
	return pages;
}

static void housekeeping(void)
{
	vmap_run_deferred();
}

const struct mm_layer vmalloc_layer = {
	.name = "vmalloc",
	.boot = boot,
	.shutdown = shutdown,
	.reclaim = reclaim,
	.housekeeping = housekeeping,
};
