/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The gfpbench authors */
/*
 * One reader for sizes, times and counts: a decimal number times a unit, computed in
 * integers so that 0.1s is 100,000,000 ns and not one off.  "1.5g" is fine; "0.3" bytes
 * is refused, since the product must be whole.
 */
#include "parse.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "number.h"

struct unit {
	const char *name;
	uint64_t factor;
};

static const struct unit count_units[] = {
	{ "", 1 }, { "k", 1000 }, { "m", 1000000 }, { 0 }
};
static const struct unit size_units[] = {
	{ "", 1 },
	{ "b", 1 },
	{ "k", UINT64_C(1) << 10 },
	{ "m", UINT64_C(1) << 20 },
	{ "g", UINT64_C(1) << 30 },
	{ "t", UINT64_C(1) << 40 },
	{ "kib", UINT64_C(1) << 10 },
	{ "mib", UINT64_C(1) << 20 },
	{ "gib", UINT64_C(1) << 30 },
	{ "tib", UINT64_C(1) << 40 },
	{ 0 },
};
static const struct unit time_units[] = {
	{ "ns", 1 },
	{ "us", 1000 },
	{ "ms", 1000000 },
	{ "s", UINT64_C(1000000000) },
	{ "m", UINT64_C(60000000000) },
	{ "h", UINT64_C(3600000000000) },
	{ 0 },
};

/* What a kind of value is called, how it is written, and how a limit is printed. */
struct kind {
	const char *noun, *hint;
	const struct unit *units;
	char *(*format)(char *buf, size_t n, uint64_t v);
};

static char *format_uint(char *buf, size_t n, uint64_t v)
{
	snprintf(buf, n, "%" PRIu64, v);
	return buf;
}

static const struct kind count_kind = {
	"whole number", "write digits, optionally with k (1000) or m (1000000): 100, 10k",
	count_units, format_uint
};
static const struct kind size_kind = {
	"size", "write bytes, or a number with k, m, g (1024): 64, 4k, 256m", size_units,
	gb_format_size
};
static const struct kind time_kind = {
	"time", "write a number with its unit (ns, us, ms, s, m, h): 250ms, 10s, 2m",
	time_units, gb_format_time
};

static const struct unit *find_unit(const struct unit *units, const char *text)
{
	for (; units->name; units++)
		if (!strcasecmp(units->name, text))
			return units;
	return NULL;
}

enum verdict { FINE, MALFORMED, TOO_LARGE };

/* Digits of "12" or "12.5" into *@value, with *@scale = 10^(digits after the point). */
static enum verdict read_decimal(const char **text, unsigned __int128 *value,
				 uint64_t *scale)
{
	const char *p = *text;
	int digits = 0, point = 0;

	*value = 0;
	*scale = 1;
	for (; (*p >= '0' && *p <= '9') || (*p == '.' && !point); p++) {
		if (*p == '.') {
			point = 1;
			continue;
		}
		if (*scale >= UINT64_C(1000000000000000))
			return MALFORMED; /* finer than any unit can express */
		if (*value > ((unsigned __int128)1 << 100))
			return TOO_LARGE;
		*value = *value * 10 + (unsigned int)(*p - '0');
		*scale *= point ? 10 : 1;
		digits++;
	}
	*text = p;
	return digits && p[-1] != '.' ? FINE : MALFORMED;
}

static enum verdict read_value(const struct kind *k, const char *text, uint64_t *out)
{
	const struct unit *unit;
	unsigned __int128 value;
	enum verdict v;
	uint64_t scale;

	v = read_decimal(&text, &value, &scale);
	if (v != FINE)
		return v;
	unit = find_unit(k->units, text);
	if (!unit && value == 0 && *text == '\0') {
		*out = 0; /* zero needs no unit */
		return FINE;
	}
	if (!unit)
		return MALFORMED;
	if (value > UINT64_MAX)
		return scale == 1 ? TOO_LARGE : MALFORMED;
	value *= unit->factor;
	if (value % scale)
		return MALFORMED;
	value /= scale;
	if (value > UINT64_MAX)
		return TOO_LARGE;
	*out = (uint64_t)value;
	return FINE;
}

static int out_of_range(const struct kind *k, const char *text, const char *name,
			uint64_t min, uint64_t max, struct gb_error *e)
{
	char lo[32], hi[32];
	int ret = gb_fail(e, GB_EXIT_USAGE, NULL, "%s: %s is out of range", name, text);

	if (max == UINT64_MAX)
		gb_hint(e, "allowed: %s or more", k->format(lo, sizeof(lo), min));
	else
		gb_hint(e, "allowed: %s to %s", k->format(lo, sizeof(lo), min),
			k->format(hi, sizeof(hi), max));
	return ret;
}

static int parse(const struct kind *k, const char *text, const char *name, uint64_t min,
		 uint64_t max, uint64_t *out, struct gb_error *e)
{
	uint64_t v = 0;

	switch (read_value(k, text, &v)) {
	case MALFORMED:
		return gb_fail(e, GB_EXIT_USAGE, k->hint, "%s: '%s' is no %s", name, text,
			       k->noun);
	case TOO_LARGE:
		return out_of_range(k, text, name, min, max, e);
	case FINE:
		break;
	}
	if (v < min || v > max)
		return out_of_range(k, text, name, min, max, e);
	*out = v;
	return 0;
}

int gb_parse_uint(const char *text, const char *name, uint64_t min, uint64_t max,
		  uint64_t *out, struct gb_error *e)
{
	return parse(&count_kind, text, name, min, max, out, e);
}

int gb_parse_size(const char *text, const char *name, uint64_t min, uint64_t max,
		  uint64_t *out, struct gb_error *e)
{
	return parse(&size_kind, text, name, min, max, out, e);
}

int gb_parse_time(const char *text, const char *name, uint64_t min, uint64_t max,
		  uint64_t *out, struct gb_error *e)
{
	return parse(&time_kind, text, name, min, max, out, e);
}

int gb_parse_double(const char *text, const char *name, double min, double max,
		    double *out, struct gb_error *e)
{
	char lo[GB_NUMBER_SIZE], hi[GB_NUMBER_SIZE];
	double v;
	int ret;

	if (gb_number_parse(text, &v))
		return gb_fail(e, GB_EXIT_USAGE, "write a decimal number: 0.5, 3, 1e-3",
			       "%s: '%s' is no number", name, text);
	if (v >= min && v <= max) {
		*out = v;
		return 0;
	}
	ret = gb_fail(e, GB_EXIT_USAGE, NULL, "%s: %s is out of range", name, text);
	gb_hint(e, "allowed: %s to %s", gb_number_format(lo, sizeof(lo), min),
		gb_number_format(hi, sizeof(hi), max));
	return ret;
}

char *gb_format_size(char *buf, size_t n, uint64_t bytes)
{
	static const char unit[] = "kmgt";
	unsigned int i = 0;

	while (i < 4 && bytes && bytes % 1024 == 0) {
		bytes /= 1024;
		i++;
	}
	if (i)
		snprintf(buf, n, "%" PRIu64 "%c", bytes, unit[i - 1]);
	else
		snprintf(buf, n, "%" PRIu64, bytes);
	return buf;
}

char *gb_format_time(char *buf, size_t n, uint64_t ns)
{
	const struct unit *best = &time_units[0];

	if (ns == 0) {
		snprintf(buf, n, "0s");
		return buf;
	}
	for (const struct unit *u = time_units; u->name; u++)
		if (ns % u->factor == 0)
			best = u;
	snprintf(buf, n, "%" PRIu64 "%s", ns / best->factor, best->name);
	return buf;
}

struct scale {
	const char *name;
	double factor; /* how many of these make one of the next; 0 ends the list */
};

/* Three significant digits; what would round up to a full next unit is written in it. */
static char *humanise(char *buf, size_t n, double v, const struct scale *s)
{
	int decimals = 2;

	if (!isfinite(v)) {
		snprintf(buf, n, "n/a");
		return buf;
	}
	for (; s->factor != 0 && fabs(v) >= s->factor - 0.5; s++)
		v /= s->factor;
	if (fabs(v) >= 99.95 || v == 0)
		decimals = 0;
	else if (fabs(v) >= 9.995)
		decimals = 1;
	return gb_number_printf(buf, n, "%.*f %s", decimals, v, s->name);
}

char *gb_human_time(char *buf, size_t n, double ns)
{
	static const struct scale scale[] = {
		{ "ns", 1000 }, { "us", 1000 }, { "ms", 1000 },
		{ "s", 60 },    { "min", 60 },  { "h", 0 },
	};

	return humanise(buf, n, ns, scale);
}

char *gb_human_size(char *buf, size_t n, double bytes)
{
	static const struct scale scale[] = {
		{ "B", 1024 },   { "KiB", 1024 }, { "MiB", 1024 },
		{ "GiB", 1024 }, { "TiB", 0 },
	};

	if (fabs(bytes) < 1023.5 && bytes == trunc(bytes)) { /* bytes come whole */
		snprintf(buf, n, "%.0f B", bytes);
		return buf;
	}
	return humanise(buf, n, bytes, scale);
}
