/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The gfpbench authors */
#include "core/cell.h"

#include "tests/tap.h"

static struct gb_cell sample_cell(void)
{
	return (struct gb_cell){
		.backend = strdup("preload:/lib/x y.so:name=a"), .workload = strdup("pairs"),
		.params = strdup("size=64:n=100"), .threads = 2, .duration_ns = 300000000,
		.irq_rate_hz = 2000.125, .irq_law = GB_IRQ_POISSON, .ram_bytes = 1 << 26,
		.interval_ns = 20000000, .pin = 1,
	};
}

static void test_round_trip(void)
{
	struct gb_cell c = sample_cell(), back;
	struct gb_sample_spec s = { .id = 7, .rep = 3, .block = 3, .seed = UINT64_MAX >> 1 }, s2;
	struct gb_error e = GB_ERROR_INIT;
	char **args = gb_cell_args(&c, &s), **again;
	int same = 1, n = 0;

	if (!CHECK(gb_cell_parse(args, &back, &s2, &e) == 0))
		tap_diag("%s", e.what);
	again = gb_cell_args(&back, &s2);
	for (; args[n] && again[n]; n++)
		same &= !strcmp(args[n], again[n]);
	tap_ok(same && !args[n] && !again[n], "text -> cell -> text is the same (%d entries)", n);
	CHECK(back.irq_rate_hz == c.irq_rate_hz && s2.seed == s.seed);
	gb_cell_args_free(args);
	gb_cell_args_free(again);
	gb_cell_free(&c);
	gb_cell_free(&back);
}

static void refuse(char *const *args, const char *name)
{
	struct gb_error e = GB_ERROR_INIT;
	struct gb_cell c;
	struct gb_sample_spec s;

	tap_ok(gb_cell_parse(args, &c, &s, &e) != 0 && e.code == GB_EXIT_USAGE, "%s is refused",
	       name);
	gb_cell_free(&c);
}

int main(void)
{
	test_round_trip();
	refuse((char *[]){ (char[]){ "threads=2" }, NULL }, "an incomplete cell");
	refuse((char *[]){ (char[]){ "colour=red" }, NULL }, "an unknown key");
	refuse((char *[]){ (char[]){ "threads" }, NULL }, "a key without a value");
	refuse((char *[]){ (char[]){ "threads=two" }, NULL }, "a number that is none");
	refuse((char *[]){ NULL }, "nothing");
	return tap_done();
}
