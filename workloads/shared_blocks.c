/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The gfpbench authors */
#include "shared_blocks.h"

#include "wait.h"

int gb_shared_blocks_setup(struct gb_run *r, uint64_t n, struct gb_error *e)
{
	size_t bytes = sizeof(struct gb_shared_blocks) + n * sizeof(uint64_t);
	struct gb_shared_blocks *s = gb_map(bytes);

	if (!s)
		return gb_fail(e, GB_EXIT_HARNESS, "use smaller parameters",
			       "workload %s: cannot map %zu KiB for what its threads share",
			       r->workload->name, bytes >> 10);
	s->left = r->nr_threads;
	s->n = (uint32_t)n;
	s->bytes = bytes;
	r->data = s;
	return 0;
}

void gb_shared_blocks_fill(struct gb_thread *t, const struct gb_sizes *sizes)
{
	struct gb_shared_blocks *s = t->run->data;

	for (uint32_t i = t->id; i < s->n; i += t->run->nr_threads) {
		size_t size = gb_pick_size(sizes, gb_rng_next(&t->rng[GB_PROCESS]));

		gb_store_release(&s->block[i],
				 gb_packed_alloc(t, GB_PROCESS, 0, size, GFP_KERNEL));
	}
}

void gb_shared_blocks_leave(struct gb_thread *t)
{
	struct gb_shared_blocks *s = t->run->data;

	if (!gb_last_to_leave(&s->left))
		return;
	for (uint32_t i = 0; i < s->n; i++)
		gb_packed_free(t, GB_PROCESS, 0, gb_shared_blocks_swap(s, i, 0));
}

void gb_shared_blocks_cleanup(struct gb_run *r)
{
	struct gb_shared_blocks *s = r->data;

	r->data = NULL;
	if (s)
		gb_unmap(s, s->bytes);
}
