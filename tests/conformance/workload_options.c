/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The gfpbench authors */
/*
 * Every parameter of every workload: what is out of its range, no value of its type, or has
 * an unknown unit is refused with a message that names workload and parameter, before
 * anything runs; the ends of the range are either planned for or refused by the plan
 * with such a message.  All from the descriptors.
 */
#include "tests/tap.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "workload.h"

static int is_number(const struct gb_option *o)
{
	return o->type == GB_OPTION_UINT || o->type == GB_OPTION_SIZE ||
	       o->type == GB_OPTION_TIME || o->type == GB_OPTION_DOUBLE;
}

/* Options without a default need some value to get as far as the one that is tested. */
static void required(const struct gb_workload *w, const struct gb_option *but, char *buf,
		     size_t n)
{
	buf[0] = '\0';
	for (const struct gb_option *o = w->options; o->name; o++)
		if (!o->def && o != but)
			snprintf(buf + strlen(buf), n - strlen(buf), "%s=1:", o->name);
}

static int parse(const struct gb_workload *w, const struct gb_option *o, const char *value,
		 void *into, struct gb_error *e)
{
	char spec[600], first[300];

	required(w, o, first, sizeof(first));
	snprintf(spec, sizeof(spec), "%s%s=%s", first, o->name, value);
	return gb_options_parse(w->options, into, w->name, spec, e);
}

/* Must be refused as the caller's mistake, by name. */
static int refused(const struct gb_workload *w, const struct gb_option *o, const char *value)
{
	struct gb_error e = GB_ERROR_INIT;
	void *into = calloc(1, w->options_size);
	int good;

	if (!into)
		abort();
	good = parse(w, o, value, into, &e) && e.code == GB_EXIT_USAGE &&
	       strstr(e.what, w->name) && strstr(e.what, o->name) && e.hint[0];
	if (!good)
		tap_diag("%s:%s=%.40s: code %d, '%s' ('%s')", w->name, o->name, value,
			 (int)e.code, e.what, e.hint);
	if (!e.code)
		gb_options_free(w->options, into);
	free(into);
	return good;
}

/* The end of a range in the option's own unit; TIME is in ns. */
static void end_text(const struct gb_option *o, uint64_t v, char *buf, size_t n)
{
	snprintf(buf, n, "%" PRIu64 "%s", v, o->type == GB_OPTION_TIME ? "ns" : "");
}

static int numbers_refused(const struct gb_workload *w, const struct gb_option *o)
{
	static const char *const never[] = { "x", "", "-1", "12parsecs", "1q", "0x",
					     "99999999999999999999999", "1 2", "nan", "inf" };
	char text[40];
	int good = 1;

	for (size_t i = 0; i < GB_ARRAY_SIZE(never); i++)
		good &= refused(w, o, never[i]);
	if (o->min > 0) {
		end_text(o, o->min - 1, text, sizeof(text));
		good &= refused(w, o, text);
	}
	if (o->max > 0 && o->max < UINT64_MAX) {
		end_text(o, o->max + 1, text, sizeof(text));
		good &= refused(w, o, text);
	}
	return good;
}

static int words_refused(const struct gb_workload *w, const struct gb_option *o)
{
	char text[400];

	switch (o->type) {
	case GB_OPTION_BOOL:
		return refused(w, o, "2") & refused(w, o, "maybe") & refused(w, o, "");
	case GB_OPTION_CHOICE:
		return refused(w, o, "nonsense") & refused(w, o, "") & refused(w, o, "-1");
	default:
		if (!o->max || o->max >= sizeof(text) - 1)
			return 1; /* any length */
		memset(text, 'x', o->max + 1);
		text[o->max + 1] = '\0';
		return refused(w, o, text);
	}
}

/* Planned for, or refused by the plan with a message for people. */
static int planned(const struct gb_workload *w, const struct gb_option *o, const char *value)
{
	struct gb_heap heap = { 0 };
	struct gb_error e = GB_ERROR_INIT;
	void *into = calloc(1, w->options_size);
	struct gb_run r = { .workload = w, .heap = &heap, .options = into, .seed = 1,
			    .nr_threads = w->min_threads > 2 ? w->min_threads : 2,
			    .ram_bytes = w->default_ram_bytes, .backend_caps = ~0u };
	int good;

	if (!into)
		abort();
	good = !parse(w, o, value, into, &e);
	if (good) {
		int ret = w->plan(&r, &e);

		good = ret ? e.code && e.what[0] && e.hint[0] && strstr(e.what, w->name) :
			     r.peak_live_bytes < UINT64_C(1) << 50;
		gb_options_free(w->options, into);
	}
	if (!good)
		tap_diag("%s:%s=%s: '%s' ('%s'), peak %" PRIu64, w->name, o->name, value,
			 e.what, e.hint, r.peak_live_bytes);
	free(into);
	return good;
}

static int ends_planned(const struct gb_workload *w, const struct gb_option *o)
{
	char text[40];
	int good;

	end_text(o, o->min, text, sizeof(text));
	good = planned(w, o, text);
	if (!o->max)
		return good;
	end_text(o, o->max, text, sizeof(text));
	return good & planned(w, o, text);
}

static void unknown_key(const struct gb_workload *w)
{
	struct gb_error e = GB_ERROR_INIT;
	void *into = calloc(1, w->options_size);

	if (!into)
		abort();
	tap_ok(gb_options_parse(w->options, into, w->name, "no_such=1", &e) &&
		       e.code == GB_EXIT_USAGE && strstr(e.what, w->name) && e.hint[0],
	       "%s: an unknown parameter is refused: %s (%.60s)", w->name, e.what, e.hint);
	free(into);
}

int main(void)
{
	unsetenv("GFPBENCH_RECORDING"); /* what replay runs is the bundled one */
	for (const struct gb_workload *const *w = gb_workloads; *w; w++) {
		if (!(*w)->options)
			continue;
		unknown_key(*w);
		for (const struct gb_option *o = (*w)->options; o->name; o++) {
			tap_ok(is_number(o) ? numbers_refused(*w, o) : words_refused(*w, o),
			       "%s:%s: what is no value of it is refused", (*w)->name,
			       o->name);
			if (is_number(o))
				tap_ok(ends_planned(*w, o),
				       "%s:%s: the ends of its range are planned for",
				       (*w)->name, o->name);
		}
	}
	return tap_done();
}
