/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The gfpbench authors */
/*
 * Starting and watching.  The two hand the token to each other; from here they are only
 * asked whether they live.  One that dies or hangs is taken out, and the other finishes
 * alone: a fault of one side says nothing about the other.
 */
#include "core/gate/pair.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/atomic.h"
#include "base/rng.h"

#include "core/runner_int.h"
#include "core/signals.h"

#define PAD_MAX    4095u
#define LOOK_NS    50000000u /* without a pidfd; and for limits */
#define DECAY_NS   5000000u
#define GRACE_NS   UINT64_C(300000000)

struct attempt {
	const struct gb_gate_pair_plan *plan;
	struct gb_gate_pair_run *out;
	struct gb_slices *page;
	int page_fd;
	struct gb_rng rng;
	int alive[2];
	uint64_t freed_ns[2];  /* when the phase "decay" was seen; 0 = not yet */
};

/* --- turns ---------------------------------------------------------------------- */

static void add_turn(struct gb_slices *s, int side, enum gb_turn_kind kind, int slot,
		     size_t slice)
{
	GB_BUG_ON(s->nr_turns >= GB_SLICES_TURNS);
	s->turn[s->nr_turns++] = (struct gb_turn){ (uint8_t)side, (uint8_t)kind, (uint8_t)slot,
						   (uint16_t)slice };
}

/* One round: every side a turn, in random order. */
static void add_round(struct attempt *a, unsigned int sides, enum gb_turn_kind kind,
		      size_t slice)
{
	int first = (int)gb_rng_below(&a->rng, 2);

	for (int slot = 0; slot < 2; slot++)
		if (sides & (1u << (first ^ slot)))
			add_turn(a->page, first ^ slot, kind, slot, slice);
}

static void plan_turns(struct attempt *a, unsigned int sides)
{
	for (size_t i = 0; i < GB_GATE_WARM_SLICES; i++)
		add_round(a, sides, GB_TURN_WARM, 0);
	for (size_t i = 0; i < a->plan->slices; i++)
		add_round(a, sides, GB_TURN_TIMED, i);
	for (size_t i = 0; a->plan->latency_chunk && i < GB_GATE_LATENCY_SLICES; i++)
		add_round(a, sides, GB_TURN_LATENCY, 0);
	for (int s = 0; s < 2; s++) {
		if (!(sides & (1u << s)))
			continue;
		a->out->turns[s].nr = a->page->nr_turns;
		memcpy(a->out->turns[s].turn, a->page->turn, sizeof(a->page->turn));
	}
}

/* --- starting ------------------------------------------------------------------- */

static int open_page(struct attempt *a, unsigned int sides, struct gb_error *e)
{
	int fd;

	a->page = gb_slices_new(&fd, e);
	if (!a->page)
		return -e->code;
	/* Out of the way of the numbers that the runner's descriptors will have. */
	a->page_fd = fcntl(fd, F_DUPFD_CLOEXEC, 16);
	close(fd);
	a->page->chunk = a->plan->chunk;
	a->page->latency_chunk = a->plan->latency_chunk;
	a->page->core = a->plan->core;
	a->page->runners = sides == 3 ? 2 : 1;
	return 0;
}

static int start_side(struct attempt *a, int s, struct gb_error *e)
{
	const struct gb_gate_pair_plan *p = a->plan;
	struct gb_gate_pair_side *side = &a->out->side[s];
	char pad[PAD_MAX + 16] = "GB_PAD=", name[32];
	char *variables[] = { pad, name, (char *)(uintptr_t)p->copy[s]->variable, NULL };
	int code;

	side->env_pad = gb_rng_below(&a->rng, PAD_MAX + 1);
	memset(pad + 7, 'x', side->env_pad);
	snprintf(name, sizeof(name), GB_SLICES_SIDE "=%c", s ? 'B' : 'A');
	side->sample.cell = p->cell[s];
	side->sample.location = &p->copy[s]->location;
	side->sample.program = p->copy[s]->program;
	side->sample.timeout_ns = p->timeout_ns;
	side->sample.control_fd = a->page_fd;
	side->sample.variables = variables;
	side->sample.spec = (struct gb_sample_spec){ .id = 1, .rep = 1, .block = 1,
						     .seed = p->seed, .decay = (uint64_t)p->decay };
	code = gb_sample_start(&side->sample, e);
	side->sample.variables = NULL;
	a->alive[s] = code == 0;
	return code;
}

static int start(struct attempt *a, unsigned int sides, struct gb_error *e)
{
	int first = (int)gb_rng_below(&a->rng, 2);

	for (int i = 0; i < 2; i++)
		if ((sides & (1u << (first ^ i))) && start_side(a, first ^ i, e))
			return -e->code;
	return 0;
}

/* --- watching ------------------------------------------------------------------- */

static void take_out(struct attempt *a, int s, int wait_status, enum gb_cause cause)
{
	struct gb_gate_pair_side *side = &a->out->side[s];

	gb_sample_end(&side->sample, wait_status, cause);
	side->slices = a->page->side[s];
	a->alive[s] = 0;
	gb_slices_leave_alone(a->page);
}

/* Give it a moment to end by itself: what it still writes may say what is wrong. */
static void end_side(struct attempt *a, int s, enum gb_cause cause)
{
	const struct timespec step = { 0, 10000000 };
	int pid = a->out->side[s].sample.pid, status = 0;
	uint64_t start = gb_monotonic_ns();

	kill(-pid, SIGTERM);
	while (waitpid(pid, &status, WNOHANG) == 0) {
		if (gb_monotonic_ns() - start > GRACE_NS)
			kill(-pid, SIGKILL);
		nanosleep(&step, NULL);
	}
	take_out(a, s, status, cause);
}

static void reap(struct attempt *a)
{
	for (int s = 0; s < 2; s++) {
		struct gb_sample *sample = &a->out->side[s].sample;
		int status;

		if (a->alive[s] &&
		    wait4(sample->pid, &status, WNOHANG, &sample->usage) > 0)
			take_out(a, s, status, GB_CAUSE_NONE);
	}
}

/* Whoever has the token is late; before the first turn, whoever is not there yet. */
static int late_side(const struct attempt *a)
{
	const struct gb_slices *s = a->page;
	uint32_t token = gb_load_acquire(&s->token);

	if (!a->alive[0] || !a->alive[1])
		return a->alive[1];
	if (gb_load_acquire(&s->ready) < s->runners)
		return s->side[0].warmup_ns != 0;
	return token < s->nr_turns ? s->turn[token].side : 0;
}

static void watch_decay(struct attempt *a, int s, uint64_t now)
{
	static const uint64_t at_ns[] = { UINT64_C(100000000), UINT64_C(1000000000),
					  UINT64_C(5000000000) };
	struct gb_gate_pair_side *side = &a->out->side[s];

	if (!a->alive[s] || gb_load_relaxed(&side->sample.page->phase) != GB_PHASE_DECAY)
		return;
	if (!a->freed_ns[s])
		a->freed_ns[s] = now;
	for (size_t i = 0; i < GB_ARRAY_SIZE(at_ns); i++)
		if (side->rss_decay_bytes[i] == GB_UNKNOWN &&
		    now - a->freed_ns[s] >= at_ns[i])
			side->rss_decay_bytes[i] = gb_statm_rss(side->sample.pid);
}

static void wait_a_little(const struct attempt *a)
{
	uint64_t ns = a->plan->decay ? DECAY_NS : LOOK_NS;
	struct timespec t = { 0, (long)ns };
	struct pollfd fds[2];
	nfds_t n = 0;

	for (int s = 0; s < 2; s++) {
		if (!a->alive[s])
			continue;
		if (a->out->side[s].sample.pidfd < 0)
			t.tv_nsec = 2000000; /* an old kernel: ends are noticed a little later */
		else
			fds[n++] = (struct pollfd){ .fd = a->out->side[s].sample.pidfd,
						    .events = POLLIN };
	}
	ppoll(fds, n, &t, NULL);
}

static void watch(struct attempt *a)
{
	uint64_t start = gb_monotonic_ns(), now;

	for (reap(a); a->alive[0] || a->alive[1]; reap(a)) {
		now = gb_monotonic_ns();
		for (int s = 0; s < 2; s++)
			watch_decay(a, s, now);
		if (gb_interrupted()) {
			for (int s = 0; s < 2; s++)
				if (a->alive[s])
					end_side(a, s, GB_CAUSE_INTERRUPT);
		} else if (now - start > a->plan->timeout_ns) {
			end_side(a, late_side(a), GB_CAUSE_TIMEOUT);
			start = gb_monotonic_ns(); /* the other one had to wait for it */
		} else {
			wait_a_little(a);
		}
	}
}

/* --- the machine meanwhile ------------------------------------------------------ */

/* The number after @key in a small file; GB_UNKNOWN. */
static uint64_t number_in(const char *path, const char *key, int field)
{
	char buf[512] = "", *p;
	FILE *f = fopen(path, "re");
	uint64_t v = GB_UNKNOWN;

	if (f && fgets(buf, sizeof(buf), f) && (p = strstr(buf, key))) {
		p += strlen(key);
		for (; field > 0 && p; field--) {
			p += strspn(p, " ");
			p = strchr(p, ' ');
		}
		if (p)
			v = strtoull(p, NULL, 10);
	}
	if (f)
		fclose(f);
	return v;
}

static uint64_t steal_ticks(void)
{
	return number_in("/proc/stat", "cpu ", 7);
}

static uint64_t psi_us(void)
{
	return number_in("/proc/pressure/cpu", "total=", 0);
}

static uint64_t since(uint64_t before, uint64_t after)
{
	return before == GB_UNKNOWN || after == GB_UNKNOWN ? GB_UNKNOWN : after - before;
}

/* --- the whole ------------------------------------------------------------------ */

static int go(const struct gb_gate_pair_plan *p, unsigned int sides, uint64_t target_ns,
	      struct gb_gate_pair_run *out, struct gb_error *e)
{
	struct attempt a = { .plan = p, .out = out, .page_fd = -1 };

	a.rng = gb_rng_seed(p->order, sides);
	if (open_page(&a, sides, e))
		return -e->code;
	a.page->target_ns = target_ns;
	if (target_ns)
		a.page->chunk = 0;
	else
		plan_turns(&a, sides);
	(void)!start(&a, sides, e);
	for (int s = 0; e->code && s < 2; s++)
		if (a.alive[s])
			end_side(&a, s, GB_CAUSE_INTERRUPT);
	watch(&a);
	gb_slices_unmap(a.page);
	close(a.page_fd);
	return -e->code;
}

static void prepare(struct gb_gate_pair_run *out)
{
	memset(out, 0, sizeof(*out));
	for (int s = 0; s < 2; s++) {
		out->side[s].sample.page_fd = out->side[s].sample.output_fd = -1;
		out->side[s].sample.pidfd = -1;
		for (int i = 0; i < 3; i++)
			out->side[s].rss_decay_bytes[i] = GB_UNKNOWN;
	}
}

int gb_gate_pair_run(const struct gb_gate_pair_plan *p, struct gb_gate_pair_run *out,
		     struct gb_error *e)
{
	uint64_t steal = steal_ticks(), psi = psi_us();
	int first = (int)(p->order & 1);

	prepare(out);
	if (!p->apart)
		(void)!go(p, 3, 0, out, e);
	else if (!go(p, 1u << first, 0, out, e))
		(void)!go(p, 1u << !first, 0, out, e);
	out->steal_ticks = since(steal, steal_ticks());
	out->psi_cpu_some_us = since(psi, psi_us());
	return -e->code;
}

int gb_gate_pilot(const struct gb_gate_pair_plan *p, int s, uint64_t target_ns,
		  struct gb_gate_pair_run *out, struct gb_error *e)
{
	prepare(out);
	return go(p, 1u << s, target_ns, out, e);
}

void gb_gate_pair_free(struct gb_gate_pair_run *r)
{
	for (int s = 0; s < 2; s++)
		gb_sample_free(&r->side[s].sample);
}
