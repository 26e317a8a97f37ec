/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The gfpbench authors */
/*
 * pressure: how an allocator behaves as memory runs out.
 *
 * All blocks are one page.  Process context fills RAM to a level, then replaces blocks of
 * what it holds with GFP_KERNEL, for `dwell` steps; then the next level, down to none free.
 * All CPUs are at the same level; CPU 0 leads.  Every 64 steps each raises an interrupt, and timer interrupts come on top: each takes a
 * burst of 1, 4, 16 or 64 pages with GFP_ATOMIC and frees those of an earlier one.
 *
 * Levels are parts of the min watermark, `top` times it to zero.  At the end of a sweep
 * CPU 0 looks how deep each class may go: it takes pages until refused with GFP_KERNEL, then
 * with __GFP_HIGH, then with GFP_ATOMIC.  Then it gives back what the first level needs, and
 * the time until a burst of 64 succeeds again is the recovery.
 *
 * figures.csv has the curve: failures against free pages at the burst's beginning, a series
 * for each burst size; the dips; and the stalls, which are process requests that took
 * longer than 20 us.  pressure.csv has watermarks, kswapd and direct reclaim in time.
 *
 * Free pages are those of zone Normal; under the harness's budget what the budget has
 * left, with the kernel's formula for a min watermark that nobody keeps; without either (a
 * test) this CPU's own share.
 *
 * The first level lasts longer than the fixed warm-up and is above all marks, so the
 * stream that the checksum covers is the same everywhere.
 */
#include "calls.h"
#include "pressure_curve.h"
#include "slots.h"

#define LEVELS       12
#define KEEP         4  /* interrupts for which a burst stays */
#define BURST_MAX    64
#define IRQ_EVERY    64
#define STALL_NS     UINT64_C(20000)
#define RECOVERY_NS  UINT64_C(100000000)
#define WARMUP_STEPS 2048
#define QUIETLY      (__GFP_NORETRY | __GFP_NOWARN)

struct options {
	uint64_t top, dwell, longest, cache;
};

static const struct gb_option options[] = {
	{ "top", GB_OPTION_UINT, offsetof(struct options, top), "4", 1, 64, NULL,
	  "free memory at the first level, times the min watermark" },
	{ "dwell", GB_OPTION_UINT, offsetof(struct options, dwell), "4096", 2048, 1 << 30,
	  NULL, "steps of a CPU at each level" },
	{ "longest", GB_OPTION_TIME, offsetof(struct options, longest), "10ms", 100000,
	  UINT64_C(1000000000000), NULL, "time after which a level ends all the same: its "
	  "steps stall" },
	{ "cache", GB_OPTION_UINT, offsetof(struct options, cache), "5", 0, 50, NULL,
	  "page cache for reclaim to take, percent of RAM (backends that have one)" },
	{ NULL },
};

enum { REFUSED_IN_PROCESS };

struct state {
	size_t bytes;
	/* process */
	uint32_t held, room;
	uint32_t own_level; /* where every CPU has memory of its own */
	uint64_t left; /* steps at this level */
	uint64_t level_ticks; /* when it began */
	int at_floor;  /* a request to fill was refused at this level */
	struct gb_pressure_curve process;
	/* hardirq */
	uint32_t group;
	struct gb_pressure_curve hardirq;
	void *burst[KEEP + 1][BURST_MAX];
	/* process again */
	void *page[];
};

struct shared {
	uint64_t min;   /* pages */
	int common;     /* one memory for all CPUs, so one level; CPU 0 leads */
	uint32_t level; /* atomic, by CPU 0 */
};

/* --- memory ----------------------------------------------------------------------------------- */

/* mm/page_alloc.c: min_free_kbytes = 4 * sqrt(lowmem in KiB). */
static uint64_t formula_min(uint64_t ram_bytes)
{
	double kb = 4 * sqrt((double)(ram_bytes >> 10));

	return (uint64_t)(kb < 128 ? 128 : kb) / 4;
}

static uint64_t free_pages_now(const struct gb_thread *t)
{
	const struct gb_kernel_ops *k = t->run->heap->kernel;
	const struct state *s = t->data;
	struct gb_budget_stats b;
	struct zone_info z;

	if (k)
		return k->zone_info("Normal", &z) ? 0 : z.free;
	gb_budget_stats(&b);
	if (b.limit_bytes)
		return b.used_bytes < b.limit_bytes ?
			       (b.limit_bytes - b.used_bytes) >> PAGE_SHIFT : 0;
	return s->room - s->held;
}

/* Pages that this CPU may have to hold; CPU 0 looks for the end of all memory. */
static uint64_t room_of(const struct gb_thread *t)
{
	const struct shared *all = t->run->data;
	uint64_t pages = t->run->ram_bytes >> PAGE_SHIFT;

	return all->common && t->id == 0 ? pages : pages / t->nr_threads;
}

static uint32_t level_of(const struct gb_thread *t)
{
	const struct shared *all = t->run->data;
	const struct state *s = t->data;

	return all->common ? gb_load_relaxed(&all->level) : s->own_level;
}

/* A whole page; through the page allocator where there is one. */
GB_INLINE void *take_page(struct gb_thread *t, enum gb_context c, uint32_t full, gfp_t gfp)
{
	const struct gb_kernel_ops *k = t->run->heap->kernel;
	void *p;

	if (k)
		p = GB_CALL_ALLOC(t, c, full, PAGE_SIZE, gfp,
				  (void *)k->get_free_pages(gfp, 0));
	else
		p = gb_alloc(t, c, full, PAGE_SIZE, gfp);
	if (gb_likely(p != NULL))
		gb_fill(p, PAGE_SIZE);
	return p;
}

GB_INLINE void give_page(struct gb_thread *t, enum gb_context c, uint32_t full, void *p)
{
	const struct gb_kernel_ops *k = t->run->heap->kernel;

	gb_check(t, c, p, PAGE_SIZE);
	if (full)
		gb_mix(&t->count[c], ~PAGE_SIZE);
	if (k)
		GB_CALL_FREE(t, c, full, PAGE_SIZE, k->free_pages((unsigned long)p, 0));
	else
		gb_free_unordered(t, c, full, p, PAGE_SIZE);
}

/* --- begin ------------------------------------------------------------------------------------ */

static int plan(struct gb_run *r, struct gb_error *e)
{
	if (r->ram_bytes < UINT64_C(24) << 20)
		return gb_fail(e, GB_EXIT_USAGE, "use --ram=24m or more",
			       "workload pressure: RAM of %llu MiB leaves no zone Normal to "
			       "fill", (unsigned long long)(r->ram_bytes >> 20));
	r->peak_live_bytes = r->ram_bytes;
	return 0;
}

static int setup(struct gb_run *r, struct gb_error *e)
{
	const struct options *o = r->options;
	const struct gb_kernel_ops *k = r->heap->kernel;
	struct shared *s = gb_map(sizeof(*s));
	struct gb_budget_stats b;
	struct zone_info z;

	if (!s)
		return gb_fail(e, GB_EXIT_HARNESS, NULL, "workload pressure: no memory");
	r->data = s;
	s->min = formula_min(r->ram_bytes);
	gb_budget_stats(&b);
	s->common = k || b.limit_bytes;
	if (k && !k->zone_info("Normal", &z))
		s->min = z.min;
	if (k)
		k->pagecache_fill((r->ram_bytes / 100 * o->cache) >> PAGE_SHIFT,
				  GFP_KERNEL | QUIETLY, false);
	return 0;
}

static uint64_t target_of(const struct gb_thread *t)
{
	const struct options *o = t->run->options;
	const struct shared *all = t->run->data;

	return all->min * o->top * (LEVELS - 1 - level_of(t)) / (LEVELS - 1);
}

/* One page nearer to the level; 0: it is there. */
GB_INLINE int approach(struct gb_thread *t, struct state *s, const uint32_t full)
{
	uint64_t free = free_pages_now(t), target = target_of(t);

	if (free > target && s->held < s->room && !s->at_floor) {
		void *p = take_page(t, GB_PROCESS, full, GFP_KERNEL | QUIETLY);

		s->at_floor = !p;
		if (p)
			s->page[s->held++] = p;
		return p != NULL;
	}
	if (free + 32 < target && s->held) {
		give_page(t, GB_PROCESS, full, s->page[--s->held]);
		return 1;
	}
	return 0;
}

static int thread_setup(struct gb_thread *t, struct gb_error *e)
{
	const struct options *o = t->run->options;
	uint64_t room = room_of(t);
	size_t bytes = sizeof(struct state) + room * sizeof(void *);
	struct state *s = gb_thread_map(t, bytes, e);

	if (!s)
		return -(int)e->code;
	t->data = s;
	s->bytes = bytes;
	s->room = (uint32_t)room;
	s->left = o->dwell;
	gb_curve_init(&s->process);
	gb_curve_init(&s->hardirq);
	while (approach(t, s, 0))
		;
	s->at_floor = 0;
	return 0;
}

/* --- hardirq ----------------------------------------------------------------------------------- */

static void free_group(struct gb_thread *t, enum gb_context c, uint32_t full, void **p)
{
	for (int i = 0; i < BURST_MAX; i++) {
		if (p[i])
			give_page(t, c, full, p[i]);
		p[i] = NULL;
	}
}

/* How many of 4^@burst pages were refused. */
static uint64_t take_burst(struct gb_thread *t, struct state *s, unsigned int burst)
{
	const struct shared *all = t->run->data;
	uint64_t n = UINT64_C(1) << (2 * burst), refused = 0, free = free_pages_now(t);

	for (uint64_t i = 0; i < n; i++) {
		s->burst[s->group][i] = take_page(t, GB_HARDIRQ, t->full,
						  GFP_ATOMIC | __GFP_NOWARN);
		refused += !s->burst[s->group][i];
	}
	gb_curve_burst(&s->hardirq, burst, free, all->min, n, refused);
	s->group = (s->group + 1) % (KEEP + 1);
	free_group(t, GB_HARDIRQ, t->full, s->burst[s->group]);
	return refused;
}

static void hardirq(struct gb_thread *t)
{
	take_burst(t, t->data, (unsigned int)gb_rng_below(&t->rng[GB_HARDIRQ],
							  GB_CURVE_BURSTS));
}

static void raise_irq(void *arg)
{
	hardirq(arg);
}

struct trial {
	struct gb_thread *t;
	uint64_t refused;
};

static void largest_burst(void *arg)
{
	struct trial *x = arg;

	x->refused = take_burst(x->t, x->t->data, GB_CURVE_BURSTS - 1);
}

/* --- the end of a sweep -------------------------------------------------------------------------- */

#define EASE 16

/* A CPU that only takes is given ever more at once, up to all that its page list may hold;
 * a free now and then keeps the portions small, and the dip near the rule. */
static void go_down(struct gb_thread *t, struct state *s, enum gb_pressure_class k,
		    gfp_t gfp, const uint32_t full)
{
	void *p;

	for (unsigned int n = 0; s->held < s->room && !gb_stopping(t); n++) {
		if (n % EASE == 0 && s->held)
			give_page(t, GB_PROCESS, full, s->page[--s->held]);
		p = take_page(t, GB_PROCESS, full, gfp);
		if (!p) {
			gb_curve_dip(&s->process, k, free_pages_now(t));
			return;
		}
		s->page[s->held++] = p;
	}
}

/* Others may hold pages back or give some at this moment, so several sweeps are needed
 * before the least of them is the rule's.  From above all marks, step by step. */
static void probe(struct gb_thread *t, struct state *s, const uint32_t full)
{
	const struct shared *all = t->run->data;

	while (s->held && free_pages_now(t) < 2 * all->min)
		give_page(t, GB_PROCESS, full, s->page[--s->held]);
	go_down(t, s, GB_DIP_KERNEL, GFP_KERNEL | QUIETLY, full);
	go_down(t, s, GB_DIP_HIGH, GFP_KERNEL | __GFP_HIGH | QUIETLY, full);
	go_down(t, s, GB_DIP_ATOMIC, GFP_ATOMIC | __GFP_NOWARN, full);
}

static void recover(struct gb_thread *t, struct state *s, const uint32_t full)
{
	uint64_t start = gb_clock_now(), ns;
	struct trial x = { t, 1 };

	while (s->held && free_pages_now(t) < target_of(t))
		give_page(t, GB_PROCESS, full, s->page[--s->held]);
	do {
		gb_run_as_hardirq(largest_burst, &x);
		ns = gb_clock_ns(gb_clock_now() - start);
	} while (x.refused && ns < RECOVERY_NS && !gb_stopping(t));
	gb_curve_recovery(&s->process, ns);
}

static void set_level(struct gb_thread *t, uint32_t level)
{
	struct shared *all = t->run->data;
	struct state *s = t->data;

	s->own_level = level;
	gb_store_relaxed(&all->level, level);
}

static __attribute__((noinline)) void next_level(struct gb_thread *t, const uint32_t full)
{
	const struct options *o = t->run->options;
	const struct shared *all = t->run->data;
	struct state *s = t->data;

	s->left = o->dwell;
	s->level_ticks = gb_clock_now();
	s->at_floor = 0;
	if (all->common && t->id != 0)
		return;
	if (level_of(t) + 1 < LEVELS) {
		set_level(t, level_of(t) + 1);
		return;
	}
	probe(t, s, full);
	set_level(t, 0);
	recover(t, s, full);
	s->process.sweeps++;
}

/* --- the loop -------------------------------------------------------------------------------------- */

/* A block of what is held makes room for another. */
GB_INLINE void replace(struct gb_thread *t, struct state *s, const uint32_t full)
{
	uint64_t i, start, ns;
	void *p;

	if (!s->held)
		return;
	i = gb_rng_below(&t->rng[GB_PROCESS], s->held);
	give_page(t, GB_PROCESS, full, s->page[i]);
	start = gb_clock_now();
	p = take_page(t, GB_PROCESS, full, GFP_KERNEL | __GFP_RETRY_MAYFAIL | __GFP_NOWARN);
	ns = gb_clock_ns(gb_clock_now() - start);
	if (ns > STALL_NS)
		gb_curve_stall(&s->process, ns);
	if (p) {
		s->page[i] = p;
		return;
	}
	s->page[i] = s->page[--s->held];
	t->count[GB_PROCESS].custom[REFUSED_IN_PROCESS]++;
}

/* The first level always has its steps. */
GB_INLINE int took_too_long(const struct gb_thread *t, const struct state *s)
{
	const struct options *o = t->run->options;
	const struct shared *all = t->run->data;

	return all->common && level_of(t) &&
	       gb_clock_ns(gb_clock_now() - s->level_ticks) > o->longest;
}

GB_INLINE uint64_t pressure_body(struct gb_thread *t, uint64_t n, const uint32_t full)
{
	const struct options *o = t->run->options;
	struct state *s = t->data;
	uint64_t done = 0;

	do {
		/* nothing but replacement during the fixed warm-up: see above */
		if (s->left + WARMUP_STEPS <= o->dwell || level_of(t))
			approach(t, s, full);
		replace(t, s, full);
		if (s->left % IRQ_EVERY == 0)
			gb_run_as_hardirq(raise_irq, t);
		if (--s->left == 0 || (s->left % 16 == 0 && took_too_long(t, s)))
			next_level(t, full);
		done += 2;
	} while (done < n && !gb_stopping(t));
	return done;
}

GB_WORKLOAD_RUN(pressure)

/* --- end --------------------------------------------------------------------------------------------- */

static void thread_cleanup(struct gb_thread *t)
{
	struct state *s = t->data;

	if (!s)
		return;
	while (s->held)
		give_page(t, GB_PROCESS, 0, s->page[--s->held]);
	for (int i = 0; i <= KEEP; i++)
		free_group(t, GB_HARDIRQ, 0, s->burst[i]);
}

static void report(struct gb_run *r)
{
	const struct gb_kernel_ops *k = r->heap->kernel;
	const struct shared *all = r->data;
	struct gb_pressure_curve sum;

	gb_curve_init(&sum);
	for (unsigned int i = 0; i < r->nr_threads; i++) {
		const struct state *s = r->threads[i].data;

		if (!s)
			continue;
		gb_curve_add(&sum, &s->process);
		gb_curve_add(&sum, &s->hardirq);
	}
	gb_curve_report(r, &sum, all->min);
	if (!k)
		return;
	gb_figure(r, "", NAN, "kswapd_runs_count", (double)k->vm_event("pageoutrun"));
	gb_figure(r, "", NAN, "direct_reclaims_count", (double)k->vm_event("allocstall"));
	gb_figure(r, "", NAN, "reclaimed_by_kswapd_pages",
		  (double)k->vm_event("pgsteal_kswapd"));
	gb_figure(r, "", NAN, "reclaimed_directly_pages",
		  (double)k->vm_event("pgsteal_direct"));
}

static void cleanup(struct gb_run *r)
{
	const struct gb_kernel_ops *k = r->heap->kernel;
	struct shared *all = r->data;

	if (!all)
		return;
	report(r);
	for (unsigned int i = 0; i < r->nr_threads; i++) {
		struct state *s = r->threads[i].data;

		r->threads[i].data = NULL;
		if (s)
			gb_unmap(s, s->bytes);
	}
	if (k)
		k->pagecache_drop(~0UL);
	r->data = NULL;
	gb_unmap(all, sizeof(*all));
}

const struct gb_workload gb_workload_pressure = {
	.interface = GB_WORKLOAD_INTERFACE,
	.name = "pressure",
	.summary = "RAM filled level by level: who fails, who waits, how deep",
	.imitates = "a machine that runs out of memory while its interrupts need some",
	.strains = "watermarks, reserves, kswapd, direct reclaim; the emulated budget elsewhere",
	.good_score = "no atomic failure above three eighths of min, short stalls, a recovery "
		      "in microseconds",
	.paper = "",
	.flags = GB_WL_OWN_IRQ | GB_WL_PRESSURE,
	.needs = GB_CAP_ATOMIC,
	.default_irq_rate_hz = 500,
	.options = options,
	.options_size = sizeof(struct options),
	.default_ram_bytes = 48 << 20,
	.custom_name = { "refused_in_process_count" },
	.warmup_ops = WARMUP_STEPS,
	.plan = plan,
	.setup = setup,
	.thread_setup = thread_setup,
	.run = pressure_run,
	.run_full = pressure_run_full,
	.hardirq = hardirq,
	.thread_cleanup = thread_cleanup,
	.cleanup = cleanup,
};
