/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The gfpbench authors */
/* The base library in one glance: that the pieces work together.  The details have
 * files of their own (test_csv.c, test_clock.c, ...). */
#include <unistd.h>

#include "base/clock.h"
#include "base/csv.h"
#include "base/map.h"
#include "base/option.h"
#include "base/text.h"

#include "tests/tap.h"

struct conf {
	uint64_t size, order;
};

static const struct gb_option rows[] = {
	{ "size", GB_OPTION_SIZE, offsetof(struct conf, size), "64", 1, 1 << 20, NULL,
	  "bytes" },
	{ "order", GB_OPTION_CHOICE, offsetof(struct conf, order), "fifo", 0, 0,
	  "fifo|lifo", "order of frees" },
	{ 0 },
};

static void options_into_csv(const char *path)
{
	struct gb_error e = GB_ERROR_INIT;
	struct gb_csv_table t;
	struct conf conf;
	struct gb_csv *c;
	char *text;

	CHECK(!gb_options_parse(rows, &conf, "workload pairs", "order=lifo:size=4k", &e));
	text = gb_options_format(rows, &conf);
	tap_eq_text(text, "size=4k:order=lifo", "canonical options");
	c = gb_csv_open(path, "params,ns", &e);
	if (!tap_ok(!!c, "a table is opened"))
		return;
	gb_csv_text(c, text);
	gb_csv_double(c, 12.5);
	CHECK(!gb_csv_row(c, &e));
	CHECK(!gb_csv_close(c, &e));
	free(text);
	if (!tap_ok(!gb_csv_read(path, &t, &e), "and read"))
		return;
	tap_eq_text(gb_csv_get(&t, 0, gb_csv_column(&t, "params")), "size=4k:order=lifo",
		    "what was written");
	CHECK(gb_csv_get_double(&t, 0, gb_csv_column(&t, "ns")) == 12.5);
	gb_csv_free(&t);
}

static void memory(void)
{
	unsigned char *p = gb_map(100000);

	CHECK(p && p[0] == 0 && p[99999] == 0);
	p[99999] = 1;
	gb_unmap(p, 100000);
	p = gb_map_lazy((size_t)1 << 40);
	CHECK(p && p[(size_t)1 << 39] == 0);
	gb_unmap(p, (size_t)1 << 40);
}

int main(void)
{
	char path[64];

	gb_clock_init();
	CHECK(gb_clock.ticks_per_ns > 0);
	snprintf(path, sizeof(path), "test_base-%ld.csv", (long)getpid());
	options_into_csv(path);
	unlink(path);
	memory();
	return tap_done();
}
