/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The gfpbench authors */
/*
 * Bodies of the kmem events (kernel-model 8.1).  All are "key=value" separated by blanks;
 * kernels differ in which keys there are and in their order, so keys are looked at by
 * name.  What has no '=' ("[module]" behind a symbol) belongs to the value before it.
 */
#include "recording/kmem_event.h"

#include <string.h>

struct event_name {
	const char *text;
	size_t len;
	enum gb_kmem_kind kind;
};
#define NAME(text, kind) \
	{ \
		text, sizeof(text) - 1, kind \
	}

static const struct event_name names[] = {
	NAME("kmem_cache_alloc", GB_KMEM_ALLOC),
	NAME("kmem_cache_free", GB_KMEM_FREE),
	NAME("kfree", GB_KMEM_FREE),
	NAME("kmalloc", GB_KMEM_ALLOC),
	NAME("kmalloc_node", GB_KMEM_ALLOC),
	NAME("kmem_cache_alloc_node", GB_KMEM_ALLOC),
};

/* Which keys a body had. */
enum { HAS_PTR = 1, HAS_SIZE = 2, HAS_GFP = 4, HAS_BAD = 8, NEW_FORM = 16 };

static enum gb_kmem_kind kind_of(const struct gb_line *l)
{
	const char *p = l->event;
	size_t n = l->event_len;

	if (n > 5 && !memcmp(p, "kmem:", 5)) {
		p += 5;
		n -= 5;
	}
	for (size_t i = 0; i < GB_ARRAY_SIZE(names); i++)
		if (names[i].len == n && !memcmp(names[i].text, p, n))
			return names[i].kind;
	return GB_KMEM_OTHER;
}

static int hex_digit(char c)
{
	if (gb_is_digit(c))
		return c - '0';
	c |= 0x20;
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* Length of a null in words at @p: the kernel's "(null)", the C library's "(nil)"; or 0.
 */
static size_t null_word(const char *p, const char *end)
{
	return GB_STARTS(p, end, "(null)") ? 6 : GB_STARTS(p, end, "(nil)") ? 5 : 0;
}

/* Hashed ("00000000cb71b3ff"), raw ("0xffff8881..."), or a null in words or zeros. */
static int pointer(const char *p, size_t n, uint64_t *out)
{
	uint64_t v = 0;
	size_t i = n > 2 && p[0] == '0' && (p[1] | 0x20) == 'x' ? 2 : 0;

	*out = 0;
	if (n && null_word(p, p + n) == n)
		return 1;
	if (n - i < 1 || n - i > 16)
		return 0;
	for (; i < n; i++) {
		int d = hex_digit(p[i]);

		if (d < 0)
			return 0;
		v = v << 4 | (uint64_t)d;
	}
	*out = v;
	return 1;
}

struct pair {
	const char *key, *value;
	size_t key_len, value_len;
};

/* The next "key=value" from @p, or NULL.  %p pads a null: "ptr=          (null)". */
static const char *next_pair(const char *p, const char *end, struct pair *kv)
{
	for (;;) {
		const char *eq, *stop;

		p = gb_skip_blanks(p, end);
		if (p == end)
			return NULL;
		for (eq = p; eq < end && *eq != '=' && !gb_is_blank(*eq); eq++)
			;
		if (eq == end || *eq != '=') {
			p = eq;
			continue;
		}
		kv->key = p;
		kv->key_len = (size_t)(eq - p);
		kv->value = eq + 1;
		if (null_word(gb_skip_blanks(eq + 1, end), end))
			kv->value = gb_skip_blanks(eq + 1, end);
		for (stop = kv->value; stop < end && !gb_is_blank(*stop); stop++)
			;
		kv->value_len = (size_t)(stop - kv->value);
		return stop;
	}
}

static int is_key(const struct pair *kv, const char *key, size_t n)
{
	return kv->key_len == n && !memcmp(kv->key, key, n);
}
#define KEY(kv, literal) is_key(kv, literal, sizeof(literal) - 1)

static unsigned int take_size(const struct pair *kv, struct gb_kmem_event *ev)
{
	const char *end = kv->value + kv->value_len;

	if (gb_scan_uint(kv->value, end, &ev->size) != end || ev->size > UINT32_MAX)
		return HAS_BAD;
	return HAS_SIZE;
}

static unsigned int take(const struct pair *kv, struct gb_kmem_event *ev,
			 const struct pair **gfp, struct pair *gfp_storage)
{
	if (KEY(kv, "ptr")) {
		ev->ptr_len = (unsigned int)kv->value_len;
		return pointer(kv->value, kv->value_len, &ev->ptr) ? HAS_PTR : HAS_BAD;
	}
	if (KEY(kv, "bytes_req"))
		return take_size(kv, ev);
	if (KEY(kv, "gfp_flags")) {
		*gfp_storage = *kv;
		*gfp = gfp_storage;
		return kv->value_len ? HAS_GFP : HAS_BAD;
	}
	if (KEY(kv, "name")) {
		ev->cache = kv->value;
		ev->cache_len = kv->value_len;
	} else if (KEY(kv, "call_site")) {
		return memchr(kv->value, '+', kv->value_len) ? NEW_FORM : 0;
	} else if (KEY(kv, "accounted")) {
		return NEW_FORM;
	}
	return 0;
}

void gb_kmem_parse(const struct gb_line *l, struct gb_gfp_memo *memo,
		   struct gb_kmem_event *ev)
{
	const char *p = l->body, *end = l->body + l->body_len;
	const struct pair *gfp = NULL;
	struct pair kv, storage;
	unsigned int has = 0, need;

	*ev = (struct gb_kmem_event){
		.kind = kind_of(l),
		.cpu = l->cpu,
		.context = l->context,
		.nested = l->nested,
		.time_ns = l->time_ns,
	};
	if (ev->kind == GB_KMEM_OTHER)
		return;
	need = ev->kind == GB_KMEM_ALLOC ? HAS_PTR | HAS_SIZE | HAS_GFP : HAS_PTR;
	while ((p = next_pair(p, end, &kv))) {
		unsigned int got = take(&kv, ev, &gfp, &storage);

		has |= got;
		ev->ends_in_ptr = !!(got & HAS_PTR);
	}
	if ((has & need) != need || (has & HAS_BAD)) {
		ev->kind = GB_KMEM_MALFORMED;
		return;
	}
	/* Kernels that print call sites as bare numbers have 3.4's numbers in gfp_flags.
	 */
	if (gfp)
		ev->mask = gb_gfp_lookup(memo, gfp->value, gfp->value_len,
					 !(has & NEW_FORM));
}
