/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The gfpbench authors */
#include "core/gate/seal.h"

#include <stdio.h>
#include <string.h>

#include "base/text.h"

#define FNV_BASIS UINT64_C(0xcbf29ce484222325)
#define FNV_PRIME UINT64_C(0x100000001b3)

/* FNV-1a with the final zero, so that "a","b" is not "ab","". */
static uint64_t add(uint64_t h, const char *text)
{
	do
		h = (h ^ (unsigned char)*text) * FNV_PRIME;
	while (*text++);
	return h;
}

static void print(uint64_t h, char out[GB_GATE_SEAL_SIZE])
{
	snprintf(out, GB_GATE_SEAL_SIZE, "%016llx", (unsigned long long)h);
}

/* Every bit of a row must reach every bit of the sum. */
static uint64_t stir(uint64_t h)
{
	h = (h ^ (h >> 31)) * UINT64_C(0x9e3779b97f4a7c15);
	return h ^ (h >> 29);
}

/* --- rows ----------------------------------------------------------------------- */

struct columns {
	size_t n;
	int at[64];
};

static void find(const struct gb_csv_table *t, const struct gb_column *c, size_t n,
		 struct columns *out)
{
	for (size_t i = 0; i < n; i++) {
		GB_BUG_ON(out->n == sizeof(out->at) / sizeof(out->at[0]));
		out->at[out->n++] = gb_csv_column(t, c[i].name);
	}
}

void gb_gate_digest(const struct gb_csv_table *t, enum gb_gate_file file,
		    char out[GB_GATE_SEAL_SIZE])
{
	const struct gb_csv_file *f = gb_csv_file_find(gb_gate_file_name[file]);
	struct columns c = { 0 };
	uint64_t sum = 0;

	find(t, gb_key_columns, gb_nr_key_columns, &c);
	find(t, f->column, f->columns, &c);
	for (size_t row = 0; row < t->rows; row++) {
		uint64_t h = FNV_BASIS;

		for (size_t i = 0; i < c.n; i++)
			h = add(h, gb_csv_get(t, row, c.at[i]));
		sum += stir(h);
	}
	print(sum, out);
}

int gb_gate_digest_files(const char *dir, char out[GB_GATE_FILES][GB_GATE_SEAL_SIZE],
			 struct gb_error *e)
{
	for (int f = 0; f < GB_GATE_FILES && !e->code; f++) {
		struct gb_csv_table t = { 0 };
		struct gb_text path = { 0 };

		gb_text_printf(&path, "%s/%s", dir, gb_gate_file_name[f]);
		if (!gb_csv_read(path.data, &t, e))
			gb_gate_digest(&t, (enum gb_gate_file)f, out[f]);
		gb_csv_free(&t);
		gb_text_free(&path);
	}
	return -(int)e->code;
}

/* --- the manifest --------------------------------------------------------------- */

static uint64_t add_value(uint64_t h, const struct gb_json *j)
{
	static const char *const type[] = {
		[GB_JSON_NULL] = "null",     [GB_JSON_BOOL] = "bool",
		[GB_JSON_NUMBER] = "number", [GB_JSON_STRING] = "string",
		[GB_JSON_ARRAY] = "[",       [GB_JSON_OBJECT] = "{",
	};

	h = add(add(h, type[j->type]), j->key ? j->key : "");
	if (j->type == GB_JSON_BOOL)
		h = add(h, j->number ? "true" : "false");
	else if (j->text)
		h = add(h, j->text);
	for (const struct gb_json *m = j->child; m; m = m->next)
		h = add_value(h, m);
	return add(h, "end");
}

void gb_gate_seal(const struct gb_json *gate, char out[GB_GATE_SEAL_SIZE])
{
	uint64_t h = FNV_BASIS;

	for (const struct gb_json *m = gate->child; m; m = m->next)
		if (strcmp(m->key, GB_GATE_SEAL) != 0)
			h = add_value(h, m);
	print(stir(h), out);
}
