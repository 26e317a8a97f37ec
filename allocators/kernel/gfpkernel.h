/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The gfpbench authors */
/*
 * libgfpkernel: the kernel's memory management in user space, under the kernel's own
 * names.  Self-contained: needs this file and gfp.h, nothing else of the project.
 *
 *	struct kernel_config c = { .ram_bytes = 64 << 20, .nr_cpus = 2 };
 *	if (kernel_boot(&c)) ...          the machine: RAM, zones, slab, kswapd
 *	kernel_cpu_online(0);             this thread is now emulated CPU 0
 *	p = kmalloc(100, GFP_KERNEL);
 *
 * Contexts: every function says in kernel terms where it may be called.  "Any context"
 * includes interrupts at any instruction of the library itself.  A mask that may sleep,
 * given in atomic context, is reported ("sleep-in-atomic") and treated as GFP_NOWAIT.
 * Fatal kernel errors are reported on stderr, then the call returns NULL or does nothing;
 * with panic_on_bug they abort.  Any call before kernel_boot() or after a fork reports and
 * returns an error.  A thread that is no CPU may call everything except from signal
 * handlers; it takes locked slow paths.
 */
#ifndef GFPKERNEL_H
#define GFPKERNEL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#if defined(GFPKERNEL_INTERNAL)
#include "kernel/gfp.h"
#else
#include "gfp.h"
#endif

#ifdef __cplusplus
extern "C" {
#endif

#define GFP_API __attribute__((visibility("default")))

#ifndef PAGE_SHIFT
#define PAGE_SHIFT 12
#define PAGE_SIZE  4096UL
#define PAGE_MASK  (~(PAGE_SIZE - 1))
#endif
#define MAX_PAGE_ORDER 10           /* largest block: 4 MiB */
#define ZERO_SIZE_PTR ((void *)16)
#define ZERO_OR_NULL_PTR(p) ((unsigned long)(p) <= (unsigned long)ZERO_SIZE_PTR)

struct page;        /* a page frame */
struct kmem_cache;
typedef uint64_t phys_addr_t;

/* ------------------------------------------------------------------ boot */

#define KERNEL_RAM_MIN (16ull << 20) /* limits of ram_bytes */
#define KERNEL_RAM_MAX (64ull << 30)

/* All fields: 0 (NULL) = default. */
struct kernel_config {
	uint64_t ram_bytes;         /* 16 MiB..64 GiB, page multiple; default 256 MiB */
	uint64_t dma_bytes;         /* ZONE_DMA, from frame 0; default and maximum 16 MiB */
	uint64_t highmem_bytes;     /* top of RAM outside the direct map; default none */
	unsigned int nr_cpus;       /* emulated CPUs 0..nr_cpus-1; default 1 */
	unsigned long min_free_kbytes;  /* default: the kernel's square-root rule */
	const char *profile;        /* "6.18" (default), "6.1", "3.4" */
	const char *slab_debug;     /* as the kernel's slab_debug=, e.g. "FZPU,kmalloc-64" */
	int panic_on_bug;           /* abort() after the report of a fatal kernel error */
	/* beyond the boot line of a real kernel's defaults; in the kernel's units */
	unsigned int watermark_scale_factor;    /* default 10 (0.1 % of a zone) */
	int watermark_boost_factor; /* default 15000 (150 % of high); -1 = no boost */
	unsigned int percpu_pagelist_high_fraction; /* default 0: from the watermarks */
	unsigned int io_latency_us; /* of one emulated write-back or swap; default 100 */
	unsigned int stall_timeout_ms; /* give up endless retries (GFP_NOFS...) after this;
					* default 0: never, as the kernel */
	int prefault;               /* touch all of RAM at boot */
	int quiet;                  /* no echo of kernel reports on stderr */
	uint64_t vmalloc_bytes;     /* address space of vmalloc (boot parameter vmalloc=);
				     * default: 64 GiB, or four times the RAM */
	int vmalloc_scatter;        /* see vmalloc_set_scatter() */
	unsigned int percpu_pagelist_batch; /* pages that move between the lists of a CPU and
				* the zone at a time; default 0: from the zone's size, as
				* every kernel chooses it */
	unsigned int page_reporting_ms; /* free page reporting: how often memory behind free
				* pageblocks goes back to the system (a kernel: 2000);
				* default 0: never */
};

/* Bring the machine up; main thread, once until kernel_shutdown().  0 or a negative errno;
 * kernel_boot_error() then says why in a sentence.  -EINVAL: a field is out of range;
 * -ENOMEM: RAM of this size cannot be mapped; -EBUSY: already up. */
GFP_API int kernel_boot(const struct kernel_config *config);
GFP_API const char *kernel_boot_error(void);
/* All CPUs are offline.  Reports frames that are still allocated; returns their number. */
GFP_API unsigned long kernel_shutdown(void);
/* Make the calling thread emulated CPU @cpu (0..nr_cpus-1), and undo it.  Offline drains
 * the CPU's page and object lists.  0 or a negative errno. */
GFP_API int kernel_cpu_online(unsigned int cpu);
GFP_API void kernel_cpu_offline(void);
GFP_API unsigned int num_possible_cpus(void);
GFP_API int smp_processor_id(void);  /* -1: this thread is no CPU */
/* Timer interrupts on the calling CPU, at any instruction: @handler runs as a hardirq
 * @hz times a second until kernel_irq_stop().  0 or a negative errno. */
GFP_API int kernel_irq_start(unsigned int hz, void (*handler)(void *arg), void *arg);
GFP_API void kernel_irq_stop(void);

/* ------------------------------------------------------------------ zones and figures */

struct zone_info {
	unsigned long free, min, low, high, managed, spanned; /* pages; marks without boost */
	unsigned long boost;           /* added to all three marks while it lasts */
	unsigned long pcp;             /* free pages on per-CPU lists, not in free */
	unsigned long highatomic;      /* pages reserved for atomic high-order requests */
	unsigned long protection[4];   /* lowmem reserve against DMA, DMA32, Normal, HighMem */
	unsigned long free_blocks[MAX_PAGE_ORDER + 1];
	unsigned long pcp_high, pcp_batch; /* of the calling CPU, or CPU 0 */
	unsigned long start_pfn;
};
/* @zone: "DMA", "DMA32" (only above 4 GiB), "Normal", "HighMem".  0, or -ENOENT when the
 * machine has no such zone.  Any context. */
GFP_API int zone_info(const char *zone, struct zone_info *info);
/* Counters under /proc/vmstat's names ("allocstall", "oom_kill", "pgsteal_kswapd",
 * "kswapd_wake", "kswapd_inodesteal", ...); 0 for an unknown one.  Any context. */
GFP_API unsigned long vm_event(const char *name);
GFP_API unsigned long totalram_pages(void);
GFP_API unsigned long nr_free_pages(void);  /* in the buddy lists of all zones */
GFP_API unsigned long nr_table_bytes(void); /* page structs and tables outside RAM */
/* Text in the form of the /proc files; returns the length (truncated to n-1, always
 * terminated).  Process context. */
GFP_API size_t proc_buddyinfo(char *buf, size_t n);
GFP_API size_t proc_zoneinfo(char *buf, size_t n);
GFP_API size_t proc_pagetypeinfo(char *buf, size_t n);
GFP_API size_t proc_vmstat(char *buf, size_t n);
GFP_API size_t proc_slabinfo(char *buf, size_t n);
/* Number of kernel reports of this kind so far ("sleep-in-atomic",
 * "page-allocation-failure", "bad-page", "oom-kill"...).  Any context. */
GFP_API unsigned long kernel_reports(const char *event);

/* ------------------------------------------------------------------ pages */

/* 2^@order frames, naturally aligned; NULL on failure.  Any context the mask allows. */
GFP_API struct page *alloc_pages(gfp_t gfp, unsigned int order);
#define alloc_page(gfp) alloc_pages(gfp, 0)
GFP_API void __free_pages(struct page *page, unsigned int order);
#define __free_page(page) __free_pages(page, 0)
/* As above, by direct-map address; __GFP_HIGHMEM is ignored.  0 on failure. */
GFP_API unsigned long __get_free_pages(gfp_t gfp, unsigned int order);
#define __get_free_page(gfp) __get_free_pages(gfp, 0)
GFP_API unsigned long get_zeroed_page(gfp_t gfp);
GFP_API void free_pages(unsigned long addr, unsigned int order);
#define free_page(addr) free_pages(addr, 0)
#define __get_dma_pages(gfp, order) __get_free_pages((gfp) | GFP_DMA, order)
/* Exactly as many pages as @size needs; release with the same size. */
GFP_API void *alloc_pages_exact(size_t size, gfp_t gfp);
GFP_API void free_pages_exact(void *p, size_t size);
/* Fill the NULL slots of @pages with order-0 pages; returns the number of filled slots
 * (old ones included), perhaps fewer than @nr. */
GFP_API unsigned long alloc_pages_bulk_array(gfp_t gfp, unsigned long nr, struct page **pages);
#define alloc_pages_bulk(gfp, nr, pages) alloc_pages_bulk_array(gfp, nr, pages)
GFP_API void get_page(struct page *page);
GFP_API void put_page(struct page *page);
GFP_API int page_count(const struct page *page);
GFP_API void split_page(struct page *page, unsigned int order);
/* Return all pages of all CPUs' lists to the buddy allocator.  Process context. */
GFP_API void drain_all_pages(void);
GFP_API void drain_local_pages(void);

GFP_API phys_addr_t virt_to_phys(const volatile void *p);
GFP_API void *phys_to_virt(phys_addr_t pa);
GFP_API struct page *virt_to_page(const void *p);
GFP_API void *page_address(const struct page *page); /* NULL: highmem without a kmap */
GFP_API unsigned long page_to_pfn(const struct page *page);
GFP_API struct page *pfn_to_page(unsigned long pfn);
GFP_API int pfn_valid(unsigned long pfn);
GFP_API const char *page_zone_name(const struct page *page);
GFP_API bool PageHighMem(const struct page *page);
/* Address of any page; kmap may sleep (a limited number of slots), kmap_local_page not. */
GFP_API void *kmap(struct page *page);
GFP_API void kunmap(struct page *page);
GFP_API void *kmap_local_page(struct page *page);
GFP_API void kunmap_local(const void *p);
#define kmap_atomic(page) kmap_local_page(page)
#define kunmap_atomic(p)  kunmap_local(p)

/* ------------------------------------------------------------------ kmalloc */

GFP_API void *kmalloc(size_t size, gfp_t gfp);
GFP_API void *kzalloc(size_t size, gfp_t gfp);
GFP_API void *kcalloc(size_t n, size_t size, gfp_t gfp);
GFP_API void *kmalloc_array(size_t n, size_t size, gfp_t gfp);
GFP_API void *krealloc(const void *p, size_t size, gfp_t gfp);
GFP_API void *krealloc_array(void *p, size_t n, size_t size, gfp_t gfp);
GFP_API void kfree(const void *p);
GFP_API void kfree_sensitive(const void *p);
GFP_API void kfree_bulk(size_t n, void **p);
GFP_API size_t ksize(const void *p);
GFP_API size_t kmalloc_size_roundup(size_t size);
GFP_API char *kstrdup(const char *s, gfp_t gfp);
GFP_API void *kmemdup(const void *src, size_t n, gfp_t gfp);

typedef unsigned int slab_flags_t;
#define SLAB_CONSISTENCY_CHECKS 0x00000100u
#define SLAB_RED_ZONE           0x00000400u
#define SLAB_POISON             0x00000800u
#define SLAB_HWCACHE_ALIGN      0x00002000u
#define SLAB_CACHE_DMA          0x00004000u
#define SLAB_STORE_USER         0x00010000u
#define SLAB_RECLAIM_ACCOUNT    0x00020000u
#define SLAB_PANIC              0x00040000u
#define SLAB_TYPESAFE_BY_RCU    0x00080000u
#define SLAB_DESTROY_BY_RCU     SLAB_TYPESAFE_BY_RCU
#define SLAB_MEM_SPREAD         0x00100000u
#define SLAB_TRACE              0x00200000u
#define SLAB_NOLEAKTRACE        0x00800000u
#define SLAB_NO_MERGE           0x01000000u
#define SLAB_FAILSLAB           0x02000000u
#define SLAB_ACCOUNT            0x04000000u

GFP_API struct kmem_cache *kmem_cache_create(const char *name, size_t size, size_t align,
					     slab_flags_t flags, void (*ctor)(void *));
struct kmem_cache_args {
	size_t align;
	void (*ctor)(void *);
	unsigned int sheaf_capacity;    /* profile 6.18 */
};
GFP_API struct kmem_cache *kmem_cache_create_args(const char *name, size_t size,
						  const struct kmem_cache_args *args,
						  slab_flags_t flags);
GFP_API void kmem_cache_destroy(struct kmem_cache *s);
GFP_API void *kmem_cache_alloc(struct kmem_cache *s, gfp_t gfp);
GFP_API void *kmem_cache_zalloc(struct kmem_cache *s, gfp_t gfp);
GFP_API void kmem_cache_free(struct kmem_cache *s, void *p);
GFP_API int kmem_cache_alloc_bulk(struct kmem_cache *s, gfp_t gfp, size_t n, void **p);
GFP_API void kmem_cache_free_bulk(struct kmem_cache *s, size_t n, void **p);
GFP_API int kmem_cache_shrink(struct kmem_cache *s);
GFP_API unsigned int kmem_cache_size(struct kmem_cache *s);
GFP_API const char *kmem_cache_name(struct kmem_cache *s);
GFP_API bool kmem_validate(struct kmem_cache *s); /* checks every slab; false: corrupt */
struct slab_sheaf;
GFP_API struct slab_sheaf *kmem_cache_prefill_sheaf(struct kmem_cache *s, gfp_t gfp,
						    unsigned int n);
GFP_API void *kmem_cache_alloc_from_sheaf(struct kmem_cache *s, gfp_t gfp,
					  struct slab_sheaf *sheaf);
GFP_API int kmem_cache_refill_sheaf(struct kmem_cache *s, gfp_t gfp,
				    struct slab_sheaf **sheafp, unsigned int n);
GFP_API void kmem_cache_return_sheaf(struct kmem_cache *s, gfp_t gfp,
				     struct slab_sheaf *sheaf);
#define KMEM_CACHE(struct_name, flags) \
	kmem_cache_create(#struct_name, sizeof(struct struct_name), \
			  __alignof__(struct struct_name), (flags), NULL)

/* ------------------------------------------------------------------ vmalloc */

/* Each run of adjacent frames and each guard page is a mapping of this process, and the
 * system allows only so many (vm.max_map_count): beyond, allocations fail with a report.
 * vmalloc, vmap, ioremap and their kin may sleep: in atomic context they are refused and
 * reported.  vfree may come from interrupts: the memory is then freed soon after. */
#define VM_MAP           0x00000004UL
#define VM_MAP_PUT_PAGES 0x00000200UL
/* @align: a power of two; @node, @caller: as in the kernel, not looked at. */
GFP_API void *__vmalloc_node(unsigned long size, unsigned long align, gfp_t gfp, int node,
			     const void *caller);
GFP_API void *vmalloc(unsigned long size);
GFP_API void *vzalloc(unsigned long size);
GFP_API void *__vmalloc(unsigned long size, gfp_t gfp);
GFP_API void *vmalloc_32(unsigned long size);
GFP_API void *vmalloc_user(unsigned long size);
GFP_API void *vrealloc(const void *p, size_t size, gfp_t gfp);
GFP_API void vfree(const void *p);
GFP_API void vfree_atomic(const void *p);
GFP_API void *kvmalloc(size_t size, gfp_t gfp);
GFP_API void *kvzalloc(size_t size, gfp_t gfp);
GFP_API void *kvmalloc_array(size_t n, size_t size, gfp_t gfp);
GFP_API void *kvcalloc(size_t n, size_t size, gfp_t gfp);
GFP_API void *kvrealloc(const void *p, size_t size, gfp_t gfp);
GFP_API void kvfree(const void *p);
GFP_API void *vmap(struct page **pages, unsigned int count, unsigned long flags, int prot);
GFP_API void vunmap(const void *p);
GFP_API void *vm_map_ram(struct page **pages, unsigned int count, int node);
GFP_API void vm_unmap_ram(const void *p, unsigned int count);
GFP_API void vm_unmap_aliases(void);
/* The one device of the emulated bus: a register file that keeps what is written to it. */
#define GFP_DEVICE_PHYS  0x10000000000ULL
#define GFP_DEVICE_BYTES 0x4000000ULL
GFP_API void *ioremap(phys_addr_t pa, unsigned long size);
#define vremap(pa, size) ioremap(pa, size) /* of old kernels */
GFP_API void iounmap(const volatile void *p);
GFP_API struct page *vmalloc_to_page(const void *p);
GFP_API unsigned long vmalloc_to_pfn(const void *p);
GFP_API bool is_vmalloc_addr(const void *p);
/* Bytes that may be used at @p: whole pages (kvsize: of any kvmalloc memory). */
GFP_API size_t vmalloc_usable_size(const void *p);
GFP_API size_t kvsize(const void *p);
/* Addresses without memory, and back.  May sleep. */
GFP_API void *get_vm_area(unsigned long size);
GFP_API void free_vm_area(void *p);
/* For experiments: vmalloc takes single frames in random order, as on a machine whose
 * memory is fragmented, instead of the largest blocks that are free. */
GFP_API void vmalloc_set_scatter(bool on);
GFP_API unsigned long vmalloc_nr_pages(void); /* frames that vmalloc holds */
struct vmalloc_figures {
	unsigned long start, end;      /* of the address space */
	unsigned long areas;           /* in use */
	unsigned long mappings, max_mappings; /* of the system; the process's own left out */
	unsigned long lazy_pages, lazy_max_pages; /* freed, not purged; purged above */
	unsigned long pooled_ranges, free_ranges;
	unsigned long table_bytes;
};
GFP_API void vmalloc_figures(struct vmalloc_figures *f); /* process context */

/* ------------------------------------------------------------------ mempool */

typedef void *(mempool_alloc_t)(gfp_t gfp, void *pool_data);
typedef void (mempool_free_t)(void *element, void *pool_data);
typedef struct mempool_s mempool_t;
/* @min_nr (at least 1) elements are allocated at once; NULL when that fails.  May sleep. */
GFP_API mempool_t *mempool_create(int min_nr, mempool_alloc_t *alloc, mempool_free_t *free,
				  void *pool_data);
GFP_API mempool_t *mempool_create_kmalloc_pool(int min_nr, size_t size);
GFP_API mempool_t *mempool_create_slab_pool(int min_nr, struct kmem_cache *s);
GFP_API mempool_t *mempool_create_page_pool(int min_nr, int order);
GFP_API int mempool_resize(mempool_t *pool, int new_min_nr);  /* may sleep */
GFP_API void mempool_destroy(mempool_t *pool);                /* NULL ok */
/* Never NULL for a mask that may sleep; NULL when the reserve is empty otherwise. */
GFP_API void *mempool_alloc(mempool_t *pool, gfp_t gfp);
GFP_API void mempool_free(void *element, mempool_t *pool);    /* NULL ok; any context */
GFP_API mempool_alloc_t mempool_kmalloc, mempool_alloc_slab, mempool_alloc_pages;
GFP_API mempool_free_t mempool_kfree, mempool_free_slab, mempool_free_pages;

/* ------------------------------------------------------------------ reclaim */

#define SHRINK_STOP   (~0UL)
#define SHRINK_EMPTY  (~0UL - 1)
#define DEFAULT_SEEKS 2
struct shrink_control {
	gfp_t gfp_mask;             /* what the caller of reclaim allows */
	int nid;                    /* always 0: one node */
	unsigned long nr_to_scan;   /* asked of this call */
	unsigned long nr_scanned;   /* preset to nr_to_scan; the callback may correct it */
};
struct shrinker {
	/* How many objects could be freed; 0: unknown, skip; SHRINK_EMPTY: none. */
	unsigned long (*count_objects)(struct shrinker *s, struct shrink_control *sc);
	/* Free up to sc->nr_to_scan; returns how many were freed, or SHRINK_STOP. */
	unsigned long (*scan_objects)(struct shrinker *s, struct shrink_control *sc);
	long batch;                 /* 0: 128 */
	int seeks;                  /* cost to recreate one object; DEFAULT_SEEKS */
	unsigned int flags;
	void *private_data;
	/* private to reclaim */
	struct shrinker *next;
	long nr_deferred;
	unsigned int users, dying, owned;
	char name[32];
};
GFP_API struct shrinker *shrinker_alloc(unsigned int flags, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));
GFP_API void shrinker_register(struct shrinker *s);
GFP_API void shrinker_free(struct shrinker *s);   /* returns after scans in flight */
/* The older form: the caller owns the struct.  @fmt: its name.  0; -EINVAL: it lacks a call;
 * -EEXIST: it is registered. */
GFP_API int register_shrinker(struct shrinker *s, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));
GFP_API void unregister_shrinker(struct shrinker *s);

/* Emulated page cache: LRU pages that reclaim can take.  Fill allocates up to @nr pages
 * with @gfp and puts them on the inactive list; a dirty one costs an emulated write and
 * needs __GFP_IO (and FS for file pages) to be reclaimed.  Returns pages added.  Drop gives
 * up to @nr back, oldest first, and returns how many.  Process context. */
GFP_API unsigned long pagecache_fill(unsigned long nr, gfp_t gfp, bool dirty);
GFP_API unsigned long pagecache_drop(unsigned long nr);
/* Mark up to @nr of the oldest pages as used: reclaim passes them by once. */
GFP_API unsigned long pagecache_touch(unsigned long nr);
GFP_API unsigned long pagecache_pages(void);
GFP_API unsigned long pagecache_dirty_pages(void);

/* Emulated tasks: what the OOM killer may choose from.  @rss: pages held; @kill is called
 * once, in the context of the allocating task, must not sleep, and has to make the task
 * give its memory back soon.  @oom_score_adj: -1000 (never) .. 1000.  task_exit() ends the
 * task: the victim's reserve right and the killer's wait end with it. */
struct gfp_task;
GFP_API struct gfp_task *task_register(const char *comm, int oom_score_adj,
				       unsigned long (*rss)(void *arg),
				       void (*kill)(void *arg), void *arg);
GFP_API void task_exit(struct gfp_task *task);
/* The calling thread runs as @task (NULL: as none). */
GFP_API void task_enter(struct gfp_task *task);
GFP_API bool task_is_oom_victim(const struct gfp_task *task);

/* ------------------------------------------------------------------ scopes */

#define PF_MEMALLOC       0x00000800u
#define PF_KSWAPD         0x00020000u
#define PF_MEMALLOC_NOFS  0x00040000u
#define PF_MEMALLOC_NOIO  0x00080000u
#define PF_MEMALLOC_PIN   0x10000000u
/* Each returns what it newly set, to be given to its restore; they nest. */
GFP_API unsigned int memalloc_nofs_save(void);
GFP_API void memalloc_nofs_restore(unsigned int flags);
GFP_API unsigned int memalloc_noio_save(void);
GFP_API void memalloc_noio_restore(unsigned int flags);
GFP_API unsigned int memalloc_noreclaim_save(void);
GFP_API void memalloc_noreclaim_restore(unsigned int flags);
GFP_API unsigned int memalloc_pin_save(void);
GFP_API void memalloc_pin_restore(unsigned int flags);
GFP_API gfp_t current_gfp_context(gfp_t gfp);

/* ------------------------------------------------------------------ RCU */

struct rcu_head {
	struct rcu_head *next;
	void (*func)(struct rcu_head *head);
};
/* Readers nest and may run in any context of a CPU. */
GFP_API void gfp_rcu_read_lock(void);
GFP_API void gfp_rcu_read_unlock(void);
GFP_API void gfp_synchronize_rcu(void);     /* may sleep */
GFP_API void gfp_rcu_barrier(void);         /* waits for callbacks queued so far */
/* @func(@head) runs after a grace period, in softirq context of the RCU CPU, in the
 * order of queueing of one CPU and context.  Any context; no system call. */
GFP_API void gfp_call_rcu(struct rcu_head *head, void (*func)(struct rcu_head *head));
/* Free @p (kfree or kvfree memory) after a grace period; @head lies inside it. */
GFP_API void gfp_kvfree_call_rcu(struct rcu_head *head, void *p);
GFP_API void kvfree_rcu_mightsleep(void *p);
GFP_API void kvfree_rcu_barrier(void);

/* A program that includes a urcu header as well (same names) defines
 * GFPKERNEL_NO_RCU_NAMES and uses the gfp_ names. */
#ifndef GFPKERNEL_NO_RCU_NAMES
#define rcu_read_lock()   gfp_rcu_read_lock()
#define rcu_read_unlock() gfp_rcu_read_unlock()
#define synchronize_rcu() gfp_synchronize_rcu()
#define rcu_barrier()     gfp_rcu_barrier()
#define call_rcu(h, f)    gfp_call_rcu(h, f)
#define kfree_rcu(p, member)  gfp_kvfree_call_rcu(&(p)->member, (p))
#define kvfree_rcu(p, member) gfp_kvfree_call_rcu(&(p)->member, (p))
#define rcu_dereference(p) __atomic_load_n(&(p), __ATOMIC_CONSUME)
#define rcu_assign_pointer(p, v) __atomic_store_n(&(p), (v), __ATOMIC_RELEASE)
#endif

/* ------------------------------------------------------------------ fault injection */

/* The debugfs files by name: "failslab/probability", "fail_page_alloc/min-order", with
 * probability, interval, times, space, verbose, task-filter, ignore-gfp-wait, and
 * failslab/cache-filter, fail_page_alloc/ignore-gfp-highmem, fail_page_alloc/min-order.
 * 0, or -ENOENT, -EINVAL.  Defaults are the kernel's: nothing fails. */
GFP_API int fault_inject_set(const char *file, long value);
GFP_API int fault_inject_get(const char *file, long *value);
/* The boot parameter: "interval,probability,space,times". */
GFP_API int fault_inject_setup(const char *name, const char *text);
GFP_API unsigned long fault_inject_count(const char *name); /* failures injected */
/* Of the calling task; 0: off, which it must be before the task ends: while it is on in any
 * task, all calls take their complete paths. */
GFP_API void set_fail_nth(unsigned int n);
GFP_API void set_make_it_fail(bool on);         /* the calling task, for task-filter */

/* ------------------------------------------------------------------ tracing */

/* Write kmem events as ftrace text to @fd until trace_kmem_stop(), which returns after
 * the last is written, with the number of events lost for want of buffer space: of atomic
 * contexts only, process context waits for space.  Process context. */
GFP_API int trace_kmem_start(int fd);
GFP_API unsigned long trace_kmem_stop(void);

/* ------------------------------------------------------------------ contexts */

typedef struct gfp_spinlock {
	uint64_t word[2];
} spinlock_t;
#define __SPIN_LOCK_UNLOCKED { { 0, 0 } }
#define DEFINE_SPINLOCK(x) spinlock_t x = __SPIN_LOCK_UNLOCKED
GFP_API void spin_lock_init(spinlock_t *l);
GFP_API void spin_lock(spinlock_t *l);
GFP_API int spin_trylock(spinlock_t *l);
GFP_API void spin_unlock(spinlock_t *l);
GFP_API void spin_lock_bh(spinlock_t *l);
GFP_API void spin_unlock_bh(spinlock_t *l);
GFP_API void spin_lock_irq(spinlock_t *l);
GFP_API void spin_unlock_irq(spinlock_t *l);
GFP_API unsigned long gfp_spin_lock_irqsave(spinlock_t *l);
GFP_API void spin_unlock_irqrestore(spinlock_t *l, unsigned long flags);
#define spin_lock_irqsave(l, flags) ((flags) = gfp_spin_lock_irqsave(l))

GFP_API unsigned int gfp_preempt_count(void);
GFP_API void gfp_preempt_disable(void);
GFP_API void gfp_preempt_enable(void);
GFP_API void gfp_local_bh_disable(void);
GFP_API void gfp_local_bh_enable(void);
GFP_API unsigned long gfp_local_irq_save(void);
GFP_API void gfp_local_irq_restore(unsigned long flags);
GFP_API bool gfp_irqs_disabled(void);
GFP_API void gfp_might_sleep(const char *where);
#define local_irq_save(flags)    ((flags) = gfp_local_irq_save())
#define local_irq_restore(flags) gfp_local_irq_restore(flags)
#define local_irq_disable()      ((void)gfp_local_irq_save())
#define local_irq_enable()       gfp_local_irq_restore(0)
#define irqs_disabled()          gfp_irqs_disabled()
#define GFP_STRING(x) #x
#define GFP_LINE(x)   GFP_STRING(x)
#define might_sleep()            gfp_might_sleep(__FILE__ ":" GFP_LINE(__LINE__))

#ifndef GFPKERNEL_INTERNAL /* inside the library machine/cpu.h has them */
#define gfp_bits_(m) (gfp_preempt_count() & (m))
static inline unsigned int preempt_count(void) { return gfp_preempt_count(); }
static inline void preempt_disable(void) { gfp_preempt_disable(); }
static inline void preempt_enable(void) { gfp_preempt_enable(); }
static inline void local_bh_disable(void) { gfp_local_bh_disable(); }
static inline void local_bh_enable(void) { gfp_local_bh_enable(); }
static inline bool in_hardirq(void) { return gfp_bits_(0xf0000u); }
static inline bool in_serving_softirq(void) { return gfp_bits_(0x100u); }
static inline bool in_softirq(void) { return gfp_bits_(0xff00u); }
static inline bool in_interrupt(void) { return gfp_bits_(0xfff00u); }
static inline bool in_task(void) { return !gfp_bits_(0xf0100u); }
static inline bool in_atomic(void) { return gfp_preempt_count() != 0; }
#endif

#ifdef __cplusplus
}
#endif

#endif
