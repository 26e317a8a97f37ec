/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The gfpbench authors */
/*
 * A stored run, damaged at random: lines and bytes deleted, doubled, exchanged, edited,
 * files cut.  Whatever the damage, the run is refused or gives the very report that it
 * gave before: no accident changes a verdict.
 *
 * 600 times each; with GB_TEST_SECONDS 600 times for every second of it.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/atomic.h"

#include "core/gate/columns.h"
#include "core/gate/judge.h"
#include "core/gate/output.h"

#include "tests/tap.h"
#include "tests/tools/gate_data.h"

#define MANIFEST GB_GATE_FILES
#define FILES    (GB_GATE_FILES + 1)

static char dir[] = "/tmp/gate-damage-XXXXXX";
static struct gb_text whole[FILES];

static const char *name_of(int f)
{
	return f == MANIFEST ? "manifest.json" : gb_gate_file_name[f];
}

static char *path_of(const char *name)
{
	static char path[256];

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	return path;
}

static void slurp(int f)
{
	FILE *in = fopen(path_of(name_of(f)), "re");
	char buf[4096];
	size_t n;

	GB_BUG_ON(!in);
	while ((n = fread(buf, 1, sizeof(buf), in)) > 0)
		gb_text_addn(&whole[f], buf, n);
	fclose(in);
}

static void put(int f, const struct gb_text *t)
{
	FILE *out = fopen(path_of(name_of(f)), "we");

	GB_BUG_ON(!out);
	GB_BUG_ON(t->len && fwrite(t->data, 1, t->len, out) != t->len);
	GB_BUG_ON(fclose(out));
}

/* --- damage --------------------------------------------------------------------- */

struct line {
	size_t at, len; /* with its LF */
};

static struct line any_line(const struct gb_text *t, struct gb_rng *rng)
{
	size_t i = gb_rng_below(rng, t->len), from = i, to = i;

	while (from > 0 && t->data[from - 1] != '\n')
		from--;
	while (to < t->len && t->data[to] != '\n')
		to++;
	return (struct line){ from, to - from + (to < t->len) };
}

static void add(struct gb_text *into, const struct gb_text *t, size_t from, size_t to)
{
	if (to > from)
		gb_text_addn(into, t->data + from, to - from);
}

static void lose_line(const struct gb_text *t, struct gb_rng *rng, struct gb_text *into)
{
	struct line l = any_line(t, rng);

	add(into, t, 0, l.at);
	add(into, t, l.at + l.len, t->len);
}

static void double_line(const struct gb_text *t, struct gb_rng *rng, struct gb_text *into)
{
	struct line l = any_line(t, rng);

	add(into, t, 0, l.at + l.len);
	add(into, t, l.at, t->len);
}

static void move_line(const struct gb_text *t, struct gb_rng *rng, struct gb_text *into)
{
	struct line a = any_line(t, rng), b = any_line(t, rng);

	if (b.at < a.at) {
		struct line swap = a;

		a = b;
		b = swap;
	}
	add(into, t, 0, a.at);
	add(into, t, a.at + a.len, b.at + (b.at > a.at ? b.len : 0));
	add(into, t, a.at, a.at + a.len);
	add(into, t, b.at + b.len, t->len);
}

static void cut(const struct gb_text *t, struct gb_rng *rng, struct gb_text *into)
{
	add(into, t, 0, gb_rng_below(rng, t->len));
}

static void lose_bytes(const struct gb_text *t, struct gb_rng *rng, struct gb_text *into)
{
	size_t at = gb_rng_below(rng, t->len), n = 1 + gb_rng_below(rng, 3);

	add(into, t, 0, at);
	add(into, t, at + n < t->len ? at + n : t->len, t->len);
}

static void flip_bit(const struct gb_text *t, struct gb_rng *rng, struct gb_text *into)
{
	size_t at = gb_rng_below(rng, t->len);

	add(into, t, 0, t->len);
	into->data[at] ^= (char)(1 << gb_rng_below(rng, 8));
}

/* The kind that still reads well. */
static void edit_digit(const struct gb_text *t, struct gb_rng *rng, struct gb_text *into)
{
	size_t at = gb_rng_below(rng, t->len);

	add(into, t, 0, t->len);
	while (at + 1 < t->len && (t->data[at] < '0' || t->data[at] > '9'))
		at++;
	into->data[at] = (char)('0' + gb_rng_below(rng, 10));
}

static void (*const damage[])(const struct gb_text *, struct gb_rng *,
			      struct gb_text *) = {
	lose_line, double_line, move_line, cut, lose_bytes, flip_bit, edit_digit, edit_digit,
};

/* --- verdicts ------------------------------------------------------------------- */

/* The report, or NULL: refused. */
static char *judge(void)
{
	struct gb_error e = GB_ERROR_INIT;
	struct gb_gate_judgement j;
	struct gb_gate_data d;
	struct gb_text t = { 0 };

	if (gb_gate_read(dir, &d, &e) < 0)
		return NULL;
	gb_gate_judge(&d, 0, &j);
	if (j.exit != GB_EXIT_HARNESS)
		gb_gate_json(&d, &j, &t);
	gb_gate_judgement_free(&j);
	gb_gate_free(&d);
	return t.data;
}

static void make(const char *options)
{
	struct gb_error e = GB_ERROR_INIT;
	struct gate_data_spec s;

	for (int f = 0; f < FILES; f++) {
		unlink(path_of(name_of(f)));
		gb_text_free(&whole[f]);
	}
	GB_BUG_ON(gb_options_parse(gate_data_options, &s, "spec", options, &e) < 0 ||
		  gate_data_make(dir, &s, &e) < 0);
	gb_options_free(gate_data_options, &s);
	for (int f = 0; f < FILES; f++)
		slurp(f);
}

static void try_all(const char *options, int exit, unsigned long times)
{
	struct gb_rng rng = gb_rng_seed(4711, (uint64_t)exit);
	unsigned long refused = 0, same = 0, other = 0;
	char *before, *after, expected[32];

	make(options);
	before = judge();
	snprintf(expected, sizeof(expected), "\"exit_code\":%d", exit);
	tap_ok(before && strstr(before, expected), "%s: exit %d as it was written",
	       options, exit);
	for (unsigned long i = 0; before && i < times; i++) {
		int f = (int)(i % FILES);
		size_t how = gb_rng_below(&rng, GB_ARRAY_SIZE(damage));
		struct gb_text t = { 0 };

		damage[how](&whole[f], &rng, &t);
		put(f, &t);
		after = judge();
		refused += !after;
		same += after && !strcmp(after, before);
		if (after && strcmp(after, before) != 0 && !other++)
			tap_diag("damage %zu of %s, number %lu, gave another report", how,
				 name_of(f), i);
		free(after);
		gb_text_free(&t);
		put(f, &whole[f]);
	}
	tap_ok(other == 0 && refused > times / 2 && same > 0,
	       "%s: refused %lu times, the same report %lu times, another one %lu times", options,
	   refused, same, other);
	free(before);
}

int main(void)
{
	const char *seconds = getenv("GB_TEST_SECONDS");
	unsigned long times = 600 * (seconds ? strtoul(seconds, NULL, 10) : 1);

	GB_BUG_ON(!mkdtemp(dir));
	try_all("cells=2:pairs=16:slices=2:sentinels=2:tail_values=10000:gate_all=yes", 0,
		times);
	try_all("cells=2:pairs=16:slices=2:sentinels=2:effect=0.2", 1, times);
	for (int f = 0; f < FILES; f++)
		unlink(path_of(name_of(f)));
	unlink(path_of("datapackage.json"));
	rmdir(dir);
	return tap_done();
}
