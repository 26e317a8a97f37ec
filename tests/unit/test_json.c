/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The gfpbench authors */
#include <math.h>
#include <string.h>

#include "base/atomic.h"
#include "base/json.h"
#include "tests/tap.h"

static struct gb_json *parse(const char *text, struct gb_error *e)
{
	*e = (struct gb_error)GB_ERROR_INIT;
	return gb_json_parse(text, strlen(text), "test", e);
}

static void good(void)
{
	struct gb_error e;
	struct gb_json *j = parse(" {\"a\": {\"b\": [1, -2.5e3, true, null, \"x\"]}, "
				  "\"t\": \"q\\\"\\u00e9\\ud83d\\ude00\\n\", \"e\": {}, "
				  "\"big\": 18446744073709551615} ",
				  &e);
	const struct gb_json *list = gb_json_get(j, "a.b");

	if (!tap_ok(j != NULL, "a whole document"))
		return;
	CHECK(list && list->type == GB_JSON_ARRAY && list->child->number == 1);
	CHECK(list->child->next->number == -2500);
	CHECK(list->child->next->next->type == GB_JSON_BOOL);
	CHECK(list->child->next->next->next->type == GB_JSON_NULL);
	tap_eq_text(gb_json_text(j, "t", ""), "q\"\xc3\xa9\xf0\x9f\x98\x80\n", "escapes");
	CHECK(gb_json_get(j, "a.c") == NULL && gb_json_get(j, "t.b") == NULL);
	CHECK(isnan(gb_json_number(j, "t")) && isnan(gb_json_number(NULL, "t")));
	tap_eq_text(gb_json_text(j, "a.c", "none"), "none", "fallback");
	tap_eq_text(gb_json_get(j, "big")->text, "18446744073709551615",
		    "digits are kept");
	gb_json_free(j);
}

static void bad(void)
{
	static const char *const text[] = {
		"",           "{",     "[1,]",        "{\"a\":}",    "{\"a\" 1}",
		"{a:1}",      "\"abc", "\"\\x\"",     "\"\\ud800\"", "\"\\u12\"",
		"01x",        "1 2",   "[1}",         "nul",         "\"a\nb\"",
		"{\"a\":1,}", "--1",   "\"\\u0000\"", "\"\\",
	};
	char deep[400];
	struct gb_error e;
	int refused = 0;

	for (size_t i = 0; i < GB_ARRAY_SIZE(text); i++) {
		struct gb_json *j = parse(text[i], &e);

		if (!j && e.code == GB_EXIT_USAGE)
			refused++;
		else
			tap_diag("accepted: %s", text[i]);
		gb_json_free(j);
	}
	tap_ok(refused == (int)GB_ARRAY_SIZE(text), "malformed texts are refused");
	memset(deep, '[', sizeof(deep) - 1);
	deep[sizeof(deep) - 1] = '\0';
	tap_ok(!parse(deep, &e), "endless nesting is refused");
}

/* Every prefix of a document is refused, none is read beyond its end. */
static void truncated(void)
{
	static const char whole[] = "{\"a\":[1,\"\\u00e9\",true],\"b\":{\"c\":null}}";
	int accepted = 0;

	for (size_t n = 0; n < strlen(whole); n++) {
		char *copy = malloc(n + 1);
		struct gb_error e = GB_ERROR_INIT;
		struct gb_json *j;

		memcpy(copy, whole, n);
		j = gb_json_parse(copy, n, "prefix", &e);
		accepted += j != NULL;
		gb_json_free(j);
		free(copy);
	}
	tap_eq_u64((unsigned long long)accepted, 0, "no prefix passes for the whole");
}

int main(void)
{
	good();
	bad();
	truncated();
	return tap_done();
}
