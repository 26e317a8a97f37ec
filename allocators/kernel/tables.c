/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The gfpbench authors */
/*
 * What the machine's tables occupy.  Those with an entry for each frame are reserved whole
 * and touched where frames come into use; the system knows which of their pages are there
 * (mincore), so that nothing on the way of an allocation has to note it.
 */
#include <sys/mman.h>

#include "kernel/slab.h"
#include "kernel/vmalloc.h"

#define AT_ONCE 1024 /* pages a system call asks for */

unsigned long nr_table_bytes(void)
{
	return mm.table_bytes + slab_table_bytes() + vmalloc_table_bytes();
}

/* None when the system does not tell. */
static unsigned long absent_bytes(void *table, size_t bytes)
{
	unsigned char there[AT_ONCE];
	size_t pages = bytes >> PAGE_SHIFT, absent = 0, n;

	for (size_t at = 0; at < pages; at += n) {
		n = pages - at < AT_ONCE ? pages - at : AT_ONCE;
		if (mincore((char *)table + (at << PAGE_SHIFT), n << PAGE_SHIFT, there))
			return 0;
		for (size_t i = 0; i < n; i++)
			absent += !(there[i] & 1);
	}
	return absent << PAGE_SHIFT;
}

unsigned long mm_touched_table_bytes(void)
{
	return nr_table_bytes() - absent_bytes(mm.mem_map, mm.nr_pages * sizeof(struct page)) -
	       absent_bytes(slab_hot.frame_entry, slab_frame_table_bytes());
}
