/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The gfpbench authors */
/*
 * Did-you-mean: optimal string alignment, that is Levenshtein's distance in which two
 * swapped neighbours ("slba") count as one mistake.  Upper and lower case are alike.
 */
#include "parse.h"

#include <string.h>

#define LONGEST 63

static char lower(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

static unsigned int least(unsigned int a, unsigned int b)
{
	return a < b ? a : b;
}

static unsigned int distance(const char *a, size_t n, const char *b, size_t m)
{
	/* Rows i-2, i-1 and i of the table of prefix distances. */
	unsigned int table[3][LONGEST + 1];
	unsigned int *before = table[0], *last = table[1], *now = table[2], *t;

	for (size_t j = 0; j <= m; j++)
		last[j] = (unsigned int)j;
	for (size_t i = 1; i <= n; i++) {
		now[0] = (unsigned int)i;
		for (size_t j = 1; j <= m; j++) {
			int same = lower(a[i - 1]) == lower(b[j - 1]);

			now[j] = least(last[j - 1] + !same,
				       least(last[j], now[j - 1]) + 1);
			if (i > 1 && j > 1 && lower(a[i - 1]) == lower(b[j - 2]) &&
			    lower(a[i - 2]) == lower(b[j - 1]))
				now[j] = least(now[j], before[j - 2] + 1);
		}
		t = before;
		before = last;
		last = now;
		now = t;
	}
	return last[m];
}

const char *gb_nearest(const char *text, const char *const *candidates, size_t n)
{
	size_t len = strlen(text);
	unsigned int best, d;
	const char *found = NULL;

	if (len == 0 || len > LONGEST)
		return NULL;
	best = (unsigned int)(len / 3 > 1 ? len / 3 : 1) + 1;
	for (size_t i = 0; i < n; i++) {
		if (strlen(candidates[i]) > LONGEST)
			continue;
		d = distance(text, len, candidates[i], strlen(candidates[i]));
		if (d < best) {
			best = d;
			found = candidates[i];
		}
	}
	return found;
}
