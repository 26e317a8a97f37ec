/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The gfpbench authors */
/*
 * What is kept of a fault, as text for people:
 *
 *	fault.txt    what happened, to what, and the command that repeats it
 *	events.txt   every event of the child, stacks included
 *	live.txt     what was live: bytes, operations and interrupts of each CPU
 *	output.txt   what the child wrote (where it wrote anything)
 *	maps.txt     its memory map, to read addresses with
 */
#include "stress.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "base/text.h"

static int save(const char *dir, const char *name, const char *text, struct gb_error *e)
{
	char path[4200];
	FILE *f;
	int bad;

	if (!text || !*text)
		return 0;
	snprintf(path, sizeof(path), "%s/%s", dir, name);
	f = fopen(path, "wxe");
	bad = !f || fputs(text, f) < 0;
	bad |= f && fclose(f);
	return bad ? gb_fail_errno(e, GB_EXIT_HARNESS, errno, "is the disk full?",
				   "cannot write %s", path) : 0;
}

static void describe(const struct gb_stress_fault *f, struct gb_text *t)
{
	const struct gb_sample *s = f->sample;

	gb_text_printf(t, "status    %s\nerror     %s\n", gb_status_name[s->status], s->error);
	gb_text_printf(t, "backend   %s\nworkload  %s\nparams    %s\nthreads   %llu\n",
		       f->cell->cell.backend, f->cell->cell.workload, f->cell->cell.params,
		       (unsigned long long)f->cell->cell.threads);
	gb_text_printf(t, "seed      %llu\nstarted   %s\nafter     %.3f s\nsample    %llu\n",
		       (unsigned long long)s->spec.seed, s->started_at, s->wall_s,
		       (unsigned long long)s->spec.id);
	gb_text_printf(t, "\nto repeat it:\n  %s\n", f->repeat);
}

static void list_events(const struct gb_sample *s, struct gb_text *t)
{
	const struct gb_result *page = s->page;

	for (size_t i = 0; i < GB_EVENT_RING; i++) {
		const struct gb_event *v = &page->events.entry[i];

		if (!gb_load_acquire(&v->ready))
			continue;
		gb_text_printf(t, "%12.3f ms  cpu%-3d %-8s %.*s: %.*s\n",
			       (double)(int64_t)(v->t_ns - s->spawned_ns) * 1e-6, v->cpu,
			       gb_severity_name[v->severity <= GB_FAULT ? v->severity : GB_FAULT],
			       (int)sizeof(v->event) - 1, v->event, (int)sizeof(v->detail) - 1,
			       v->detail);
	}
	if (page->events.dropped)
		gb_text_printf(t, "%llu more found no room\n",
			       (unsigned long long)page->events.dropped);
}

static void list_live(const struct gb_result *page, struct gb_text *t)
{
	gb_text_printf(t, "phase %s\n%-4s %14s %14s %14s\n",
		       gb_phase_name[page->phase % GB_NR_PHASES], "cpu", "operations",
		       "live bytes", "interrupts");
	for (unsigned int i = 0; i < gb_result_cpus(page); i++)
		gb_text_printf(t, "%-4u %14llu %14lld %14llu\n", i,
			       (unsigned long long)gb_load_relaxed(&page->live[i].ops),
			       (long long)gb_load_relaxed(&page->live[i].live_bytes),
			       (unsigned long long)gb_load_relaxed(&page->live[i].irqs));
}

int gb_stress_keep(const struct gb_stress_fault *f, const char *dir, struct gb_error *e)
{
	struct gb_text what = { 0 }, events = { 0 }, live = { 0 }, map = { 0 };
	char path[4096];

	snprintf(path, sizeof(path), "%s/faults", dir);
	if (mkdir(path, 0777) && errno != EEXIST)
		return gb_fail_errno(e, GB_EXIT_HARNESS, errno, NULL, "cannot make %s", path);
	snprintf(path, sizeof(path), "%s/faults/%llu", dir, (unsigned long long)f->number);
	if (mkdir(path, 0777))
		return gb_fail_errno(e, GB_EXIT_HARNESS, errno, NULL, "cannot make %s", path);
	describe(f, &what);
	list_events(f->sample, &events);
	list_live(f->sample->page, &live);
	gb_text_printf(&map, "%.*s", GB_RESULT_MAP - 1, f->sample->page->map);
	if (save(path, "fault.txt", what.data, e) || save(path, "events.txt", events.data, e) ||
	    save(path, "live.txt", live.data, e) ||
	    save(path, "output.txt", f->sample->output, e))
		(void)0; /* e says which */
	else
		(void)!save(path, "maps.txt", map.data, e);
	gb_text_free(&what);
	gb_text_free(&events);
	gb_text_free(&live);
	gb_text_free(&map);
	return -(int)e->code;
}
