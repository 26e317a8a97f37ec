/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The gfpbench authors */
/* Pictures as part of a page, and the index that joins tables. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/latency_pick.h"
#include "core/report/index.h"
#include "core/report/svg.h"

#include "tests/tap.h"

static const char picture[] =
	"<?xml version=\"1.0\"?>\n<svg\n width=\"9\" height=\"9\"\n>\n<title>Gnuplot</title>\n"
	"<g id=\"gnuplot_canvas\">\n\n"
	"<rect x=\"0\" y=\"0\" width=\"9\" height=\"9\" fill=\"#ffffff\"/>\n<defs>\n\n"
	"\t<path id='gpPt1' d='M-1.25,0'/>\n"
	"\t<path id='gpPt5' d='M0,1.33'/>\n"
	"\t<use xlink:href='#gpPt5' id='gpPt6' fill='currentColor'/>\n"
	"</defs>\n"
	"<g fill=\"none\" color=\"black\" stroke=\"currentColor\">\n</g>\n\n\n"
	"<g fill=\"none\" color=\"gray\" stroke=\"currentColor\" stroke-width=\"2.00\">\n"
	"<title>data using (is(s))</title><polygon points = '123.46,7.89 200.00,10.50 '/></g>\n"
	"<g stroke-linecap=\"butt\" stroke=\"rgb(  0, 114, 178)\"><path d='M123.46,7.89 "
	"L200.00,10.50'/><text>123.46 rgb</text><use xlink:href='#gpPt6'/></g>\n"
	"</g>\n</svg>\n";

static void svg(const char *path)
{
	struct gb_error e = GB_ERROR_INIT;
	struct gb_text t = { 0 };

	tap_ok(!gb_svg_inline(path, "p7-", "a < b", 90, 40, &t, &e), "a picture is taken in");
	tap_ok(strstr(t.data, "aria-label=\"a &lt; b\"") != NULL, "its name is escaped");
	tap_ok(!strstr(t.data, "<title>") && !strstr(t.data, "#ffffff"), "no title, no ground");
	tap_ok(strstr(t.data, "stroke=\"#0072b2\"") != NULL, "colours a style sheet can map");
	tap_ok(strstr(t.data, "d='M123.4,7.89 L200,10.5'") != NULL, "coordinates are shortened");
	tap_ok(strstr(t.data, "<text>123.46 rgb</text>") != NULL, "what is read is not");
	tap_ok(strstr(t.data, "href='#p7-gpPt6'") && strstr(t.data, " id='p7-gpPt6'"),
	       "references and ids have the prefix");
	tap_ok(strstr(t.data, " id='p7-gpPt5'") && strstr(t.data, "d='M0,1.33'"),
	       "a shape that a used shape is made of stays, as it is");
	tap_ok(!strstr(t.data, "gpPt1"), "an unused shape goes");
	tap_ok(!strstr(t.data, "currentColor\">\n</g>"), "an empty group goes");
	tap_ok(strstr(t.data, "<g class=\"k\" stroke-width=\"2.00\">") != NULL,
	       "what most groups say is a class");
	tap_ok(strstr(t.data, "points = '123.4,7.89 200,10.5 '") != NULL, "polygons, too");
	tap_ok(!strstr(t.data, "is(s)") && !strstr(t.data, "\n\n"), "no commands, no empty lines");
	gb_text_free(&t);
}

static void no_svg(const char *path)
{
	struct gb_error e = GB_ERROR_INIT;
	struct gb_text t = { 0 };

	tap_ok(gb_svg_inline(path, "p", "", 1, 1, &t, &e) < 0 && e.code == GB_EXIT_HARNESS,
	       "what is no picture is refused");
	gb_text_free(&t);
}

static void write_file(const char *path, const char *text, size_t n)
{
	FILE *f = fopen(path, "w");

	if (!f || fwrite(text, 1, n, f) != n || fclose(f))
		abort();
}

static void joining(void)
{
	struct gb_index x = { 0 };
	int wrong = 0;
	char key[32];

	tap_ok(gb_index_find(&x, "a") == GB_INDEX_NONE, "an empty index holds nothing");
	for (size_t i = 0; i < 5000; i++) {
		snprintf(key, sizeof(key), "k%zu", i);
		wrong += gb_index_add(&x, key, i) != i;
	}
	for (size_t i = 0; i < 5000; i++) {
		snprintf(key, sizeof(key), "k%zu", i);
		wrong += gb_index_find(&x, key) != i || gb_index_add(&x, key, 7) != i;
	}
	tap_ok(!wrong, "5000 keys keep their numbers");
	tap_ok(gb_index_find(&x, "k5000") == GB_INDEX_NONE, "what was not added is not found");
	gb_index_free(&x);
}

/* Rows that must not speak: softirq, free, the class with fewer operations, no count. */
static void picking(const char *path)
{
	static const char rows[] =
		"sample_id,op,context,gfp,count,p50_ns,p99_ns,p999_ns\n"
		"1,free,process,-,900,1,2,3\n"
		"1,alloc,process,GFP_ATOMIC,5,4,5,6\n"
		"1,alloc,process,GFP_KERNEL,500,10,11,12\n"
		"1,alloc,process,GFP_NOWAIT,500,20,21,22\n"
		"1,alloc,softirq,GFP_ATOMIC,800,30,31,32\n"
		"1,alloc,hardirq,GFP_ATOMIC,7,40,41,\n"
		"1,free,hardirq,-,700,50,51,52\n"
		"1,irq_entry,hardirq,-,7,60,61,62\n"
		"1,alloc,hardirq,GFP_NOWAIT,,70,71,72\n";
	struct gb_error e = GB_ERROR_INIT;
	struct gb_csv_table t;
	struct gb_latency_pick p;

	write_file(path, rows, sizeof(rows) - 1);
	tap_ok(!gb_csv_read(path, &t, &e), "rows of latency");
	gb_latency_pick_init(&p, &t);
	tap_ok(isnan(p.process.p50) && isnan(p.hardirq.p99) && isnan(p.entry.p99),
	       "no row, no figure");
	for (size_t i = 0; i < t.rows; i++)
		gb_latency_pick_row(&p, i);
	tap_ok(p.process.p50 == 10 && p.process.p999 == 12,
	       "the class with most operations speaks, the first of equal ones");
	tap_ok(p.hardirq.p50 == 40 && p.hardirq.p99 == 41, "soft interrupts are not hard ones");
	tap_ok(isnan(p.hardirq.p999), "an empty field stays not measured");
	tap_ok(p.entry.p99 == 61, "the wait for an interrupt is told from what it does");
	gb_csv_free(&t);
}

int main(void)
{
	char path[] = "/tmp/gfpbench-test-report-XXXXXX";
	int fd = mkstemp(path);

	if (fd < 0)
		abort();
	close(fd);
	write_file(path, picture, sizeof(picture) - 1);
	svg(path);
	write_file(path, picture, sizeof(picture) / 2);
	no_svg(path);
	picking(path);
	unlink(path);
	joining();
	return tap_done();
}
