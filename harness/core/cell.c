/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The gfpbench authors */
/* One table of keys serves both directions. */
#include "cell.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/atomic.h"
#include "base/parse.h"

#include "workload.h"

enum key_type { KEY_TEXT, KEY_U64, KEY_DOUBLE, KEY_LAW };

struct key {
	const char *name;
	enum key_type type;
	int of_sample;
	size_t offset;
};

#define CELL(n, t)   { #n, t, 0, offsetof(struct gb_cell, n) }
#define SAMPLE(n, t) { #n, t, 1, offsetof(struct gb_sample_spec, n) }
static const struct key keys[] = {
	CELL(backend, KEY_TEXT),
	CELL(workload, KEY_TEXT),
	CELL(params, KEY_TEXT),
	CELL(threads, KEY_U64),
	CELL(ops, KEY_U64),
	CELL(duration_ns, KEY_U64),
	CELL(limit_ns, KEY_U64),
	CELL(warmup_ns, KEY_U64),
	CELL(irq_rate_hz, KEY_DOUBLE),
	CELL(irq_law, KEY_LAW),
	CELL(ram_bytes, KEY_U64),
	CELL(interval_ns, KEY_U64),
	CELL(pin, KEY_U64),
	SAMPLE(id, KEY_U64),
	SAMPLE(rep, KEY_U64),
	SAMPLE(block, KEY_U64),
	SAMPLE(seed, KEY_U64),
	SAMPLE(watch, KEY_U64),
	SAMPLE(decay, KEY_U64),
	SAMPLE(calibrate, KEY_U64),
	SAMPLE(keep_map, KEY_U64),
	SAMPLE(unguarded, KEY_U64),
};

void gb_cell_free(struct gb_cell *c)
{
	free(c->backend);
	free(c->workload);
	free(c->params);
	memset(c, 0, sizeof(*c));
}

static char *format_key(const struct key *k, const char *base)
{
	char *text = NULL;
	int n = -1;

	switch (k->type) {
	case KEY_TEXT:
		n = asprintf(&text, "%s=%s", k->name, *(char *const *)(base + k->offset));
		break;
	case KEY_U64:
		n = asprintf(&text, "%s=%llu", k->name,
			     (unsigned long long)*(const uint64_t *)(base + k->offset));
		break;
	case KEY_DOUBLE:
		n = asprintf(&text, "%s=%.17g", k->name, *(const double *)(base + k->offset));
		break;
	case KEY_LAW:
		n = asprintf(&text, "%s=%s", k->name,
			     *(const enum gb_irq_law *)(base + k->offset) == GB_IRQ_POISSON ?
				     "poisson" : "fixed");
		break;
	}
	if (n < 0)
		GB_BUG("out of memory");
	return text;
}

char **gb_cell_args(const struct gb_cell *c, const struct gb_sample_spec *s)
{
	char **args = calloc(GB_ARRAY_SIZE(keys) + 1, sizeof(*args));
	size_t n = 0;

	GB_BUG_ON(!args);
	for (size_t i = 0; i < GB_ARRAY_SIZE(keys); i++)
		if (!keys[i].of_sample)
			args[n++] = format_key(&keys[i], (const char *)c);
		else if (s)
			args[n++] = format_key(&keys[i], (const char *)s);
	return args;
}

void gb_cell_args_free(char **args)
{
	for (size_t i = 0; args && args[i]; i++)
		free(args[i]);
	free(args);
}

static int parse_key(const struct key *k, char *base, const char *value, struct gb_error *e)
{
	switch (k->type) {
	case KEY_TEXT:
		free(*(char **)(base + k->offset));
		*(char **)(base + k->offset) = strdup(value);
		return 0;
	case KEY_U64:
		return gb_parse_uint(value, k->name, 0, UINT64_MAX,
				     (uint64_t *)(base + k->offset), e);
	case KEY_DOUBLE:
		return gb_parse_double(value, k->name, 0, 1e12, (double *)(base + k->offset), e);
	case KEY_LAW:
		*(enum gb_irq_law *)(base + k->offset) =
			!strcmp(value, "poisson") ? GB_IRQ_POISSON : GB_IRQ_FIXED;
		return 0;
	}
	return 0;
}

static const struct key *find_key(const char *arg, size_t n)
{
	for (size_t i = 0; i < GB_ARRAY_SIZE(keys); i++)
		if (strlen(keys[i].name) == n && !memcmp(keys[i].name, arg, n))
			return &keys[i];
	return NULL;
}

int gb_cell_parse(char *const *args, struct gb_cell *c, struct gb_sample_spec *s,
		  struct gb_error *e)
{
	uint32_t seen = 0;

	memset(c, 0, sizeof(*c));
	memset(s, 0, sizeof(*s));
	for (; *args; args++) {
		size_t n = strcspn(*args, "=");
		const struct key *k = find_key(*args, n);

		if (!k || !(*args)[n])
			return gb_fail(e, GB_EXIT_USAGE, NULL, "runner: bad argument '%s'", *args);
		if (parse_key(k, k->of_sample ? (char *)s : (char *)c, *args + n + 1, e))
			return -e->code;
		seen |= 1u << (k - keys);
	}
	if (seen != (1u << GB_ARRAY_SIZE(keys)) - 1)
		return gb_fail(e, GB_EXIT_USAGE, "this verb is internal; use 'gfpbench run'",
			       "runner: incomplete cell");
	return 0;
}

/* Is "key=value" (@len characters) an entry of the canonical text @all? */
static int has_entry(const char *all, const char *entry, size_t len)
{
	while (*all) {
		size_t n = strcspn(all, ":");

		if (n == len && !memcmp(all, entry, n))
			return 1;
		all += n + (all[n] == ':');
	}
	return 0;
}

static char *default_params(const char *workload)
{
	struct gb_error e = GB_ERROR_INIT;
	const struct gb_workload *w = gb_workload_find(workload, &e);
	char *text = NULL;
	void *options;

	if (!w || !w->options)
		return NULL;
	options = calloc(1, w->options_size);
	GB_BUG_ON(!options);
	if (!gb_options_parse(w->options, options, w->name, "", &e)) {
		text = gb_options_format(w->options, options);
		gb_options_free(w->options, options);
	}
	free(options);
	return text;
}

char *gb_params_short(const char *workload, const char *params, char *buf, size_t n)
{
	char *def = default_params(workload);
	size_t used = 0;

	buf[0] = '\0';
	while (*params && used + 1 < n) {
		size_t len = strcspn(params, ":");

		if (!has_entry(def ? def : "", params, len))
			used += (size_t)snprintf(buf + used, n - used, "%s%.*s", used ? ":" : "",
						 (int)len, params);
		params += len + (params[len] == ':');
	}
	free(def);
	return buf;
}
