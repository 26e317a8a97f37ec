/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The gfpbench authors */
/* The table of verbs, --help, --version, errors. */
#include <errno.h>
#include <fcntl.h>
#include <locale.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/atomic.h"
#include "base/parse.h"
#include "cmd.h"
#include "core/columns.h"
#include "core/gate/side.h"
#include "core/runner.h"
#include "core/spawn.h"

static const struct gb_verb verbs[] = {
	{ "list", GB_VERB_LIST, "[backends|workloads|suites|metrics]",
	  "what there is, one line each", cmd_list },
	{ "show", GB_VERB_SHOW, "NAME|FILE",
	  "a backend, a workload or a recording in full", cmd_show },
	{ "doctor", GB_VERB_DOCTOR, "", "is this machine fit to measure?  Changes nothing",
	  cmd_doctor },
	{ "run", GB_VERB_RUN, "[JOBFILE...]", "measure", cmd_run },
	{ "stress", GB_VERB_STRESS, "", "try to break allocators, every block checked", cmd_stress },
	{ "probe", GB_VERB_PROBE, "BACKEND",
	  "may interrupts enter it?  Tried, unguarded, in a watched child", cmd_probe },
	{ "record", GB_VERB_RECORD, "-o FILE -- PROGRAM [ARGUMENTS]",
	  "make a recording of a program's or the kernel's allocations", cmd_record },
	{ "report", GB_VERB_REPORT, "[RUN...]",
	  "plots and one page of runs (default: results/latest)", cmd_report },
	{ "compare", GB_VERB_COMPARE, "RUN [RUN...]",
	  "ratios with intervals: later runs to the first, or a run's backends",
	  cmd_compare },
	{ "merge", GB_VERB_MERGE, "RUN RUN...", "join shards of one plan into one run",
	  cmd_merge },
	{ "export", GB_VERB_EXPORT, "[RUN...]", "long CSV, JSON, or an SQLite database of runs",
	  cmd_export },
	{ "gate", GB_VERB_GATE, "[calibrate|trend] --baseline A --candidate B|...",
	  "did the candidate get slower?  A verdict and an exit code",
	  cmd_gate },
};

void gb_print_error(const struct gb_error *e)
{
	fprintf(stderr, "gfpbench: error: %s\n", e->what);
	if (e->hint[0])
		fprintf(stderr, "  hint: %s\n", e->hint);
}

void gb_print_warning(const char *fmt, ...)
{
	va_list ap;

	fputs("gfpbench: warning: ", stderr);
	va_start(ap, fmt);
	vfprintf(stderr, fmt, ap);
	va_end(ap);
	fputc('\n', stderr);
}

int gb_finish_stdout(struct gb_error *e)
{
	static const char hint[] = "is the disk full, or the reader gone?";

	if (fflush(stdout))
		return gb_fail_errno(e, GB_EXIT_HARNESS, errno, hint,
				     "cannot write to standard output");
	if (ferror(stdout)) /* of a line long ago, whose errno is gone */
		return gb_fail(e, GB_EXIT_HARNESS, hint, "cannot write all of standard output");
	return 0;
}

static void print_help(void)
{
	printf("usage: gfpbench VERB [OPTIONS]\n\n"
	       "Benchmarks and stress-tests memory allocators the way a kernel uses them.\n\n");
	for (size_t i = 0; i < GB_ARRAY_SIZE(verbs); i++)
		printf("  %-9s %s\n", verbs[i].name, verbs[i].summary);
	printf("\n'gfpbench VERB --help' lists a verb's options; gfpbench(1) has the rest.\n"
	       "First steps: gfpbench doctor; gfpbench run; gfpbench report results/latest\n");
}

static void print_version(void)
{
	printf("gfpbench %s (%s build, schema %s, gcc-compatible %s)\n", PACKAGE_VERSION,
	       GB_BUILD_MODE, GB_SCHEMA_VERSION, __VERSION__);
}

static void print_verb_help(const struct gb_verb *v)
{
	printf("usage: gfpbench %s [OPTIONS]%s%s\n%s\n", v->name,
	       v->usage[0] ? " " : "", v->usage, v->summary);
	gb_cli_help(stdout, v->bit);
}

/* For another build's gate, which asks whether our runner fits. */
static void print_protocol(void)
{
	char *line = gb_gate_protocol_line();

	puts(line);
	free(line);
}

static const struct gb_verb *find_verb(const char *name, struct gb_error *e)
{
	const char *names[GB_ARRAY_SIZE(verbs)], *near;

	for (size_t i = 0; i < GB_ARRAY_SIZE(verbs); i++) {
		if (!strcmp(verbs[i].name, name))
			return &verbs[i];
		names[i] = verbs[i].name;
	}
	gb_fail(e, GB_EXIT_USAGE, "'gfpbench --help' lists the verbs", "unknown verb '%.60s'",
		name);
	near = gb_nearest(name, names, GB_ARRAY_SIZE(verbs));
	if (near)
		gb_hint(e, "did you mean '%s'? 'gfpbench --help' lists the verbs", near);
	return NULL;
}

static int run_verb(const struct gb_verb *v, int argc, char **argv, struct gb_error *e)
{
	struct gb_cli o;
	int code = 0;

	if (!gb_cli_parse(argc, argv, v->bit, v->name, &o, e)) {
		if (o.help)
			print_verb_help(v);
		else
			code = v->run(&o, e);
	}
	gb_cli_free(&o);
	return code;
}

/* The tables of stdout and the notes of stderr stay in order, and lines whole, when both go
 * to one file (2>&1 in a CI job). */
static void write_whole_lines(void)
{
	setvbuf(stdout, NULL, _IOLBF, BUFSIZ);
}

/* Where the caller closed stdin, stdout or stderr, the next file to be opened would get its
 * number, and with it what is said to the user: rows and remarks in one CSV.  Opened the wrong
 * way round, so that a write still fails as it must. */
static void hold_standard_files(void)
{
	for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++)
		if (fcntl(fd, F_GETFD) < 0)
			(void)!open("/dev/null", fd == STDIN_FILENO ? O_WRONLY : O_RDONLY);
}

static int dispatch(int argc, char **argv, struct gb_error *e)
{
	const struct gb_verb *v;

	if (argc < 2)
		return gb_fail(e, GB_EXIT_USAGE, "'gfpbench --help' lists the verbs",
			       "no verb given");
	if (!strcmp(argv[1], "--help") || !strcmp(argv[1], "-h") ||
	    (!strcmp(argv[1], "help") && argc == 2)) {
		print_help();
		return 0;
	}
	if (!strcmp(argv[1], "--version")) {
		print_version();
		return 0;
	}
	if (!strcmp(argv[1], GB_GATE_PROTOCOL_VERB)) {
		print_protocol();
		return 0;
	}
	if (argv[1][0] == '-')
		return gb_fail(e, GB_EXIT_USAGE, "options follow the verb: gfpbench run --runs=5",
			       "a verb must come first, not '%.60s'", argv[1]);
	v = find_verb(!strcmp(argv[1], "help") ? argv[2] : argv[1], e);
	if (!v)
		return 0;
	if (!strcmp(argv[1], "help")) {
		print_verb_help(v);
		return 0;
	}
	return run_verb(v, argc, argv, e);
}

int main(int argc, char **argv)
{
	struct gb_error e = GB_ERROR_INIT;
	int code;

	/* A runner: no locale, no tables, as little as possible before it measures. */
	if (argc >= 2 && !strcmp(argv[1], GB_RUNNER_VERB))
		return gb_runner_main(argv + 2);
	hold_standard_files();
	signal(SIGCHLD, SIG_DFL); /* where it is ignored nobody can wait for a child */
	unsetenv(GB_TRACE_DIR); /* run --trace alone says so to its runners */
	setlocale(LC_CTYPE, "");
	write_whole_lines();
	code = dispatch(argc, argv, &e);
	if (!e.code)
		(void)!gb_finish_stdout(&e);
	if (!e.code)
		return code;
	gb_print_error(&e);
	/* An interruption that led to the error is what the caller must see. */
	return code == GB_EXIT_SIGINT || code == GB_EXIT_SIGTERM ? code : (int)e.code;
}
