/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The gfpbench authors */
#include "cli/options.h"

#include "base/text.h"
#include "tests/tap.h"

static struct gb_error e;
static struct gb_cli o;

static int parse(int argc, const char *const *argv)
{
	e = (struct gb_error)GB_ERROR_INIT;
	gb_cli_free(&o);
	return gb_cli_parse(argc, (char **)(uintptr_t)argv, GB_VERB_RUN, "run", &o, &e);
}
#define PARSE(...) \
	parse((int)(sizeof((const char *[]){ "gfpbench", "run", __VA_ARGS__ }) / sizeof(char *)), \
	      (const char *[]){ "gfpbench", "run", __VA_ARGS__ })

static void test_forms(void)
{
	CHECK(!PARSE("--runs=7") && o.runs == 7);
	CHECK(!PARSE("--runs", "8") && o.runs == 8);
	CHECK(!PARSE("-r9") && o.runs == 9);
	CHECK(!PARSE("-nr", "10") && o.runs == 10 && o.dry_run);
	CHECK(!PARSE("a", "-r", "2", "b") && o.runs == 2 && o.nr_args == 2);
	CHECK(!PARSE("--", "-r", "2") && o.runs == 3 && o.nr_args == 2);
	CHECK(!PARSE("-d", "5ms") && o.duration_ns == 5000000);
	CHECK(!PARSE("--ram=64m") && o.ram_bytes == 64 << 20);
	CHECK(!PARSE("--irq-rate=2k") && o.irq_rate_hz == 2000);
	CHECK(!PARSE("-q") && o.irq_rate_hz < 0 && !gb_cli_is_set(&o, "runs"));
	CHECK(!PARSE("-r", "3") && gb_cli_is_set(&o, "runs"));
}

static void refused(int ret, const char *name, const char *word)
{
	tap_ok(ret != 0 && e.code == GB_EXIT_USAGE && (strstr(e.what, word) || strstr(e.hint, word)),
	       "%s is refused", name);
	if (!strstr(e.what, word) && !strstr(e.hint, word))
		tap_diag("%s / %s", e.what, e.hint);
}

static void test_refusals(void)
{
	refused(PARSE("--thread=2"), "an abbreviation or typo", "did you mean '--threads'");
	refused(PARSE("--run=2"), "an abbreviation", "did you mean '--runs'");
	refused(PARSE("-x"), "an unknown letter", "-x");
	refused(PARSE("--runs"), "a missing value", "needs a value");
	refused(PARSE("--runs=0"), "a value out of range", "--runs");
	refused(PARSE("--runs=3x"), "no number", "--runs");
	refused(PARSE("--duration=5x"), "an unknown unit", "--duration");
	refused(PARSE("--order=random"), "an unknown choice", "blocks, sequential");
	refused(PARSE("--quiet=yes"), "a value for a flag", "takes no value");
	refused(PARSE("--irq-rate=99999999"), "too many interrupts", "--irq-rate");
	refused(PARSE("--label="), "an empty value", "empty");
}

/* The manual names every option of the table. */
static void test_manual(void)
{
	const char *dir = getenv("GB_SRCDIR");
	char path[4096], word[64], *man = NULL;
	struct gb_error why = GB_ERROR_INIT;
	size_t len;

	snprintf(path, sizeof(path), "%s/docs/man/gfpbench.1", dir ? dir : ".");
	if (!tap_ok(!gb_read_file(path, 1 << 20, &man, &len, &why), "the manual can be read"))
		return;
	for (const struct gb_cli_option *row = gb_cli_options; row->name; row++) {
		size_t n = 0;

		word[n++] = '\\', word[n++] = '-', word[n++] = '\\', word[n++] = '-';
		for (const char *p = row->name; *p; p++) {
			if (*p == '-')
				word[n++] = '\\';
			word[n++] = *p;
		}
		word[n] = '\0';
		tap_ok(strstr(man, word) != NULL, "the manual has --%s", row->name);
	}
	free(man);
}

int main(void)
{
	test_forms();
	test_refusals();
	test_manual();
	gb_cli_free(&o);
	return tap_done();
}
