/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The gfpbench authors */
/*
 * Fixed loops over the fast paths, for counting instructions:
 *
 *	valgrind --tool=callgrind --toggle-collect=measured tests/bench/instructions CELL N
 *
 * Only what happens inside measured() counts, so neither start-up nor other threads do.
 * The program prints the compiler; tests/cli/test_instructions.sh does the rest.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "kernel/slab.h"
#include "malloc/gfpmalloc.h"
#include "workload.h"

#define SIZE  64
#define BATCH 1000

#if defined(__clang__)
#define COMPILER "clang"
#else
#define COMPILER "gcc"
#endif

static void *block[BATCH];
static struct gb_thread null_thread;

typedef void loop_fn(unsigned long n);

static void malloc_hot(unsigned long n)
{
	while (n--) {
		void *p = gfp_malloc(SIZE);

		gb_escape(p);
		gfp_free(p);
	}
}

static void malloc_batch(unsigned long n)
{
	for (; n >= BATCH; n -= BATCH) {
		for (int i = 0; i < BATCH; i++)
			block[i] = gfp_malloc(SIZE);
		for (int i = 0; i < BATCH; i++)
			gfp_free(block[i]);
	}
}

static void kmalloc_hot(unsigned long n)
{
	while (n--) {
		void *p = kmalloc(SIZE, GFP_KERNEL);

		gb_escape(p);
		kfree(p);
	}
}

static void kmalloc_batch(unsigned long n)
{
	for (; n >= BATCH; n -= BATCH) {
		for (int i = 0; i < BATCH; i++)
			block[i] = kmalloc(SIZE, GFP_KERNEL);
		for (int i = 0; i < BATCH; i++)
			kfree(block[i]);
	}
}

static void null_hot(unsigned long n)
{
	while (n--)
		gb_free(&null_thread, GB_PROCESS, 0,
			gb_alloc(&null_thread, GB_PROCESS, 0, SIZE, GFP_KERNEL), SIZE);
}

static const struct cell {
	const char *name;
	loop_fn *loop;
} cells[] = {
	{ "gfpmalloc-hot", malloc_hot }, { "gfpmalloc-batch", malloc_batch },
	{ "kmalloc-hot", kmalloc_hot },  { "kmalloc-batch", kmalloc_batch },
	{ "null-hot", null_hot },
};

/* Named on valgrind's command line. */
void measured(loop_fn *loop, unsigned long n);

__attribute__((noinline)) void measured(loop_fn *loop, unsigned long n)
{
	loop(n);
}

static void die(const char *what)
{
	fprintf(stderr, "instructions: %s\n", what);
	exit(3);
}

static void start_kernel(void)
{
	/* valgrind has few addresses to give */
	struct kernel_config config = { .ram_bytes = 256ull << 20,
					.nr_cpus = 1,
					.vmalloc_bytes = 1ull << 30 };

	if (kernel_boot(&config) || kernel_cpu_online(0))
		die("the emulated kernel does not start");
}

static void start_null(void)
{
	static struct gb_heap heap;
	struct gb_backend_config config = { .nr_cpus = 1,
					    .argument = "",
					    .peak_live_bytes = (size_t)BATCH * SIZE };
	struct gb_error e = GB_ERROR_INIT;
	struct gb_backend_ref null;

	if (gb_backend_parse("null", &null, &e) || gb_machine_init(1, &e) ||
	    gb_cpu_online(0, &e) || null.backend->start(&config, &heap, &e))
		die(e.what);
	null.backend->cpu_online(0);
	null_thread = (struct gb_thread){ .alloc = heap.alloc, .free = heap.free };
}

int main(int argc, char **argv)
{
	unsigned long n = argc == 3 ? strtoul(argv[2], NULL, 10) : 0;

	for (size_t i = 0; argc == 3 && i < GB_ARRAY_SIZE(cells); i++) {
		if (strcmp(argv[1], cells[i].name))
			continue;
		if (!strncmp(argv[1], "kmalloc", 7))
			start_kernel();
		if (!strncmp(argv[1], "null", 4))
			start_null();
		cells[i].loop(2 * BATCH); /* the arrays have their usual load */
		measured(cells[i].loop, n);
		puts(COMPILER);
		fflush(stdout);
		_Exit(0);
	}
	if (argc == 2 && !strcmp(argv[1], "list")) {
		for (size_t i = 0; i < GB_ARRAY_SIZE(cells); i++)
			puts(cells[i].name);
		return 0;
	}
	die("usage: instructions list | CELL N");
}
