/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The gfpbench authors */
/* Escapes, growth, atomic saving, reading with a limit, the error idiom. */
#include <errno.h>
#include <math.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/atomic.h"
#include "base/text.h"

#include "tests/tap.h"

static char path[64];

static void escapes(void (*add)(struct gb_text *, const char *), const char *from,
		    const char *want)
{
	struct gb_text t = { 0 };

	add(&t, from);
	tap_eq_text(t.data, want, want);
	gb_text_free(&t);
}

static void building(void)
{
	struct gb_text t = { 0 };
	int lost = 0;

	for (int i = 0; i < 10000; i++)
		gb_text_printf(&t, "%04d", i);
	tap_eq_u64(t.len, 40000, "it grows");
	for (int i = 0; i < 10000; i++)
		lost += atoi((char[5]){ t.data[4 * i], t.data[4 * i + 1],
					t.data[4 * i + 2], t.data[4 * i + 3], 0 }) != i;
	tap_eq_u64((unsigned int)lost, 0, "and keeps what it held");
	gb_text_free(&t);
	CHECK(!t.data && !t.len);
	gb_text_double(&t, 0.25);
	gb_text_double(&t, NAN);
	gb_text_double(&t, INFINITY);
	tap_eq_text(t.data, "0.25nullnull", "numbers for JSON");
	gb_text_free(&t);
}

static void saving(void)
{
	struct gb_error e = GB_ERROR_INIT, f = GB_ERROR_INIT, g = GB_ERROR_INIT;
	struct gb_text t = { 0 };
	char *back;
	size_t len;

	gb_text_addn(&t, "a\0b", 3);
	CHECK(!gb_text_save(&t, path, &e));
	gb_text_add(&t, "c");
	CHECK(!gb_text_save(&t, path, &e));
	CHECK(!gb_read_file(path, 4, &back, &len, &e) && len == 4 &&
	      !memcmp(back, "a\0bc", 5));
	free(back);
	CHECK(gb_read_file(path, 3, &back, &len, &f) == -GB_EXIT_USAGE);
	CHECK(gb_read_file("/", 3, &back, &len, &g) == -GB_EXIT_USAGE);
	tap_eq_text(g.what, "/: Is a directory", "a folder is no file");
	gb_text_free(&t);
}

/* As /dev/stdout is: the link stays, and what it names is written. */
static void saving_through_a_link(void)
{
	struct gb_error e = GB_ERROR_INIT;
	struct gb_text t = { 0 };
	char link[sizeof(path) + 8], *back;
	struct stat st;
	size_t len;

	snprintf(link, sizeof(link), "%s.link", path);
	CHECK(!symlink(path, link));
	gb_text_add(&t, "x");
	CHECK(!gb_text_save(&t, link, &e) && !lstat(link, &st) && S_ISLNK(st.st_mode));
	CHECK(!gb_read_file(path, 9, &back, &len, &e) && len == 1 && *back == 'x');
	unlink(link);
	free(back);
	gb_text_free(&t);
}

static void saving_fails(void)
{
	struct gb_error e = GB_ERROR_INIT, f = GB_ERROR_INIT;
	struct gb_text t = { 0 };
	struct stat st;

	gb_text_add(&t, "x");
	CHECK(gb_text_save(&t, "/nonexistent/x", &e) == -GB_EXIT_HARNESS);
	tap_eq_text(e.what, "/nonexistent/x: No such file or directory",
		    "the path is named");
	if (access("/dev/full", W_OK)) {
		tap_skip("disk full", "no /dev/full");
	} else {
		CHECK(gb_text_save(&t, "/dev/full", &f) == -GB_EXIT_HARNESS);
		tap_eq_text(f.what, "/dev/full: No space left on device", "disk full");
		CHECK(!stat("/dev/full", &st) && S_ISCHR(st.st_mode));
	}
	gb_text_free(&t);
}

static void errors(void)
{
	struct gb_error e = GB_ERROR_INIT, f = GB_ERROR_INIT;
	char large[1000];

	gb_hint(&e, "no error, no hint");
	CHECK(e.code == GB_EXIT_OK && !*e.hint);
	CHECK(gb_fail(&e, GB_EXIT_HARNESS, "do that", "%d went wrong", 3) ==
	      -GB_EXIT_HARNESS);
	CHECK(gb_fail(&e, GB_EXIT_USAGE, "no", "later") == -GB_EXIT_HARNESS);
	CHECK(gb_fail_errno(&e, GB_EXIT_USAGE, EIO, NULL, "later") == -GB_EXIT_HARNESS);
	tap_eq_text(e.what, "3 went wrong", "the first error wins");
	tap_eq_text(e.hint, "do that", "and keeps its hint");
	memset(large, 'x', sizeof(large) - 1);
	large[sizeof(large) - 1] = '\0';
	CHECK(gb_fail_errno(&f, GB_EXIT_USAGE, EIO, large, "%s", large) ==
	      -GB_EXIT_USAGE);
	CHECK(strlen(f.what) == sizeof(f.what) - 1 &&
	      strlen(f.hint) == sizeof(f.hint) - 1);
}

/* A broken invariant names its place and aborts. */
static void bugs(void)
{
	int pipes[2], status = 0;
	char text[400] = "";
	ssize_t got;
	pid_t child;

	if (!tap_ok(!pipe(pipes), "a pipe"))
		return;
	child = fork();
	if (child == 0) {
		dup2(pipes[1], STDERR_FILENO);
		gb_bug("file.c", 12, "left %d", 5);
	}
	close(pipes[1]);
	got = read(pipes[0], text, sizeof(text) - 1);
	close(pipes[0]);
	waitpid(child, &status, 0);
	CHECK(got > 0 && WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT);
	tap_eq_text(text, "gfpbench: bug: file.c:12: left 5\n", "a bug's message");
}

static void shell_words(void)
{
	static const struct {
		const char *word;
		int list;
		const char *want;
	} rows[] = {
		{ "pairs:size=64", 0, "pairs:size=64" },
		{ "a b", 0, "'a b'" },
		{ "it's", 0, "'it'\\''s'" },
		{ "a,b", 1, "'a\\,b'" },
		{ "", 0, "''" },
	};

	for (size_t i = 0; i < GB_ARRAY_SIZE(rows); i++) {
		struct gb_text t = { 0 };

		gb_text_shell(&t, rows[i].word, rows[i].list);
		tap_eq_text(t.data, rows[i].want, "shell");
		gb_text_free(&t);
	}
}

int main(void)
{
	snprintf(path, sizeof(path), "test_text-%ld.tmp", (long)getpid());
	building();
	escapes(gb_text_json, "a\"b\\c\n\x01", "\"a\\\"b\\\\c\\n\\u0001\"");
	escapes(gb_text_json, "\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80",
		"\"\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80\"");
	escapes(gb_text_json, "\xff\xc0\xaf\xed\xa0\x80",
		"\"\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd"
		"\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\"");
	escapes(gb_text_json, "\xe2\x82", "\"\xef\xbf\xbd\xef\xbf\xbd\"");
	escapes(gb_text_xml, "<a b=\"c\">&'\n\x02",
		"&lt;a b=&quot;c&quot;&gt;&amp;&#39;\n\xef\xbf\xbd");
	saving();
	saving_through_a_link();
	unlink(path);
	saving_fails();
	errors();
	bugs();
	shell_words();
	return tap_done();
}
