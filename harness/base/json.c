/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The gfpbench authors */
#include "base/json.h"

#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/parse.h"
#include "base/text.h"

#define MAX_DEPTH 64
#define MAX_BYTES (64u << 20)

struct parser {
	const char *start, *at, *end;
	const char *name;
	struct gb_error *e;
};

static struct gb_json *parse_value(struct parser *p, int depth);

static void *malformed(struct parser *p, const char *what)
{
	gb_fail(p->e, GB_EXIT_USAGE, NULL, "%s: not valid JSON at byte %zu: %s", p->name,
		(size_t)(p->at - p->start), what);
	return NULL;
}

static void skip_blank(struct parser *p)
{
	while (p->at < p->end && strchr(" \t\r\n", *p->at) && *p->at)
		p->at++;
}

static int accept(struct parser *p, char c)
{
	skip_blank(p);
	if (p->at == p->end || *p->at != c)
		return 0;
	p->at++;
	return 1;
}

static struct gb_json *new_node(enum gb_json_type type)
{
	struct gb_json *j = calloc(1, sizeof(*j));

	GB_BUG_ON(!j);
	j->type = type;
	return j;
}

/* Four hex digits; -1 when they are none. */
static long hex4(struct parser *p)
{
	long v = 0;

	if (p->end - p->at < 4)
		return -1;
	for (int i = 0; i < 4; i++) {
		const char *digits = "0123456789abcdef0123456789ABCDEF";
		const char *d = *p->at ? strchr(digits, *p->at) : NULL;

		if (!d)
			return -1;
		v = v * 16 + (d - digits) % 16;
		p->at++;
	}
	return v;
}

static void add_utf8(struct gb_text *t, unsigned long c)
{
	char b[4];
	size_t n = c < 0x80 ? 1 : c < 0x800 ? 2 : c < 0x10000 ? 3 : 4;
	static const unsigned char lead[] = {0, 0, 0xc0, 0xe0, 0xf0};

	for (size_t i = n; i-- > 1; c >>= 6)
		b[i] = (char)(0x80 | (c & 0x3f));
	b[0] = (char)(lead[n] | c);
	gb_text_addn(t, b, n);
}

/* After "\u"; surrogate pairs joined, a lone one or U+0000 refused. */
static int parse_unicode(struct parser *p, struct gb_text *t)
{
	long c = hex4(p), low;

	if (c >= 0xd800 && c < 0xdc00) {
		if (p->end - p->at < 6 || p->at[0] != '\\' || p->at[1] != 'u')
			return -1;
		p->at += 2;
		low = hex4(p);
		if (low < 0xdc00 || low > 0xdfff)
			return -1;
		c = 0x10000 + ((c - 0xd800) << 10) + (low - 0xdc00);
	} else if (c <= 0 || (c >= 0xdc00 && c <= 0xdfff)) {
		return -1;
	}
	add_utf8(t, (unsigned long)c);
	return 0;
}

static int parse_escape(struct parser *p, struct gb_text *t)
{
	static const char from[] = "\"\\/bfnrt", to[] = "\"\\/\b\f\n\r\t";
	const char *f;

	if (p->at == p->end)
		return -1;
	if (*p->at == 'u') {
		p->at++;
		return parse_unicode(p, t);
	}
	f = *p->at ? strchr(from, *p->at) : NULL;
	if (!f)
		return -1;
	p->at++;
	gb_text_addn(t, &to[f - from], 1);
	return 0;
}

/* The opening quote is behind us. */
static char *parse_string(struct parser *p)
{
	struct gb_text t = {0};
	int bad = 0;

	gb_text_add(&t, "");
	while (!bad && p->at < p->end && *p->at != '"') {
		if (*p->at == '\\') {
			p->at++;
			bad = parse_escape(p, &t) < 0;
		} else {
			bad = (unsigned char)*p->at < 0x20;
			gb_text_addn(&t, p->at++, 1);
		}
	}
	if (bad || p->at == p->end) {
		gb_text_free(&t);
		return malformed(p, "unterminated or malformed string");
	}
	p->at++;
	return t.data;
}

static struct gb_json *parse_number(struct parser *p)
{
	size_t n = 0, room = (size_t)(p->end - p->at);
	struct gb_error quiet = GB_ERROR_INIT;
	struct gb_json *j;
	double v;
	char *text;

	while (n < room && p->at[n] && strchr("+-.0123456789eE", p->at[n]))
		n++;
	text = strndup(p->at, n);
	GB_BUG_ON(!text);
	if (n == 0 ||
	    gb_parse_double(text, "number", -INFINITY, INFINITY, &v, &quiet) < 0) {
		free(text);
		return malformed(p, "expected a value");
	}
	p->at += n;
	j = new_node(GB_JSON_NUMBER);
	j->number = v;
	j->text = text;
	return j;
}

/* One element of an array or object, its key included. */
static struct gb_json *parse_element(struct parser *p, int object, int depth)
{
	char *key = NULL;
	struct gb_json *j;

	if (object) {
		if (!accept(p, '"'))
			return malformed(p, "expected a key");
		key = parse_string(p);
		if (!key)
			return NULL;
		if (!accept(p, ':')) {
			free(key);
			return malformed(p, "expected ':'");
		}
	}
	j = parse_value(p, depth);
	if (!j)
		free(key);
	else
		j->key = key;
	return j;
}

/* The opening bracket is behind us. */
static struct gb_json *parse_container(struct parser *p, int object, int depth)
{
	struct gb_json *j = new_node(object ? GB_JSON_OBJECT : GB_JSON_ARRAY);
	struct gb_json **tail = &j->child;
	char close = object ? '}' : ']';

	if (accept(p, close))
		return j;
	do {
		*tail = parse_element(p, object, depth);
		if (!*tail)
			goto fail;
		tail = &(*tail)->next;
	} while (accept(p, ','));
	if (accept(p, close))
		return j;
	malformed(p, object ? "expected ',' or '}'" : "expected ',' or ']'");
fail:
	gb_json_free(j);
	return NULL;
}

static struct gb_json *parse_word(struct parser *p)
{
	static const struct {
		const char *word;
		enum gb_json_type type;
		int value;
	} words[] = {{"true", GB_JSON_BOOL, 1},
		     {"false", GB_JSON_BOOL, 0},
		     {"null", GB_JSON_NULL, 0}};

	for (int i = 0; i < 3; i++) {
		size_t n = strlen(words[i].word);
		struct gb_json *j;

		if ((size_t)(p->end - p->at) < n || memcmp(p->at, words[i].word, n) != 0)
			continue;
		p->at += n;
		j = new_node(words[i].type);
		j->number = words[i].value;
		return j;
	}
	return NULL;
}

static struct gb_json *parse_value(struct parser *p, int depth)
{
	struct gb_json *j;

	if (depth == MAX_DEPTH)
		return malformed(p, "nested too deeply");
	if (accept(p, '{'))
		return parse_container(p, 1, depth + 1);
	if (accept(p, '['))
		return parse_container(p, 0, depth + 1);
	if (accept(p, '"')) {
		char *text = parse_string(p);

		if (!text)
			return NULL;
		j = new_node(GB_JSON_STRING);
		j->text = text;
		return j;
	}
	j = parse_word(p);
	return j ? j : parse_number(p);
}

struct gb_json *gb_json_parse(const char *text, size_t len, const char *name,
			      struct gb_error *e)
{
	struct parser p = {text, text, text + len, name, e};
	struct gb_json *j = parse_value(&p, 0);

	skip_blank(&p);
	if (j && p.at != p.end) {
		gb_json_free(j);
		return malformed(&p, "text after the end");
	}
	return j;
}

struct gb_json *gb_json_read(const char *path, struct gb_error *e)
{
	struct gb_json *j;
	char *data;
	size_t len;

	if (gb_read_file(path, MAX_BYTES, &data, &len, e) < 0)
		return NULL;
	j = gb_json_parse(data, len, path, e);
	free(data);
	return j;
}

void gb_json_free(struct gb_json *j)
{
	while (j) {
		struct gb_json *next = j->next;

		gb_json_free(j->child);
		free(j->key);
		free(j->text);
		free(j);
		j = next;
	}
}

const struct gb_json *gb_json_get(const struct gb_json *j, const char *path)
{
	while (j && *path) {
		size_t n = strcspn(path, ".");
		const struct gb_json *c = j->child;

		while (c && !(c->key && strlen(c->key) == n && !memcmp(c->key, path, n)))
			c = c->next;
		j = c;
		path += n + (path[n] == '.');
	}
	return j;
}

const char *gb_json_text(const struct gb_json *j, const char *path, const char *fallback)
{
	j = gb_json_get(j, path);
	return j && j->type == GB_JSON_STRING ? j->text : fallback;
}

double gb_json_number(const struct gb_json *j, const char *path)
{
	j = gb_json_get(j, path);
	return j && (j->type == GB_JSON_NUMBER || j->type == GB_JSON_BOOL) ? j->number
									   : NAN;
}
