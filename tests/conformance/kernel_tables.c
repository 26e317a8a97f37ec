/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The gfpbench authors */
/*
 * What the emulation needs beside its RAM: page structs and tables.
 */
#include "statements.h"

#include <stdlib.h>
#include <sys/mman.h>
#include <sys/prctl.h>

static void tables_are_small(void)
{
	unsigned long lists = sizeof(struct per_cpu_pages) * mm.nr_lists;

	EXPECT(nr_table_bytes() * 50 <= totalram_pages() * PAGE_SIZE);
	EXPECT(nr_table_bytes() >= totalram_pages() * sizeof(struct page) + lists);
}

/* Pages of the page structs that are in memory. */
static unsigned long resident_map(void)
{
	size_t pages = mm.nr_pages * sizeof(struct page) / PAGE_SIZE;
	unsigned char *vec = calloc(pages, 1);
	unsigned long n = 0;

	EXPECT(!mincore(mm.mem_map, pages * PAGE_SIZE, vec));
	for (size_t i = 0; i < pages; i++)
		n += vec[i] & 1;
	free(vec);
	return n;
}

/* A huge page of page structs would be more than boot asked for. */
static void no_huge_pages(struct kernel_config *c)
{
	(void)c;
	EXPECT(!prctl(PR_SET_THP_DISABLE, 1, 0, 0, 0));
}

static void tables_are_untouched(void)
{
	struct page *page = alloc_page(GFP_KERNEL);

	/* one for each 4 MiB would be 256 */
	EXPECT_IN(resident_map(), 1, 16);
	EXPECT(resident_map() * PAGE_SIZE <= mm_touched_table_bytes());
	EXPECT(mm_touched_table_bytes() < nr_table_bytes() / 4);
	__free_page(page);
}

static const struct statement table[] = {
	{ 0, "tables take at most 2 % of 16 MiB of RAM", P_EACH, IRQ_NONE, tables_are_small,
	  .ram_mib = 16, .cpus = 4 },
	{ 0, "tables take at most 2 % of 256 MiB of RAM", P_EACH, IRQ_NONE, tables_are_small,
	  .ram_mib = 256, .cpus = 4 },
	{ 0, "tables take at most 2 % of 1 GiB of RAM", P_EACH, IRQ_NONE, tables_are_small,
	  .ram_mib = 1024, .cpus = 4 },
	{ 0, "boot touches few tables: those of the blocks that come into use", P_EACH, IRQ_NONE,
	  tables_are_untouched, .ram_mib = 1024, .configure = no_huge_pages },
	{ .run = NULL },
};

int main(int argc, char **argv)
{
	return statements_run(table, NULL, argc, argv);
}
