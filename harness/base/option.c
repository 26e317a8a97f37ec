/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The gfpbench authors */
/*
 * A spec is "key=value:key=value".  Within it "\:" is a colon and "\\" a backslash; any
 * other backslash stands for itself.  A key that comes twice: the last one counts, so
 * that a caller can append to a spec.
 */
#include "option.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "number.h"
#include "parse.h"
#include "text.h"

#define MOST_OPTIONS 64 /* rows in a table: one bit each in `given` */

static size_t count_rows(const struct gb_option *rows)
{
	size_t n = 0;

	while (rows[n].name)
		n++;
	GB_BUG_ON(n > MOST_OPTIONS);
	return n;
}

static void *slot(const struct gb_option *row, void *into)
{
	return (char *)into + row->offset;
}

/* "fifo|lifo|random" -> names; @storage holds them.  Returns how many. */
static size_t split_choices(const char *choices, char *storage, size_t size,
			    const char *name[MOST_OPTIONS])
{
	size_t n = 0;
	char *save = NULL;

	GB_BUG_ON(strlen(choices) >= size);
	strcpy(storage, choices);
	for (char *p = strtok_r(storage, "|", &save); p; p = strtok_r(NULL, "|", &save)) {
		GB_BUG_ON(n == MOST_OPTIONS);
		name[n++] = p;
	}
	return n;
}

static int set_choice(const struct gb_option *row, uint64_t *into, const char *what,
		      const char *value, struct gb_error *e)
{
	const char *name[MOST_OPTIONS], *near;
	char storage[512];
	size_t n = split_choices(row->choices, storage, sizeof(storage), name);
	int ret;

	for (size_t i = 0; i < n; i++) {
		if (!strcmp(value, name[i])) {
			*into = i;
			return 0;
		}
	}
	ret = gb_fail(e, GB_EXIT_USAGE, NULL, "%s: '%s' is none of its values", what,
		      value);
	near = gb_nearest(value, name, n);
	gb_hint(e, "%s%s%sallowed: %s", near ? "did you mean '" : "", near ? near : "",
		near ? "'? " : "", row->choices);
	return ret;
}

static int set_bool(uint64_t *into, const char *what, const char *value,
		    struct gb_error *e)
{
	if (!strcmp(value, "1") || !strcmp(value, "yes"))
		*into = 1;
	else if (!strcmp(value, "0") || !strcmp(value, "no"))
		*into = 0;
	else
		return gb_fail(e, GB_EXIT_USAGE, "allowed: 0, 1, yes, no",
			       "%s: '%s' is neither yes nor no", what, value);
	return 0;
}

static int set_text(const struct gb_option *row, char **into, const char *what,
		    const char *value, struct gb_error *e)
{
	size_t len = strlen(value);

	if (row->max && (len < row->min || len > row->max)) {
		int ret = gb_fail(e, GB_EXIT_USAGE, NULL, "%s: '%s' has a wrong length",
				  what, value);

		gb_hint(e, "allowed: %" PRIu64 " to %" PRIu64 " characters", row->min,
			row->max);
		return ret;
	}
	free(*into);
	*into = strdup(value);
	GB_BUG_ON(!*into);
	return 0;
}

static int set_double(const struct gb_option *row, double *into, const char *what,
		      const char *value, struct gb_error *e)
{
	int limited = row->min || row->max;

	return gb_parse_double(value, what, limited ? (double)row->min : -1e308,
			       row->max ? (double)row->max : 1e308, into, e);
}

static int set(const struct gb_option *row, void *into, const char *owner,
	       const char *value, struct gb_error *e)
{
	uint64_t max = row->max ? row->max : UINT64_MAX;
	void *p = slot(row, into);
	char what[128];

	snprintf(what, sizeof(what), "%s: %s", owner, row->name);
	switch (row->type) {
	case GB_OPTION_UINT:
		return gb_parse_uint(value, what, row->min, max, p, e);
	case GB_OPTION_SIZE:
		return gb_parse_size(value, what, row->min, max, p, e);
	case GB_OPTION_TIME:
		return gb_parse_time(value, what, row->min, max, p, e);
	case GB_OPTION_DOUBLE:
		return set_double(row, p, what, value, e);
	case GB_OPTION_BOOL:
		return set_bool(p, what, value, e);
	case GB_OPTION_CHOICE:
		return set_choice(row, p, what, value, e);
	case GB_OPTION_TEXT:
		return set_text(row, p, what, value, e);
	}
	GB_BUG("option %s has no type", row->name);
}

static int unknown(const struct gb_option *rows, const char *owner, const char *key,
		   struct gb_error *e)
{
	const char *name[MOST_OPTIONS], *near;
	size_t n = count_rows(rows);
	struct gb_text list = { 0 };
	int ret = gb_fail(e, GB_EXIT_USAGE, NULL, "%s: unknown option '%s'", owner, key);

	for (size_t i = 0; i < n; i++) {
		name[i] = rows[i].name;
		gb_text_printf(&list, "%s%s", i ? ", " : "", rows[i].name);
	}
	near = gb_nearest(key, name, n);
	gb_hint(e, "%s%s%s%s%s", near ? "did you mean '" : "", near ? near : "",
		near ? "'? " : "", n ? "options: " : "it takes no options",
		n ? list.data : "");
	gb_text_free(&list);
	return ret;
}

/* Copies the next "key=value" of *@spec into @item without its escapes; *@spec moves
 * behind the colon, or becomes NULL at the end. */
static void next_item(const char **spec, char *item)
{
	const char *p = *spec;

	for (; *p && *p != ':'; p++) {
		if (*p == '\\' && (p[1] == ':' || p[1] == '\\'))
			p++;
		*item++ = *p;
	}
	*item = '\0';
	*spec = *p ? p + 1 : NULL;
}

static int apply(const struct gb_option *rows, void *into, const char *owner, char *item,
		 uint64_t *given, struct gb_error *e)
{
	char *value = strchr(item, '=');

	if (value)
		*value++ = '\0';
	for (size_t i = 0; rows[i].name; i++) {
		if (strcmp(item, rows[i].name))
			continue;
		if (!value)
			return gb_fail(e, GB_EXIT_USAGE, rows[i].help,
				       "%s: option '%s' needs a value: %s=VALUE", owner,
				       item, item);
		*given |= UINT64_C(1) << i;
		return set(&rows[i], into, owner, value, e);
	}
	return unknown(rows, owner, item, e);
}

static int apply_spec(const struct gb_option *rows, void *into, const char *owner,
		      const char *spec, uint64_t *given, struct gb_error *e)
{
	char *item = malloc(strlen(spec) + 1);
	int ret = 0;

	GB_BUG_ON(!item);
	while (spec && !ret) {
		next_item(&spec, item);
		ret = apply(rows, into, owner, item, given, e);
	}
	free(item);
	return ret;
}

static void set_defaults(const struct gb_option *rows, void *into, const char *owner)
{
	struct gb_error e = GB_ERROR_INIT;

	for (; rows->name; rows++) {
		if (rows->type == GB_OPTION_TEXT)
			*(char **)slot(rows, into) = NULL;
		if (rows->def && set(rows, into, owner, rows->def, &e))
			GB_BUG("default of %s", e.what);
	}
}

int gb_options_parse(const struct gb_option *rows, void *into, const char *owner,
		     const char *spec, struct gb_error *e)
{
	size_t n = count_rows(rows);
	uint64_t given = 0;
	int ret = 0;

	set_defaults(rows, into, owner);
	if (spec && *spec)
		ret = apply_spec(rows, into, owner, spec, &given, e);
	for (size_t i = 0; i < n && !ret; i++)
		if (!rows[i].def && !(given >> i & 1))
			ret = gb_fail(e, GB_EXIT_USAGE, rows[i].help,
				      "%s: option '%s' is required", owner, rows[i].name);
	if (ret)
		gb_options_free(rows, into);
	return ret;
}

static void format_choice(const struct gb_option *row, uint64_t index, char *buf,
			  size_t n)
{
	const char *name[MOST_OPTIONS];
	char storage[512];

	GB_BUG_ON(index >= split_choices(row->choices, storage, sizeof(storage), name));
	snprintf(buf, n, "%s", name[index]);
}

char *gb_option_value(const struct gb_option *row, const void *from, char *buf, size_t n)
{
	const void *p = (const char *)from + row->offset;
	const char *text;

	switch (row->type) {
	case GB_OPTION_UINT:
	case GB_OPTION_BOOL:
		snprintf(buf, n, "%" PRIu64, *(const uint64_t *)p);
		break;
	case GB_OPTION_SIZE:
		gb_format_size(buf, n, *(const uint64_t *)p);
		break;
	case GB_OPTION_TIME:
		gb_format_time(buf, n, *(const uint64_t *)p);
		break;
	case GB_OPTION_DOUBLE:
		gb_number_format(buf, n, *(const double *)p);
		break;
	case GB_OPTION_CHOICE:
		format_choice(row, *(const uint64_t *)p, buf, n);
		break;
	case GB_OPTION_TEXT:
		text = *(const char *const *)p;
		snprintf(buf, n, "%s", text ? text : "");
		break;
	}
	return buf;
}

static void add_escaped(struct gb_text *t, const char *s)
{
	for (; *s; s++) {
		if (*s == ':' || *s == '\\')
			gb_text_add(t, "\\");
		gb_text_addn(t, s, 1);
	}
}

char *gb_options_format(const struct gb_option *rows, const void *from)
{
	struct gb_text t = { 0 };
	char buf[512];
	const char *value;

	gb_text_add(&t, "");
	for (const struct gb_option *row = rows; row->name; row++) {
		gb_text_printf(&t, "%s%s=", row == rows ? "" : ":", row->name);
		value = row->type == GB_OPTION_TEXT ?
				*(const char *const *)((const char *)from + row->offset) :
				gb_option_value(row, from, buf, sizeof(buf));
		add_escaped(&t, value ? value : "");
	}
	return t.data;
}

void gb_options_free(const struct gb_option *rows, void *from)
{
	for (; rows->name; rows++) {
		if (rows->type != GB_OPTION_TEXT)
			continue;
		free(*(char **)slot(rows, from));
		*(char **)slot(rows, from) = NULL;
	}
}
