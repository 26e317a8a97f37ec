/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The gfpbench authors */
/* A tree back to text.  Numbers are written with the digits that they were read with. */
#include "json.h"

#include <string.h>

#include "text.h"

static void indent(struct gb_text *t, int depth)
{
	gb_text_printf(t, "\n%*s", 2 * depth, "");
}

static void children(struct gb_text *t, const struct gb_json *j, const char *brackets, int depth)
{
	gb_text_addn(t, brackets, 1);
	for (const struct gb_json *c = j->child; c; c = c->next) {
		indent(t, depth + 1);
		if (j->type == GB_JSON_OBJECT) {
			gb_text_json(t, c->key);
			gb_text_add(t, ": ");
		}
		gb_json_write(t, c, depth + 1);
		if (c->next)
			gb_text_add(t, ",");
	}
	if (j->child)
		indent(t, depth);
	gb_text_addn(t, brackets + 1, 1);
}

void gb_json_write(struct gb_text *t, const struct gb_json *j, int depth)
{
	switch (j->type) {
	case GB_JSON_NULL:
		gb_text_add(t, "null");
		break;
	case GB_JSON_BOOL:
		gb_text_add(t, j->number != 0 ? "true" : "false");
		break;
	case GB_JSON_NUMBER:
		gb_text_add(t, j->text);
		break;
	case GB_JSON_STRING:
		gb_text_json(t, j->text);
		break;
	case GB_JSON_ARRAY:
		children(t, j, "[]", depth);
		break;
	case GB_JSON_OBJECT:
		children(t, j, "{}", depth);
		break;
	}
}
