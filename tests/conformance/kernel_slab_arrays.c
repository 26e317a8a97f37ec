/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The gfpbench authors */
/*
 * What arrays cost, and what other CPUs get of them: depot.c, arrays.c and
 * slab_reclaim.c have the rules.
 */
#include "statements.h"

#include <unistd.h>

#include "kernel/slab.h"

#define MANY 20000
static void *held[MANY];

static struct kmem_cache *class(size_t size)
{
	return kmalloc_cache(size, GFP_KERNEL);
}

/* Allocate all, free all. */
static void round_of(void **p, unsigned int n, size_t size)
{
	for (unsigned int i = 0; i < n; i++)
		p[i] = kmalloc(size, GFP_KERNEL);
	for (unsigned int i = 0; i < n; i++)
		kfree(p[i]);
}

static void rounds(unsigned int rounds, unsigned int n, size_t size)
{
	while (rounds--)
		round_of(held, n, size);
}

/* ------------------------------------------------------------------ what they cost */

static unsigned long array_pages(void)
{
	unsigned long n = 0;

	for (unsigned int i = 1; i < slab_nr_caches; i++)
		if (slab_caches[i].flags & SLAB_INTERNAL)
			n += slab_caches[i].nr_pages;
	return n;
}

/* 20,000 pointers are 40 pages. */
static void freed_once(void)
{
	round_of(held, MANY, 64);
	EXPECT_IN(array_pages(), 1, 8);
	EXPECT(slab_cache_cached(class(64)) < 1000);
	rounds(3, MANY, 64);
	EXPECT_IN(array_pages(), 39, 50);
	EXPECT(slab_cache_cached(class(64)) > MANY - 600);
}

/* ------------------------------------------------------------------ other CPUs */

static int turn; /* atomic */

static void wait_for_turn(int n)
{
	while (gb_load_acquire(&turn) != n)
		usleep(100);
}

static void *other_first;

static void first_of(void *unused)
{
	(void)unused;
	other_first = kmalloc(16, GFP_KERNEL);
}

static void no_line_in_common(void)
{
	slab_drain_everything();
	held[0] = kmalloc(16, GFP_KERNEL);
	statement_join(statement_start(1, first_of, NULL));
	EXPECT((uintptr_t)held[0] >> PAGE_SHIFT == (uintptr_t)other_first >> PAGE_SHIFT);
	EXPECT_EQ((uintptr_t)other_first % (2 * GB_CACHE_LINE), 0);
	kfree(held[0]);
	kfree(other_first);
}

#define HELD_LEAST 50
#define LOOKS      1000000

static void always_hold(void *own)
{
	void **p = own;
	unsigned int all = class(64)->array_capacity;

	round_of(p, all, 64);
	gb_store_release(&turn, 1);
	while (gb_load_acquire(&turn) == 1)
		round_of(p, all - HELD_LEAST, 64);
}

/* An array with all, and a spare one: each round exchanges them. */
static void never_taken_for_empty(void)
{
	struct statement_thread *t = statement_start(1, always_hold, held);
	unsigned int empty = 0;

	wait_for_turn(1);
	for (int i = 0; i < LOOKS; i++)
		empty += !slab_percpu_may_hold(slab_percpu_of(1), class(64)->id);
	gb_store_release(&turn, 2);
	statement_join(t);
	EXPECT_EQ(empty, 0);
}

static const struct statement table[] = {
	{ 0, "what is freed once needs no arrays, what is freed again gets them", P618,
	  IRQ_EMPTY, freed_once, .ram_mib = 256 },
	{ 0, "fills of two CPUs share no pair of cache lines", P618, IRQ_EMPTY,
	  no_line_in_common },
	{ 0, "a CPU that always holds some is never taken for one that holds none", P618,
	  IRQ_EMPTY, never_taken_for_empty, .ram_mib = 256 },
	{ .run = NULL },
};

int main(int argc, char **argv)
{
	return statements_run(table, NULL, argc, argv);
}
