/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The gfpbench authors */
/*
 * libgfpmalloc: an array that was put into the depot belongs to whoever takes it out.
 *
 * The window is one instruction wide: a thread makes room by giving its full spare to the
 * depot, and another takes it, empties it and keeps it as its own empty spare before the
 * first goes on.  Whoever looked at the array again then would find it empty and use it,
 * too, and blocks would be handed out twice.  -Wl,--wrap puts the other thread there.
 */
#include <pthread.h>
#include <semaphore.h>

#include "tests/tap.h"

#include "malloc/gfpmalloc.h"
#include "malloc/malloc_int.h"

#define SIZE  32768       /* slabs of two: what a fill takes is used up */
#define ARRAY 4           /* objects of this size in an array */
#define FREED (4 * ARRAY) /* when the last array's worth comes, a second spare is full */
#define TAKEN (ARRAY + 1) /* one array emptied, the next one begun */

static void *mine[FREED], *theirs[TAKEN];
static sem_t turn, done;
static int puts_left; /* before the other thread's turn; 0: no more turns */

int __real_gm_depot_put_full(struct gm_class *c, struct slab_array *a);
int __wrap_gm_depot_put_full(struct gm_class *c, struct slab_array *a);

static void other_thread(void)
{
	sem_post(&turn);
	sem_wait(&done);
}

int __wrap_gm_depot_put_full(struct gm_class *c, struct slab_array *a)
{
	int put = __real_gm_depot_put_full(c, a);

	if (puts_left && !--puts_left)
		other_thread();
	return put;
}

static void take(void **p, int n)
{
	for (int i = 0; i < n; i++)
		p[i] = gfp_malloc(SIZE);
}

static void give(void **p, int n)
{
	for (int i = 0; i < n; i++)
		gfp_free(p[i]);
}

static void *run_other(void *arg)
{
	sem_wait(&turn); /* between the put and what follows it */
	take(theirs, TAKEN);
	sem_post(&done);
	sem_wait(&turn);
	give(theirs, TAKEN);
	take(theirs, TAKEN);
	sem_post(&done);
	return arg;
}

static int shared_blocks(void)
{
	int n = 0;

	for (int i = 0; i < ARRAY; i++)
		for (int k = 0; k < TAKEN; k++)
			n += mine[i] == theirs[k];
	return n;
}

int main(void)
{
	const struct gm_class *c;
	pthread_t other;

	gfp_free(gfp_malloc(SIZE));
	c = &gm_class[gm_class_aligned(SIZE, GM_ALIGN)];
	tap_eq_u64(c->capacity, ARRAY, "the test knows the arrays of its class");
	sem_init(&turn, 0, 0);
	sem_init(&done, 0, 0);
	if (pthread_create(&other, NULL, run_other, NULL))
		return 3;
	take(mine, FREED);
	puts_left = 2;
	give(mine, FREED);
	tap_eq_u64((unsigned long long)puts_left, 0, "the other thread ran in the window");
	other_thread();
	take(mine, ARRAY);
	pthread_join(other, NULL);
	if (!tap_eq_u64((unsigned long long)shared_blocks(), 0, "no block has two owners"))
		return tap_done(); /* freeing them would abort */
	give(mine, ARRAY);
	give(theirs, TAKEN);
	CHECK(gfp_malloc_trim(0) >= 0);
	return tap_done();
}
