/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The gfpbench authors */
/*
 * The slab beside the mallocs that people use, row by row of docs/PERFORMANCE.md.
 *
 *	make bench-short
 *	tests/bench/peers [-s SECONDS] [-a ALLOCATORS] [-b PEERS] [-m speed|scaling] [ROW...]
 *
 * Method.  For each row every allocator runs in a process of its own (mallocs by
 * LD_PRELOAD), all of them alive at once, and the parent lets one at a time run a slice of
 * some milliseconds: in each round every allocator once, in an order shuffled anew.  So
 * all meet the same machine; a ratio is that of two slices of one round, its median over
 * the rounds is printed with a distribution-free interval of 95 %.  Rows of one thread
 * stay on one core and count CPU time, so that others on the machine disturb little; rows
 * of several threads count wall time.
 *
 *   ratio   best of the four mallocs / slab: above 1 the slab is faster
 *   floor   a stack of pointers for each thread and class through the same function
 *           pointer, which gives nothing back and is not safe from interrupts
 *   before  (only with -b) the slab of another build: -b names its program `peers`
 *   gfpmalloc (only when -a names it; from the build directory): our own malloc
 *   floor-fine (only when -a names it): with four classes for each power of two
 *   null    a bump pointer; its free is empty: the loop itself
 *
 * -m scaling: CPU time per operation at 2, 4 and 8 emulated CPUs over that at one, for the
 * slab over the same for null, where all memory is the CPU's own.
 *
 * Output is markdown on stdout.  Nothing is asserted.
 */
#include "peers.h"

#include <glob.h>
#include <math.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "base/atomic.h"
#include "base/statistics.h"

#define LEVEL 0.95

enum { BEFORE }; /* of another build; its program comes with -b */
static struct allocator known[] = {
	[BEFORE] = { .name = "before", .spec = "slab", .role = ROLE_BOUND },
	{ .name = "slab", .spec = "slab", .role = ROLE_SLAB },
	{ .name = "glibc", .spec = "glibc", .role = ROLE_PEER },
	{ .name = "jemalloc", .spec = "jemalloc", .role = ROLE_PEER },
	{ .name = "mimalloc", .pattern = "/usr/lib/*/libmimalloc.so.2", .role = ROLE_PEER },
	{ .name = "tcmalloc", .pattern = "/usr/lib/*/libtcmalloc_minimal.so.4",
	  .role = ROLE_PEER },
	{ .name = "gfpmalloc", .pattern = ".libs/libgfpmalloc.so", .role = ROLE_BOUND,
	  .asked_for = 1 },
	{ .name = "floor", .spec = "floor", .role = ROLE_BOUND },
	{ .name = "floor-fine", .spec = "floor-fine", .role = ROLE_BOUND, .asked_for = 1 },
	{ .name = "null", .spec = "null", .role = ROLE_BOUND },
};

#define BATCH(size)                                                                    \
	{ "batch of 1000, FIFO, " #size " B", "pairs:n=1000:size=" #size, 1 },           \
	{ "batch of 1000, LIFO, " #size " B", "pairs:n=1000:order=lifo:size=" #size, 1 },  \
	{ "batch of 1000, random, " #size " B", "pairs:n=1000:order=random:size=" #size, 1 }
#define REPLACE "ws-replace:size_min=8:size_max=512"

static double budget_s = 110;

static const struct row speed_rows[] = {
	{ "hot pair, 64 B", "pairs:n=1:size=64", 1 },
	BATCH(16),
	BATCH(64),
	BATCH(256),
	BATCH(1024),
	BATCH(4096),
	BATCH(32768),
	{ "random replacement, 1 thread", REPLACE, 1 },
	{ "random replacement, 2 threads", REPLACE, 2 },
	{ "random replacement, 4 threads", REPLACE, 4 },
	{ "remote free, ring, 64 B", "prodcons:batch=64:depth=64", 2 },
	{ "remote free, ring, 1024 B", "prodcons:batch=64:depth=64:size=1024", 2 },
	{ "larson, 1 thread", "larson", 1 },
	{ "larson, 2 threads", "larson", 2 },
	{ "larson, 4 threads", "larson", 4 },
	{ "prodcons, 1 thread", "prodcons", 1 },
	{ "prodcons, 2 threads", "prodcons", 2 },
	{ "prodcons, 4 threads", "prodcons", 4 },
	{ "exchange, 1 thread", "exchange", 1 },
	{ "exchange, 2 threads", "exchange", 2 },
	{ "exchange, 4 threads", "exchange", 4 },
	{ "threadtest, 1 thread", "threadtest", 1 },
	{ "threadtest, 2 threads", "threadtest", 2 },
	{ "threadtest, 4 threads", "threadtest", 4 },
};

static const struct row scaling_rows[] = {
	{ "threadtest, 64 B", "threadtest:size=64", 0 },
	{ "batch of 1000, random, 256 B", "pairs:n=1000:order=random:size=256", 0 },
	{ "random replacement", REPLACE, 0 },
};

/* ------------------------------------------------------------------ figures */

static const double *times(const struct contestant *c, const struct row *row)
{
	return row->threads == 1 ? c->cpu : c->wall;
}

struct ratio {
	double value;
	struct gb_interval range;
};

/* Median over the rounds of a[i] / b[i]; rounds in which one of them did nothing drop out.
 * @b NULL: of a[i]. */
static struct ratio ratio_of(const double *a, const double *b, int n)
{
	double r[MAX_ROUNDS];
	size_t used = 0;

	for (int i = 0; i < n; i++) {
		double v = b ? a[i] / b[i] : a[i];

		if (isfinite(v))
			r[used++] = v;
	}
	if (!used)
		return (struct ratio){ NAN, { NAN, NAN, 0 } };
	return (struct ratio){ gb_median(r, used), gb_median_interval(r, used, LEVEL) };
}

static double median_of(const double *a, int n)
{
	return ratio_of(a, NULL, n).value;
}

static struct {
	double log_sum, log_floor;
	int rows, won, floors;
} total;

static void print_row(const struct row *row, const struct contestant *c, int n, int rounds)
{
	const struct contestant *slab = NULL, *best = NULL, *floor = NULL;
	struct ratio r;

	printf("| %s |", row->title);
	for (int i = 0; i < n; i++) {
		double m = median_of(times(&c[i], row), rounds);

		printf(isnan(m) ? " |" : " %.1f |", 2 * m);
		if (isnan(m))
			continue;
		if (c[i].allocator->role == ROLE_SLAB)
			slab = &c[i];
		else if (!strcmp(c[i].allocator->name, "floor"))
			floor = &c[i];
		if (c[i].allocator->role == ROLE_PEER &&
		    (!best || m < median_of(times(best, row), rounds)))
			best = &c[i];
	}
	if (!slab || !best) {
		printf(" | | |\n");
		return;
	}
	r = ratio_of(times(best, row), times(slab, row), rounds);
	total.log_sum += log(r.value);
	total.rows++;
	total.won += r.value >= 1;
	printf(" %s | %.2f (%.2f to %.2f) |", best->allocator->name, r.value, r.range.lo,
	       r.range.hi);
	if (floor) {
		r = ratio_of(times(slab, row), times(floor, row), rounds);
		printf(" %.2f (%.2f to %.2f)", r.value, r.range.lo, r.range.hi);
		total.log_floor += log(r.value);
		total.floors++;
	}
	printf(" |\n");
	fflush(stdout);
}

static void print_head(const struct allocator **a, int n)
{
	printf("ns for a malloc and its free, medians:\n\n| row |");
	for (int i = 0; i < n; i++)
		printf(" %s |", a[i]->name);
	printf(" best of four | best / slab (95 %%) | slab / floor (95 %%) |\n|---|");
	for (int i = 0; i < n + 3; i++)
		printf("---|");
	printf("\n");
}

static int wanted(const struct row *row, int argc, char **argv)
{
	for (int i = 0; i < argc; i++)
		if (strstr(row->title, argv[i]))
			return 1;
	return !argc;
}

static void enter(struct contestant *c, const struct allocator *a, unsigned int threads)
{
	*c = (struct contestant){ .allocator = a, .threads = threads, .to = -1, .from = -1 };
}

static void speed(const struct allocator **a, int n, int argc, char **argv)
{
	static struct contestant c[MAX_ALLOCATORS];
	int rows = 0;

	for (size_t i = 0; i < GB_ARRAY_SIZE(speed_rows); i++)
		rows += wanted(&speed_rows[i], argc, argv);
	print_head(a, n);
	for (size_t i = 0; i < GB_ARRAY_SIZE(speed_rows); i++) {
		const struct row *row = &speed_rows[i];

		if (!wanted(row, argc, argv))
			continue;
		for (int k = 0; k < n; k++)
			enter(&c[k], a[k], row->threads);
		print_row(row, c, n, peers_race(c, n, row, budget_s / rows));
	}
	if (!total.rows)
		return;
	printf("\nThe slab is the fastest in %d of %d rows; geometric mean of best / slab: %.2f.",
	       total.won, total.rows, exp(total.log_sum / total.rows));
	if (total.floors)
		printf("  Slab / floor: %.2f.", exp(total.log_floor / total.floors));
	printf("\n");
}

/* ------------------------------------------------------------------ scaling */

static const unsigned int scales[] = { 1, 2, 4, 8 };
#define SCALES ((int)GB_ARRAY_SIZE(scales))

/* c: the slab at each scale, then null at each. */
static void print_scaling(const struct row *row, const struct contestant *c, int rounds)
{
	for (int i = 1; i < SCALES; i++) {
		double growth[2][MAX_ROUNDS];
		struct ratio slab, null, both;

		for (int r = 0; r < rounds; r++)
			for (int k = 0; k < 2; k++)
				growth[k][r] = c[k * SCALES + i].cpu[r] / c[k * SCALES].cpu[r];
		slab = ratio_of(c[i].cpu, c[0].cpu, rounds);
		null = ratio_of(c[SCALES + i].cpu, c[SCALES].cpu, rounds);
		both = ratio_of(growth[0], growth[1], rounds);
		printf("| %s | %u | %.1f | %.1f | %.2f | %.2f | %.2f (%.2f to %.2f) |\n",
		       row->title, scales[i], 2 * median_of(c[0].cpu, rounds),
		       2 * median_of(c[i].cpu, rounds), slab.value, null.value,
		       both.value, both.range.lo, both.range.hi);
	}
	fflush(stdout);
}

static void scaling(const struct allocator *slab, const struct allocator *null)
{
	static struct contestant c[2 * SCALES];

	printf("CPU time, ns for a malloc and its free:\n\n"
	       "| row | CPUs | slab at 1 | slab | growth | null's growth | "
	       "slab's / null's (95 %%) |\n|---|---|---|---|---|---|---|\n");
	for (size_t i = 0; i < GB_ARRAY_SIZE(scaling_rows); i++) {
		for (int k = 0; k < 2 * SCALES; k++)
			enter(&c[k], k < SCALES ? slab : null, scales[k % SCALES]);
		print_scaling(&scaling_rows[i], c,
			      peers_race(c, 2 * SCALES, &scaling_rows[i],
				   budget_s / (double)GB_ARRAY_SIZE(scaling_rows)));
	}
}

/* ------------------------------------------------------------------ command line */

static void print_conditions(void)
{
	double load[1] = { NAN };
	struct utsname u;
	char line[256], model[200] = "";
	FILE *f = fopen("/proc/cpuinfo", "r");

	while (f && fgets(line, sizeof(line), f))
		if (sscanf(line, "model name : %199[^\n]", model) == 1)
			break;
	if (f)
		fclose(f);
	uname(&u);
	(void)!getloadavg(load, 1);
	printf("%s, %ld cores, Linux %s, load %.1f at the start.\n\n", model,
	       sysconf(_SC_NPROCESSORS_ONLN), u.release, load[0]);
}

/* Find the library of a preload peer; 0: not installed. */
static int find_preload(struct allocator *a)
{
	glob_t g;

	if (!a->pattern)
		return 1;
	if (!glob(a->pattern, 0, NULL, &g) && g.gl_pathc) {
		snprintf(a->buffer, sizeof(a->buffer), "preload:%s:name=%s", g.gl_pathv[0],
			 a->name);
		a->spec = a->buffer;
	}
	globfree(&g);
	return a->spec != NULL;
}

static int listed(const char *list, const char *name)
{
	size_t n = strlen(name);

	for (const char *p = list; p && (p = strstr(p, name)); p++)
		if ((p == list || p[-1] == ',') && (!p[n] || p[n] == ','))
			return 1;
	return !list;
}

static int takes_part(const struct allocator *a, const char *list)
{
	if (a == &known[BEFORE])
		return a->program != NULL;
	return listed(list, a->name) && (list || !a->asked_for);
}

static int choose(const char *list, const struct allocator **a)
{
	static struct gb_backend_location l;
	int n = 0;

	for (size_t i = 0; i < GB_ARRAY_SIZE(known); i++) {
		if (!takes_part(&known[i], list))
			continue;
		if (find_preload(&known[i]) && peers_locate(&known[i], &l))
			a[n++] = &known[i];
		else
			fprintf(stderr, "peers: %s is not installed\n", known[i].name);
	}
	return n;
}

static int usage(void)
{
	fprintf(stderr, "usage: peers [-s SECONDS] [-a NAME,...] [-b PEERS] [-m speed|scaling] "
			"[ROW...]\n");
	return 2;
}

int main(int argc, char **argv)
{
	const struct allocator *a[MAX_ALLOCATORS];
	const char *list = NULL, *mode = "speed";
	int option, n;

	if (argc == 5 && !strcmp(argv[1], "--child"))
		return peers_child(argv[2], (unsigned int)atoi(argv[3]), argv[4]);
	while ((option = getopt(argc, argv, "s:a:b:m:")) != -1) {
		if (option == 's' && atof(optarg) > 0)
			budget_s = atof(optarg);
		else if (option == 'a')
			list = optarg;
		else if (option == 'b')
			known[BEFORE].program = optarg;
		else if (option == 'm')
			mode = optarg;
		else
			return usage();
	}
	signal(SIGPIPE, SIG_IGN);
	if (strcmp(mode, "speed") && strcmp(mode, "scaling"))
		return usage();
	print_conditions();
	n = choose(strcmp(mode, "speed") ? "slab,null" : list, a);
	if (!strcmp(mode, "scaling") && n == 2)
		scaling(a[0], a[1]);
	else
		speed(a, n, argc - optind, argv + optind);
	return 0;
}
