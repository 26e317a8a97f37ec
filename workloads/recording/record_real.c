/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The gfpbench authors */
#include "recording/record_real.h"

#include <dlfcn.h>

struct gb_real gb_real;
char gb_bootstrap[GB_BOOTSTRAP] __attribute__((aligned(16)));
static size_t used; /* of gb_bootstrap; atomic */
static __thread int resolving __attribute__((tls_model("initial-exec")));

void *gb_bootstrap_alloc(size_t size)
{
	size_t at = __atomic_fetch_add(&used, (size + 31) & ~(size_t)15, __ATOMIC_RELAXED);

	if (size > GB_BOOTSTRAP || at > GB_BOOTSTRAP - size)
		return NULL;
	return gb_bootstrap + at;
}

static void *next_symbol(const char *name)
{
	return dlsym(RTLD_NEXT, name);
}

static void resolve(void)
{
	*(void **)&gb_real.malloc = next_symbol("malloc");
	*(void **)&gb_real.free = next_symbol("free");
	*(void **)&gb_real.calloc = next_symbol("calloc");
	*(void **)&gb_real.realloc = next_symbol("realloc");
	*(void **)&gb_real.posix_memalign = next_symbol("posix_memalign");
	*(void **)&gb_real.aligned_alloc = next_symbol("aligned_alloc");
	*(void **)&gb_real.memalign = next_symbol("memalign");
	*(void **)&gb_real.valloc = next_symbol("valloc");
	gb_store_release(&gb_real.ready, 1);
}

int gb_real_resolve(void)
{
	if (resolving)
		return 0;
	resolving = 1;
	resolve();
	resolving = 0;
	return 1;
}
