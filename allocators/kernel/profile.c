/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The gfpbench authors */
/*
 * Kernel versions as rows: what a profile changes.
 */
#include "kernel/profile.h"

#include <string.h>

static const struct mm_profile profiles[] = {
	{ .name = "6.18",
	  .version = 618,
	  .wmark_scale = 1,
	  .boost = 1,
	  .highatomic = 1,
	  .pcp_max_order = COSTLY_ORDER,
	  .pcp_auto = 1,
	  .min_free_max_kb = 262144,
	  .batch_cap = 256,
	  .report_burst = 1,
	  .report_interval_s = 10 },
	{ .name = "6.1",
	  .version = 601,
	  .wmark_scale = 1,
	  .boost = 1,
	  .highatomic = 2,
	  .pcp_max_order = COSTLY_ORDER,
	  .min_free_max_kb = 262144,
	  .batch_cap = 256,
	  .report_burst = 1,
	  .report_interval_s = 10 },
	{ .name = "3.4",
	  .version = 304,
	  .nowait_harder = 1,
	  .pcp_irq_off = 1,
	  .pcp_cold = 1,
	  .min_free_max_kb = 65536,
	  .batch_cap = 128,
	  .kswapd_always = 1,
	  .order_walk = 1,
	  .memdie_unlimited = 1,
	  .report_burst = 10,
	  .report_interval_s = 5 },
};

const struct mm_profile *profile_find(const char *name)
{
	if (!name)
		return &profiles[0];
	for (size_t i = 0; i < GB_ARRAY_SIZE(profiles); i++)
		if (!strcmp(name, profiles[i].name))
			return &profiles[i];
	return NULL;
}
