/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The gfpbench authors */
/* Quoting, torn lines, disk full, wrong files, any locale. */
#include <fcntl.h>
#include <locale.h>
#include <math.h>
#include <signal.h>
#include <sys/resource.h>
#include <unistd.h>

#include "base/csv.h"
#include "base/text.h"

#include "tests/tap.h"
#include "tests/unit/comma_locale.h"

static char path[64];

static void put_file(const char *text)
{
	FILE *f = fopen(path, "w");

	if (!f || fputs(text, f) < 0 || fclose(f)) {
		perror(path);
		exit(99);
	}
}

static void file_is(const char *want, const char *name)
{
	struct gb_error e = GB_ERROR_INIT;
	char *text = NULL;
	size_t len;

	if (gb_read_file(path, 1 << 20, &text, &len, &e))
		tap_ok(0, "%s: %s", name, e.what);
	else
		tap_eq_text(text, want, name);
	free(text);
}

static struct gb_csv *open_or_die(const char *header)
{
	struct gb_error e = GB_ERROR_INIT;
	struct gb_csv *c = gb_csv_open(path, header, &e);

	if (!c) {
		printf("Bail out! %s\n", e.what);
		exit(1);
	}
	return c;
}

static void fields(const char *where)
{
	struct gb_error e = GB_ERROR_INIT;
	struct gb_csv_table t;
	struct gb_csv *c;

	unlink(path);
	c = open_or_die("a,b,c,d");
	gb_csv_text(c, "plain");
	gb_csv_text(c, "with \"quotes\", comma");
	gb_csv_text(c, "two\nlines\r");
	gb_csv_text(c, NULL);
	CHECK(!gb_csv_row(c, &e));
	gb_csv_u64(c, UINT64_MAX);
	gb_csv_i64(c, INT64_MIN);
	gb_csv_double(c, 0.1);
	gb_csv_double(c, NAN);
	CHECK(!gb_csv_row(c, &e));
	CHECK(!gb_csv_close(c, &e));
	file_is("a,b,c,d\n"
		"plain,\"with \"\"quotes\"\", comma\",\"two\nlines\r\",\n"
		"18446744073709551615,-9223372036854775808,0.1,\n",
		where);
	if (!tap_ok(!gb_csv_read(path, &t, &e), "%s: read back", where))
		return;
	CHECK(t.columns == 4 && t.rows == 2 && !t.torn);
	tap_eq_text(gb_csv_get(&t, 0, 1), "with \"quotes\", comma", "quotes come back");
	tap_eq_text(gb_csv_get(&t, 0, 2), "two\nlines\r", "line ends come back");
	tap_eq_text(gb_csv_get(&t, 0, gb_csv_column(&t, "none")), "",
		    "no such column: empty");
	CHECK(gb_csv_get_double(&t, 1, 2) == 0.1);
	CHECK(isnan(gb_csv_get_double(&t, 1, 3)) && isnan(gb_csv_get_double(&t, 0, 0)));
	gb_csv_free(&t);
}

static void numbers(void)
{
	static const char *const bad[] = { "",  "-1", "1.5", "18446744073709551616",
					   "x", " 1" };
	struct gb_error e = GB_ERROR_INIT;
	struct gb_csv_table t;
	uint64_t v = 0;

	put_file("v\n18446744073709551615\n");
	CHECK(!gb_csv_read(path, &t, &e));
	CHECK(!gb_csv_get_u64(&t, 0, 0, &v) && v == UINT64_MAX);
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		char *field[1] = { (char *)(uintptr_t)bad[i] };
		struct gb_csv_table one = { .columns = 1, .rows = 1, .field = field };

		tap_ok(gb_csv_get_u64(&one, 0, 0, &v) == -1, "'%s' is no u64", bad[i]);
	}
	gb_csv_free(&t);
}

static void torn_while_writing(const char *before, const char *after, const char *name)
{
	struct gb_error e = GB_ERROR_INIT;
	struct gb_csv *c;

	put_file(before);
	c = open_or_die("a,b");
	gb_csv_u64(c, 7);
	gb_csv_u64(c, 8);
	CHECK(!gb_csv_row(c, &e) && !gb_csv_close(c, &e));
	file_is(after, name);
}

static void torn(void)
{
	struct gb_error e = GB_ERROR_INIT;
	struct gb_csv_table t;

	torn_while_writing("", "a,b\n7,8\n", "an empty file gets its header");
	torn_while_writing("a,b\n1,2\n", "a,b\n1,2\n7,8\n", "a whole file is continued");
	torn_while_writing("a,b\n1,2\n3,", "a,b\n1,2\n7,8\n", "a torn row is cut off");
	torn_while_writing("a,", "a,b\n7,8\n", "a torn header is written again");
	torn_while_writing("a,b\n1,\"x\ny", "a,b\n7,8\n", "a row torn in a quoted line");
	torn_while_writing("a,b\n1,\"x\n", "a,b\n7,8\n", "a row torn at an LF in quotes");
	put_file("a,b\n1,2\n3,4");
	CHECK(!gb_csv_read(path, &t, &e) && t.torn && t.rows == 1);
	gb_csv_free(&t);
	put_file("a,b\n1,2\n3,\"4\n");
	CHECK(!gb_csv_read(path, &t, &e) && t.torn && t.rows == 1);
	gb_csv_free(&t);
	put_file("a,b\n");
	CHECK(!gb_csv_read(path, &t, &e) && !t.torn && t.rows == 0);
	gb_csv_free(&t);
}

static void refused(void)
{
	static const struct {
		const char *text, *what;
	} row[] = {
		{ "", ": empty, not even a header line" },
		{ "a,b", ": its header line has no end" },
		{ "a,a\n", ":1: two columns are called 'a'" },
		{ "a,b\n1,2\n1,2,3\n", ":3: 3 fields, but the header names 2" },
		{ "a,b\n\n", ":2: 1 fields, but the header names 2" },
		{ "a,b\n\"1\n2\",2\n1\n", ":4: 1 fields, but the header names 2" },
		{ "a,b\n\"1\"x,2\n", ":2: text after a closing quote" },
	};
	struct gb_csv_table t;
	char want[200];

	for (size_t i = 0; i < sizeof(row) / sizeof(row[0]); i++) {
		struct gb_error e = GB_ERROR_INIT;

		put_file(row[i].text);
		snprintf(want, sizeof(want), "%s%s", path, row[i].what);
		CHECK(gb_csv_read(path, &t, &e) == -GB_EXIT_USAGE);
		tap_eq_text(e.what, want, row[i].what);
	}
}

static void tolerated(void)
{
	struct gb_error e = GB_ERROR_INIT;
	struct gb_csv_table t;

	put_file("\xef\xbb\xbf"
		 "a,b\r\n1,\"x,y\"\r\n\"\",4\r\n");
	CHECK(!gb_csv_read(path, &t, &e) && t.rows == 2);
	tap_eq_text(t.name[0], "a", "a byte-order mark is no part of the name");
	tap_eq_text(gb_csv_get(&t, 0, 1), "x,y", "CRLF behind a quoted field");
	tap_eq_text(gb_csv_get(&t, 1, 0), "", "quoted nothing");
	tap_eq_text(gb_csv_get(&t, 1, 1), "4", "CRLF behind a plain field");
	gb_csv_free(&t);
}

static void foreign_file(void)
{
	struct gb_error e = GB_ERROR_INIT, f = GB_ERROR_INIT, g = GB_ERROR_INIT;
	struct gb_csv_table t;

	put_file("x,y\n1,2\n");
	CHECK(gb_csv_open(path, "a,b", &e) == NULL && e.code == GB_EXIT_USAGE && *e.hint);
	file_is("x,y\n1,2\n", "a foreign file stays as it is");
	CHECK(gb_csv_open("/nonexistent/x.csv", "a", &f) == NULL &&
	      f.code == GB_EXIT_HARNESS);
	CHECK(gb_csv_read("/nonexistent/x.csv", &t, &g) == -GB_EXIT_USAGE);
}

static void full_device(void)
{
	struct gb_error e = GB_ERROR_INIT;

	if (access("/dev/full", W_OK)) {
		tap_skip("disk full", "no /dev/full");
		return;
	}
	CHECK(gb_csv_open("/dev/full", "a,b", &e) == NULL);
	CHECK(e.code == GB_EXIT_HARNESS && *e.hint);
	tap_eq_text(e.what, "/dev/full: No space left on device", "disk full is named");
}

/* A limit on file sizes makes a write fall short in the middle of a row. */
static void short_write(void)
{
	struct rlimit whole, tight;
	struct gb_error e = GB_ERROR_INIT, f = GB_ERROR_INIT;
	struct gb_csv *c;
	int ret;

	unlink(path);
	c = open_or_die("a,b");
	gb_csv_text(c, "first");
	gb_csv_u64(c, 1);
	CHECK(!gb_csv_row(c, &e));
	signal(SIGXFSZ, SIG_IGN);
	getrlimit(RLIMIT_FSIZE, &whole);
	tight = whole;
	tight.rlim_cur = 4 + 8 + 5;
	setrlimit(RLIMIT_FSIZE, &tight);
	gb_csv_text(c, "second");
	gb_csv_u64(c, 2);
	ret = gb_csv_row(c, &e);
	setrlimit(RLIMIT_FSIZE, &whole);
	CHECK(ret == -GB_EXIT_HARNESS && *e.hint);
	file_is("a,b\nfirst,1\n", "half a row never stays");
	gb_csv_text(c, "third");
	gb_csv_u64(c, 3);
	CHECK(!gb_csv_row(c, &f) && !gb_csv_close(c, &f));
	file_is("a,b\nfirst,1\nthird,3\n", "and writing goes on once there is room");
}

static void held_rows(void)
{
	struct gb_error e = GB_ERROR_INIT;
	struct gb_csv *c;

	unlink(path);
	c = open_or_die("a");
	gb_csv_u64(c, 1);
	CHECK(!gb_csv_row_held(c, &e));
	gb_csv_u64(c, 2);
	CHECK(!gb_csv_row_held(c, &e));
	file_is("a\n", "held rows are not out yet");
	CHECK(!gb_csv_flush(c, 1, &e));
	file_is("a\n1\n2\n", "flushed in order");
	CHECK(!gb_csv_close(c, &e));
}

static void descriptor(void)
{
	struct gb_error e = GB_ERROR_INIT;
	struct gb_csv *c;
	int fd;

	put_file("before\n");
	fd = open(path, O_WRONLY | O_APPEND);
	c = gb_csv_fd(fd, "a", &e);
	CHECK(c != NULL);
	gb_csv_empty(c);
	CHECK(!gb_csv_row(c, &e) && !gb_csv_close(c, &e));
	CHECK(close(fd) == 0); /* it stayed the caller's */
	file_is("before\na\n\n", "an adopted descriptor");
}

int main(void)
{
	snprintf(path, sizeof(path), "test_csv-%ld.tmp", (long)getpid());
	fields("C locale");
	if (enter_comma_locale())
		fields("a locale with decimal commas");
	else
		tap_skip("a locale with decimal commas",
			 "no de_DE, and localedef cannot make it");
	setlocale(LC_ALL, "C");
	numbers();
	torn();
	refused();
	tolerated();
	foreign_file();
	full_device();
	short_write();
	held_rows();
	descriptor();
	unlink(path);
	return tap_done();
}
