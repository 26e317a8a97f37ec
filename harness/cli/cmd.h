/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The gfpbench authors */
/*
 * A verb: one file cmd_NAME.c, one row in main.c's table.  The function returns the exit
 * code; when @e is filled main prints it and its code wins.
 */
#ifndef GB_CLI_CMD_H
#define GB_CLI_CMD_H

#include "options.h"

struct gb_gate_data;
struct gb_rundir;

struct gb_verb {
	const char *name;
	unsigned int bit;
	const char *usage;   /* what follows the verb */
	const char *summary;
	int (*run)(const struct gb_cli *o, struct gb_error *e);
};

int cmd_list(const struct gb_cli *o, struct gb_error *e);
int cmd_show(const struct gb_cli *o, struct gb_error *e);
int cmd_doctor(const struct gb_cli *o, struct gb_error *e);
int cmd_run(const struct gb_cli *o, struct gb_error *e);
int cmd_stress(const struct gb_cli *o, struct gb_error *e);
int cmd_probe(const struct gb_cli *o, struct gb_error *e);
int cmd_gate(const struct gb_cli *o, struct gb_error *e);
int cmd_compare(const struct gb_cli *o, struct gb_error *e);
int cmd_export(const struct gb_cli *o, struct gb_error *e);
int cmd_merge(const struct gb_cli *o, struct gb_error *e);
int cmd_record(const struct gb_cli *o, struct gb_error *e);
/* Measure for the gate; @dir: where.  @calibrating: equal sides, and many pairs. */
int cmd_gate_measure(const struct gb_cli *o, int calibrating, struct gb_rundir *dir,
		     struct gb_error *e) GB_MUST_CHECK;
/* gate calibrate, of a run of equal sides. */
int cmd_gate_calibrate(const struct gb_cli *o, const struct gb_gate_data *d,
		       struct gb_error *e) GB_MUST_CHECK;
/* gate --stored and gate trend; @d: what was measured last. */
int cmd_gate_stored(const struct gb_cli *o, const struct gb_gate_data *d,
		    struct gb_error *e) GB_MUST_CHECK;
int cmd_gate_trend(const struct gb_cli *o, struct gb_error *e) GB_MUST_CHECK;
int cmd_report(const struct gb_cli *o, struct gb_error *e);

/* "gfpbench: error: WHAT", "  hint: WHAT TO DO" on stderr. */
void gb_print_error(const struct gb_error *e);
/* "gfpbench: warning: ..." on stderr. */
void gb_print_warning(const char *fmt, ...) GB_PRINTF(1, 2);
/* Flush stdout; a full disk or a closed pipe is GB_EXIT_HARNESS. */
int gb_finish_stdout(struct gb_error *e) GB_MUST_CHECK;

#endif
