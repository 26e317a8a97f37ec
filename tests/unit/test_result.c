/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The gfpbench authors */
/* A result is believed only when it was sealed and not a bit of it has changed. */
#include "core/result.h"

#include <string.h>
#include <unistd.h>

#include "tests/tap.h"

static struct gb_result *fresh(int *fd)
{
	struct gb_error e = GB_ERROR_INIT;
	struct gb_result *p = gb_result_new(fd, 2, &e);

	if (!p) {
		printf("Bail out! %s\n", e.what);
		exit(99);
	}
	return p;
}

static void test_seal(void)
{
	int fd;
	struct gb_result *p = fresh(&fd);

	tap_ok(gb_result_check(p) == 0, "not sealed: not believed");
	p->r.ops_count = 42;
	gb_result_seal(p);
	tap_ok(gb_result_check(p) == 1, "sealed and whole");
	p->r.ops_count++;
	tap_ok(gb_result_check(p) == -1, "a changed number is noticed");
	p->r.ops_count--;
	tap_ok(gb_result_check(p) == 1, "and its repair");
	p->latency.h[GB_NR_OPS - 1][GB_HARDIRQ][GB_NR_GFP_CLASSES - 1].bucket[17] ^= 1;
	tap_ok(gb_result_check(p) == -1, "a changed bucket is noticed");
	gb_result_unmap(p);
	close(fd);
}

static void test_live_is_free(void)
{
	int fd;
	struct gb_result *p = fresh(&fd);

	gb_result_seal(p);
	p->freed_ns++;
	p->live[1].ops = 5;
	p->live[0].ops = 6;
	p->live_bytes = 70;
	tap_ok(gb_result_check(p) == 1, "the live part is not sealed");
	tap_eq_u64(gb_result_live_ops(p), 11, "operations of all CPUs");
	tap_eq_u64(gb_result_live_bytes(p), 70, "what is live");
	p->live_bytes = -1;
	tap_eq_u64(gb_result_live_bytes(p), 0, "no less than nothing is");
	gb_result_unmap(p);
	close(fd);
}

/* A runner whose allocator wrote where it should not may leave anything behind. */
static void test_spoilt(void)
{
	int fd;
	struct gb_result *p = fresh(&fd);

	memset(p, 0x41, sizeof(*p));
	gb_result_end_texts(p);
	tap_ok(gb_result_check(p) == -1, "a spoilt page is not believed");
	tap_ok(strlen(p->r.backend_version) < sizeof(p->r.backend_version) &&
		       strlen(p->r.backend_origin) < sizeof(p->r.backend_origin) &&
		       strlen(p->error.what) < sizeof(p->error.what) &&
		       strlen(p->map) < sizeof(p->map), "but its texts can be read");
	tap_eq_u64(gb_result_cpus(p), GB_MAX_CPUS, "and no CPU beyond the last is");
	tap_eq_u64(gb_result_live_irqs(p), GB_MAX_CPUS * UINT64_C(0x4141414141414141),
		   "looked at by sums");
	gb_result_unmap(p);
	close(fd);
}

static void test_attach(void)
{
	struct gb_error e = GB_ERROR_INIT, e2 = GB_ERROR_INIT;
	int fd, other = dup(0);
	struct gb_result *p = fresh(&fd), *q = gb_result_attach(fd, &e);

	CHECK(q != NULL);
	if (q) {
		q->freed_ns = 9;
		tap_eq_u64(p->freed_ns, 9, "both see the same memory");
	}
	p->version++;
	tap_ok(!gb_result_attach(fd, &e), "a page of another version is refused");
	tap_ok(!gb_result_attach(other, &e2) && e2.code == GB_EXIT_USAGE,
	       "what is no page is refused");
	gb_result_unmap(q);
	gb_result_unmap(p);
	close(fd);
	close(other);
}

int main(void)
{
	test_seal();
	test_live_is_free();
	test_spoilt();
	test_attach();
	for (int i = 0; i < GB_NR_STATUS; i++)
		tap_ok(gb_status_parse(gb_status_name[i]) == i, "status %s", gb_status_name[i]);
	CHECK(gb_status_parse("fine") == -1);
	return tap_done();
}
