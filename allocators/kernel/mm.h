/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The gfpbench authors */
/*
 * Inside the emulated memory management: what its files share.
 *
 * Frames.  RAM is one memfd.  Frame n is bytes [n << 12, (n+1) << 12) of it and mem_map[n]
 * describes it.  Frames below highmem_pfn are in the direct map at direct_map + (n << 12);
 * HIGHMEM frames are not.
 *
 * Who may write which field of struct page:
 *   free, listed in the buddy   zone->lock of its zone
 *   on a per-CPU list           the lock of that list
 *   on the LRU                  zone->lru_lock
 *   otherwise                   whoever allocated it
 * buddy_order and flags are also read by others (whoever holds the zone lock, whoever looks
 * for the head of a block), hence relaxed atomics: page_flags_*.
 *
 * Locks, outermost first (ranks): oom 10, shrinkers 20, lru 30, zone 50.  The zone and
 * lru locks are taken with interrupts soft-disabled.  A pcp lock is only ever tried, with
 * interrupts on: an interrupt on top of its holder fails the try and goes to the buddy
 * (kernel-model 2.5); being entered twice
 * that way, it carries no rank.
 *
 * Layer: allocators/kernel.
 */
#ifndef GFPKERNEL_MM_H
#define GFPKERNEL_MM_H

#include <stdint.h>

#include "base/atomic.h"
#include "base/error.h"
#include "machine/cpu.h"
#include "machine/event.h"
#include "machine/irq.h"
#include "machine/spinlock.h"

#ifndef GFPKERNEL_INTERNAL
#define GFPKERNEL_INTERNAL
#endif
#include "kernel/gfpkernel.h"
#include "kernel/list.h"

#define MAX_NR_ORDERS       (MAX_PAGE_ORDER + 1)
#define PAGEBLOCK_ORDER     9
#define PAGEBLOCK_PAGES     (1UL << PAGEBLOCK_ORDER)
#define COSTLY_ORDER        3
#define MAX_RECLAIM_RETRIES 16
#define SWAP_CLUSTER_MAX    32
#define DEF_PRIORITY        12

enum zone_type { ZONE_DMA, ZONE_DMA32, ZONE_NORMAL, ZONE_HIGHMEM, MAX_NR_ZONES };
enum migratetype {
	MIGRATE_UNMOVABLE,
	MIGRATE_MOVABLE,
	MIGRATE_RECLAIMABLE,
	MIGRATE_HIGHATOMIC,
	MIGRATE_TYPES,
	MIGRATE_PCPTYPES = MIGRATE_HIGHATOMIC,
};
enum wmark { WMARK_MIN, WMARK_LOW, WMARK_HIGH, WMARK_PROMO, NR_WMARK };

/* struct page flags; of the head page of a block */
#define PG_HEAD       0x0001u   /* compound: order says how large */
#define PG_SLAB       0x0002u   /* slab_cache, freelist... are the slab layer's */
#define PG_LARGE      0x0004u   /* large kmalloc */
#define PG_LRU        0x0008u
#define PG_ACTIVE     0x0010u
#define PG_REFERENCED 0x0020u
#define PG_DIRTY      0x0040u
#define PG_VMALLOC    0x0080u
#define PG_PFMEMALLOC 0x0100u   /* came from below the watermarks: for reserve users only */
#define PG_PCP        0x0200u   /* free, on a per-CPU list */
#define PG_RESERVED   0x0400u   /* never freed */

struct page {
	uint32_t flags;
	int32_t refcount;           /* atomic; 0: free, or the tail of a block */
	struct list_head lru;       /* buddy, pcp or LRU list; the slab layer's when PG_SLAB */
	union {
		struct kmem_cache *slab_cache;
		uintptr_t compound; /* tail of a compound block: its head + 1 (see below) */
	};
	void *freelist;             /* the slab layer's, as the next two */
	uint16_t inuse, objects;
	uint8_t buddy_order;        /* order + 1 while free in the buddy, else 0; zone lock */
	uint8_t order;              /* of the allocated block; head only */
	uint8_t migratetype;        /* of the list it is on (buddy, pcp) */
};
_Static_assert(sizeof(struct page) == 48, "page structs are 1.2 % of RAM");

struct free_area {
	struct list_head list[MIGRATE_TYPES];
	unsigned long nr[MIGRATE_TYPES]; /* blocks on each list; read relaxed */
};

#define NR_LOWORDER_PCP_LISTS (MIGRATE_PCPTYPES * (COSTLY_ORDER + 1))
#define NR_PCP_LISTS          (NR_LOWORDER_PCP_LISTS + 2) /* and the THP order */
struct per_cpu_pages {
	raw_spinlock_t lock;        /* tried, never waited for, except by drains */
	int count;                  /* base pages on all lists */
	int high, high_min, high_max, batch;
	int alloc_factor;           /* refills double while no free intervenes */
	int free_count;
	unsigned long nr_alloc, nr_free; /* pages, statistics */
	struct list_head lists[NR_PCP_LISTS];
} GB_ALIGNED_LINE;

#define ZONE_BOOSTED 0x1u       /* boost was raised; the next allocation wakes kswapd */

struct zone {
	const char *name;
	enum zone_type type;
	unsigned long start_pfn, end_pfn, managed;
	/* written by zones_setup_watermarks, boost under the lock; read anywhere */
	unsigned long watermark[NR_WMARK];
	unsigned long boost;
	unsigned long lowmem_reserve[MAX_NR_ZONES];
	int pcp_batch, pcp_high_min, pcp_high_max;
	struct per_cpu_pages *pcp; /* [mm.nr_lists]; NULL while nothing is managed */

	raw_spinlock_t lock GB_ALIGNED_LINE;
	unsigned long nr_free;          /* lock; read relaxed */
	unsigned long nr_free_highatomic;
	unsigned long nr_reserved_highatomic;
	uint32_t flags;                 /* atomic */
	unsigned long nr_alloc, nr_freed; /* pages past the pcp lists; lock */
	struct free_area area[MAX_NR_ORDERS];
	unsigned long fresh_pfn, fresh_end; /* free, on no list yet (buddy.c); lock */
	uint8_t *pageblock;             /* migratetype of each; lock, read relaxed */

	raw_spinlock_t lru_lock GB_ALIGNED_LINE;
	struct list_head lru[2];        /* inactive, active; lru_lock */
	unsigned long nr_lru[2], nr_dirty; /* lru_lock; read relaxed */
	unsigned long pages_scanned;
} GB_ALIGNED_LINE;

/* What differs between kernel versions (kernel-model); constants of a profile. */
struct mm_profile {
	const char *name;
	int version;                /* 618, 601, 304 */
	int nowait_harder;          /* not waiting alone earns a quarter (3.4) */
	int wmark_scale;            /* watermark_scale_factor applies */
	int boost;                  /* watermark boost exists */
	int highatomic;             /* highatomic reserves exist: 1; plus one block (6.1): 2 */
	int pcp_max_order;          /* 3; 3.4: 0 */
	int pcp_irq_off;            /* lists under irq-disable, not a tried lock (3.4) */
	int pcp_auto;               /* self-tuning high (6.7+) */
	int pcp_cold;               /* __GFP_COLD takes from the cold end (until 4.15) */
	unsigned long min_free_max_kb;
	unsigned long batch_cap;    /* bytes/4 cap of zone_batchsize, in pages */
	int kswapd_always;          /* masks without KSWAPD_RECLAIM wake it too */
	int order_walk;             /* 3.4's order > 0 watermark rule */
	int memdie_unlimited;       /* an OOM victim ignores watermarks (3.4) */
	int report_burst, report_interval_s;
};

struct mm {
	int up;                     /* booted; cleared by shutdown and in a forked child */
	int forked;
	unsigned int nr_cpus;
	unsigned int nr_lists;      /* CPUs with page lists: workers, kswapd, RCU */
	const struct mm_profile *profile;
	struct kernel_config config; /* defaults resolved */
	char *direct_map;           /* address of frame 0 */
	char *all_map;              /* every frame, HIGHMEM too: for clearing and kmap_local */
	struct page *mem_map;
	unsigned long nr_pages, highmem_pfn;
	int memfd;
	struct zone zones[MAX_NR_ZONES]; /* unpopulated ones have managed == 0 */
	unsigned long lowmem_pages;
	unsigned long min_free_kbytes;
	unsigned long table_bytes;
	unsigned long boot_free;    /* free pages at the end of boot */
};
extern struct mm mm;

/* --- frames ----------------------------------------------------------------- */

GB_INLINE unsigned long mm_page_to_pfn(const struct page *page)
{
	return (unsigned long)(page - mm.mem_map);
}

GB_INLINE struct page *mm_pfn_to_page(unsigned long pfn)
{
	return mm.mem_map + pfn;
}

GB_INLINE unsigned long virt_to_pfn(const void *p)
{
	return (unsigned long)((const char *)p - mm.direct_map) >> PAGE_SHIFT;
}

GB_INLINE void *pfn_to_virt(unsigned long pfn)
{
	return mm.direct_map + (pfn << PAGE_SHIFT);
}

/* Is @p an address of the direct map? */
GB_INLINE int virt_addr_valid(const void *p)
{
	return (unsigned long)((const char *)p - mm.direct_map) <
	       mm.highmem_pfn << PAGE_SHIFT;
}

GB_INLINE struct page *mm_virt_to_page(const void *p)
{
	return mm.mem_map + virt_to_pfn(p);
}

/* Lowmem pages only. */
GB_INLINE void *lowmem_page_address(const struct page *page)
{
	return pfn_to_virt(mm_page_to_pfn(page));
}

GB_INLINE int page_is_highmem(const struct page *page)
{
	return mm_page_to_pfn(page) >= mm.highmem_pfn;
}

/* The files of this folder use the inlines under the kernel's names; export.c defines the
 * exported functions. */
#define page_to_pfn(page) mm_page_to_pfn(page)
#define pfn_to_page(pfn)  mm_pfn_to_page(pfn)
#define virt_to_page(p)   mm_virt_to_page(p)

GB_INLINE struct zone *page_zone(const struct page *page)
{
	unsigned long pfn = mm_page_to_pfn(page);
	struct zone *z = &mm.zones[MAX_NR_ZONES - 1];

	while (pfn < z->start_pfn || !z->managed)
		z--;
	return z;
}

/* The owner's writes to its flags; others may be looking. */
GB_INLINE uint32_t page_flags(const struct page *page)
{
	return gb_load_relaxed(&page->flags);
}

GB_INLINE void page_flags_write(struct page *page, uint32_t flags)
{
	gb_store_relaxed(&page->flags, flags);
}

GB_INLINE void page_flags_set(struct page *page, uint32_t flags)
{
	page_flags_write(page, page_flags(page) | flags);
}

GB_INLINE void page_flags_clear(struct page *page, uint32_t flags)
{
	page_flags_write(page, page_flags(page) & ~flags);
}

/* The head of the block that @page lies in: itself unless it is the tail of a compound
 * block.  A stale head pointer does no harm: it counts only when the block that it names
 * is compound now and covers @page, and then it is the right answer. */
GB_INLINE struct page *compound_head(struct page *page)
{
	uintptr_t tail = gb_load_relaxed(&page->compound);
	struct page *h = (struct page *)(tail - 1);

	if (tail & 1 && (page_flags(h) & PG_HEAD) && page > h &&
	    page < h + (1UL << gb_load_relaxed(&h->order)))
		return h;
	return page;
}

GB_INLINE struct page *virt_to_head_page(const void *p)
{
	return compound_head(mm_virt_to_page(p));
}

/* --- boot (boot.c) ------------------------------------------------------------ */

/* The memory management alone, on a machine that is up already (gb_machine_init done):
 * what backends call.  kernel_boot() is both. */
int mm_boot(const struct kernel_config *config, struct gb_error *e) GB_MUST_CHECK;
/* Returns the number of frames that were not given back. */
unsigned long mm_shutdown(void);
/* After gb_cpu_online() on the calling CPU, before gb_cpu_offline(). */
int kernel_cpu_attach(unsigned int cpu, struct gb_error *e) GB_MUST_CHECK;
void kernel_cpu_detach(void);
/* Empties every cache above the buddy (slab arrays, pcp) of the machine: process context,
 * other CPUs quiet or online. */
void mm_drain_everything(void);
/* Report of a call without a machine; always returns 0. */
int mm_not_up(const char *function);
GB_INLINE int mm_ready(const char *function)
{
	return gb_likely(mm.up) ? 1 : mm_not_up(function);
}

/* nr_table_bytes() less what no allocation has touched yet. */
unsigned long mm_touched_table_bytes(void);

/* A layer above the page allocator (slab, vmalloc): rows of mm_layers[] in layers.c. */
struct mm_layer {
	const char *name;
	int (*boot)(struct gb_error *e);
	void (*shutdown)(void);
	void (*cpu_online)(unsigned int cpu);   /* on that CPU, interrupts not armed */
	void (*cpu_offline)(unsigned int cpu);  /* same */
	/* In a forked child, on the thread that forked: what is cached is the parent's. */
	void (*forked)(void);
	/* Give the calling CPU's cached objects of every context back; process context of
	 * that CPU; called before a sleep of the allocator and by mm_drain_everything. */
	void (*drain_cpu)(void);
	/* Give all that the layer caches back, of every CPU; process context, may sleep.
	 * NULL: drain_cpu and reclaim find everything. */
	void (*drain_all)(void);
	/* Reclaim's turn at the layer: free what it caches (depots first, then other CPUs by
	 * IPI); may sleep if @gfp allows; returns frames given to the buddy. */
	unsigned long (*reclaim)(gfp_t gfp);
	/* Last chance of a request that must not sleep, before it fails: give back what can
	 * be had without sleeping, first of this CPU, then (@others) of all.  Any context,
	 * interrupts on or off.  Returns frames freed. */
	unsigned long (*reclaim_atomic)(gfp_t gfp, int others);
	/* Every few milliseconds, process context of the housekeeping CPU; may sleep. */
	void (*housekeeping)(void);
};
extern const struct mm_layer *const mm_layers[]; /* NULL-terminated */

/* --- zones (zones.c, watermark.c) --------------------------------------------- */

int zones_init(struct gb_error *e) GB_MUST_CHECK;
void zones_free(void);
void zones_setup_watermarks(void);
extern const char *const zone_names[MAX_NR_ZONES];
/* Highest zone a mask may use; -1 for an invalid combination. */
int gfp_zone(gfp_t gfp);
enum migratetype gfp_migratetype(gfp_t gfp);

#define ALLOC_WMARK_MIN     WMARK_MIN
#define ALLOC_WMARK_LOW     WMARK_LOW
#define ALLOC_WMARK_HIGH    WMARK_HIGH
#define ALLOC_WMARK_MASK    0x3u
#define ALLOC_NO_WATERMARKS 0x004u
#define ALLOC_OOM           0x008u  /* the OOM victim: to min/2 */
#define ALLOC_NON_BLOCK     0x010u
#define ALLOC_MIN_RESERVE   0x020u  /* __GFP_HIGH: to min/2 */
#define ALLOC_CPUSET        0x040u
#define ALLOC_NOFRAGMENT    0x100u
#define ALLOC_HIGHATOMIC    0x200u
#define ALLOC_COLD          0x400u  /* from the cold end of the page lists (3.4) */
#define ALLOC_KSWAPD        0x800u
#define ALLOC_RESERVES (ALLOC_OOM | ALLOC_NON_BLOCK | ALLOC_MIN_RESERVE | ALLOC_HIGHATOMIC)

int zone_watermark_ok(struct zone *z, unsigned int order, unsigned long mark, int highest,
		      unsigned int alloc_flags, unsigned long free);
/* As above on the current figures, with the kernel's short cut for order 0. */
int zone_watermark_fast(struct zone *z, unsigned int order, unsigned long mark, int highest,
			unsigned int alloc_flags);
GB_INLINE unsigned long zone_wmark(const struct zone *z, enum wmark w)
{
	return gb_load_relaxed(&z->watermark[w]) + gb_load_relaxed(&z->boost);
}
GB_INLINE unsigned long zone_free_pages(const struct zone *z)
{
	return gb_load_relaxed(&z->nr_free);
}

/* --- buddy (buddy.c, fallback.c): all under zone->lock, interrupts disabled ------ */

void buddy_init_zone(struct zone *z);
struct page *buddy_take(struct zone *z, unsigned int order, enum migratetype mt,
			unsigned int alloc_flags);
void buddy_give(struct zone *z, struct page *page, unsigned int order, enum migratetype mt);
struct page *buddy_fallback(struct zone *z, unsigned int order, enum migratetype mt,
			    unsigned int alloc_flags);
/* shared by the two files */
/* The block to take next of one order and type, still listed; NULL: none.  Zone lock. */
struct page *buddy_first(struct zone *z, unsigned int order, enum migratetype mt);
struct page *buddy_take_smallest(struct zone *z, unsigned int order, enum migratetype mt);
struct page *buddy_unlink(struct zone *z, struct page *page);
void buddy_split(struct zone *z, struct page *page, unsigned int low, unsigned int high,
		 enum migratetype mt);
void buddy_move_block(struct zone *z, unsigned long block_pfn, enum migratetype mt);
GB_INLINE enum migratetype pageblock_type(const struct zone *z, unsigned long pfn)
{
	return (enum migratetype)gb_load_relaxed(
		&z->pageblock[(pfn - z->start_pfn) >> PAGEBLOCK_ORDER]);
}
void reserve_highatomic(struct zone *z, struct page *page, unsigned int order);
/* Gives reserved blocks back (@force: the last one too); true when it freed any page. */
int unreserve_highatomic(int highest, int force);

/* --- per-CPU lists (pcp.c) ------------------------------------------------------ */

/* Per-CPU lists of the zones that hold pages, for the workers' CPUs and kswapd's and RCU's;
 * a CPU without lists uses the buddy. */
int pcp_init(struct gb_error *e) GB_MUST_CHECK;
void pcp_free_tables(void);
void zone_pcp_sizes(struct zone *z);   /* batch and highs, from managed and low */
int pcp_order_ok(unsigned int order);
struct page *pcp_alloc(struct zone *z, unsigned int order, enum migratetype mt,
		       unsigned int alloc_flags);
/* 0: the list could not be had; the caller frees to the buddy. */
int pcp_free(struct zone *z, struct page *page, unsigned int order, enum migratetype mt);
void pcp_drain_cpu(unsigned int cpu);
void pcp_drain_all(void);
unsigned long pcp_total(const struct zone *z);

/* --- allocation (page_alloc.c, slowpath.c) --------------------------------------- */

struct alloc_context {
	gfp_t gfp;              /* after scopes */
	unsigned int order;
	int highest;            /* highest zone allowed */
	enum migratetype mt;
};
struct page *get_page_from_freelist(const struct alloc_context *ac, unsigned int alloc_flags);
struct page *alloc_pages_slowpath(struct alloc_context *ac);
/* The free path behind __free_pages: the reference is gone already. */
void free_block(struct page *page, unsigned int order);
/* Frame of an order-0 request that is being tried from a thread without CPU, etc. */
struct page *buddy_alloc_block(struct zone *z, unsigned int order, enum migratetype mt,
			       unsigned int alloc_flags);
void bad_page(const struct page *page, const char *why);

/* --- reports (failure_report.c) --------------------------------------------------- */

void warn_alloc(const struct alloc_context *ac);
/* "GFP_KERNEL|__GFP_ZERO", in the manner of the profile. */
char *gfp_names(gfp_t gfp, char *buf, size_t n);
/* A fatal kernel error: event plus line; aborts with panic_on_bug. */
void kernel_bug(const char *event, const char *fmt, ...) GB_PRINTF(2, 3);
/* printk(KERN_WARNING): an event and, unless quiet, a line on stderr. */
void kernel_warn(const char *event, const char *fmt, ...) GB_PRINTF(2, 3);
/* WARN_ON_ONCE: @once is a static int of the caller's. */
void kernel_warn_once(int *once, const char *event, const char *fmt, ...) GB_PRINTF(3, 4);
void kernel_reports_reset(void);

/* might_sleep for a mask: reports a sleeping mask in atomic context and returns the mask
 * to use (contract: as GFP_NOWAIT). */
gfp_t might_alloc(gfp_t gfp, const char *where);

/* --- reclaim (kswapd.c, reclaim.c, shrinker.c, oom.c) ------------------------------- */

struct reclaim_stat {
	unsigned long scanned, reclaimed;
};
int kswapd_start(struct gb_error *e) GB_MUST_CHECK;
void kswapd_stop(void);
void wakeup_kswapd(int highest, unsigned int order, gfp_t gfp);
int kswapd_is_awake(void);
int kswapd_hopeless(void);
void kswapd_note_progress(void);
unsigned long direct_reclaim(const struct alloc_context *ac);
/* One pass over LRU lists of zones up to @highest and every shrinker at @priority. */
void reclaim_pass(gfp_t gfp, int highest, int priority, unsigned long target,
		  struct reclaim_stat *stat);
void lru_init_zone(struct zone *z);
unsigned long zone_reclaimable_pages(const struct zone *z);
unsigned long shrink_slab(gfp_t gfp, int priority);
void shrinkers_reset(void);
/* 1: progress may be expected (someone was killed, or must be waited for); 0: refused. */
int out_of_memory(const struct alloc_context *ac);
int current_is_oom_victim(void);
void tasks_reset(void);
/* A real sleep of the calling thread in process context, interrupts may come. */
void sleep_us(unsigned int us);

/* --- fault injection (fault_inject.c) ------------------------------------------------ */

extern int fault_inject_on;     /* any probability or fail-nth set: the only hot test */
int should_fail_alloc_page(gfp_t gfp, unsigned int order);
/* @cache_marked: the cache has SLAB_FAILSLAB. */
int should_failslab(size_t object_size, gfp_t gfp, int cache_marked);
void fault_inject_reset(void);

/* --- statistics (vmstat.c) ------------------------------------------------------------ */

enum vm_event_item {
	PGALLOC, PGFREE, ALLOCSTALL, PGSCAN_DIRECT, PGSCAN_KSWAPD, PGSTEAL_DIRECT,
	PGSTEAL_KSWAPD, PAGEOUTRUN, KSWAPD_WAKE, KSWAPD_LOW_WMARK_HIT_QUICKLY,
	KSWAPD_HIGH_WMARK_HIT_QUICKLY, SLABS_SCANNED, DRAIN_PAGES, OOM_KILL, PGINODESTEAL,
	NR_DIRTIED, NR_WRITTEN, PGALLOC_FAIL, PGALLOC_FAIL_ATOMIC, PCP_CONTENDED,
	THROTTLE, EXTFRAG_CLAIM, EXTFRAG_STEAL, RCU_CALLBACKS, NR_VM_EVENTS,
};
void count_vm_events(enum vm_event_item item, unsigned long n);
GB_INLINE void count_vm_event(enum vm_event_item item)
{
	count_vm_events(item, 1);
}
unsigned long vm_event_sum(enum vm_event_item item);
void vm_events_reset(void);

/* --- tracing (trace_events.c) ----------------------------------------------------------- */

extern int trace_kmem_on;       /* read relaxed: the only cost while off */
extern unsigned int trace_ring_records; /* of the next trace; a power of two: tests take few */
void trace_page(int is_alloc, const struct page *page, unsigned int order, gfp_t gfp,
		enum migratetype mt);
/* @kind: "kmalloc", "kmem_cache_alloc"; "kfree", "kmem_cache_free".  @call_site: a return
 * address.  @name: the cache's, or NULL. */
void trace_object_alloc(const char *kind, const void *call_site, const void *p,
			size_t bytes_req, size_t bytes_alloc, gfp_t gfp, const char *name);
void trace_object_free(const char *kind, const void *call_site, const void *p,
		       const char *name);
GB_INLINE int trace_enabled(void)
{
	return gb_unlikely(gb_load_relaxed(&trace_kmem_on));
}

/* --- RCU (rcu.c, rcu_grace.c) ---------------------------------------------------------------- */

int rcu_start(struct gb_error *e) GB_MUST_CHECK;
void rcu_stop(void);
/* After rcu_stop(): callbacks that came since, on the calling thread. */
void rcu_run_rest(void);

#endif
