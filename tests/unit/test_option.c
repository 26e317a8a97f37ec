/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The gfpbench authors */
/* Every type of row: defaults, values, ranges, escapes, messages, canonical text. */
#include "base/option.h"

#include "tests/tap.h"

struct conf {
	uint64_t n, size, time, flag, order;
	double skew;
	char *file;
};

#define AT(field) offsetof(struct conf, field)
static const struct gb_option rows[] = {
	{ "n", GB_OPTION_UINT, AT(n), "100", 1, 1000000, NULL, "objects" },
	{ "size", GB_OPTION_SIZE, AT(size), "64", 8, 0, NULL, "bytes" },
	{ "time", GB_OPTION_TIME, AT(time), "1ms", 0, 0, NULL, "time" },
	{ "flag", GB_OPTION_BOOL, AT(flag), "0", 0, 0, NULL, "0 or 1" },
	{ "order", GB_OPTION_CHOICE, AT(order), "fifo", 0, 0, "fifo|lifo|random",
	  "order" },
	{ "skew", GB_OPTION_DOUBLE, AT(skew), "0.5", 0, 2, NULL, "ratio" },
	{ "file", GB_OPTION_TEXT, AT(file), "", 0, 20, NULL, "file name" },
	{ 0 },
};
static const struct gb_option required[] = {
	{ "file", GB_OPTION_TEXT, AT(file), NULL, 0, 0, NULL, "the recording" },
	{ 0 },
};
static const struct gb_option none[] = { { 0 } };

static const struct {
	const char *spec, *canonical; /* NULL: refused */
	const char *what, *hint;
} row[] = {
	{ NULL, "n=100:size=64:time=1ms:flag=0:order=fifo:skew=0.5:file=", NULL, NULL },
	{ "", "n=100:size=64:time=1ms:flag=0:order=fifo:skew=0.5:file=", NULL, NULL },
	{ "order=random:flag=yes:n=1k",
	  "n=1000:size=64:time=1ms:flag=1:order=random:skew=0.5:file=", NULL, NULL },
	{ "size=4096:skew=1.25:time=1500us",
	  "n=100:size=4k:time=1500us:flag=0:order=fifo:skew=1.25:file=", NULL, NULL },
	{ "n=5:n=6", "n=6:size=64:time=1ms:flag=0:order=fifo:skew=0.5:file=", NULL,
	  NULL },
	{ "file=a\\:b=c",
	  "n=100:size=64:time=1ms:flag=0:order=fifo:skew=0.5:file=a\\:b=c", NULL, NULL },
	{ "file=a\\b", "n=100:size=64:time=1ms:flag=0:order=fifo:skew=0.5:file=a\\\\b",
	  NULL, NULL },
	{ "file=end\\\\:n=7",
	  "n=7:size=64:time=1ms:flag=0:order=fifo:skew=0.5:file=end\\\\", NULL, NULL },
	{ "sise=4", NULL, "workload pairs: unknown option 'sise'",
	  "did you mean 'size'? options: n, size, time, flag, order, skew, file" },
	{ "wibble=4", NULL, "workload pairs: unknown option 'wibble'",
	  "options: n, size, time, flag, order, skew, file" },
	{ "n=0", NULL, "workload pairs: n: 0 is out of range", "allowed: 1 to 1000000" },
	{ "size=4", NULL, "workload pairs: size: 4 is out of range", "allowed: 8 or more" },
	{ "n", NULL, "workload pairs: option 'n' needs a value: n=VALUE", "objects" },
	{ "n=5:", NULL, "workload pairs: unknown option ''", NULL },
	{ "order=lifi", NULL, "workload pairs: order: 'lifi' is none of its values",
	  "did you mean 'lifo'? allowed: fifo|lifo|random" },
	{ "flag=2", NULL, "workload pairs: flag: '2' is neither yes nor no",
	  "allowed: 0, 1, yes, no" },
	{ "skew=3", NULL, "workload pairs: skew: 3 is out of range", "allowed: 0 to 2" },
	{ "file=123456789012345678901", NULL,
	  "workload pairs: file: '123456789012345678901' has a wrong length",
	  "allowed: 0 to 20 characters" },
	{ "file=x:size=oops", NULL, "workload pairs: size: 'oops' is no size", NULL },
};

static void accepted(const char *spec, const char *canonical)
{
	struct gb_error e = GB_ERROR_INIT;
	struct conf conf, again;
	char *text, *twice;

	if (!tap_ok(!gb_options_parse(rows, &conf, "workload pairs", spec, &e),
		    "'%s' is taken", spec ? spec : "NULL")) {
		tap_diag("%s", e.what);
		return;
	}
	text = gb_options_format(rows, &conf);
	tap_eq_text(text, canonical, "its canonical text");
	CHECK(!gb_options_parse(rows, &again, "workload pairs", text, &e));
	twice = gb_options_format(rows, &again);
	tap_eq_text(twice, canonical, "which means itself");
	free(text);
	free(twice);
	gb_options_free(rows, &conf);
	gb_options_free(rows, &again);
}

static void refused(const char *spec, const char *what, const char *hint)
{
	struct gb_error e = GB_ERROR_INIT;
	struct conf conf;

	tap_ok(gb_options_parse(rows, &conf, "workload pairs", spec, &e) ==
		       -GB_EXIT_USAGE,
	       "'%s' is refused", spec);
	tap_eq_text(e.what, what, "with a reason");
	if (hint)
		tap_eq_text(e.hint, hint, "and a hint");
	CHECK(conf.file == NULL);
}

static void values(void)
{
	struct gb_error e = GB_ERROR_INIT;
	struct conf conf;
	char buf[32];

	CHECK(!gb_options_parse(rows, &conf, "x", "size=2m:order=lifo:file=abc:time=3s",
				&e));
	tap_eq_text(gb_option_value(&rows[1], &conf, buf, 32), "2m", "value of a size");
	tap_eq_text(gb_option_value(&rows[2], &conf, buf, 32), "3s", "value of a time");
	tap_eq_text(gb_option_value(&rows[4], &conf, buf, 32), "lifo",
		    "value of a choice");
	tap_eq_text(gb_option_value(&rows[6], &conf, buf, 32), "abc", "value of a text");
	gb_options_free(rows, &conf);
	CHECK(conf.file == NULL);
}

static void special_tables(void)
{
	struct gb_error e = GB_ERROR_INIT, f = GB_ERROR_INIT;
	struct conf conf;
	char *text;

	CHECK(gb_options_parse(required, &conf, "workload replay", NULL, &e) < 0);
	tap_eq_text(e.what, "workload replay: option 'file' is required",
		    "a required option");
	CHECK(gb_options_parse(none, &conf, "workload null", "a=1", &f) < 0);
	tap_eq_text(f.hint, "it takes no options", "an empty table");
	text = gb_options_format(none, &conf);
	tap_eq_text(text, "", "an empty table's text");
	free(text);
}

int main(void)
{
	for (size_t i = 0; i < sizeof(row) / sizeof(row[0]); i++) {
		if (row[i].canonical)
			accepted(row[i].spec, row[i].canonical);
		else
			refused(row[i].spec, row[i].what, row[i].hint);
	}
	values();
	special_tables();
	return tap_done();
}
