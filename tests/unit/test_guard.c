/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The gfpbench authors */
/*
 * The guard: every call of the heap runs with interrupts soft-disabled and leaves them as
 * it found them; it is no atomic context; under a budget it lies below the budget.
 */
#include "tests/tap.h"

#include <stdlib.h>

#include "backend.h"
#include "machine/irq.h"

static int off_inside, atomic_inside, calls;

static void note(void)
{
	calls++;
	off_inside += arch_irqs_disabled();
	atomic_inside += in_atomic();
}

static void *fake_alloc(size_t size, gfp_t gfp)
{
	(void)gfp;
	note();
	return malloc(size);
}

static void fake_free(void *p)
{
	note();
	free(p);
}

static void *fake_aligned(size_t alignment, size_t size, gfp_t gfp)
{
	void *p;

	(void)gfp;
	note();
	return posix_memalign(&p, alignment, size) ? NULL : p;
}

static void *fake_realloc(void *p, size_t size, gfp_t gfp)
{
	(void)gfp;
	note();
	return realloc(p, size);
}

static size_t fake_usable(const void *p)
{
	(void)p;
	note();
	return 100;
}

static const struct gb_heap fake = {
	.alloc = fake_alloc,
	.free = fake_free,
	.aligned = fake_aligned,
	.realloc = fake_realloc,
	.usable = fake_usable,
};

static int alloc_at_irq;

static void irq(void *arg)
{
	struct gb_heap *h = arg;

	h->free(h->alloc(10, GFP_ATOMIC));
	alloc_at_irq = arch_irqs_disabled();
}

static void every_call(void)
{
	struct gb_heap h = fake;
	void *p, *q;

	gb_guard_heap(&h);
	calls = off_inside = atomic_inside = 0;
	p = h.alloc(10, GFP_KERNEL);
	p = h.realloc(p, 20, GFP_KERNEL);
	q = h.aligned(64, 10, GFP_KERNEL);
	CHECK(h.usable(p) == 100 && p && q && (uintptr_t)q % 64 == 0);
	h.free(p);
	h.free(q);
	tap_eq_u64((unsigned)calls, 6, "six calls reached the backend");
	tap_eq_u64((unsigned)off_inside, 6, "interrupts were off in each");
	tap_eq_u64((unsigned)atomic_inside, 0, "and none was atomic context");
	tap_ok(!arch_irqs_disabled(), "interrupts are on again");
	gb_run_as_hardirq(irq, &h);
	tap_ok(alloc_at_irq, "in an interrupt they stay off after the call");
}

static void missing_calls(void)
{
	struct gb_heap h = { .alloc = fake_alloc, .free = fake_free };

	gb_guard_heap(&h);
	tap_ok(!h.aligned && !h.realloc && !h.usable, "a missing call stays missing");
	tap_ok(h.alloc != fake_alloc && h.free != fake_free, "the others are guarded");
}

/* Backends with a native interrupt would not come here; one that arrives during the call
 * must wait until it is over. */
static int irq_ran_inside, irq_ran;
static int inside;

static void late_irq(void *arg)
{
	(void)arg;
	irq_ran++;
	irq_ran_inside += inside;
}

static void *interrupted_alloc(size_t size, gfp_t gfp)
{
	(void)gfp;
	inside = 1;
	gb_ipi_send((unsigned int)gb_self.id, late_irq, NULL); /* to this very CPU */
	for (int i = 0; i < 1000; i++)
		gb_barrier();
	inside = 0;
	return malloc(size);
}

static void deferred(void)
{
	struct gb_heap h = { .alloc = interrupted_alloc, .free = fake_free };

	gb_guard_heap(&h);
	h.free(h.alloc(10, GFP_KERNEL));
	gb_ipi_wait((unsigned int)gb_self.id);
	tap_eq_u64((unsigned)irq_ran, 1, "the interrupt ran");
	tap_eq_u64((unsigned)irq_ran_inside, 0, "but not inside the call");
}

static void below_budget(void)
{
	struct gb_error e = GB_ERROR_INIT;
	struct gb_heap h = fake;
	void *p;

	CHECK(!gb_budget_heap(&h, 1000, 1, &e));
	gb_guard_heap(&h);
	calls = off_inside = 0;
	p = h.alloc(10, GFP_KERNEL);
	h.free(p);
	tap_ok(calls == off_inside && calls >= 2,
	       "under a budget, every call of the backend is guarded (%d of %d)",
	       off_inside, calls);
}

int main(void)
{
	struct gb_error e = GB_ERROR_INIT;

	if (gb_machine_init(1, &e) || gb_cpu_online(0, &e)) {
		tap_ok(0, "machine: %s", e.what);
		return tap_done();
	}
	every_call();
	missing_calls();
	deferred();
	below_budget();
	gb_cpu_offline();
	gb_machine_exit();
	return tap_done();
}
