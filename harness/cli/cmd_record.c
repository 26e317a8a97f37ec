/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The gfpbench authors */
/* gfpbench record: make a recording of a program or of the kernel, for show and replay. */
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>

#include "base/parse.h"
#include "cmd.h"
#include "core/record.h"

static void tell_end(const struct gb_record *r)
{
	if (WIFSIGNALED(r->status))
		gb_print_warning("%s was killed by %s; the recording ends there", r->argv[0],
				 strsignal(WTERMSIG(r->status)));
	else if (WEXITSTATUS(r->status))
		gb_print_warning("%s exited with %d", r->argv[0], WEXITSTATUS(r->status));
	if (r->running)
		gb_print_warning("%u of its processes live on; what they do from now on is "
				 "not recorded", r->running);
	if (r->lost)
		gb_print_warning("%llu events found no room and are missing", r->lost);
}

static void tell_result(const struct gb_record *r)
{
	char size[32];

	fprintf(stderr, "%s: %s of %s\n", r->output,
		gb_human_size(size, sizeof(size), (double)r->bytes), r->command);
	if (r->images > 1 && !r->all)
		fprintf(stderr, "  %u processes recorded; the largest was kept (--all keeps each)\n",
			r->images);
	fprintf(stderr, "  next: gfpbench show %s; gfpbench run -w replay:file=%s\n", r->output,
		r->output);
}

int cmd_record(const struct gb_cli *o, struct gb_error *e)
{
	struct gb_record r = { .output = o->output, .all = o->all != 0 };

	if (!o->output)
		return gb_fail(e, GB_EXIT_USAGE, "gfpbench record -o FILE -- PROGRAM ARGUMENTS",
			       "record needs -o FILE");
	if (!o->nr_args)
		return gb_fail(e, GB_EXIT_USAGE, "gfpbench record -o FILE -- PROGRAM ARGUMENTS",
			       "record needs a program to run");
	r.argv = (char *const *)o->args;
	if (o->kernel ? gb_record_kernel(&r, e) : gb_record_program(&r, e))
		return -(int)e->code;
	tell_end(&r);
	if (!o->quiet)
		tell_result(&r);
	return 0;
}
