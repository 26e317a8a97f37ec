/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The gfpbench authors */
#include "cli/options.h"

#include "base/text.h"
#include "tests/tap.h"

static struct gb_error e;
static struct gb_cli o;

static int parse_as(unsigned int verb, int argc, const char *const *argv)
{
	e = (struct gb_error)GB_ERROR_INIT;
	gb_cli_free(&o);
	return gb_cli_parse(argc, (char **)(uintptr_t)argv, verb, argv[1], &o, &e);
}
static int parse(int argc, const char *const *argv)
{
	return parse_as(GB_VERB_RUN, argc, argv);
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
	CHECK(!parse_as(GB_VERB_GATE, 4, (const char *[]){ "gfpbench", "gate", "-t", "2" }) &&
	      gb_cli_is_set(&o, "threads"));
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

/* "--irq-rate" as roff wants it */
static void roff(struct gb_text *t, const char *s)
{
	for (; *s; s++)
		gb_text_printf(t, "%s%c", *s == '-' ? "\\" : "", *s);
}

/* Which verbs take it: most names stand in the table more than once. */
static void roff_verbs(struct gb_text *t, unsigned int verbs)
{
	const char *before = " (\\fI";
	int all = verbs == (unsigned int)GB_VERB_ALL;

	for (unsigned int i = 0; !all && gb_cli_verb_names[i]; i++) {
		if (!(verbs >> i & 1))
			continue;
		gb_text_printf(t, "%s%s", before, gb_cli_verb_names[i]);
		before = ", ";
	}
	gb_text_add(t, all ? ".\n" : "\\fR).\n");
}

static void roff_option(struct gb_text *t, const struct gb_cli_option *row)
{
	gb_text_add(t, ".TP\n.B ");
	if (row->letter)
		gb_text_printf(t, "\\-%c, ", row->letter);
	gb_text_add(t, "\\-\\-");
	roff(t, row->name);
	if (row->arg)
		gb_text_printf(t, "=\\fI%s\\fR", row->arg);
	gb_text_printf(t, "\n%c%s", row->help[0] >= 'a' && row->help[0] <= 'z' ?
		       row->help[0] - 'a' + 'A' : row->help[0], row->help + 1);
	if (row->choices) {
		gb_text_add(t, ": ");
		for (const char *p = row->choices; *p; p++)
			gb_text_addn(t, *p == '|' ? ", " : p, *p == '|' ? 2 : 1);
	}
	if (row->def)
		gb_text_printf(t, " [%s]", row->def);
	roff_verbs(t, row->verbs);
}

static void roff_options(struct gb_text *t)
{
	for (const struct gb_cli_option *row = gb_cli_options; row->name; row++)
		roff_option(t, row);
}

/* The manual holds the generated list of options, word for word. */
static void test_manual(void)
{
	const char *dir = getenv("GB_SRCDIR");
	char path[4096], *man = NULL;
	struct gb_error why = GB_ERROR_INIT;
	struct gb_text t = { 0 };
	size_t len;

	snprintf(path, sizeof(path), "%s/docs/man/gfpbench.1", dir ? dir : ".");
	roff_options(&t);
	if (!tap_ok(!gb_read_file(path, 1 << 20, &man, &len, &why) && strstr(man, t.data),
		    "the manual's options are in step with the table"))
		tap_diag("%s; 'tests/unit/test_cli_options --print' prints the text", why.what);
	free(man);
	gb_text_free(&t);
}

int main(int argc, char **argv)
{
	if (argc > 1 && !strcmp(argv[1], "--print")) {
		struct gb_text t = { 0 };

		roff_options(&t);
		fputs(t.data, stdout);
		gb_text_free(&t);
		return 0;
	}
	test_forms();
	test_refusals();
	test_manual();
	gb_cli_free(&o);
	return tap_done();
}
