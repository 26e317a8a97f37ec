/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The gfpbench authors */
/*
 * The boot option slab_debug= (setup_slub_debug(), mm/slub.c; kernel-model 3.7):
 *
 *	slab_debug                      FZPU for every cache
 *	slab_debug=FZ                   these for every cache
 *	slab_debug=PU,dentry,kmalloc-*  these for the caches named
 *	slab_debug=FZ;P,kmalloc-64      blocks; the last one that matches counts
 *	slab_debug=-                    none
 *
 * O means: not for a cache whose slabs would need a higher order for it.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "kernel/slab.h"

#define DEFAULT_FLAGS \
	(SLAB_CONSISTENCY_CHECKS | SLAB_RED_ZONE | SLAB_POISON | SLAB_STORE_USER)
#define MAX_BLOCKS 8

/* Written at boot, read when caches are made. */
static struct block {
	slab_flags_t flags;
	int no_higher_order;
	char slabs[128]; /* "a,b*,c"; "" = all */
} blocks[MAX_BLOCKS];
static unsigned int nr_blocks;

static int flag_of(char c, struct block *b)
{
	static const char letters[] = "FZPUTA";
	static const slab_flags_t flags[] = { SLAB_CONSISTENCY_CHECKS, SLAB_RED_ZONE,
					      SLAB_POISON, SLAB_STORE_USER,
					      SLAB_TRACE, SLAB_FAILSLAB };
	const char *at = strchr(letters, c >= 'a' && c <= 'z' ? c - 'a' + 'A' : c);

	if (at)
		b->flags |= flags[at - letters];
	else if (c == 'O' || c == 'o')
		b->no_higher_order = 1;
	else if (c == '-')
		b->flags = 0;
	else
		return -EINVAL;
	return 0;
}

/* One block, "FZ,name,name", of @n characters. */
static int parse_block(const char *text, size_t n, struct block *b)
{
	const char *comma = memchr(text, ',', n);
	size_t options = comma ? (size_t)(comma - text) : n;

	*b = (struct block){ .flags = options ? 0 : DEFAULT_FLAGS };
	for (size_t i = 0; i < options; i++)
		if (flag_of(text[i], b))
			return -EINVAL;
	if (!comma)
		return 0;
	n -= options + 1;
	if (n >= sizeof(b->slabs))
		return -EINVAL;
	memcpy(b->slabs, comma + 1, n);
	return 0;
}

int slab_debug_setup(const char *text)
{
	size_t n;

	nr_blocks = 0;
	if (!text)
		return 0;
	for (;; text += n + 1) {
		n = strcspn(text, ";");
		if (nr_blocks == MAX_BLOCKS || parse_block(text, n, &blocks[nr_blocks]))
			return -EINVAL;
		nr_blocks++;
		if (!text[n])
			return 0;
	}
}

/* Does one name of the list match, with a '*' at its end as a wildcard? */
static int listed(const char *slabs, const char *name)
{
	size_t n;

	if (!*slabs)
		return 1;
	for (; *slabs; slabs += n + (slabs[n] == ',')) {
		n = strcspn(slabs, ",");
		if (n && slabs[n - 1] == '*' ? !strncmp(slabs, name, n - 1) :
					       strlen(name) == n && !strncmp(slabs, name, n))
			return 1;
	}
	return 0;
}

/* disable_higher_order_debug: would the debug metadata raise the slab's minimum order? */
static int raises_order(slab_flags_t flags, slab_flags_t more, size_t size)
{
	struct kmem_cache plain = { .object_size = (uint32_t)size, .flags = flags };
	struct kmem_cache debug = { .object_size = (uint32_t)size, .flags = flags | more };

	slab_geometry(&plain, 0);
	slab_geometry(&debug, 0);
	return debug.min_order > plain.min_order;
}

slab_flags_t slab_debug_flags(const char *name, slab_flags_t flags, size_t size)
{
	slab_flags_t add = 0;

	for (unsigned int i = 0; i < nr_blocks; i++) {
		if (!listed(blocks[i].slabs, name))
			continue;
		add = blocks[i].flags;
		if (blocks[i].no_higher_order && raises_order(flags, add, size))
			add = 0;
	}
	return add;
}
