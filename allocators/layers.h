/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The gfpbench authors */
/*
 * Between guard.c and budget.c: both put themselves over a heap, and the guard must lie
 * below the budget in whichever order they are called.
 *
 * Layer: allocators.
 */
#ifndef GB_ALLOCATORS_LAYERS_H
#define GB_ALLOCATORS_LAYERS_H

#include "backend.h"

/* The heap below the budget, or NULL when there is none. */
struct gb_heap *gb_budget_inner(void);

#endif
