/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The gfpbench authors */
#include "core/plan.h"

#include "tests/tap.h"

static struct gb_plan_request request(void)
{
	return (struct gb_plan_request){
		.backends = "glibc,null", .workloads = "pairs:n=25,pairs:n=100,larson",
		.threads = "1,2", .runs = 4, .seed = 1, .duration_ns = 1000000,
		.irq_rate_hz = -1, .interval_ns = 20000000, .pin = 1, .shard = 1, .shards = 1,
	};
}

static int make(const struct gb_plan_request *q, struct gb_plan *p)
{
	struct gb_error e = GB_ERROR_INIT;

	if (!gb_plan_make(q, p, &e))
		return 1;
	tap_diag("%s", e.what);
	return 0;
}

static void test_shape(void)
{
	struct gb_plan_request q = request();
	struct gb_plan p;
	unsigned int seen[200] = { 0 };
	int blocks_whole = 1;

	CHECK(make(&q, &p));
	tap_eq_u64(p.nr_cells, 12, "2 backends x 3 workloads x 2 thread counts");
	tap_eq_u64(p.nr_items, 48, "x 4 runs");
	for (size_t i = 0; i < p.nr_items; i++) {
		seen[p.items[i].spec.id]++;
		blocks_whole &= p.items[i].spec.block == i / p.nr_cells + 1;
	}
	for (size_t i = 1; i <= 48; i++)
		if (seen[i] != 1)
			tap_ok(0, "sample %zu is there %u times", i, seen[i]);
	tap_ok(blocks_whole, "a block is one repetition of every cell");
	gb_plan_free(&p);
}

static uint64_t seed_of(const struct gb_plan *p, size_t cell, uint64_t rep)
{
	for (size_t i = 0; i < p->nr_items; i++)
		if (p->items[i].cell == cell && p->items[i].spec.rep == rep)
			return p->items[i].spec.seed;
	return 0;
}

static void test_seeds(void)
{
	struct gb_plan_request q = request(), small = request();
	struct gb_plan p, s;

	small.workloads = "larson";
	small.threads = "2";
	CHECK(make(&q, &p) && make(&small, &s));
	tap_eq_u64(seed_of(&p, 0, 1), seed_of(&p, 1, 1), "both backends see one stream");
	CHECK(seed_of(&p, 0, 1) != seed_of(&p, 0, 2));
	CHECK(seed_of(&p, 0, 1) != seed_of(&p, 2, 1));
	tap_eq_u64(seed_of(&p, 10, 3), seed_of(&s, 0, 3),
		   "a seed does not depend on what else is in the plan");
	gb_plan_free(&p);
	gb_plan_free(&s);
}

static void test_hash(void)
{
	struct gb_plan_request a = request(), b = request(), c = request(), d = request();
	struct gb_plan pa, pb, pc, pd;

	b.workloads = "pairs:n=25:size=64,pairs,larson"; /* the same, said differently */
	c.seed = 2;
	d.shard = 2;
	d.shards = 3;
	CHECK(make(&a, &pa) && make(&b, &pb) && make(&c, &pc) && make(&d, &pd));
	tap_eq_text(pa.hash, pb.hash, "two ways to say it, one hash");
	tap_ok(strcmp(pa.hash, pc.hash) != 0, "another seed, another hash");
	tap_eq_text(pa.hash, pd.hash, "shards of one plan share the hash");
	gb_plan_free(&pa);
	gb_plan_free(&pb);
	gb_plan_free(&pc);
	gb_plan_free(&pd);
}

static void test_shards(void)
{
	unsigned int seen[200] = { 0 };
	int together = 1;

	for (uint64_t i = 1; i <= 3; i++) {
		struct gb_plan_request q = request();
		struct gb_plan p;
		size_t pairs = 0;

		q.shard = i;
		q.shards = 3;
		CHECK(make(&q, &p));
		for (size_t k = 0; k < p.nr_items; k++) {
			seen[p.items[k].spec.id]++;
			for (size_t m = 0; m < p.nr_items; m++)
				pairs += p.items[k].spec.rep == p.items[m].spec.rep &&
					 p.cells[p.items[k].cell].group ==
						 p.cells[p.items[m].cell].group;
		}
		together &= pairs == 2 * p.nr_items;
		tap_ok(p.nr_items == 16, "shard %d has its third", (int)i);
		gb_plan_free(&p);
	}
	for (size_t i = 1; i <= 48; i++)
		if (seen[i] != 1)
			tap_ok(0, "sample %zu is in %u shards", i, seen[i]);
	tap_ok(together, "backends that are compared share a shard");
}

static void test_sequential(void)
{
	struct gb_plan_request q = request();
	struct gb_plan p;
	int in_order = 1;

	q.sequential = 1;
	CHECK(make(&q, &p));
	for (size_t i = 0; i < p.nr_items; i++)
		in_order &= p.items[i].spec.id == i + 1;
	tap_ok(in_order, "sequential: cell by cell");
	gb_plan_free(&p);
}

/* The limit of time grows with the work, also where it comes near the end of the integers. */
static void test_timeout(void)
{
	struct gb_plan_request q = request();
	struct gb_plan p;
	uint64_t before = 0;
	int grows = 1;

	for (q.ops = 1; q.ops <= UINT64_C(1) << 50; q.ops <<= 1) {
		grows &= make(&q, &p);
		grows &= p.cells[0].timeout_ns >= before;
		before = p.cells[0].timeout_ns;
		gb_plan_free(&p);
	}
	tap_ok(grows, "more work never has less time");
}

static void refuse(struct gb_plan_request q, const char *name, const char *hint)
{
	struct gb_error e = GB_ERROR_INIT;
	struct gb_plan p;

	tap_ok(gb_plan_make(&q, &p, &e) != 0 && e.code == GB_EXIT_USAGE, "%s: usage error", name);
	if (!strstr(e.hint, hint) && !strstr(e.what, hint)) {
		tap_ok(0, "%s: the message helps", name);
		tap_diag("%s / %s", e.what, e.hint);
	}
	gb_plan_free(&p);
}

static void test_refusals(void)
{
	struct gb_plan_request q = request();

	q.backends = "glibcc";
	refuse(q, "unknown backend", "did you mean 'glibc'");
	q = request();
	q.workloads = "larso";
	refuse(q, "unknown workload", "did you mean 'larson'");
	q.workloads = "pairs:sise=3";
	refuse(q, "unknown parameter", "size");
	q.workloads = "pairs:size=3x";
	refuse(q, "unknown unit", "size");
	q.workloads = "pairs,";
	refuse(q, "an empty name", "empty name");
	q = request();
	q.threads = "0";
	refuse(q, "no threads", "--threads");
	q.threads = "1,many";
	refuse(q, "threads that are no number", "--threads");
}

static void test_list(void)
{
	char **l = gb_list_split("a,b\\,c,,d");

	tap_ok(!strcmp(l[0], "a") && !strcmp(l[1], "b,c") && !strcmp(l[2], "") &&
	       !strcmp(l[3], "d") && !l[4], "commas separate, a backslash keeps one");
	gb_list_free(l);
}

int main(void)
{
	test_shape();
	test_seeds();
	test_hash();
	test_shards();
	test_sequential();
	test_timeout();
	test_refusals();
	test_list();
	return tap_done();
}
