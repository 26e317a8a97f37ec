/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The gfpbench authors */
/* gfpbench merge: shards of one plan, made on several machines, become one run. */
#include <stdio.h>

#include "cmd.h"
#include "core/merge.h"

int cmd_merge(const struct gb_cli *o, struct gb_error *e)
{
	struct gb_merge m = { .runs = o->args, .nr_runs = o->nr_args, .output = o->output,
			      .label = o->label };

	if (!o->nr_args)
		return gb_fail(e, GB_EXIT_USAGE, "gfpbench merge RUN RUN... [-o DIR]",
			       "merge needs the directories of runs");
	if (gb_merge_runs(&m, e))
		return -(int)e->code;
	if (m.machines_differ)
		gb_print_warning("the parts come from machines that are not alike: compare rows "
				 "of one run_id only");
	if (m.samples < m.planned)
		gb_print_warning("%zu of the plan's %zu samples are here; shards are missing or "
				 "were interrupted", m.samples, m.planned);
	if (!o->quiet)
		fprintf(stderr, "%zu samples of %zu runs\n", m.samples, m.nr_runs);
	printf("%s\n", m.path);
	return 0;
}
