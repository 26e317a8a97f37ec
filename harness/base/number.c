/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The gfpbench authors */
/*
 * The C locale is set for the calling thread around one conversion: glibc and musl hand
 * out a static object for it, so that neither allocates.
 */
#include "number.h"

#include <float.h>
#include <locale.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct locale_guard {
	locale_t c, before;
};

static struct locale_guard enter_c_locale(void)
{
	struct locale_guard g;

	g.c = newlocale(LC_ALL_MASK, "C", (locale_t)0);
	GB_BUG_ON(g.c == (locale_t)0);
	g.before = uselocale(g.c);
	return g;
}

static void leave_c_locale(struct locale_guard g)
{
	uselocale(g.before);
	freelocale(g.c);
}

/*
 * A double holds every decimal of 15 digits, and %g drops trailing zeros: so 15 digits
 * give the shortest text if one of up to 15 exists, else it is 16 or 17.  Only below
 * DBL_MIN, where precision fades, can fewer digits be enough.
 */
static void format_shortest(char *buf, size_t n, double v)
{
	int digits = fabs(v) < DBL_MIN ? 1 : 15;

	for (; digits <= 17; digits++) {
		snprintf(buf, n, "%.*g", digits, v);
		if (strtod(buf, NULL) == v)
			return;
	}
}

char *gb_number_format(char *buf, size_t n, double v)
{
	struct locale_guard g = enter_c_locale();

	if (isnan(v))
		snprintf(buf, n, "nan");
	else if (isinf(v))
		snprintf(buf, n, "%s", v < 0 ? "-inf" : "inf");
	else if (v == trunc(v) && fabs(v) < 0x1p53 && !(v == 0 && signbit(v)))
		snprintf(buf, n, "%.0f", v); /* 1500, not 1.5e+03 */
	else
		format_shortest(buf, n, v);
	leave_c_locale(g);
	return buf;
}

int gb_number_parse(const char *text, double *out)
{
	struct locale_guard g;
	char *end;
	double v;

	if (*text == '\0' || text[strspn(text, "0123456789+-.eE")] != '\0')
		return -1; /* what strtod takes beyond that: blanks, hex, inf, nan */
	g = enter_c_locale();
	v = strtod(text, &end);
	leave_c_locale(g);
	if (*end != '\0' || !isfinite(v))
		return -1;
	*out = v;
	return 0;
}

char *gb_number_printf(char *buf, size_t n, const char *fmt, ...)
{
	struct locale_guard g = enter_c_locale();
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(buf, n, fmt, ap);
	va_end(ap);
	leave_c_locale(g);
	return buf;
}
