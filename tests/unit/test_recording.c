/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The gfpbench authors */
/*
 * Recordings: one body over a table of files (tests/data/recordings), each with the
 * counts that tests/tools/count-recording.py found in it; then the operations behind the counts,
 * flags by name, and files that are no recordings at all.
 */
#include <fcntl.h>
#include <unistd.h>

#include "recording/gfp_names.h"
#include "recording/recording.h"

#include "machine/cpu.h"

#include "tests/tap.h"

static char data[3500];

/* --- the table -------------------------------------------------------------------- */

static const struct {
	const char *file, *counts, *format, *compression;
	const char *warning; /* part of one; NULL: there is none */
} table[] = {
	{ "comm.trace", "comm", "ftrace", "none", NULL },
	{ "compressed.trace.gz", "flags5", "ftrace", "gzip", NULL },
	{ "compressed.trace.xz", "flags5", "ftrace", "xz", NULL },
	{ "compressed.trace.zst", "flags5", "ftrace", "zstd", NULL },
	{ "crlf.trace", "flags5", "ftrace", "none", NULL },
	{ "cut.trace", "cut", "ftrace", "none", "last line has no end" },
	{ "damaged.trace.gz", "flags5", "ftrace", "gzip", "damaged" },
	{ "damaged.trace.xz", "flags5", "ftrace", "xz", "damaged" },
	{ "damaged.trace.zst", "flags5", "ftrace", "zstd", "damaged" },
	{ "duplicates.trace", "duplicates", "ftrace", "none", "no allocation before" },
	{ "flags4.trace", "flags4", "ftrace", "none", NULL },
	{ "flags5.trace", "flags5", "ftrace", "none", NULL },
	{ "garbage.trace.gz", "flags5", "ftrace", "gzip", "damaged" },
	{ "latency.trace", "latency", "ftrace", "none", NULL },
	{ "malformed.trace", "malformed", "ftrace", "none", "unknown names" },
	{ "noflags-tgid.trace", "noflags-tgid", "ftrace", "none", NULL },
	{ "perf-script.txt", "perf-script", "perf script", "none", NULL },
	{ "skew.trace", "skew", "ftrace", "none", "step back in time" },
	{ "trace-cmd-2.txt", "trace-cmd-2", "trace-cmd", "none", "events were lost" },
	{ "trace-cmd-3.txt", "trace-cmd-3", "trace-cmd", "none", "events were lost" },
};

static int warned(const struct gb_recording *r, const char *part)
{
	for (unsigned int i = 0; i < r->nr_warnings; i++)
		if (!part || strstr(r->warning[i], part))
			return 1;
	return 0;
}

/* Every operation stands for an object that is live, exactly once. */
static int sound(const struct gb_recording *r)
{
	char *state = calloc(r->nr_objects + 1, 1);
	int good = 1;

	for (size_t i = 0; i < r->nr_ops && good; i++) {
		const struct gb_recorded_op *op = &r->op[i];
		int is_free = !!(op->flags & GB_RECORDED_FREE);

		good = op->object < r->nr_objects && state[op->object] == is_free &&
		       r->cpu_rank[r->cpu[i]] < r->nr_cpus;
		if (good)
			state[op->object]++;
	}
	free(state);
	return good;
}

static int expected(const char *counts, char **text)
{
	struct gb_error e = GB_ERROR_INIT;
	char path[4096];
	size_t len;

	snprintf(path, sizeof(path), "%s/tests/data/recordings/%s.csv", data, counts);
	return gb_read_file(path, 1 << 16, text, &len, &e);
}

static void one_file(size_t i)
{
	struct gb_error e = GB_ERROR_INIT;
	struct gb_text got = { 0 }, words = { 0 };
	struct gb_recording r;
	char *want = NULL, path[4096];

	snprintf(path, sizeof(path), "%s/tests/data/recordings/%s", data, table[i].file);
	if (!tap_ok(!gb_recording_load(path, &r, &e), "%s: read", table[i].file)) {
		tap_diag("%s", e.what);
		gb_recording_free(&r);
		return;
	}
	gb_recording_show(&r, GB_RECORDING_CSV, &got);
	gb_recording_show(&r, GB_RECORDING_TABLE, &words);
	CHECK(!expected(table[i].counts, &want));
	tap_eq_text(got.data, want, table[i].counts);
	tap_eq_text(r.format, table[i].format, "format");
	tap_eq_text(r.compression, table[i].compression, "compression");
	CHECK(sound(&r));
	tap_ok(table[i].warning ? warned(&r, table[i].warning) : !r.nr_warnings,
	       "%s: warnings", table[i].file);
	CHECK(strstr(words.data, "most bytes live at once"));
	free(want);
	gb_text_free(&got);
	gb_text_free(&words);
	gb_recording_free(&r);
}

/* --- what the counts do not show -------------------------------------------------- */

static void write_file(const char *path, const char *text, size_t n)
{
	int fd = open(path, O_CREAT | O_TRUNC | O_WRONLY, 0600);

	if (fd < 0 || write(fd, text, n) != (ssize_t)n || close(fd))
		tap_ok(0, "write %s", path);
}

static void operations(void)
{
	struct gb_error e = GB_ERROR_INIT;
	struct gb_recording r;
	char path[4096];

	snprintf(path, sizeof(path), "%s/tests/data/recordings/flags4.trace", data);
	CHECK(!gb_recording_load(path, &r, &e));
	tap_eq_u64(r.nr_ops, 7, "failed and null ones are no operations");
	tap_eq_u64(r.op[0].gfp, GFP_KERNEL, "GFP_KERNEL");
	tap_eq_u64(r.op[2].gfp, GFP_ATOMIC | __GFP_NOWARN | __GFP_ZERO, "3.4 names");
	tap_eq_u64(r.op[2].context, GB_SOFTIRQ, "softirq");
	tap_eq_u64(r.op[3].context, GB_HARDIRQ, "H is a hardirq");
	CHECK(r.op[3].flags == GB_RECORDED_NESTED);
	CHECK(r.op[4].object == 0 && r.op[4].flags == GB_RECORDED_FREE &&
	      r.op[4].size == 64);
	tap_eq_u64(r.time_ns[0], 100000001000, "nanoseconds");
	gb_recording_free(&r);

	snprintf(path, sizeof(path), "%s/tests/data/recordings/trace-cmd-2.txt", data);
	CHECK(!gb_recording_load(path, &r, &e));
	tap_eq_u64(r.op[1].gfp, GFP_ATOMIC, "3.4's number 0x20");
	CHECK(r.cpu[1] == 2 && r.cpu_rank[2] == 1);
	gb_recording_free(&r);

	snprintf(path, sizeof(path), "%s/tests/data/recordings/trace-cmd-3.txt", data);
	CHECK(!gb_recording_load(path, &r, &e));
	tap_eq_u64(r.op[1].gfp, GFP_ATOMIC, "6.x's number 0x820");
	tap_eq_text(gb_recording_cache(&r, r.op[1].cache), "skbuff_head_cache", "cache");
	tap_eq_text(gb_recording_cache(&r, r.op[0].cache), "",
		    "kmalloc has no cache name");
	gb_recording_free(&r);

	snprintf(path, sizeof(path), "%s/tests/data/recordings/duplicates.trace", data);
	CHECK(!gb_recording_load(path, &r, &e));
	CHECK(r.op[2].flags == (GB_RECORDED_FREE | GB_RECORDED_IMPLICIT) &&
	      r.op[2].object == 0);
	CHECK(r.op[4].context == GB_SOFTIRQ && (r.op[4].flags & GB_RECORDED_IMPLICIT));
	gb_recording_free(&r);
}

static void flags_by_name(void)
{
	static const struct {
		const char *text;
		int old;
		gfp_t gfp;
		unsigned int unknown;
	} row[] = {
		{ "GFP_KERNEL|__GFP_ZERO", 0, GFP_KERNEL | __GFP_ZERO, 0 },
		{ "GFP_NOWAIT|__GFP_IO|__GFP_FS", 0, GFP_NOWAIT | __GFP_IO | __GFP_FS,
		  0 },
		{ "GFP_HIGHUSER_MOVABLE", 0, GFP_HIGHUSER_MOVABLE, 0 },
		{ "none", 0, 0, 0 },
		{ "0xcc0", 0, GFP_KERNEL, 0 },
		{ "3264", 0, GFP_KERNEL, 0 },
		{ "GFP_ATOMIC|0x100", 0, GFP_ATOMIC | __GFP_ZERO, 0 },
		{ "GFP_KERNEL|__GFP_NEW", 0, GFP_KERNEL, 1 },
		{ "|", 0, 0, 1 },
		{ "0x100000000", 0, 0, 1 },
		{ "GFP_KERNEL|GFP_REPEAT|GFP_COMP", 1,
		  GFP_KERNEL | __GFP_RETRY_MAYFAIL | __GFP_COMP, 0 },
		{ "GFP_TEMPORARY", 1, GFP_KERNEL | __GFP_RECLAIMABLE, 0 },
		{ "GFP_WAIT|GFP_NO_KSWAPD", 1, __GFP_DIRECT_RECLAIM, 0 },
		{ "GFP_ZERO", 1, __GFP_ZERO | __GFP_KSWAPD_RECLAIM, 0 },
		{ "0xd0", 1, GFP_KERNEL, 0 },
		{ "208", 1, GFP_KERNEL, 0 },
		{ "0x80d0", 1, GFP_KERNEL | __GFP_ZERO, 0 },
	};
	struct gb_gfp_memo *memo = calloc(1, sizeof(*memo));
	char buf[64];

	for (int again = 0; again < 2; again++) {
		for (size_t i = 0; i < sizeof(row) / sizeof(row[0]); i++) {
			struct gb_gfp_mask m = gb_gfp_lookup(
				memo, row[i].text, strlen(row[i].text), row[i].old);

			tap_eq_u64(m.gfp, row[i].gfp, row[i].text);
			tap_eq_u64(m.unknown, row[i].unknown, "unknown names");
		}
	}
	tap_eq_text(gb_gfp_format(GFP_KERNEL | __GFP_ZERO, buf, sizeof(buf)),
		    "GFP_KERNEL|__GFP_ZERO", "to text");
	tap_eq_text(gb_gfp_format(0, buf, sizeof(buf)), "none", "no flags");
	tap_eq_text(gb_gfp_format(0x80000000u, buf, sizeof(buf)), "0x80000000",
		    "no name");
	gb_gfp_format(~0u, buf, 20);
	tap_eq_u64(strlen(buf), 19, "cut to the buffer");
	CHECK(gb_gfp_parse("none\0x", 6, 0).unknown == 1); /* found by the fuzzer */
	free(memo);
}

/* --- no recordings ---------------------------------------------------------------- */

static void refused(const char *path, const char *part, const char *name)
{
	struct gb_error e = GB_ERROR_INIT;
	struct gb_recording r;

	tap_eq_u64((unsigned int)-gb_recording_load(path, &r, &e), GB_EXIT_USAGE, name);
	if (!tap_ok(strstr(e.what, part) && *e.hint, "%s: says why, with a hint", name))
		tap_diag("%s / %s", e.what, e.hint);
	gb_recording_free(&r);
}

#define EVENT "x-1 [000] ..... 1.000001: kmalloc: ptr=01 bytes_req=8 gfp_flags=GFP_KERNEL"

/* A line of 20 MB, and of every length around the limit, costs itself alone. */
static void long_lines(const char *path)
{
	static const size_t length[] = { 65534,  65535,  65536,  65537,
					 262143, 262144, 262145, 20 << 20 };
	struct gb_error e = GB_ERROR_INIT;
	size_t n = (size_t)21 << 20;
	char *text = malloc(n);
	struct gb_recording r;

	for (size_t i = 0; text && i < sizeof(length) / sizeof(length[0]); i++) {
		size_t at = length[i];

		memset(text, 'a', at);
		at += (size_t)sprintf(text + at, "\n" EVENT "\n");
		write_file(path, text, at);
		CHECK(!gb_recording_load(path, &r, &e));
		tap_ok(r.metric[GB_REC_EVENTS] == 1 &&
			       r.metric[GB_REC_MALFORMED_LINES] == 1,
		       "a line of %zu bytes is one malformed line", length[i]);
		gb_recording_free(&r);
	}
	free(text);
}

static void no_recordings(void)
{
	static const char zeros[4096],
		binary[] = "\177ELF\002\001\001\000\n\000\n\377\376\n[0] -1";
	char path[64] = "/tmp/gfpbench-recording-XXXXXX", nothing[4096];
	int fd = mkstemp(path);

	CHECK(fd >= 0);
	close(fd);
	refused("/nonexistent/recording", "No such file", "a missing file");
	refused("/tmp", "folder", "a folder");
	refused("/dev/zero", "device", "an endless device");
	write_file(path, "", 0);
	refused(path, "no event", "an empty file");
	write_file(path, zeros, sizeof(zeros));
	refused(path, "no event", "zeros");
	write_file(path, binary, sizeof(binary));
	refused(path, "no event", "a binary file");
	write_file(path, "# tracer: nop\n#\n", 16);
	refused(path, "no event", "a trace without events");
	write_file(path, "\x28\xb5\x2f\xfd", 4);
	refused(path, "no event", "a zstd magic and nothing more");
	write_file(path, "\x1f\x8b", 2);
	refused(path, "no event", "a gzip magic and nothing more");
	snprintf(nothing, sizeof(nothing), "%s/tests/data/recordings/nothing.trace.zst",
		 data);
	refused(nothing, "no event", "a zstd frame without its end");
	long_lines(path);
	unlink(path);
}

static void bundled(void)
{
	struct gb_error e = GB_ERROR_INIT;
	struct gb_text got = { 0 };
	struct gb_recording r;
	char path[4096], *want = NULL;
	size_t len;

	unsetenv("GFPBENCH_RECORDING");
	snprintf(path, sizeof(path), "%s/data/recordings/connect-small.trace.zst", data);
	CHECK(!gb_recording_load(path, &r, &e));
	CHECK(r.metric[GB_REC_EVENTS] == 20000 && sound(&r));
	gb_recording_show(&r, GB_RECORDING_CSV, &got);
	snprintf(path, sizeof(path), "%s/data/recordings/connect-small.csv", data);
	CHECK(!gb_read_file(path, 1 << 16, &want, &len, &e));
	tap_eq_text(got.data, want, "the bundled recording has its counts");
	free(want);
	gb_text_free(&got);
	gb_recording_free(&r);
	CHECK(!gb_recording_path("@bundled", path, sizeof(path), &e));
	CHECK(!gb_recording_load("@bundled", &r, &e));
	gb_recording_free(&r);
	setenv("GFPBENCH_RECORDING", "/nonexistent", 1);
	refused("@bundled", "/nonexistent", "GFPBENCH_RECORDING is obeyed");
}

int main(void)
{
	const char *source = getenv("GB_SRCDIR");

	snprintf(data, sizeof(data), "%s", source ? source : ".");
	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++)
		one_file(i);
	operations();
	flags_by_name();
	no_recordings();
	bundled();
	return tap_done();
}
