/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The gfpbench authors */
/* The table of columns as datapackage.json and as Markdown. */
#include "columns.h"

#include <string.h>

static const char *const type_name[] = {
	[GB_COL_STRING] = "string",
	[GB_COL_INTEGER] = "integer",
	[GB_COL_NUMBER] = "number",
};

/* "a|b" -> ["a", "b"] */
static void enum_json(struct gb_text *t, const char *values)
{
	const char *sep = "";

	gb_text_add(t, "[");
	while (*values) {
		size_t n = strcspn(values, "|");

		gb_text_printf(t, "%s\"%.*s\"", sep, (int)n, values);
		sep = ", ";
		values += n + (values[n] == '|');
	}
	gb_text_add(t, "]");
}

static void column_json(struct gb_text *t, const struct gb_column *c, int first)
{
	gb_text_printf(t, "%s\n          { \"name\": \"%s\", \"type\": \"%s\"", first ? "" : ",",
		       c->name, type_name[c->type]);
	if (c->unit[0]) {
		gb_text_add(t, ", \"unit\": ");
		gb_text_json(t, c->unit);
	}
	gb_text_add(t, ", \"description\": ");
	gb_text_json(t, c->help);
	if (c->values) {
		gb_text_add(t, ", \"constraints\": { \"enum\": ");
		enum_json(t, c->values);
		gb_text_add(t, " }");
	}
	gb_text_add(t, " }");
}

static void resource_json(struct gb_text *t, const struct gb_csv_file *f, int first)
{
	gb_text_printf(t, "%s\n    {\n      \"name\": \"%.*s\",\n      \"path\": \"%s\",\n",
		       first ? "" : ",", (int)strcspn(f->name, "."), f->name, f->name);
	gb_text_printf(t, "      \"description\": \"one row per %s\",\n", f->row);
	gb_text_add(t, "      \"profile\": \"tabular-data-resource\",\n"
		       "      \"format\": \"csv\", \"encoding\": \"utf-8\",\n"
		       "      \"dialect\": { \"lineTerminator\": \"\\n\" },\n"
		       "      \"schema\": {\n        \"missingValues\": [\"\"],\n"
		       "        \"fields\": [");
	for (size_t i = 0; i < gb_nr_key_columns; i++)
		column_json(t, &gb_key_columns[i], i == 0);
	for (size_t i = 0; i < f->columns; i++)
		column_json(t, &f->column[i], 0);
	gb_text_add(t, "\n        ]\n      }\n    }");
}

/* A package must not list files that are not there. */
static int of_gate(const struct gb_csv_file *f)
{
	return strncmp(f->name, "gate-", 5) == 0;
}

void gb_columns_datapackage(struct gb_text *out, const char *run_id, int gate)
{
	int first = 1;

	gb_text_add(out, "{\n  \"profile\": \"tabular-data-package\",\n  \"name\": ");
	gb_text_json(out, run_id);
	gb_text_printf(out, ",\n  \"schema_version\": \"%s\",\n  \"resources\": [",
		       GB_SCHEMA_VERSION);
	for (const struct gb_csv_file *f = gb_csv_files; f->name; f++) {
		if (of_gate(f) != !!gate)
			continue;
		resource_json(out, f, first);
		first = 0;
	}
	gb_text_add(out, "\n  ]\n}\n");
}

static void column_markdown(struct gb_text *t, const struct gb_column *c)
{
	gb_text_printf(t, "| `%s` | %s | %s | %s", c->name, type_name[c->type], c->unit, c->help);
	if (c->values) {
		gb_text_add(t, " (");
		for (const char *p = c->values; *p; p++)
			gb_text_addn(t, *p == '|' ? ", " : p, *p == '|' ? 2 : 1);
		gb_text_add(t, ")");
	}
	gb_text_add(t, " |\n");
}

static void table_markdown(struct gb_text *t, const struct gb_column *c, size_t n)
{
	gb_text_add(t, "| column | type | unit | meaning |\n|---|---|---|---|\n");
	for (size_t i = 0; i < n; i++)
		column_markdown(t, &c[i]);
	gb_text_add(t, "\n");
}

void gb_columns_markdown(struct gb_text *out)
{
	gb_text_printf(out, "Schema version %s.\n\n", GB_SCHEMA_VERSION);
	gb_text_add(out, "### Key columns, first in every file\n\n");
	table_markdown(out, gb_key_columns, gb_nr_key_columns);
	for (const struct gb_csv_file *f = gb_csv_files; f->name; f++) {
		gb_text_printf(out, "### %s: one row per %s\n\n", f->name, f->row);
		table_markdown(out, f->column, f->columns);
	}
}
