/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The gfpbench authors */
/*
 * pressure: how an allocator behaves as memory runs out.
 *
 * All blocks are one page.  Process context fills RAM to a level, then replaces blocks of
 * what it holds with GFP_KERNEL, for `dwell` steps; then the next level, down to none free.
 * All CPUs are at the same level; CPU 0 leads.  Every 64 steps each raises an interrupt, and
 * timer interrupts come on top: each takes a burst of 1, 4, 16 or 64 pages with GFP_ATOMIC
 * and frees those of an earlier one.
 *
 * Levels are parts of the min watermark, `top` times it to zero.  At the end of a sweep
 * CPU 0 looks how deep each class may go: all others stand still, and it takes pages until
 * refused with GFP_KERNEL, then with __GFP_HIGH, then with GFP_ATOMIC.  The dip of a class
 * is the fewest free pages that one of its requests met and was served with; a request
 * during which anybody else took, freed or reclaimed memory does not count.  Then it gives
 * back what the first level needs, and the time until a burst of 64 succeeds again is the
 * recovery.  A run that ends before a sweep does looks at its end.
 *
 * figures.csv has the curve: failures against free pages at the burst's beginning, a series
 * for each burst size; the dips; and the stalls, which are process requests that took
 * longer than 20 us at a level of twice min or less.  pressure.csv has watermarks, kswapd and
 * direct reclaim in time.
 *
 * Free pages are those of zone Normal; under the harness's budget what the budget has
 * left, with the kernel's formula for a min watermark that nobody keeps; without either (a
 * test) this CPU's own share.
 *
 * The first level lasts longer than the fixed warm-up and is above all marks, so the
 * stream that the checksum covers is the same everywhere.
 */
#include "pressure_probe.h"
#include "slots.h"
#include "wait.h"

#define LEVELS       12
#define IRQ_EVERY    64
#define STALL_NS     UINT64_C(20000)
#define RECOVERY_NS  UINT64_C(100000000)
#define WARMUP_STEPS 2048

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

/* --- memory ----------------------------------------------------------------------------------- */

/* mm/page_alloc.c: min_free_kbytes = 4 * sqrt(lowmem in KiB). */
static uint64_t formula_min(uint64_t ram_bytes)
{
	double kb = 4 * sqrt((double)(ram_bytes >> 10));

	return (uint64_t)(kb < 128 ? 128 : kb) / 4;
}

/* Pages that this CPU may have to hold; CPU 0 looks for the end of all memory. */
static uint64_t room_of(const struct gb_thread *t)
{
	const struct gb_pressure_shared *all = t->run->data;
	uint64_t pages = t->run->ram_bytes >> PAGE_SHIFT;

	return all->common && t->id == 0 ? pages : pages / t->nr_threads;
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
	struct gb_pressure_shared *s = gb_map(sizeof(*s));
	struct gb_budget_stats b;
	struct zone_info z;

	if (!s)
		return gb_fail(e, GB_EXIT_HARNESS, NULL, "workload pressure: no memory");
	r->data = s;
	s->min = formula_min(r->ram_bytes);
	gb_budget_stats(&b);
	s->budget = b.limit_bytes != 0;
	s->common = k || s->budget;
	if (k && !k->zone_info("Normal", &z)) {
		s->min = z.min;
		s->first = z.start_pfn;
	}
	if (k)
		k->pagecache_fill((r->ram_bytes / 100 * o->cache) >> PAGE_SHIFT,
				  GFP_KERNEL | GB_PRESSURE_QUIETLY, false);
	return 0;
}

/* The level that all CPUs are at has changed, or ours has.  Requests are timed where free
 * memory is near the marks or below: nobody waits for memory above them. */
static void enter_level(struct gb_thread *t)
{
	const struct options *o = t->run->options;
	const struct gb_pressure_shared *all = t->run->data;
	struct gb_pressure *s = t->data;

	s->own_level = all->common ? gb_load_relaxed(&all->level) : s->own_level;
	s->target = all->min * o->top * (LEVELS - 1 - s->own_level) / (LEVELS - 1);
	s->stall_ticks = s->target <= 2 * all->min ? gb_clock_ticks(STALL_NS) : 0;
}

/* CPU 0 may have gone on. */
GB_INLINE void follow_level(struct gb_thread *t, const struct gb_pressure *s)
{
	const struct gb_pressure_shared *all = t->run->data;

	if (gb_unlikely(all->common && s->own_level != gb_load_relaxed(&all->level)))
		enter_level(t);
}

/* One page nearer to the level; 0: it is there. */
GB_INLINE int approach(struct gb_thread *t, struct gb_pressure *s, const uint32_t full)
{
	uint64_t free = gb_pressure_free_pages(t), target = s->target;

	if (free > target && s->held < s->room && !s->at_floor) {
		void *p = gb_pressure_take(t, GB_PROCESS, full, GFP_KERNEL | GB_PRESSURE_QUIETLY);

		s->at_floor = !p;
		if (p)
			s->page[s->held++] = p;
		return p != NULL;
	}
	if (free + 32 < target && s->held) {
		gb_pressure_give(t, GB_PROCESS, full, s->page[--s->held]);
		return 1;
	}
	return 0;
}

static int thread_setup(struct gb_thread *t, struct gb_error *e)
{
	const struct options *o = t->run->options;
	uint64_t room = room_of(t);
	size_t bytes = sizeof(struct gb_pressure) + room * sizeof(void *);
	struct gb_pressure *s = gb_thread_map(t, bytes, e);

	if (!s)
		return -(int)e->code;
	t->data = s;
	s->bytes = bytes;
	s->room = (uint32_t)room;
	s->left = o->dwell;
	enter_level(t);
	gb_curve_init(&s->process);
	gb_curve_init(&s->hardirq);
	while (approach(t, s, 0))
		;
	s->at_floor = 0;
	return 0;
}

/* --- hardirq ----------------------------------------------------------------------------------- */

static void free_group(struct gb_thread *t, enum gb_context c, uint32_t full, uint32_t group)
{
	struct gb_pressure *s = t->data;

	while (s->taken[group])
		gb_pressure_give(t, c, full, s->burst[group][--s->taken[group]]);
}

/* How many of 4^@burst pages were refused. */
static uint64_t take_burst(struct gb_thread *t, struct gb_pressure *s, unsigned int burst)
{
	const struct gb_pressure_shared *all = t->run->data;
	uint64_t n = UINT64_C(1) << (2 * burst), refused = 0, free = gb_pressure_free_pages(t);

	for (uint64_t i = 0; i < n; i++) {
		void *p = gb_pressure_take(t, GB_HARDIRQ, t->full, GFP_ATOMIC | __GFP_NOWARN);

		if (p)
			s->burst[s->group][s->taken[s->group]++] = p;
		refused += !p;
	}
	gb_curve_burst(&s->hardirq, burst, free, all->min, n, refused);
	s->group = (s->group + 1) % (GB_PRESSURE_KEEP + 1);
	free_group(t, GB_HARDIRQ, t->full, s->group);
	return refused;
}

static void hardirq(struct gb_thread *t)
{
	const struct gb_pressure_shared *all = t->run->data;

	if (gb_load_relaxed(&all->probing))
		return;
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

/* Another CPU probes.  Not for longer than it takes: CPU 0 waits for nobody. */
static __attribute__((noinline)) void stand_still(struct gb_thread *t)
{
	const struct gb_pressure_shared *all = t->run->data;
	int good;

	gb_budget_idle(1);
	good = GB_WAIT_UNTIL(t, !gb_load_relaxed(&all->probing));
	gb_budget_idle(-1);
	(void)good; /* or the run stops, which the caller sees */
}

static void recover(struct gb_thread *t, struct gb_pressure *s, const uint32_t full)
{
	uint64_t start = gb_clock_now(), ns;
	struct trial x = { t, 1 };

	while (s->held && gb_pressure_free_pages(t) < s->target)
		gb_pressure_give(t, GB_PROCESS, full, s->page[--s->held]);
	do {
		gb_run_as_hardirq(largest_burst, &x);
		ns = gb_clock_ns(gb_clock_now() - start);
	} while (x.refused && ns < RECOVERY_NS && !gb_stopping(t));
	gb_curve_recovery(&s->process, ns);
}

static void set_level(struct gb_thread *t, uint32_t level)
{
	struct gb_pressure_shared *all = t->run->data;
	struct gb_pressure *s = t->data;

	s->own_level = level;
	gb_store_relaxed(&all->level, level);
	enter_level(t);
}

static __attribute__((noinline)) void next_level(struct gb_thread *t, const uint32_t full)
{
	const struct options *o = t->run->options;
	const struct gb_pressure_shared *all = t->run->data;
	struct gb_pressure *s = t->data;

	s->left = o->dwell;
	s->level_ticks = gb_clock_now();
	s->at_floor = 0;
	if (all->common && t->id != 0)
		return;
	if (s->own_level + 1 < LEVELS) {
		set_level(t, s->own_level + 1);
		return;
	}
	gb_pressure_probe(t, s);
	set_level(t, 0);
	recover(t, s, full);
	s->process.sweeps++;
}

/* --- the loop -------------------------------------------------------------------------------------- */

/* Through a slow path, if memory is near the marks; how long it took, if long. */
GB_INLINE void *request(struct gb_thread *t, struct gb_pressure *s, const uint32_t full)
{
	const gfp_t gfp = GFP_KERNEL | __GFP_RETRY_MAYFAIL | __GFP_NOWARN;
	uint64_t start, ticks;
	void *p;

	if (gb_likely(!s->stall_ticks))
		return gb_pressure_take(t, GB_PROCESS, full, gfp);
	start = gb_clock_now();
	p = gb_pressure_take(t, GB_PROCESS, full, gfp);
	ticks = gb_clock_now() - start;
	if (gb_unlikely(ticks > s->stall_ticks))
		gb_curve_stall(&s->process, gb_clock_ns(ticks));
	return p;
}

/* A block of what is held makes room for another. */
GB_INLINE void replace(struct gb_thread *t, struct gb_pressure *s, const uint32_t full)
{
	uint64_t i;
	void *p;

	if (!s->held)
		return;
	i = gb_rng_below(&t->rng[GB_PROCESS], s->held);
	gb_pressure_give(t, GB_PROCESS, full, s->page[i]);
	p = request(t, s, full);
	if (gb_likely(p != NULL)) {
		s->page[i] = p;
		return;
	}
	s->page[i] = s->page[--s->held];
	t->count[GB_PROCESS].custom[REFUSED_IN_PROCESS]++;
}

/* The first level always has its steps. */
GB_INLINE int took_too_long(const struct gb_thread *t, const struct gb_pressure *s)
{
	const struct options *o = t->run->options;
	const struct gb_pressure_shared *all = t->run->data;

	return all->common && s->own_level &&
	       gb_clock_ns(gb_clock_now() - s->level_ticks) > o->longest;
}

GB_INLINE uint64_t pressure_body(struct gb_thread *t, uint64_t n, const uint32_t full)
{
	const struct options *o = t->run->options;
	const struct gb_pressure_shared *all = t->run->data;
	struct gb_pressure *s = t->data;
	uint64_t done = 0;

	do {
		if (gb_unlikely(gb_load_relaxed(&all->probing)))
			stand_still(t);
		follow_level(t, s);
		/* nothing but replacement during the fixed warm-up: see above */
		if (s->left + WARMUP_STEPS <= o->dwell || s->own_level)
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
	struct gb_pressure *s = t->data;

	if (!s)
		return;
	s->ending = 1;
	if (t->id == 0 && s->process.dip_pages[GB_DIP_ATOMIC] == UINT64_MAX)
		gb_pressure_probe(t, s);
	while (s->held)
		gb_pressure_give(t, GB_PROCESS, 0, s->page[--s->held]);
	for (uint32_t i = 0; i <= GB_PRESSURE_KEEP; i++)
		free_group(t, GB_HARDIRQ, 0, i);
}

static void report(struct gb_run *r)
{
	const struct gb_kernel_ops *k = r->heap->kernel;
	const struct gb_pressure_shared *all = r->data;
	struct gb_pressure_curve sum;

	gb_curve_init(&sum);
	for (unsigned int i = 0; i < r->nr_threads; i++) {
		const struct gb_pressure *s = r->threads[i].data;

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
	struct gb_pressure_shared *all = r->data;

	if (!all)
		return;
	report(r);
	for (unsigned int i = 0; i < r->nr_threads; i++) {
		struct gb_pressure *s = r->threads[i].data;

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
