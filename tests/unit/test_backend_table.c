/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The gfpbench authors */
/*
 * The table of backends: every descriptor complete, specs parsed, malloc's origin proved.
 */
#include "tests/tap.h"

#include <unistd.h>

#include "base/atomic.h"
#include "backend.h"
#include "kernel/mm.h"
#include "machine/cpu.h"

static void rows(void)
{
	char names[400];

	for (const struct gb_backend *const *b = gb_backends; *b; b++) {
		const char *wrong = gb_backend_check(*b);

		if (!tap_ok(!wrong, "descriptor of %s is complete", (*b)->name))
			tap_diag("it %s", wrong);
		for (const struct gb_backend *const *c = gb_backends; c < b; c++)
			tap_ok(!!strcmp((*b)->name, (*c)->name), "%s is not %s",
			       (*b)->name, (*c)->name);
		gb_capability_names((*b)->caps, names, sizeof(names));
		tap_ok((*b)->caps == 0 || names[0], "%s: capabilities have names: %s",
		       (*b)->name, names);
	}
}

/* The checker must be able to refuse: break a good descriptor in each way. */
static void refusals(void)
{
	const struct gb_backend good = *gb_backends[0];
	struct gb_backend b;

#define BROKEN(field, value) \
	do { \
		b = good; \
		b.field = value; \
		tap_ok(gb_backend_check(&b) != NULL, "refused: " #field " = " #value); \
	} while (0)
	BROKEN(interface, GB_BACKEND_INTERFACE + 1);
	BROKEN(name, NULL);
	BROKEN(name, "With Space");
	BROKEN(summary, NULL);
	BROKEN(summary, "two\nlines");
	BROKEN(detail, "");
	BROKEN(locate, NULL);
	BROKEN(start, NULL);
	BROKEN(version, NULL);
	BROKEN(origin, NULL);
	BROKEN(cpu_offline, NULL);
	BROKEN(caps, GB_CAP_WRAPPER);
	BROKEN(caps, GB_CAP_IRQ_SAFE);
#undef BROKEN
}

static void bad_spec(const char *spec, const char *what, const char *hint)
{
	struct gb_error e = GB_ERROR_INIT;
	struct gb_backend_ref ref;
	int ret = gb_backend_parse(spec, &ref, &e);

	tap_ok(ret == -GB_EXIT_USAGE && strstr(e.what, what) && strstr(e.hint, hint),
	       "'%s' is refused: %s (%s)", spec, e.what, e.hint);
}

static void specs(void)
{
	struct gb_error e = GB_ERROR_INIT;
	struct gb_backend_ref ref;

	CHECK(!gb_backend_parse("glibc", &ref, &e) && !ref.argument[0]);
	CHECK(!strcmp(ref.backend->name, "glibc") && ref.caps == ref.backend->caps);
	CHECK(!gb_backend_parse("preload:/a/b:name=x", &ref, &e));
	tap_eq_text(ref.argument, "/a/b:name=x",
		    "the argument is what follows the first colon");
	bad_spec("glbic", "unknown backend", "did you mean 'glibc'");
	bad_spec("", "unknown backend", "list backends");
	bad_spec("qqqqqqqq", "unknown backend", "list backends");
	bad_spec("preload", "needs an argument", "preload:FILE");
	bad_spec("preload:", "needs an argument", "preload:FILE");
	bad_spec("glibc:x", "takes no argument", "write glibc");
	CHECK(!gb_backend_parse("check:slab:page_reporting_ms=5", &ref, &e));
	bad_spec("slab:page_reporting=5", "page_reporting", "page_reporting_ms");
	bad_spec("slab:page_reporting_ms=x", "page_reporting_ms", "");
}

/* An option arrives where it is meant to. */
static void page_reporting(void)
{
	struct gb_backend_config c = { .nr_cpus = 1, .ram_bytes = 64u << 20 };
	struct gb_error e = GB_ERROR_INIT;
	struct gb_backend_ref ref;
	struct gb_heap heap;

	CHECK(!gb_backend_parse("slab:page_reporting_ms=5", &ref, &e));
	c.argument = ref.argument;
	CHECK(!gb_machine_init(1, &e) && !ref.backend->start(&c, &heap, &e));
	tap_eq_u64(mm.config.page_reporting_ms, 5, "slab:page_reporting_ms=5");
	ref.backend->stop();
}

static void capability_names(void)
{
	char buf[100], small[6];

	tap_eq_text(gb_capability_names(GB_CAP_IRQ_SAFE | GB_CAP_GFP, buf, sizeof(buf)),
		    "irq-safe,gfp", "names of two capabilities");
	tap_eq_text(gb_capability_names(0, buf, sizeof(buf)), "",
		    "no capability, no name");
	CHECK(strlen(gb_capability_names(~0u, small, sizeof(small))) < sizeof(small));
}

static void origin(void)
{
	struct gb_error e = GB_ERROR_INIT;
	struct gb_malloc_origin o;

	if (!tap_ok(!gb_malloc_origin("", &o, &e), "malloc has one origin"))
		tap_diag("%s", e.what);
	tap_diag("malloc is served by %s, version '%s'", o.path, o.version);
	CHECK(o.path[0] == '/');
	tap_ok(access(o.path, R_OK) == 0, "the origin is a file");
	if (o.sanitizer) {
		tap_ok(!strstr(o.path, "libc.so"),
		       "a sanitizer's malloc is not the C library's");
		return;
	}
	CHECK(strstr(o.path, "libc.so") && o.version[0] == '2');
	CHECK(gb_malloc_origin("/bin/sh", &o, &e) == -GB_EXIT_HARNESS);
	CHECK(strstr(e.what, "not from /bin/sh"));
}

int main(void)
{
	rows();
	refusals();
	specs();
	page_reporting();
	capability_names();
	origin();
	return tap_done();
}
