/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The gfpbench authors */
#include "options.h"

#include <stdlib.h>
#include <string.h>

#include "base/atomic.h"
#include "base/parse.h"

#include "core/cell.h"

#define AT(f) offsetof(struct gb_cli, f)
#define SECOND UINT64_C(1000000000)
#define RUN GB_VERB_RUN
#define GATE GB_VERB_GATE
#define STRESS GB_VERB_STRESS
#define PROBE GB_VERB_PROBE

const struct gb_cli_option gb_cli_options[] = {
	{ "backend", 'b', "LIST", GB_CLI_TEXT, AT(backend), 0, 0, NULL, RUN, "all",
	  "allocators: names, preload:FILE[:name=NAME], check:NAME" },
	{ "workload", 'w', "LIST", GB_CLI_TEXT, AT(workload), 0, 0, NULL, RUN | GATE,
	  "quick", "names, name:key=value:key=value, or a suite" },
	{ "threads", 't', "LIST", GB_CLI_TEXT, AT(threads), 0, 0, NULL, RUN, NULL,
	  "emulated CPUs (default: the usable ones)" },
	{ "threads", 't', "LIST", GB_CLI_TEXT, AT(threads), 0, 0, NULL, GATE, "1",
	  "emulated CPUs" },
	{ "runs", 'r', "N", GB_CLI_UINT, AT(runs), 1, 10000, NULL, RUN, "3",
	  "processes for each cell" },
	{ "duration", 'd', "TIME", GB_CLI_TIME, AT(duration_ns), 1000000, 86400 * SECOND,
	  NULL, RUN, "300ms", "throughput phase; the latency phase adds half" },
	{ "ops", 0, "N|auto", GB_CLI_OPS, AT(ops), 1, UINT64_C(1) << 50, NULL, RUN, NULL,
	  "operations of all CPUs; auto (default in comparisons): what the first backend "
	  "does in --duration" },
	{ "warmup", 0, "TIME", GB_CLI_TIME, AT(warmup_ns), 0, 3600 * SECOND, NULL, RUN,
	  "0s", "on top of the fixed warm-up that always runs", GB_VERB_ALL },
	{ "irq-rate", 0, "HZ", GB_CLI_RATE, AT(irq_rate_hz), 0, 50000, NULL,
	  RUN | STRESS | PROBE | GATE, NULL,
	  "interrupts/s on each CPU, 0 = none [the workload's]" },
	{ "irq-law", 0, "LAW", GB_CLI_CHOICE, AT(irq_law), 0, 0, "fixed|poisson",
	  RUN | GATE, "fixed", "how they arrive", GB_VERB_ALL },
	{ "ram", 0, "SIZE", GB_CLI_SIZE, AT(ram_bytes), 1 << 20, UINT64_C(1) << 44, NULL,
	  RUN | STRESS | GATE, NULL, "physical memory of the emulated machine" },
	{ "seed", 0, "N", GB_CLI_UINT, AT(seed), 0, UINT64_MAX, NULL,
	  RUN | STRESS | PROBE | GATE, "1", "of the operations and of the order",
	  GB_VERB_ALL },
	{ "order", 0, "ORDER", GB_CLI_CHOICE, AT(order), 0, 0, "blocks|sequential", RUN,
	  "blocks", "of the samples", GB_VERB_ALL },
	{ "pin", 0, NULL, GB_CLI_FLAG, AT(pin), 0, 0, NULL, RUN, NULL,
	  "pin each emulated CPU to a core (the default)", GB_VERB_ALL },
	{ "no-pin", 0, NULL, GB_CLI_FLAG, AT(no_pin), 0, 0, NULL, RUN, NULL,
	  "let the system place them", GB_VERB_ALL },
	{ "interval", 0, "TIME", GB_CLI_TIME, AT(interval_ns), 1000000, 3600 * SECOND,
	  NULL, RUN, "20ms", "between samples of memory", GB_VERB_ALL },
	{ "rss-decay", 0, NULL, GB_CLI_FLAG, AT(rss_decay), 0, 0, NULL, RUN | GATE, NULL,
	  "watch the resident set for 5 s after everything was freed", GB_VERB_ALL },
	{ "trace", 0, NULL, GB_CLI_FLAG, AT(trace), 0, 0, NULL, RUN, NULL,
	  "write kmem events of a pass of its own to trace-N.txt (emulated kernel)",
	  GB_VERB_ALL },
	{ "timeout", 0, "TIME", GB_CLI_TIME, AT(timeout_ns), 1000000, 86400 * SECOND,
	  NULL, RUN | STRESS, NULL, "for one sample (default: from the plan)",
	  GB_VERB_ALL },
	{ "timeout", 0, "TIME", GB_CLI_TIME, AT(timeout_ns), 1000000, 86400 * SECOND,
	  NULL, GATE, "20s", "for one process", GB_VERB_ALL },
	{ "max-time", 0, "TIME", GB_CLI_TIME, AT(max_time_ns), 1000000,
	  30 * 86400 * SECOND, NULL, RUN, NULL, "for the whole run; it can be resumed" },
	{ "max-time", 0, "TIME", GB_CLI_TIME, AT(max_time_ns), 1000000,
	  30 * 86400 * SECOND, NULL, GATE, NULL,
	  "for all measuring; what is undecided then stays so", GB_VERB_ALL },
	{ "output", 'o', "DIR", GB_CLI_TEXT, AT(output), 0, 0, NULL,
	  RUN | STRESS | GATE | GB_VERB_MERGE, NULL,
	  "directory to make (default: a new one under results/)" },
	{ "output", 'o', "DIR", GB_CLI_TEXT, AT(output), 0, 0, NULL, GB_VERB_REPORT, NULL,
	  "where report.html and plots/ go (default: the run's directory; of several "
	  "runs: gfpbench-report)" },
	{ "anchor", 0, "BACKEND", GB_CLI_TEXT, AT(anchor), 0, 0, NULL,
	  GB_VERB_REPORT | GB_VERB_COMPARE, NULL,
	  "what ratios refer to (default: glibc)" },
	{ "terminal", 0, NULL, GB_CLI_FLAG, AT(terminal), 0, 0, NULL, GB_VERB_REPORT,
	  NULL, "draw on the terminal, write no files" },
	{ "output", 'o', "FILE", GB_CLI_TEXT, AT(output), 0, 0, NULL, GB_VERB_RECORD,
	  NULL, "recording to make; compressed when its name ends in .zst" },
	{ "output", 'o', "FILE", GB_CLI_TEXT, AT(output), 0, 0, NULL, GB_VERB_EXPORT,
	  NULL, "file to make; an SQLite database is added to (default: stdout)" },
	{ "format", 0, "FORMAT", GB_CLI_CHOICE, AT(format), 0, 0, "csv|json|sqlite",
	  GB_VERB_EXPORT, "csv", "long CSV (a figure a row), JSON, or a database" },
	{ "kernel", 0, NULL, GB_CLI_FLAG, AT(kernel), 0, 0, NULL, GB_VERB_RECORD, NULL,
	  "record the kernel's own allocations meanwhile (root, tracefs)" },
	{ "all", 0, NULL, GB_CLI_FLAG, AT(all), 0, 0, NULL, GB_VERB_RECORD, NULL,
	  "keep a recording of every process, not only the largest" },
	{ "label", 'l', "TEXT", GB_CLI_TEXT, AT(label), 0, 0, NULL,
	  RUN | STRESS | GATE | GB_VERB_MERGE, NULL, "part of the directory's name",
	  RUN | GATE },
	{ "shard", 0, "I/N", GB_CLI_TEXT, AT(shard), 0, 0, NULL, RUN, NULL,
	  "this machine's share of the plan", GB_VERB_ALL },
	{ "config", 0, "FILE", GB_CLI_TEXT, AT(config), 0, 0, NULL, RUN, NULL,
	  "defaults: a job file with a [global] section alone", GB_VERB_ALL },
	{ "dry-run", 'n', NULL, GB_CLI_FLAG, AT(dry_run), 0, 0, NULL, RUN, NULL,
	  "print the plan and an estimate, run nothing" },
	{ "resume", 0, "DIR", GB_CLI_TEXT, AT(resume), 0, 0, NULL, RUN, NULL,
	  "finish an interrupted run, with the options it had" },
	{ "format", 0, "FORMAT", GB_CLI_CHOICE, AT(format), 0, 0,
	  "table|csv|json|markdown|none",
	  RUN | GB_VERB_LIST | GB_VERB_SHOW | GB_VERB_COMPARE, "table", "on stdout" },
	{ "format", 0, "FORMAT", GB_CLI_CHOICE, AT(format), 0, 0,
	  "table|csv|json|junit|markdown|github|none", GATE, "table", "on stdout" },
	{ "baseline", 0, "SPEC", GB_CLI_TEXT, AT(baseline), 0, 0, NULL, GATE, NULL,
	  "what it is compared with: a backend, preload:FILE, runner:PATH:BACKEND" },
	{ "candidate", 0, "SPEC", GB_CLI_TEXT, AT(candidate), 0, 0, NULL, GATE, NULL,
	  "what is judged" },
	{ "metrics", 0, "LIST", GB_CLI_TEXT, AT(metrics), 0, 0, NULL, GATE, NULL,
	  "figures that may turn the verdict, each measured until it is decided",
	  GB_VERB_ALL },
	{ "rules", 0, "RULES", GB_CLI_TEXT, AT(rules), 0, 0, NULL, GATE, NULL,
	  "of judging, stored with the run: margin=3%:looks=16,24", GB_VERB_ALL },
	{ "pairs", 0, "N", GB_CLI_UINT, AT(pairs), 1, 100000, NULL, GATE, NULL,
	  "pairs of every cell, decided or not (default: as needed, up to 48)",
	  GB_VERB_ALL },
	{ "pairing", 0, "HOW", GB_CLI_CHOICE, AT(pairing), 0, 0, "lockstep|process", GATE,
	  "lockstep", "take turns slice by slice, or one process after the other",
	  GB_VERB_ALL },
	{ "slice", 0, "TIME", GB_CLI_TIME, AT(slice_ns), 100000, SECOND, NULL, GATE, NULL,
	  "length of a slice (default: 2 ms, 5 ms with several threads)", GB_VERB_ALL },
	{ "from", 0, "DIR", GB_CLI_TEXT, AT(from), 0, 0, NULL, GATE, NULL,
	  "the stored gate run to judge" },
	{ "what-if", 0, "RULES", GB_CLI_TEXT, AT(what_if), 0, 0, NULL, GATE, NULL,
	  "judge by other rules: margin=3%:alpha=0.05:looks=16,24", GB_VERB_ALL },
	{ "stored", 0, "DIR,...", GB_CLI_TEXT, AT(stored), 0, 0, NULL, GATE, NULL,
	  "second class: how the ratio to the baseline has changed since these (5 or "
	  "more) gate runs of the same baseline",
	  GB_VERB_ALL },
	{ "baseline-gate", 0, NULL, GB_CLI_FLAG, AT(baseline_gate), 0, 0, NULL, GATE,
	  NULL, "with --stored: a loss of 10 % or more is exit 1, not only a warning",
	  GB_VERB_ALL },
	{ "relinked", 0, "DIR,...", GB_CLI_TEXT, AT(relinked), 0, 0, NULL, GATE, NULL,
	  "with calibrate: gate runs of the baseline against 5 or more builds of the "
	  "same source",
	  GB_VERB_ALL },
	{ "canary", 0, "P%=DIR,...", GB_CLI_TEXT, AT(canary), 0, 0, NULL, GATE, NULL,
	  "with calibrate: gate runs in which the candidate does P per cent more work",
	  GB_VERB_ALL },
	{ "strict", 0, NULL, GB_CLI_FLAG, AT(strict), 0, 0, NULL, GATE, NULL,
	  "undecided is exit 4, identical sides exit 3" },
	{ "no-identity", 0, NULL, GB_CLI_FLAG, AT(no_identity), 0, 0, NULL, GATE, NULL,
	  "judge identical sides by the full statistics", GB_VERB_ALL },
	{ "junit", 0, "FILE", GB_CLI_TEXT, AT(junit), 0, 0, NULL, GATE, NULL,
	  "write JUnit XML there", GB_VERB_ALL },
	{ "markdown", 0, "FILE", GB_CLI_TEXT, AT(markdown), 0, 0, NULL, GATE, NULL,
	  "write a summary there" },
	{ "json", 0, "FILE", GB_CLI_TEXT, AT(json), 0, 0, NULL, GATE, NULL,
	  "write every number there", GB_VERB_ALL },
	{ "github", 0, NULL, GB_CLI_FLAG, AT(github), 0, 0, NULL, GATE, NULL,
	  "annotations, job summary (default when GITHUB_ACTIONS=true)", GB_VERB_ALL },
	{ "progress", 0, "WHEN", GB_CLI_CHOICE, AT(progress), 0, 0, "auto|always|never",
	  RUN | GATE, "auto", "a live bar on stderr (auto: on a terminal)", GB_VERB_ALL },
	{ "color", 0, "WHEN", GB_CLI_CHOICE, AT(color), 0, 0, "auto|always|never",
	  RUN | GATE, "auto", "colours (auto: on a terminal, unless NO_COLOR)",
	  GB_VERB_ALL },
	{ "quiet", 'q', NULL, GB_CLI_FLAG, AT(quiet), 0, 0, NULL,
	  RUN | STRESS | PROBE | GATE | GB_VERB_REPORT | GB_VERB_RECORD | GB_VERB_MERGE,
	  NULL, "errors only on stderr" },
	{ "verbose", 'v', NULL, GB_CLI_FLAG, AT(verbose), 0, 0, NULL, RUN, NULL,
	  "more on stderr", GB_VERB_ALL },
	{ "backend", 'b', "LIST", GB_CLI_TEXT, AT(backend), 0, 0, NULL, STRESS, NULL,
	  "allocators, each put through check: (default: all that promise contents)" },
	{ "workload", 'w', "LIST", GB_CLI_TEXT, AT(workload), 0, 0, NULL, STRESS, NULL,
	  "names, name:key=value, or a suite (default: stress)" },
	{ "threads", 't', "LIST", GB_CLI_TEXT, AT(threads), 0, 0, NULL, STRESS, NULL,
	  "emulated CPUs (default: 1,2,4)" },
	{ "duration", 'd', "TIME", GB_CLI_TIME, AT(duration_ns), 1000000,
	  7 * 86400 * SECOND, NULL, STRESS, "60s", "of the whole" },
	{ "duration", 'd', "TIME", GB_CLI_TIME, AT(duration_ns), 1000000, 86400 * SECOND,
	  NULL, PROBE, "15s", "of a try, at most" },
	{ "irqs", 0, "N", GB_CLI_UINT, AT(irqs), 1, UINT64_C(1) << 40, NULL, PROBE,
	  "200000", "interrupts of a try" },
	{ "tries", 0, "N", GB_CLI_UINT, AT(tries), 1, 256, NULL, PROBE, "5",
	  "each with another seed and other sizes" },
	{ "format", 0, "FORMAT", GB_CLI_CHOICE, AT(format), 0, 0, "table|csv|none",
	  STRESS, "table", "on stdout" },
	{ "format", 0, "FORMAT", GB_CLI_CHOICE, AT(format), 0, 0, "table|csv", PROBE,
	  "table", "on stdout" },
	{ "help", 'h', NULL, GB_CLI_FLAG, AT(help), 0, 0, NULL, GB_VERB_ALL, NULL,
	  "this text" },
	{ NULL, 0, NULL, GB_CLI_FLAG, 0, 0, 0, NULL, 0, NULL, NULL },
};

const char *const gb_cli_verb_names[] = {
	"list", "show", "doctor", "run", "report", "gate", "compare", "stress", "probe",
	"record", "merge", "export", NULL,
};

/* --- finding a row -------------------------------------------------------- */

static const struct gb_cli_option *by_name(const char *name, size_t n, unsigned int verb)
{
	for (const struct gb_cli_option *o = gb_cli_options; o->name; o++)
		if ((o->verbs & verb) && strlen(o->name) == n &&
		    !memcmp(o->name, name, n))
			return o;
	return NULL;
}

static const struct gb_cli_option *by_letter(char c, unsigned int verb)
{
	for (const struct gb_cli_option *o = gb_cli_options; o->name; o++)
		if ((o->verbs & verb) && o->letter == c)
			return o;
	return NULL;
}

static int unknown(const char *token, size_t n, unsigned int verb, const char *verb_name,
		   struct gb_error *e)
{
	const char *names[64], *near;
	char text[64];
	size_t k = 0;

	for (const struct gb_cli_option *o = gb_cli_options; o->name; o++)
		if (o->verbs & verb)
			names[k++] = o->name;
	snprintf(text, sizeof(text), "%.*s", (int)(n < 60 ? n : 60), token);
	gb_fail(e, GB_EXIT_USAGE, NULL, "unknown option '%s'", text);
	near = strncmp(text, "--", 2) ? NULL : gb_nearest(text + 2, names, k);
	if (near)
		gb_hint(e, "did you mean '--%s'? 'gfpbench %s --help' lists all", near,
			verb_name);
	else
		gb_hint(e, "'gfpbench %s --help' lists all", verb_name);
	return -e->code;
}

/* --- values --------------------------------------------------------------- */

char *gb_cli_choices(const struct gb_cli_option *o, char *buf, size_t n)
{
	size_t k = 0;

	for (const char *p = o->choices; *p && k + 3 < n; p++) {
		buf[k++] = *p == '|' ? ',' : *p;
		if (*p == '|')
			buf[k++] = ' ';
	}
	buf[k] = '\0';
	return buf;
}

static int check_choice(const struct gb_cli_option *o, const char *name,
			const char *value, struct gb_error *e)
{
	const char *p = o->choices;
	char all[120];

	for (size_t n; *p; p += n + (p[n] == '|')) {
		n = strcspn(p, "|");
		if (strlen(value) == n && !memcmp(p, value, n))
			return 0;
	}
	gb_fail(e, GB_EXIT_USAGE, NULL, "%s: '%s' is none of its values", name, value);
	gb_hint(e, "use one of: %s", gb_cli_choices(o, all, sizeof(all)));
	return -e->code;
}

/* "2000", "2k" */
static int parse_rate(const struct gb_cli_option *o, const char *name, const char *value,
		      double *out, struct gb_error *e)
{
	size_t n = strlen(value);
	double scale = n > 1 && (value[n - 1] == 'k' || value[n - 1] == 'K') ? 1000 : 1;
	char number[64];

	snprintf(number, sizeof(number), "%.*s", (int)(scale > 1 ? n - 1 : n), value);
	if (gb_parse_double(number, name, (double)o->min / scale, (double)o->max / scale,
			    out, e))
		return -e->code;
	*out *= scale;
	if (*out > 0 && *out < 1)
		return gb_fail(e, GB_EXIT_USAGE, "0 for none, or 1 and more",
			       "%s: %s is out of range", name, value);
	return 0;
}

static int set_value(const struct gb_cli_option *o, struct gb_cli *into,
		     const char *value, struct gb_error *e)
{
	void *p = (char *)into + o->offset;
	char name[40];

	snprintf(name, sizeof(name), "--%s", o->name);
	switch (o->type) {
	case GB_CLI_FLAG:
		++*(uint64_t *)p;
		return 0;
	case GB_CLI_CHOICE:
		*(const char **)p = value;
		return check_choice(o, name, value, e);
	case GB_CLI_TEXT:
		*(const char **)p = value;
		return *value ? 0 :
				gb_fail(e, GB_EXIT_USAGE, o->help, "%s: empty value",
					name);
	case GB_CLI_UINT:
		return gb_parse_uint(value, name, o->min, o->max, p, e);
	case GB_CLI_OPS:
		if (strcmp(value, "auto"))
			return gb_parse_uint(value, name, o->min, o->max, p, e);
		*(uint64_t *)p = GB_OPS_AUTO;
		return 0;
	case GB_CLI_SIZE:
		return gb_parse_size(value, name, o->min, o->max, p, e);
	case GB_CLI_TIME:
		return gb_parse_time(value, name, o->min, o->max, p, e);
	case GB_CLI_RATE:
		return parse_rate(o, name, value, p, e);
	}
	return 0;
}

static int give(const struct gb_cli_option *o, struct gb_cli *into, const char *value,
		struct gb_error *e)
{
	size_t row = (size_t)(o - gb_cli_options);

	into->set[row / 64] |= UINT64_C(1) << row % 64;
	return set_value(o, into, value, e);
}

static int missing(const struct gb_cli_option *o, struct gb_error *e)
{
	gb_fail(e, GB_EXIT_USAGE, NULL, "--%s needs a value", o->name);
	gb_hint(e, "--%s=%s: %s", o->name, o->arg, o->help);
	return -e->code;
}

/* --- tokens --------------------------------------------------------------- */

struct cursor {
	int i, argc;
	char **argv;
	unsigned int verb;
	const char *verb_name;
};

static int long_option(struct cursor *c, struct gb_cli *o, struct gb_error *e)
{
	const char *token = c->argv[c->i], *value = NULL;
	size_t n = strcspn(token, "=");
	const struct gb_cli_option *row = by_name(token + 2, n - 2, c->verb);

	if (!row)
		return unknown(token, n, c->verb, c->verb_name, e);
	if (token[n])
		value = token + n + 1;
	if (!row->arg && value)
		return gb_fail(e, GB_EXIT_USAGE, NULL, "--%s takes no value", row->name);
	if (row->arg && !value) {
		if (c->i + 1 >= c->argc)
			return missing(row, e);
		value = c->argv[++c->i];
	}
	return give(row, o, value, e);
}

static int short_options(struct cursor *c, struct gb_cli *o, struct gb_error *e)
{
	for (const char *p = c->argv[c->i] + 1; *p; p++) {
		const struct gb_cli_option *row = by_letter(*p, c->verb);
		char text[3] = { '-', *p, 0 };

		if (!row)
			return unknown(text, 2, c->verb, c->verb_name, e);
		if (!row->arg) {
			if (give(row, o, NULL, e))
				return -e->code;
			continue;
		}
		if (p[1])
			return give(row, o, p + 1, e);
		if (c->i + 1 >= c->argc)
			return missing(row, e);
		return give(row, o, c->argv[++c->i], e);
	}
	return 0;
}

static int set_defaults(struct gb_cli *o, unsigned int verb, struct gb_error *e)
{
	o->irq_rate_hz = -1;
	for (const struct gb_cli_option *row = gb_cli_options; row->name; row++)
		if (row->def && (row->verbs & verb) && set_value(row, o, row->def, e))
			return -e->code;
	o->backend = o->workload = NULL; /* "not given" matters to the plan */
	return 0;
}

int gb_cli_parse(int argc, char **argv, unsigned int verb, const char *verb_name,
		 struct gb_cli *o, struct gb_error *e)
{
	struct cursor c = { 2, argc, argv, verb, verb_name };
	int only_args = 0;

	memset(o, 0, sizeof(*o));
	o->argc = argc;
	o->argv = argv;
	o->args = calloc((size_t)argc + 1, sizeof(*o->args));
	GB_BUG_ON(!o->args);
	if (set_defaults(o, verb, e))
		return -e->code;
	for (; c.i < argc && !e->code; c.i++) {
		const char *a = argv[c.i];

		if (only_args || a[0] != '-' || !a[1])
			o->args[o->nr_args++] = a;
		else if (!strcmp(a, "--"))
			only_args = 1;
		else if (a[1] == '-')
			(void)!long_option(&c, o, e);
		else
			(void)!short_options(&c, o, e);
	}
	return -e->code;
}

void gb_cli_free(struct gb_cli *o)
{
	free(o->args);
	o->args = NULL;
}

int gb_cli_give(const char *name, const char *value, unsigned int verb, struct gb_cli *o,
		struct gb_error *e)
{
	const struct gb_cli_option *row = by_name(name, strlen(name), verb);
	int yes = !strcmp(value, "yes") || !strcmp(value, "1");

	GB_BUG_ON(!row);
	if (row->type != GB_CLI_FLAG)
		return give(row, o, value, e);
	if (!yes && strcmp(value, "no") && strcmp(value, "0"))
		return gb_fail(e, GB_EXIT_USAGE, "allowed: yes, no, 1, 0",
			       "%s: '%.60s' is neither yes nor no", name, value);
	*(uint64_t *)(void *)((char *)o + row->offset) = (uint64_t)yes;
	return 0;
}

int gb_cli_is_set(const struct gb_cli *o, const char *name)
{
	int known = 0, set = 0;

	/* verbs have rows of their own for the same name */
	for (size_t i = 0; gb_cli_options[i].name; i++) {
		if (strcmp(gb_cli_options[i].name, name))
			continue;
		known = 1;
		set |= !!(o->set[i / 64] & (UINT64_C(1) << i % 64));
	}
	GB_BUG_ON(!known);
	return set;
}
