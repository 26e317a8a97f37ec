/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The gfpbench authors */
/* Units, limits, what is refused and how, shortest text, did-you-mean. */
#include <locale.h>
#include <math.h>

#include "base/number.h"
#include "base/parse.h"
#include "base/rng.h"

#include "tests/tap.h"
#include "tests/unit/comma_locale.h"

typedef int parser(const char *, const char *, uint64_t, uint64_t, uint64_t *,
		   struct gb_error *);

#define REFUSED UINT64_C(0xdead0000)

static const struct {
	parser *parse;
	const char *text;
	uint64_t want;
} row[] = {
	{ gb_parse_uint, "0", 0 },
	{ gb_parse_uint, "18446744073709551615", UINT64_MAX },
	{ gb_parse_uint, "18446744073709551616", REFUSED },
	{ gb_parse_uint, "10k", 10000 },
	{ gb_parse_uint, "1.5k", 1500 },
	{ gb_parse_uint, "3m", 3000000 },
	{ gb_parse_uint, "1.5", REFUSED },
	{ gb_parse_uint, "", REFUSED },
	{ gb_parse_uint, "k", REFUSED },
	{ gb_parse_uint, "-1", REFUSED },
	{ gb_parse_uint, "+1", REFUSED },
	{ gb_parse_uint, " 1", REFUSED },
	{ gb_parse_uint, "1 ", REFUSED },
	{ gb_parse_uint, "0x10", REFUSED },
	{ gb_parse_uint, "1e3", REFUSED },
	{ gb_parse_uint, "12,5", REFUSED },
	{ gb_parse_size, "64", 64 },
	{ gb_parse_size, "4k", 4096 },
	{ gb_parse_size, "4K", 4096 },
	{ gb_parse_size, "4KiB", 4096 },
	{ gb_parse_size, "1.5g", UINT64_C(1610612736) },
	{ gb_parse_size, "256m", 256 << 20 },
	{ gb_parse_size, "1t", UINT64_C(1) << 40 },
	{ gb_parse_size, "16777215t", UINT64_C(16777215) << 40 },
	{ gb_parse_size, "16777216t", REFUSED },
	{ gb_parse_size, "4q", REFUSED },
	{ gb_parse_size, "0.3", REFUSED },
	{ gb_parse_size, "1.", REFUSED },
	{ gb_parse_size, ".5k", 512 },
	{ gb_parse_size, "1.2.3k", REFUSED },
	{ gb_parse_size, "4kk", REFUSED },
	{ gb_parse_time, "250ms", 250000000 },
	{ gb_parse_time, "0.1s", 100000000 },
	{ gb_parse_time, "1ns", 1 },
	{ gb_parse_time, "5us", 5000 },
	{ gb_parse_time, "2m", UINT64_C(120000000000) },
	{ gb_parse_time, "1h", UINT64_C(3600000000000) },
	{ gb_parse_time, "0", 0 },
	{ gb_parse_time, "0s", 0 },
	{ gb_parse_time, "10", REFUSED },
	{ gb_parse_time, "0.5ns", REFUSED },
	{ gb_parse_time, "10 s", REFUSED },
	{ gb_parse_time, "99999999999999999999999999999999999999999s", REFUSED },
	{ gb_parse_time, "0.00000000000000000000000000001h", REFUSED },
};

static void integers(void)
{
	for (size_t i = 0; i < sizeof(row) / sizeof(row[0]); i++) {
		struct gb_error e = GB_ERROR_INIT;
		uint64_t got = REFUSED;
		int ret = row[i].parse(row[i].text, "x", 0, UINT64_MAX, &got, &e);
		int good = got == row[i].want &&
			   (row[i].want == REFUSED ? ret == -GB_EXIT_USAGE && *e.hint :
						     ret == 0);

		if (!tap_ok(good, "'%s'", row[i].text))
			tap_diag("returns %d, value %llu, %s", ret,
				 (unsigned long long)got, e.what);
	}
}

static void messages(void)
{
	struct gb_error e = GB_ERROR_INIT, f = GB_ERROR_INIT, g = GB_ERROR_INIT;
	uint64_t v;
	double d;

	CHECK(gb_parse_size("4k", "--ram", 16 << 20, UINT64_C(1) << 36, &v, &e) < 0);
	tap_eq_text(e.what, "--ram: 4k is out of range", "what is wrong");
	tap_eq_text(e.hint, "allowed: 16m to 64g", "what is allowed");
	CHECK(gb_parse_time("x", "--timeout", 1, UINT64_MAX, &v, &e) < 0);
	tap_eq_text(e.what, "--ram: 4k is out of range", "the first error stays");
	CHECK(gb_parse_time("10", "--timeout", 1, UINT64_MAX, &v, &f) < 0);
	tap_eq_text(f.what, "--timeout: '10' is no time", "a time without unit");
	CHECK(gb_parse_double("1.5", "--cv", 0, 1, &d, &g) < 0);
	tap_eq_text(g.hint, "allowed: 0 to 1", "limits of a decimal");
}

static void decimals(void)
{
	static const char *const bad[] = { "",   "nan", "inf",   "0x1p3", " 1",
					   "1 ", "1,5", "1e999", "--1",   "1e" };
	double d = 0;

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		tap_ok(gb_number_parse(bad[i], &d) < 0, "'%s' is no number", bad[i]);
	CHECK(!gb_number_parse("-1.5e-3", &d) && d == -1.5e-3);
}

static const struct {
	double v;
	const char *text;
} shortest[] = {
	{ 0, "0" },
	{ 0.1, "0.1" },
	{ 1500, "1500" },
	{ -2.5, "-2.5" },
	{ 1e15, "1000000000000000" },
	{ 0.1 + 0.2, "0.30000000000000004" },
	{ 1e300, "1e+300" },
	{ 5e-324, "5e-324" },
	{ 123456789012.345, "123456789012.345" },
	{ NAN, "nan" },
	{ -INFINITY, "-inf" },
};

static void numbers(const char *where)
{
	struct gb_rng r = gb_rng_seed(5, 0);
	char buf[GB_NUMBER_SIZE];
	unsigned int lost = 0;
	double v, back;
	uint64_t bits;

	for (size_t i = 0; i < sizeof(shortest) / sizeof(shortest[0]); i++)
		tap_eq_text(gb_number_format(buf, sizeof(buf), shortest[i].v),
			    shortest[i].text, where);
	for (int i = 0; i < 20000; i++) {
		bits = gb_rng_next(&r);
		memcpy(&v, &bits, sizeof(v));
		if (isfinite(v))
			lost += gb_number_parse(gb_number_format(buf, sizeof(buf), v),
						&back) ||
				back != v;
	}
	tap_eq_u64(lost, 0, "random doubles come back");
}

static void round_trips(void)
{
	struct gb_error e = GB_ERROR_INIT;
	struct gb_rng r = gb_rng_seed(6, 0);
	unsigned int lost = 0;
	uint64_t v, back;
	char buf[32];

	for (int i = 0; i < 10000; i++) {
		v = gb_rng_next(&r) >> gb_rng_below(&r, 64) << gb_rng_below(&r, 30);
		lost += gb_parse_size(gb_format_size(buf, 32, v), "v", 0, UINT64_MAX,
				      &back, &e) ||
			back != v;
		v = i % 2 ? v : gb_rng_below(&r, 5000) * 1000000;
		lost += gb_parse_time(gb_format_time(buf, 32, v), "v", 0, UINT64_MAX,
				      &back, &e) ||
			back != v;
	}
	tap_eq_u64(lost, 0, "sizes and times come back");
	tap_eq_text(gb_format_size(buf, 32, 4096), "4k", "4096");
	tap_eq_text(gb_format_size(buf, 32, 1000), "1000", "1000");
	tap_eq_text(gb_format_size(buf, 32, 0), "0", "0");
	tap_eq_text(gb_format_time(buf, 32, 250000000), "250ms", "250 ms");
	tap_eq_text(gb_format_time(buf, 32, UINT64_C(90000000000)), "90s", "90 s");
}

static void for_people(void)
{
	static const struct {
		double v;
		const char *time, *size;
	} h[] = {
		{ 0, "0 ns", "0 B" },
		{ 5.234, "5.23 ns", "5.23 B" },
		{ 999.4, "999 ns", "999 B" },
		{ 999.6, "1.00 us", "1000 B" },
		{ 1530000, "1.53 ms", "1.46 MiB" },
		{ -1500, "-1.50 us", "-1.46 KiB" },
		{ 59e9, "59.0 s", "54.9 GiB" },
		{ 90e9, "1.50 min", "83.8 GiB" },
		{ NAN, "n/a", "n/a" },
	};
	char buf[32];

	for (size_t i = 0; i < sizeof(h) / sizeof(h[0]); i++) {
		tap_eq_text(gb_human_time(buf, 32, h[i].v), h[i].time, h[i].time);
		tap_eq_text(gb_human_size(buf, 32, h[i].v), h[i].size, h[i].size);
	}
}

static void nearest(void)
{
	static const char *const name[] = { "slab",  "vmalloc", "kvmalloc",
					    "pages", "glibc",   "jemalloc" };
	static const struct {
		const char *text, *want;
	} q[] = {
		{ "slba", "slab" },        { "slab", "slab" },   { "Slab", "slab" },
		{ "jemaloc", "jemalloc" }, { "glibv", "glibc" }, { "vmaloc", "vmalloc" },
		{ "xyzzy", NULL },         { "", NULL },         { "sl", NULL },
	};

	for (size_t i = 0; i < sizeof(q) / sizeof(q[0]); i++) {
		const char *got = gb_nearest(q[i].text, name, 6);

		tap_ok(got == q[i].want || (got && q[i].want && !strcmp(got, q[i].want)),
		       "'%s' is near %s", q[i].text, q[i].want ? q[i].want : "nothing");
	}
	CHECK(!gb_nearest(
		"an overlong word that nobody would ever type by mistake, would they",
		name, 6));
	CHECK(!gb_nearest("slab", name, 0));
}

int main(void)
{
	integers();
	messages();
	decimals();
	numbers("C locale");
	if (enter_comma_locale())
		numbers("a locale with decimal commas");
	else
		tap_skip("a locale with decimal commas",
			 "no de_DE, and localedef cannot make it");
	for_people();
	round_trips();
	nearest();
	return tap_done();
}
