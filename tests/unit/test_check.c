/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The gfpbench authors */
/*
 * check and fault over a toy backend that can be told to err: every promise that check
 * verifies, broken once, in a child whose exit status and event say that it was seen.
 */
#include "tests/tap.h"

#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/time.h>
#include <unistd.h>

#include "backend.h"
#include "check_block.h"
#include "interval_map.h"
#include "machine/cpu.h"
#include "machine/event.h"
#include "machine/irq.h"

#include "tests/unit/outcome.h"

/* --- the map --------------------------------------------------------------------- */

static void map(void)
{
	struct gb_error e = GB_ERROR_INIT;
	const uintptr_t at = 0x7f0012345000;

	CHECK(!gb_interval_open(&e));
	CHECK(gb_interval_owner(at) == 0);
	CHECK(!gb_interval_claim(at + 16, 32, 1) && !gb_interval_claim(at + 48, 8, 2));
	CHECK(gb_interval_owner(at + 47) == 1 && gb_interval_owner(at + 48) == 2);
	CHECK(gb_interval_owner(at + 56) == 0 && gb_interval_owner(at + 15) == 0);
	CHECK(!gb_interval_claim(at + 4096, 3 * 4096 + 8, 3));
	CHECK(gb_interval_owner(at + 3 * 4096) == 3);
	CHECK(gb_interval_owner(at + 4 * 4096 + 7) == 3 && !gb_interval_owner(at + 4 * 4096 + 8));
	gb_interval_release(at + 16, 32, 1);
	CHECK(!gb_interval_owner(at + 16) && gb_interval_owner(at + 48) == 2);
	CHECK(!gb_interval_claim(at + 24, 24, 4));
	CHECK(gb_interval_claim(at + 40, 8, 5) == 4);
	gb_interval_close();
	CHECK(!gb_interval_open(&e));
	CHECK(!gb_interval_claim(at + 4096, 8192, 6) && gb_interval_claim(at + 8184, 16, 7) == 6);
	gb_interval_close();
	CHECK(!gb_interval_open(&e));
	CHECK(!gb_interval_claim(at + 4000, 8, 8) && gb_interval_claim(at, 4096, 9) == 8);
	gb_interval_close();
}

/* A million live blocks, owners right in the middle of each. */
static void many(void)
{
	struct gb_error e = GB_ERROR_INIT;
	int wrong = 0;

	CHECK(!gb_interval_open(&e));
	for (uint32_t i = 0; i < 1000000; i++)
		wrong += gb_interval_claim(0x100000000 + 48 * (uintptr_t)i, 41, i + 1) != 0;
	for (uint32_t i = 0; i < 1000000; i++)
		wrong += gb_interval_owner(0x100000000 + 48 * (uintptr_t)i + 20) != i + 1;
	tap_ok(!wrong, "a million blocks, each its own (%d wrong)", wrong);
	gb_interval_close();
}

/* --- the toy: a bump allocator that errs once armed ------------------------------------- */

enum err { NONE, OVERLAP, DOUBLE, MISALIGNED, SMALL, DIRTY, STALE, SCRIBBLE, BELOW, BEHIND,
	   FOREIGN, NR_ERR, REUSE /* no error: blocks of a thread take turns at a few places */ };
#define PLACES 8u
#define PLACE  8192u

static char *arena;
static size_t bumped, last_size;
static void *last;
static enum err err;

/* A block lives until its thread has made some more. */
static void *toy_reuse(void)
{
	static __thread size_t turn;

	return arena + (PLACES * (size_t)gb_self.id + turn++ % PLACES) * PLACE;
}

static void *toy_alloc(size_t size, gfp_t gfp)
{
	char *p = arena + bumped;

	(void)gfp;
	if (err == REUSE)
		return toy_reuse();
	bumped += (size + 95) / 64 * 64;
	if (err == OVERLAP && last)
		p = (char *)last + 16;
	else if (err == DOUBLE && last)
		p = last;
	else if (err == MISALIGNED)
		p += 4;
	else if (err == DIRTY)
		p[size - 1] = 1;
	else if (err == FOREIGN)
		p = (char *)&arena - 64;
	last = p;
	last_size = size;
	return p;
}

static void toy_free(void *p)
{
	(void)p;
}

static void *toy_realloc(void *p, size_t size, gfp_t gfp)
{
	size_t old = err == REUSE ? size : last_size;
	void *q = toy_alloc(size, gfp);

	memcpy(q, p, (old < size ? old : size) - (err == STALE ? 24 : 0));
	return q;
}

static size_t toy_usable(const void *p)
{
	(void)p;
	return err == REUSE ? PLACE : err == SMALL ? last_size - 1 : last_size;
}

static int toy_locate(const char *a, struct gb_backend_location *l, struct gb_error *e)
{
	(void)a;
	(void)e;
	*l = (struct gb_backend_location){ .label = "slab" };
	return 0;
}

static int toy_start(const struct gb_backend_config *c, struct gb_heap *h, struct gb_error *e)
{
	(void)c;
	(void)e;
	arena = mmap(NULL, 1 << 24, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	*h = (struct gb_heap){ .alloc = toy_alloc, .free = toy_free, .realloc = toy_realloc,
			       .usable = toy_usable };
	return 0;
}

static void toy_text(char *buf, size_t n)
{
	snprintf(buf, n, "toy");
}

/* The program's own table, so that check can find the toy: glibc's row is the toy here. */
extern const struct gb_backend gb_backend_checking, gb_backend_failing;
extern const struct gb_backend gb_backend_glibc;
const struct gb_backend gb_backend_glibc = {
	.interface = GB_BACKEND_INTERFACE, .name = "glibc", .summary = "the toy", .detail = "toy",
	.caps = GB_CAP_ATOMIC | GB_CAP_CONTENTS | GB_CAP_ZERO | GB_CAP_REALLOC | GB_CAP_USABLE,
	.locate = toy_locate, .start = toy_start, .version = toy_text, .origin = toy_text,
};

/* --- one child an error -------------------------------------------------------------------- */

static void must(int ret, const struct gb_error *e)
{
	if (!ret)
		return;
	fprintf(stderr, "%s\n", e->what);
	_exit(3);
}

static void start(const struct gb_backend *b, const char *argument, struct gb_heap *h)
{
	struct gb_backend_config c = { .nr_cpus = 1, .seed = 7, .argument = argument };
	struct gb_error e = GB_ERROR_INIT;

	gb_event_sink(ring, 0);
	must(b->start(&c, h, &e), &e);
}

static void provoke(struct gb_heap *h, enum err which)
{
	char *v[64];

	for (int i = 0; i < 64; i++) {
		size_t size = 64 + 8 * (size_t)(i % 7);

		if (i == 32)
			err = which;
		v[i] = h->alloc(size, GFP_KERNEL | (which == DIRTY ? __GFP_ZERO : 0));
		if (which == STALE)
			v[i] = h->realloc(v[i], size + 100, GFP_KERNEL);
		if (i >= 32 && which == SCRIBBLE)
			v[i][20] ^= 1;
		if (i >= 32 && which == BELOW)
			v[i][-1] ^= 1;
		if (i >= 32 && which == BEHIND)
			v[i][size + (which == STALE ? 100 : 0)] ^= 1;
	}
	for (int i = 0; i < 64; i++)
		h->free(v[i]);
}

static void erring(int which)
{
	struct gb_heap h;

	start(&gb_backend_checking, "glibc", &h);
	provoke(&h, (enum err)which);
}

static void faults(void)
{
	static const struct {
		enum err err;
		const char *event;
	} want[] = {
		{ NONE, "" },		{ OVERLAP, "overlap" },	     { DOUBLE, "double-hand-out" },
		{ MISALIGNED, "misaligned" }, { SMALL, "usable-size" }, { DIRTY, "not-zeroed" },
		{ STALE, "stale-realloc" }, { SCRIBBLE, "contents" }, { BELOW, "red-zone-front" },
		{ BEHIND, "red-zone-tail" }, { FOREIGN, "foreign" },
	};

	_Static_assert(sizeof(want) / sizeof(*want) == NR_ERR, "a row for each error");
	for (size_t i = 0; i < NR_ERR; i++) {
		const char *got = outcome(erring, (int)want[i].err);
		size_t n = strlen(want[i].event);

		tap_ok(!strncmp(got, want[i].event, n) && (n || !*got),
		       "seen as '%s': %s", want[i].event, got);
	}
}

static void double_free(int which)
{
	struct gb_heap h;
	char *p;

	start(&gb_backend_checking, "glibc", &h);
	p = h.alloc(100, GFP_KERNEL);
	h.free(which == 2 ? p + 8 : p);
	if (which == 1)
		h.free(p);
	h.free(NULL);
}

/* --- audits by another CPU in the middle of a realloc --------------------------------------- */

#define STOPS 2000 /* about one in 150 is in the middle of a copy */

static int stopped, stops; /* atomic */

static void stop_soon(void)
{
	struct itimerval t = { .it_value = { .tv_usec = 70 + stops * 7919 % 61 } };

	setitimer(ITIMER_REAL, &t, NULL);
}

/* Wherever it is, it stands still until the other has made blocks enough for audits of all
 * that there are. */
static void stand_still(int signal)
{
	(void)signal;
	gb_store_release(&stopped, 1);
	while (gb_load_acquire(&stopped))
		sched_yield();
	if (++stops < STOPS)
		stop_soon();
}

static void cpu(unsigned int id)
{
	struct gb_error e = GB_ERROR_INIT;

	must(gb_cpu_online(id, &e), &e);
}

static void *auditor(void *arg)
{
	struct gb_heap *h = arg;

	cpu(1);
	for (int i = 0; i < STOPS; i++) {
		while (!gb_load_acquire(&stopped))
			sched_yield();
		for (int n = 0; n < 512; n++)
			h->free(h->alloc(64, GFP_KERNEL));
		gb_store_release(&stopped, 0);
	}
	gb_cpu_offline();
	return NULL;
}

/* A block with a zone in front is copied by the wrapper itself. */
static void resize_one(struct gb_heap *h)
{
	char *p = h->alloc(4000, GFP_KERNEL);

	if ((p - arena) % PLACE)
		p = h->realloc(p, 4001, GFP_KERNEL);
	h->free(p);
}

static void audited(int arg)
{
	struct gb_error e = GB_ERROR_INIT;
	struct gb_heap h;
	pthread_t other;
	sigset_t alarm;

	(void)arg;
	err = REUSE;
	must(gb_machine_init(2, &e), &e);
	start(&gb_backend_checking, "glibc", &h);
	cpu(0);
	sigemptyset(&alarm);
	sigaddset(&alarm, SIGALRM);
	signal(SIGALRM, stand_still);
	pthread_sigmask(SIG_BLOCK, &alarm, NULL);
	pthread_create(&other, NULL, auditor, &h);
	pthread_sigmask(SIG_UNBLOCK, &alarm, NULL);
	stop_soon();
	while (stops < STOPS)
		resize_one(&h);
	pthread_join(other, NULL);
	gb_cpu_offline();
}

/* --- forks -------------------------------------------------------------------------------- */

/* A fork while another CPU audits a block: that CPU is not in the child. */
static void forked_in_audit(int arg)
{
	struct gb_heap h;
	struct gb_block *b;
	int status = -1;
	pid_t pid;
	char *p;

	(void)arg;
	start(&gb_backend_checking, "glibc", &h);
	p = h.alloc(100, GFP_KERNEL);
	b = gb_block_of(gb_interval_owner((uintptr_t)p));
	if (!gb_block_audit(b))
		_exit(4);
	pid = fork();
	if (!pid) {
		alarm(20);
		h.free(p);
		_exit(0);
	}
	waitpid(pid, &status, 0);
	gb_block_publish(b);
	h.free(p);
	if (status)
		_exit(5);
}

static int alternate(const char *spec, char *pattern, size_t n)
{
	struct gb_heap h;
	int failures = 0;

	start(&gb_backend_failing, spec, &h);
	for (size_t i = 0; i < n; i++) {
		pattern[i] = h.alloc(i % 2 ? 64 : 256, i % 3 ? GFP_KERNEL : GFP_ATOMIC) ? '.' : 'x';
		failures += pattern[i] == 'x';
	}
	return failures;
}

static void injected(void)
{
	char a[1001] = "", b[1001] = "";
	int n;

	err = NONE;
	CHECK(alternate("nth=5:glibc", a, 12) == 1 && a[4] == 'x');
	CHECK(alternate("every=3:glibc", a, 12) == 4 && a[2] == 'x' && a[11] == 'x');
	CHECK(alternate("every=1:size_min=100:glibc", a, 12) == 6 && a[0] == 'x');
	CHECK(alternate("every=1:gfp=atomic:glibc", a, 12) == 4 && a[3] == 'x' && a[1] == '.');
	CHECK(alternate("every=1:ctx=hardirq:glibc", a, 12) == 0);
	n = alternate("p=0.1:glibc", a, 1000);
	tap_ok(n > 60 && n < 140, "p=0.1 of 1000: %d failed", n);
	alternate("p=0.1:glibc", b, 1000);
	tap_eq_text(a, b, "the seed repeats the draw");
}

static void refused(const char *spec, const char *what)
{
	struct gb_backend_location l;
	struct gb_backend_ref ref;
	struct gb_error e = GB_ERROR_INIT;
	int ret = gb_backend_parse(spec, &ref, &e);

	if (!ret)
		ret = ref.backend->locate(ref.argument, &l, &e);
	tap_ok(ret == -GB_EXIT_USAGE && strstr(e.what, what), "%s is refused: %s", spec, e.what);
}

int main(void)
{
	outcome_open();
	map();
	many();
	faults();
	tap_ok(!strcmp(outcome(double_free, 0), ""), "a good free, and free(NULL)");
	tap_ok(!strncmp(outcome(double_free, 1), "unknown-free", 12), "a second free is seen");
	tap_ok(!strncmp(outcome(double_free, 2), "unknown-free", 12), "a free inside a block is seen");
	tap_eq_text(outcome(audited, 0), "", "audits in the middle of a realloc");
	tap_eq_text(outcome(forked_in_audit, 0), "", "a fork in the middle of an audit");
	injected();
	refused("check:null", "does not promise contents");
	refused("check:fault:p=1:null", "does not promise contents");
	refused("check:x=1:slab", "no options");
	refused("fault:slab", "none of nth");
	refused("fault:p=2:slab", "p");
	refused("fault:ctx=nmi:p=1:slab", "ctx");
	refused("check:nosuch", "nosuch");
	return tap_done();
}
