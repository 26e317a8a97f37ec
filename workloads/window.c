/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The gfpbench authors */
#include "window.h"

#define MAX_FAMILY 64
/* Neighbours differ by a factor of 2^(1/3): three to the octave. */
#define RATIO 1.2599210498948732

/* Our own family: size_min, then every third of an octave, last size_max. */
static uint32_t make_family(uint32_t *size, uint64_t lo, uint64_t hi)
{
	uint32_t n = 0;
	double v;

	for (v = (double)lo; v < (double)hi && n < MAX_FAMILY - 1; v *= RATIO) {
		if (!n || (uint32_t)v != size[n - 1])
			size[n++] = (uint32_t)v;
	}
	size[n++] = (uint32_t)hi;
	return n;
}

static void draw_sizes(struct gb_sizes *s, struct gb_rng *rng, uint64_t lo, uint64_t hi)
{
	uint32_t size[MAX_FAMILY], n = make_family(size, lo, hi);
	double sum = 0;

	for (uint32_t k = 0; k < n; k++)
		sum += 1.0 / size[k];
	for (size_t i = 0; i < GB_NR_SIZES; i++) {
		double u = gb_rng_unit(rng) * sum;
		uint32_t k = 0;

		while (k + 1 < n && u >= 1.0 / size[k])
			u -= 1.0 / size[k++];
		s->size[i] = size[k];
	}
}

int gb_window_plan(struct gb_run *r, uint64_t extra_blocks, struct gb_error *e)
{
	const struct gb_window_options *o = r->options;

	r->peak_live_bytes =
		r->nr_threads * (o->window + o->slice + extra_blocks) * o->size_max;
	return gb_sizes_check(r, o->size_min, o->size_max, e);
}

int gb_window_setup(struct gb_thread *t, struct gb_error *e)
{
	const struct gb_window_options *o = t->run->options;
	uint64_t capacity = o->window + o->slice;
	size_t bytes = sizeof(struct gb_window) + capacity * sizeof(struct gb_slot);
	struct gb_window *w = gb_thread_map(t, bytes, e);

	if (!w)
		return -(int)e->code;
	t->data = w;
	w->bytes = bytes;
	w->capacity = (uint32_t)capacity;
	w->slice = (uint32_t)o->slice;
	draw_sizes(&w->sizes, &t->rng[GB_PROCESS], o->size_min, o->size_max);
	while (w->young < o->window)
		gb_window_enter(t, w, 0);
	return 0;
}

void gb_window_cleanup(struct gb_thread *t)
{
	struct gb_window *w = t->data;

	if (!w)
		return;
	gb_slots_drain(t, w->slot, w->capacity);
	t->data = NULL;
	gb_unmap(w, w->bytes);
}
