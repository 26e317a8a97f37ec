/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The gfpbench authors */
/*
 * The life of one sample: machine up, proof of who serves malloc, backend up, workload,
 * phases, everything freed, result sealed.
 *
 * Whatever goes wrong is an outcome in the result page (which the parent turns into a
 * row), never just an exit status; a runner that dies leaves the page unsealed, and the
 * parent draws its conclusion from how it died.
 */
#include "runner.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

#include "base/parse.h"
#include "machine/stack.h"
#include "runner_int.h"

/* The parent may have died before the death signal was set. */
static int tie_to_parent(struct gb_result *p, struct gb_error *e)
{
	if (prctl(PR_SET_PDEATHSIG, SIGKILL))
		return gb_fail_errno(e, GB_EXIT_HARNESS, errno, NULL,
				     "cannot tie the runner to its parent");
	if (getppid() != p->parent_pid)
		return gb_fail(e, GB_EXIT_HARNESS, NULL, "the parent of the runner is gone");
	return 0;
}

static int resolve(struct gb_runner *r, struct gb_error *e)
{
	if (gb_backend_parse(r->cell.backend, &r->ref, e))
		return -e->code;
	r->workload = gb_workload_find(r->cell.workload, e);
	if (!r->workload)
		return -e->code;
	if (r->workload->options_size) {
		r->options = calloc(1, r->workload->options_size);
		GB_BUG_ON(!r->options);
	}
	if (r->workload->options &&
	    gb_options_parse(r->workload->options, r->options, r->cell.workload,
			     r->cell.params, e))
		return -e->code;
	r->irqs = r->cell.irq_rate_hz > 0;
	return 0;
}

static void fill_modes(struct gb_runner *r)
{
	struct gb_sample_result *out = &r->page->r;

	out->verified = !!(r->ref.caps & GB_CAP_CONTENTS);
	out->irq_mode = !r->irqs ? GB_IRQ_MODE_NONE :
			r->ref.caps & GB_CAP_IRQ_SAFE || r->sample.unguarded ? GB_IRQ_MODE_NATIVE :
							GB_IRQ_MODE_GUARDED;
	out->gfp_mode = r->ref.caps & GB_CAP_GFP ? GB_GFP_MODE_NATIVE :
			r->cell.ram_bytes ? GB_GFP_MODE_EMULATED : GB_GFP_MODE_NONE;
}

static void fill_thread(struct gb_runner *r, unsigned int i)
{
	struct gb_thread *t = &r->run.threads[i];

	t->stop = &r->stop;
	t->verify = r->page->r.verified;
	t->id = i;
	t->nr_threads = r->run.nr_threads;
	t->run = &r->run;
	for (unsigned int c = 0; c < GB_NR_CONTEXTS; c++)
		t->rng[c] = gb_rng_seed(r->sample.seed, i * GB_NR_CONTEXTS + c);
}

/* All memory of the harness, before the idle resident set is taken. */
static int map_state(struct gb_runner *r, struct gb_error *e)
{
	unsigned int n = (unsigned int)r->cell.threads;

	r->run.threads = gb_map(n * sizeof(*r->run.threads));
	r->workers = gb_map(n * sizeof(*r->workers));
	if (!r->run.threads || !r->workers)
		return gb_fail_errno(e, GB_EXIT_HARNESS, errno, NULL, "no memory for %u CPUs", n);
	for (unsigned int i = 0; i < n; i++) {
		fill_thread(r, i);
		r->run.threads[i].latency = gb_map(sizeof(struct gb_histograms));
		if (!r->run.threads[i].latency)
			return gb_fail_errno(e, GB_EXIT_HARNESS, errno, NULL,
					     "no memory for the histograms");
	}
	return 0;
}

static int plan_run(struct gb_runner *r, struct gb_error *e)
{
	r->run.workload = r->workload;
	r->run.options = r->options;
	r->run.heap = &r->heap;
	r->run.backend_caps = r->ref.caps;
	r->run.nr_threads = (unsigned int)r->cell.threads;
	r->run.seed = r->sample.seed;
	r->run.irq_rate_hz = r->cell.irq_rate_hz;
	r->run.ram_bytes = r->cell.ram_bytes;
	r->run.figures = &r->page->figures;
	r->run.claims = &r->page->claims;
	return gb_workload_plan(&r->run, e);
}

/* A preload that the loader refused is only a warning on stderr: prove it. */
static int prove_origin(struct gb_runner *r, struct gb_error *e)
{
	struct gb_malloc_origin o;

	if (!(r->ref.caps & GB_CAP_MALLOC))
		return 0;
	return gb_malloc_origin(r->page->preload, &o, e);
}

static int start_backend(struct gb_runner *r, struct gb_error *e)
{
	const struct gb_backend *b = r->ref.backend;
	struct gb_backend_config config = {
		.nr_cpus = r->run.nr_threads,
		.ram_bytes = r->cell.ram_bytes,
		.peak_live_bytes = r->run.peak_live_bytes,
		.seed = r->sample.seed,
		.argument = r->ref.argument,
		.writes_inside = !!(r->workload->flags & GB_WL_WRITES_INSIDE),
	};

	if (prove_origin(r, e) || b->start(&config, &r->heap, e))
		return -e->code;
	r->backend_started = 1;
	b->version(r->page->r.backend_version, sizeof(r->page->r.backend_version));
	b->origin(r->page->r.backend_origin, sizeof(r->page->r.backend_origin));
	if (r->page->r.gfp_mode == GB_GFP_MODE_EMULATED) {
		if (gb_budget_heap(&r->heap, r->cell.ram_bytes, r->run.nr_threads, e))
			return -e->code;
		r->budget = 1;
	}
	if (r->page->r.irq_mode == GB_IRQ_MODE_GUARDED)
		gb_guard_heap(&r->heap);
	for (unsigned int i = 0; i < r->run.nr_threads; i++) {
		r->run.threads[i].alloc = r->heap.alloc;
		r->run.threads[i].free = r->heap.free;
	}
	return 0;
}

static void run_softirq(void *arg)
{
	struct gb_runner *r = arg;
	int id = gb_self.id;

	if (id >= 0 && (unsigned int)id < r->run.nr_threads)
		r->workload->softirq(&r->run.threads[id]);
}

static void open_softirq(struct gb_runner *r)
{
	if (r->workload->softirq)
		gb_softirq_open(GB_SOFTIRQ_WORKLOAD, run_softirq, r);
}

/* Short of memory, the way that a process is: it may map so many MiB more. */
static int limit_space(struct gb_error *e)
{
	const char *text = getenv("GFPBENCH_LIMIT_SPACE");
	unsigned long long pages = 0;
	uint64_t more = 0;
	struct rlimit l;
	FILE *f;

	if (!text)
		return 0;
	if (gb_parse_uint(text, "GFPBENCH_LIMIT_SPACE", 1, 1 << 20, &more, e))
		return -e->code;
	f = fopen("/proc/self/statm", "re");
	if (!f || fscanf(f, "%llu", &pages) != 1)
		gb_fail_errno(e, GB_EXIT_HARNESS, errno, NULL, "cannot read /proc/self/statm");
	if (f)
		fclose(f);
	l.rlim_cur = l.rlim_max = pages * (rlim_t)sysconf(_SC_PAGESIZE) + (more << 20);
	if (!e->code && setrlimit(RLIMIT_AS, &l))
		gb_fail_errno(e, GB_EXIT_HARNESS, errno, NULL, "cannot limit the address space");
	return -e->code;
}

static int bring_up(struct gb_runner *r, struct gb_error *e)
{
	if (resolve(r, e) || gb_machine_init((unsigned int)r->cell.threads, e))
		return -e->code;
	gb_event_sink(&r->page->events, 0);
	gb_stack_on_signals();
	gb_event_stop_at_fault(r->sample.unguarded != 0);
	r->page->r.watch_mode = r->sample.watch ? gb_watch_init() : GB_WATCH_NONE;
	fill_modes(r);
	if (plan_run(r, e) || map_state(r, e))
		return -e->code;
	gb_runner_idle(r);
	if (start_backend(r, e))
		return -e->code;
	if (r->sample.keep_map)
		gb_runner_keep_map(r);
	open_softirq(r);
	if (r->workload->setup && r->workload->setup(&r->run, e))
		return -e->code;
	r->workload_set_up = 1;
	if (gb_workers_start(r, e))
		return -e->code;
	return limit_space(e);
}

static void merge_latency(struct gb_runner *r)
{
	for (unsigned int i = 0; i < r->run.nr_threads; i++)
		for (int op = 0; op < GB_NR_OPS; op++)
			for (int c = 0; c < GB_NR_CONTEXTS; c++)
				for (int g = 0; g < GB_NR_GFP_CLASSES; g++)
					gb_hist_merge(&r->page->latency.h[op][c][g],
						      &r->run.threads[i].latency->h[op][c][g]);
}

static void take_down(struct gb_runner *r)
{
	gb_workers_join(r);
	if (r->workload->cleanup)
		r->workload->cleanup(&r->run);
	r->page->r.leaked_bytes = gb_live_bytes(&r->run);
	gb_runner_peaks(r);
	merge_latency(r);
	if (r->ref.backend->stop)
		r->ref.backend->stop();
	gb_event_sink(NULL, 0);
	gb_machine_exit();
}

static void release(struct gb_runner *r)
{
	for (unsigned int i = 0; i < r->run.nr_threads; i++)
		gb_unmap(r->run.threads[i].latency, sizeof(struct gb_histograms));
	gb_unmap(r->workers, r->run.nr_threads * sizeof(*r->workers));
	gb_unmap(r->run.threads, r->run.nr_threads * sizeof(*r->run.threads));
	if (r->workload->options)
		gb_options_free(r->workload->options, r->options);
	free(r->options);
	gb_cell_free(&r->cell);
}

static enum gb_status outcome_of(const struct gb_error *e)
{
	switch (e->code) {
	case GB_EXIT_FAULT:
		return GB_ST_FAILED;
	default:
		return GB_ST_UNTRUSTWORTHY;
	}
}

/* No way back from here: other threads may still be running. */
static _Noreturn void give_up(struct gb_runner *r, const struct gb_error *e)
{
	r->page->error = *e;
	r->page->r.outcome = outcome_of(e);
	gb_result_seal(r->page);
	_exit(0);
}

static void conclude(struct gb_runner *r)
{
	struct gb_sample_result *out = &r->page->r;

	out->outcome = GB_ST_OK;
	if (out->corrupt) {
		out->outcome = GB_ST_CORRUPT;
		gb_fail(&r->page->error, GB_EXIT_FAULT, NULL,
			"%llu blocks did not hold what had been written to them",
			(unsigned long long)out->corrupt);
	} else if (out->ops_count == 0) {
		out->outcome = GB_ST_UNTRUSTWORTHY;
		gb_fail(&r->page->error, GB_EXIT_HARNESS, NULL,
			"no operation was finished in the throughput phase");
	} else if (out->leaked_bytes) {
		out->outcome = GB_ST_UNTRUSTWORTHY;
		gb_fail(&r->page->error, GB_EXIT_HARNESS, NULL,
			"the workload left %lld bytes still live after it had freed everything",
			(long long)out->leaked_bytes);
	}
	gb_result_seal(r->page);
}

int gb_runner_main(char *const *args)
{
	static struct gb_runner r;
	struct gb_error e = GB_ERROR_INIT;

	/* For this process alone: whatever it starts must not inherit it. */
	unsetenv("LD_PRELOAD");
	r.page = gb_result_attach(GB_RESULT_FD, &e);
	if (!r.page) {
		dprintf(STDERR_FILENO, "gfpbench: error: %s\n  hint: %s\n", e.what, e.hint);
		return e.code;
	}
	gb_clock_adopt(&r.page->clock);
	if (tie_to_parent(r.page, &e) || gb_slices_attach(&r, &e) ||
	    gb_cell_parse(args, &r.cell, &r.sample, &e) || bring_up(&r, &e))
		give_up(&r, &e);
	if (gb_phases_run(&r)) {
		e = r.page->error;
		give_up(&r, &e);
	}
	take_down(&r);
	conclude(&r);
	release(&r);
	gb_result_unmap(r.page);
	return 0;
}
