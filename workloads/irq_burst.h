/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The gfpbench authors */
/*
 * The burst with chosen parameters: for irq-churn, whose options they are.
 * Layer: workloads.
 */
#ifndef GB_WORKLOADS_IRQ_BURST_H
#define GB_WORKLOADS_IRQ_BURST_H

#include "workload.h"

struct gb_burst_params {
	uint32_t burst_min, burst_max; /* blocks of one interrupt */
	uint32_t size_min, size_max;   /* bytes of a block */
	uint32_t keep;                 /* interrupts for which a block stays live */
};

int gb_irq_burst_setup_with(struct gb_thread *t, const struct gb_burst_params *p,
			    struct gb_error *e) GB_MUST_CHECK;
/* Most that one CPU's interrupts hold. */
uint64_t gb_irq_burst_peak_with(const struct gb_burst_params *p);

#endif
