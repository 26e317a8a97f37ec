/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The gfpbench authors */
/* What each call of the family documents, one call after another. */
#include "malloc_test.h"

#include <errno.h>
#include <signal.h>
#include <stdint.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

/* The same pointer; the compiler must not know. */
static void *same(void *p)
{
	return (void *)opaque((size_t)p);
}

static int aligned(const void *p, size_t align)
{
	return p && !((uintptr_t)p & (align - 1));
}

static int is_zero(const unsigned char *p, size_t n)
{
	return !n || (!p[0] && !memcmp(p, p + 1, n - 1));
}

static void refuses(void *p, int error, const char *what)
{
	test_ok(!p && errno == error, "%s is refused with errno %d", what, error);
	free(p);
	errno = 0;
}

static void too_much(void)
{
	static const size_t sizes[] = { SIZE_MAX, SIZE_MAX - 4096,
					(size_t)PTRDIFF_MAX + 1, PTRDIFF_MAX,
					PTRDIFF_MAX - 70000 };
	void *p = malloc(10);

	errno = 0;
	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		size_t n = opaque(sizes[i]);

		refuses(malloc(n), ENOMEM, "malloc");
		refuses(calloc(n, 1), ENOMEM, "calloc");
		refuses(calloc(1, n), ENOMEM, "calloc");
		refuses(realloc(NULL, n), ENOMEM, "realloc(NULL)");
		refuses(memalign(64, n), ENOMEM, "memalign");
		refuses(memalign((size_t)1 << 20, n), ENOMEM, "memalign, 1 MiB");
		refuses(aligned_alloc(4096, n), ENOMEM, "aligned_alloc");
		refuses(valloc(n), ENOMEM, "valloc");
		refuses(pvalloc(n), ENOMEM, "pvalloc");
	}
	refuses(calloc(opaque(SIZE_MAX / 2), 3), ENOMEM, "calloc that overflows");
	refuses(calloc(opaque((size_t)1 << 33), (size_t)1 << 33), ENOMEM,
		"calloc of 2^66");
	refuses(reallocarray(NULL, opaque(SIZE_MAX / 2), 3), ENOMEM, "reallocarray");
	memset(p, 'x', 10);
	TEST(!realloc(same(p), opaque(SIZE_MAX)) && errno == ENOMEM);
	errno = 0;
	TEST(!reallocarray(same(p), opaque(SIZE_MAX / 4), 5) && errno == ENOMEM);
	TEST(!memcmp(p, "xxxxxxxxxx", 10)); /* the block is whole */
	free(p);
}

static void zero_sizes(void)
{
	void *p = malloc(opaque(0)), *q = malloc(opaque(0));

	TEST(p && q && p != q);
	TEST(malloc_usable_size(NULL) == 0);
	free(NULL);
	errno = 0;
	TEST(!realloc(p, opaque(0)) && errno == 0); /* freed */
	p = realloc(NULL, opaque(0));
	TEST(p && p != q);
	free(p);
	free(q);
	p = calloc(opaque(0), 8);
	q = calloc(8, opaque(0));
	TEST(p && q && p != q);
	free(p);
	free(q);
	p = memalign(64, opaque(0));
	TEST(aligned(p, 64));
	free(p);
}

static void bad_alignments(void)
{
	static const size_t bad[] = { 0, 1, 2, 3, 4, 7, 12, 24, 40, 4095, SIZE_MAX };
	static char here;
	void *before = &here, *p = before;

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		errno = 7;
		test_ok(posix_memalign(&p, opaque(bad[i]), 100) == EINVAL &&
				p == before && errno == 7,
			"posix_memalign with alignment %zu", bad[i]);
	}
	TEST(posix_memalign(&p, 64, opaque(SIZE_MAX)) == ENOMEM && p == before);
	errno = 0;
	refuses(memalign(opaque(SIZE_MAX / 2 + 2), 1), EINVAL, "memalign above 2^63");
	p = memalign(opaque(24), 10); /* rounded up */
	TEST(aligned(p, 32));
	free(p);
	if (!test_ours)
		return; /* later versions of glibc refuse it */
	p = aligned_alloc(opaque(48), 10);
	TEST(aligned(p, 64));
	free(p);
}

static void alignments(void)
{
	static const size_t sizes[] = { 0,    1,    17,    100,   1000,
					4096, 5000, 33000, 70000, 9000000 };
	int good = 1, posix = 1;
	void *p;

	for (size_t align = 8; align <= (size_t)4 << 20; align *= 2)
		for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
			p = aligned_alloc(align, sizes[i]);
			good &= aligned(p, align) && malloc_usable_size(p) >= sizes[i];
			if (p)
				memset(p, 1, sizes[i]);
			p = realloc(p, sizes[i] * 2 + 1);
			good &= p && (!sizes[i] || *(char *)p == 1);
			free(p);
			posix &=
				!posix_memalign(&p, align, sizes[i]) && aligned(p, align);
			free(p);
		}
	test_ok(good, "aligned_alloc, every power of two up to 4 MiB");
	test_ok(posix, "posix_memalign, every power of two up to 4 MiB");
	p = valloc(10);
	TEST(aligned(p, (size_t)sysconf(_SC_PAGESIZE)));
	free(p);
	p = pvalloc(10);
	TEST(aligned(p, (size_t)sysconf(_SC_PAGESIZE)) &&
	     malloc_usable_size(p) >= (size_t)sysconf(_SC_PAGESIZE));
	free(p);
}

static void errno_stays(void)
{
	static const size_t sizes[] = { 1, 5000, 100000, 20000000 };
	int good = 1;

	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		void *p = malloc(sizes[i]);

		errno = 42;
		free(p);
		good &= errno == 42;
	}
	test_ok(good, "free leaves errno alone");
}

void test_table(void)
{
	too_much();
	zero_sizes();
	bad_alignments();
	alignments();
	errno_stays();
}

/* ------------------------------------------------------------------ all sizes */

static void every_size(void)
{
	int align = 1, usable = 1, zero = 1;

	for (size_t n = 0; n <= 70000; n += n < 3000 ? 1 : 97) {
		unsigned char *p = malloc(n);
		size_t room = malloc_usable_size(p);

		align &= aligned(p, 16);
		usable &= room >= n;
		memset(p, 0xa5, room);
		free(p);
		p = calloc(1, n); /* most likely the same block */
		zero &= is_zero(p, n);
		free(p);
	}
	test_ok(align, "every size: multiples of 16");
	test_ok(usable, "every size: malloc_usable_size, all of it writable");
	test_ok(zero, "every size: calloc of reused memory");
}

static void big_calloc(void)
{
	int zero = 1;

	for (size_t n = 100000; n < 40000000; n = n * 3 / 2) {
		unsigned char *p = malloc(n);

		memset(p, 0xa5, n);
		free(p);
		p = calloc(n / 4, 4);
		zero &= is_zero(p, n / 4 * 4);
		free(p);
	}
	test_ok(zero, "calloc of reused large memory");
}

static int keeps(unsigned char *p, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (p[i] != (unsigned char)(i * 7))
			return 0;
	return 1;
}

static void resizing(void)
{
	static const size_t sizes[] = { 1,       16,       17,       40,      100,
					200,     5000,     32768,    32769,   70000,
					66000,   200000,   1000000,  5000000, 8 << 20,
					9000000, 30000000, 20000000, 9000000, 100000,
					40000,   20000,    3000,     100,     5,
					1 };
	unsigned char *p = NULL;
	size_t had = 0;
	int good = 1;

	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		size_t n = sizes[i];

		p = realloc(p, n);
		good &= aligned(p, 16) && keeps(p, had < n ? had : n) &&
			malloc_usable_size(p) >= n;
		for (size_t k = 0; k < n; k++)
			p[k] = (unsigned char)(k * 7);
		had = n;
	}
	free(p);
	test_ok(good, "realloc up and down keeps the contents");
}

void test_sizes(void)
{
	every_size();
	big_calloc();
	resizing();
}

/* ------------------------------------------------------------------ broken programs */

static int dies_of_abort(void (*f)(void))
{
	struct rlimit no_core = { 0, 0 };
	int status;
	pid_t pid = fork();

	if (!pid) {
		setrlimit(RLIMIT_CORE, &no_core);
		close(STDERR_FILENO);
		signal(SIGABRT, SIG_DFL);
		f();
		_exit(0);
	}
	return pid > 0 && waitpid(pid, &status, 0) == pid && WIFSIGNALED(status) &&
	       WTERMSIG(status) == SIGABRT;
}

static void double_free(void)
{
	void *p = malloc(100);

	free(same(p));
	free(same(p));
	malloc_trim(0);
}

static void double_free_large(void)
{
	void *before = malloc(100000), *p = malloc(100000);

	free(before);
	free(same(p));
	free(same(p));
}

static void inner_free(void)
{
	char *p = malloc(100);

	free(same(p + 16));
	malloc_trim(0);
}

static void inner_free_large(void)
{
	char *p = malloc(1000000);

	free(same(p + 65536));
}

static void stack_free(void)
{
	long words[64] = { 0 };

	free(same(&words[32]));
}

void test_deaths(void)
{
	test_ok(dies_of_abort(double_free),
		"double free: aborts when the arrays are flushed");
	test_ok(dies_of_abort(double_free_large), "double free of a large block: aborts");
	test_ok(dies_of_abort(inner_free), "free inside a block: aborts");
	test_ok(dies_of_abort(inner_free_large), "free inside a large block: aborts");
	test_ok(dies_of_abort(stack_free), "free of an address on the stack: aborts");
}
