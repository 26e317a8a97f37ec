/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The gfpbench authors */
/*
 * A hash table that is read without locks: liburcu's, of a fixed size, so that it neither
 * grows nor allocates while the clock runs.  Its grace periods are those of the emulated
 * kernel's RCU: readers and writers hold gb_kernel_ops.rcu_read_lock, and what leaves the
 * table is given to call_rcu or kfree_rcu.
 *
 * Layer: workloads.  rcu_table.c alone includes liburcu's headers, whose names are also
 * gfpkernel.h's.
 */
#ifndef GB_WORKLOADS_RCU_TABLE_H
#define GB_WORKLOADS_RCU_TABLE_H

#include <stdint.h>

struct gb_rcu_table;

/* At the start of every entry.  @link is the table's. */
struct gb_rcu_entry {
	uint64_t link[2];
	uint64_t key;
};

/* Main thread, before timing.  NULL: no memory. */
struct gb_rcu_table *gb_rcu_table_new(uint64_t entries);
/* Empty again, no reader left. */
void gb_rcu_table_destroy(struct gb_rcu_table *h);

/* All inside a read-side section; any CPU's process context. */
struct gb_rcu_entry *gb_rcu_table_find(struct gb_rcu_table *h, uint64_t key);
/* NULL: added; otherwise the entry that already has that key, and @e is not in. */
struct gb_rcu_entry *gb_rcu_table_add(struct gb_rcu_table *h, struct gb_rcu_entry *e);
/* Adds @e in place of what has its key; returns that, or NULL. */
struct gb_rcu_entry *gb_rcu_table_replace(struct gb_rcu_table *h, struct gb_rcu_entry *e);
/* 1: taken out by this call, so the caller has to dispose of it after a grace period. */
int gb_rcu_table_remove(struct gb_rcu_table *h, struct gb_rcu_entry *e);

#endif
