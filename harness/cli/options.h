/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The gfpbench authors */
/*
 * The options of every verb: one table, from which parsing, --help, the man page's check
 * and shell completion come.  No abbreviations: they break when an option is added.
 * Options and arguments may be mixed in any order; "--" ends the options.
 */
#ifndef GB_CLI_OPTIONS_H
#define GB_CLI_OPTIONS_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "base/error.h"

enum gb_verb_bit {
	GB_VERB_LIST = 1 << 0,
	GB_VERB_SHOW = 1 << 1,
	GB_VERB_DOCTOR = 1 << 2,
	GB_VERB_RUN = 1 << 3,
	GB_VERB_REPORT = 1 << 4,
	GB_VERB_GATE = 1 << 5,
	GB_VERB_COMPARE = 1 << 6,
	GB_VERB_STRESS = 1 << 7,
	GB_VERB_PROBE = 1 << 8,
	GB_VERB_RECORD = 1 << 9,
	GB_VERB_MERGE = 1 << 10,
	GB_VERB_EXPORT = 1 << 11,
	GB_VERB_ALL = ~0,
};

struct gb_cli {
	const char *backend, *workload, *threads, *output, *label, *resume, *format;
	const char *progress, *color, *irq_law, *order, *shard;
	const char *config;
	const char *from, *what_if, *junit, *markdown, *json, *stored; /* gate */
	const char *relinked, *canary; /* gate calibrate */
	const char *baseline, *candidate, *metrics, *rules, *pairing; /* gate */
	uint64_t runs, seed, ops, duration_ns, warmup_ns, ram_bytes, interval_ns;
	uint64_t timeout_ns, max_time_ns;
	double irq_rate_hz;      /* < 0: not given */
	uint64_t dry_run, quiet, verbose, help, version, pin, no_pin, rss_decay, trace;
	uint64_t baseline_gate;
	uint64_t github, strict, no_identity, pairs, slice_ns; /* gate */
	uint64_t all, kernel; /* record */
	const char *anchor;      /* report, compare */
	uint64_t terminal;       /* report */

	uint64_t tries, irqs;    /* probe */

	uint64_t set[4];         /* bit per row of the table: given */
	const char **args;       /* what is no option */
	size_t nr_args;
	int argc;                /* as given, for the manifest */
	char **argv;
};

enum gb_cli_type { GB_CLI_FLAG, GB_CLI_TEXT, GB_CLI_CHOICE, GB_CLI_UINT, GB_CLI_OPS,
		   GB_CLI_SIZE, GB_CLI_TIME, GB_CLI_RATE };

struct gb_cli_option {
	const char *name;
	char letter;             /* 0 = none */
	const char *arg;         /* NULL: a flag */
	enum gb_cli_type type;
	size_t offset;
	uint64_t min, max;
	const char *choices;     /* "auto|always|never" */
	unsigned int verbs;
	const char *def;         /* as text; NULL = none */
	const char *help;
	unsigned int rare;       /* verbs whose --help only names it; the manual has the rest */
};
extern const struct gb_cli_option gb_cli_options[]; /* ends with name NULL */

/* Parse argv[2..] for @verb (a bit), whose name is @verb_name. */
int gb_cli_parse(int argc, char **argv, unsigned int verb, const char *verb_name,
		 struct gb_cli *o, struct gb_error *e) GB_MUST_CHECK;
void gb_cli_free(struct gb_cli *o);
/* One option by its long name, as a job file gives it (a flag: yes, no, 1 or 0), into the
 * options of a set of cells.  @value must outlive @o. */
int gb_cli_give(const char *name, const char *value, unsigned int verb, struct gb_cli *o,
		struct gb_error *e) GB_MUST_CHECK;
/* The values of a choice: "a, b, c" into @buf, which is returned. */
char *gb_cli_choices(const struct gb_cli_option *o, char *buf, size_t n);
int gb_cli_is_set(const struct gb_cli *o, const char *name);
/* "run" of GB_VERB_RUN: in the order of the bits, NULL behind the last. */
extern const char *const gb_cli_verb_names[];
/* The options of a verb, for --help: with the three lines of its usage no more than 24
 * lines of 80 columns, for which rare ones are only named. */
void gb_cli_help(FILE *out, unsigned int verb);

#endif
