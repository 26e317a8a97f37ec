/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The gfpbench authors */
/*
 * The table of workloads, the suites, and the check that a descriptor is complete.
 */
#include "workload.h"

#include <ctype.h>
#include <stdio.h>

#include "base/parse.h"

extern const struct gb_workload gb_workload_blkio;
extern const struct gb_workload gb_workload_bulk;
extern const struct gb_workload gb_workload_dma_ring;
extern const struct gb_workload gb_workload_claims;
extern const struct gb_workload gb_workload_exchange;
extern const struct gb_workload gb_workload_false_sharing;
extern const struct gb_workload gb_workload_fragment;
extern const struct gb_workload gb_workload_fscache;
extern const struct gb_workload gb_workload_gfp_mix;
extern const struct gb_workload gb_workload_irq_churn;
extern const struct gb_workload gb_workload_large;
extern const struct gb_workload gb_workload_larson;
extern const struct gb_workload gb_workload_mayhem;
extern const struct gb_workload gb_workload_migrate;
extern const struct gb_workload gb_workload_migrate_batch;
extern const struct gb_workload gb_workload_netrx;
extern const struct gb_workload gb_workload_pairs;
extern const struct gb_workload gb_workload_pareto_slots;
extern const struct gb_workload gb_workload_pressure;
extern const struct gb_workload gb_workload_prodcons;
extern const struct gb_workload gb_workload_rcu_free;
extern const struct gb_workload gb_workload_replay;
extern const struct gb_workload gb_workload_size_sweep;
extern const struct gb_workload gb_workload_storm;
extern const struct gb_workload gb_workload_thread_churn;
extern const struct gb_workload gb_workload_threadtest;
extern const struct gb_workload gb_workload_vmalloc_align_shift;
extern const struct gb_workload gb_workload_vmalloc_fix;
extern const struct gb_workload gb_workload_vmalloc_fix_align;
extern const struct gb_workload gb_workload_vmalloc_full_fit;
extern const struct gb_workload gb_workload_vmalloc_long_busy;
extern const struct gb_workload gb_workload_vmalloc_map_ram;
extern const struct gb_workload gb_workload_vmalloc_random;
extern const struct gb_workload gb_workload_vmalloc_random_align;
extern const struct gb_workload gb_workload_vmalloc_rcu_free;
extern const struct gb_workload gb_workload_window_local;
extern const struct gb_workload gb_workload_window_remote;
extern const struct gb_workload gb_workload_ws_replace;

const struct gb_workload *const gb_workloads[] = {
	&gb_workload_irq_churn,
	&gb_workload_netrx,
	&gb_workload_blkio,
	&gb_workload_fscache,
	&gb_workload_pressure,
	&gb_workload_gfp_mix,
	&gb_workload_dma_ring,
	&gb_workload_bulk,
	&gb_workload_rcu_free,
	&gb_workload_storm,
	&gb_workload_larson,
	&gb_workload_prodcons,
	&gb_workload_pairs,
	&gb_workload_replay,
	&gb_workload_threadtest,
	&gb_workload_ws_replace,
	&gb_workload_pareto_slots,
	&gb_workload_window_local,
	&gb_workload_window_remote,
	&gb_workload_exchange,
	&gb_workload_migrate,
	&gb_workload_migrate_batch,
	&gb_workload_false_sharing,
	&gb_workload_thread_churn,
	&gb_workload_fragment,
	&gb_workload_size_sweep,
	&gb_workload_claims,
	&gb_workload_vmalloc_fix,
	&gb_workload_vmalloc_full_fit,
	&gb_workload_vmalloc_long_busy,
	&gb_workload_vmalloc_random,
	&gb_workload_vmalloc_fix_align,
	&gb_workload_vmalloc_random_align,
	&gb_workload_vmalloc_align_shift,
	&gb_workload_vmalloc_rcu_free,
	&gb_workload_vmalloc_map_ram,
	&gb_workload_large,
	&gb_workload_mayhem,
	NULL,
};

static const char *const quick[] = {
	"irq-churn", "netrx", "larson", "prodcons", "pairs",
	"size-sweep:size_max=64k:pairs=128", "replay", NULL,
};
static const char *const kernel[] = {
	"irq-churn", "netrx", "blkio", "fscache", "pressure", "gfp-mix",
	"dma-ring", "bulk:calls=single", "bulk:n=1", "bulk:n=16", "bulk:n=250",
	"rcu-free", "storm", "replay", NULL,
};
static const char *const classic[] = {
	"larson", "prodcons", "pairs", "threadtest", "ws-replace", "pareto-slots",
	"window-local", "window-remote", "exchange", "migrate", "migrate-batch",
	"false-sharing:mode=passive", "false-sharing:mode=active", "thread-churn",
	"fragment", "large", NULL,
};
static const char *const vmalloc[] = {
	"size-sweep",
	"vmalloc-fix", "vmalloc-full-fit", "vmalloc-long-busy", "vmalloc-random",
	"vmalloc-fix-align", "vmalloc-random-align", "vmalloc-align-shift",
	"vmalloc-rcu-free", "vmalloc-map-ram", NULL,
};
static const char *const stress[] = {
	"mayhem", "pairs:size=1k", "storm", "irq-churn:slots=200", "larson", "prodcons",
	"exchange:slots=4096", "thread-churn", "migrate", "window-remote", NULL,
};
static const char *const all[] = {
	"irq-churn", "netrx", "blkio", "fscache", "pressure", "gfp-mix",
	"dma-ring", "bulk:calls=single", "bulk:n=1", "bulk:n=2", "bulk:n=4",
	"bulk:n=8", "bulk:n=16", "bulk:n=32", "bulk:n=64",
	"bulk:n=128", "bulk:n=250", "rcu-free", "storm", "replay",
	"larson", "prodcons", "pairs", "threadtest", "ws-replace", "pareto-slots",
	"window-local", "window-remote", "exchange", "migrate",
	"migrate-batch", "false-sharing:mode=passive", "false-sharing:mode=active",
	"thread-churn", "fragment", "large", "size-sweep", "claims",
	"vmalloc-fix", "vmalloc-full-fit", "vmalloc-long-busy", "vmalloc-random",
	"vmalloc-fix-align", "vmalloc-random-align", "vmalloc-align-shift",
	"vmalloc-rcu-free", "vmalloc-map-ram", "mayhem", NULL,
};

const struct gb_suite gb_suites[] = {
	{ "quick", "under a minute: one of each kind", quick },
	{ "kernel", "what a kernel does to its allocator", kernel },
	{ "classic", "the patterns of the literature", classic },
	{ "vmalloc", "the kernel's tests of vmalloc, and the sizes", vmalloc },
	{ "stress", "what gfpbench stress chooses from: to break, not to measure", stress },
	{ "all", "every workload", all },
	{ NULL },
};

const struct gb_workload *gb_workload_find(const char *name, struct gb_error *e)
{
	const char *names[GB_ARRAY_SIZE(gb_workloads)];
	size_t n = 0;
	const char *near;

	for (; gb_workloads[n]; n++) {
		if (!strcmp(gb_workloads[n]->name, name))
			return gb_workloads[n];
		names[n] = gb_workloads[n]->name;
	}
	gb_fail(e, GB_EXIT_USAGE, "gfpbench list workloads shows what there is",
		"unknown workload '%.60s'", name);
	near = gb_nearest(name, names, n);
	if (near)
		gb_hint(e, "did you mean '%s'? gfpbench list workloads shows all", near);
	return NULL;
}

static int good_name(const char *s)
{
	if (!s || !islower((unsigned char)*s))
		return 0;
	for (; *s; s++) {
		if (!islower((unsigned char)*s) && !isdigit((unsigned char)*s) && *s != '-')
			return 0;
	}
	return 1;
}

static int lacks_text(const char *s)
{
	return !s || !*s;
}

static const char *check_options(const struct gb_workload *w)
{
	if (!w->options)
		return w->options_size ? "has a size of options but no options" : NULL;
	if (!w->options_size)
		return "has options without the size of their struct";
	for (const struct gb_option *o = w->options; o->name; o++) {
		if (lacks_text(o->help))
			return "has an option without help";
		if (o->offset >= w->options_size)
			return "has an option outside its struct";
		if ((o->type == GB_OPTION_CHOICE) != !!o->choices)
			return "has a choice without choices, or choices without a choice";
	}
	return NULL;
}

const char *gb_workload_check(const struct gb_workload *w)
{
	if (w->interface != GB_WORKLOAD_INTERFACE)
		return "was built for another version of the workload interface";
	if (!good_name(w->name))
		return "has no name of lower-case letters, digits and dashes";
	if (lacks_text(w->summary) || strchr(w->summary, '\n'))
		return "has no one-line summary";
	if (lacks_text(w->imitates) || lacks_text(w->strains) || lacks_text(w->good_score))
		return "does not say what it imitates, strains and what a good score means";
	if (!w->paper)
		return "does not say after whom it is (\"\" for our own)";
	if (!w->plan || !w->run || !w->run_full)
		return "lacks plan, run or run_full";
	if (!(w->flags & GB_WL_FINITE) != !w->rewind)
		return "is finite without rewind, or has rewind without being finite";
	if (w->default_irq_rate_hz > 0 && !(w->flags & GB_WL_OWN_IRQ))
		return "has an interrupt rate but no interrupts of its own";
	if (!w->setup && w->cleanup)
		return "has cleanup without setup";
	return check_options(w);
}
