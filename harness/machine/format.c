/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The gfpbench authors */
/*
 * See format.h.  A specification is parsed into a struct, a number is turned into digits
 * from the right in a buffer of its own, and one function pads.
 */
#include "machine/format.h"

#include <stdint.h>
#include <string.h>

struct out {
	char *buf;
	size_t n, len; /* len < n */
};

struct spec {
	int zero, left, alt;
	int width, precision; /* precision -1: none */
	int length;           /* 0 int, 1 long, 2 long long, 3 size_t */
	char kind;
};

static void put(struct out *o, char c)
{
	if (o->len + 1 < o->n)
		o->buf[o->len++] = c;
}

static void put_times(struct out *o, char c, int times)
{
	while (times-- > 0)
		put(o, c);
}

/* @prefix ("-", "0x") stays left of padding zeros. */
static void put_padded(struct out *o, const struct spec *s, const char *prefix,
		       const char *text, size_t len)
{
	int fill = s->width - (int)len - (int)strlen(prefix);
	size_t i;

	if (!s->left && !s->zero)
		put_times(o, ' ', fill);
	for (; *prefix; prefix++)
		put(o, *prefix);
	if (!s->left && s->zero)
		put_times(o, '0', fill);
	for (i = 0; i < len; i++)
		put(o, text[i]);
	if (s->left)
		put_times(o, ' ', fill);
}

static void put_number(struct out *o, const struct spec *s, const char *prefix, uint64_t v)
{
	const char *digits = s->kind == 'X' ? "0123456789ABCDEF" : "0123456789abcdef";
	unsigned int base = strchr("xXp", s->kind) ? 16 : 10;
	char text[24], *p = text + sizeof(text);

	do {
		*--p = digits[v % base];
		v /= base;
	} while (v);
	put_padded(o, s, prefix, p, (size_t)(text + sizeof(text) - p));
}

static const char *parse_number(const char *p, int *v)
{
	for (*v = 0; *p >= '0' && *p <= '9'; p++)
		if (*v < 1000)
			*v = *v * 10 + (*p - '0');
	return p;
}

static const char *parse_length(const char *p, struct spec *s)
{
	for (; *p == 'l' || *p == 'z' || *p == 'h'; p++)
		s->length = *p == 'z' ? 3 : *p == 'l' ? s->length + 1 : s->length;
	return p;
}

/* @p is behind the '%'; returns what follows the specification. */
static const char *parse(const char *p, struct spec *s)
{
	memset(s, 0, sizeof(*s));
	s->precision = -1;
	for (; *p == '0' || *p == '-' || *p == '#'; p++) {
		s->zero |= *p == '0';
		s->left |= *p == '-';
		s->alt |= *p == '#';
	}
	p = parse_number(p, &s->width);
	if (*p == '.')
		p = parse_number(p + 1, &s->precision);
	p = parse_length(p, s);
	s->kind = *p;
	return *p ? p + 1 : p;
}

static void put_text(struct out *o, struct spec *s, const char *text)
{
	if (!text)
		text = "(null)";
	s->zero = 0;
	put_padded(o, s, "", text,
		   s->precision >= 0 ? strnlen(text, (size_t)s->precision) : strlen(text));
}

static void put_signed(struct out *o, const struct spec *s, int64_t v)
{
	put_number(o, s, v < 0 ? "-" : "", v < 0 ? 0 - (uint64_t)v : (uint64_t)v);
}

static void put_unsigned(struct out *o, const struct spec *s, uint64_t v)
{
	int hex = s->kind == 'p' || (s->alt && v && s->kind != 'u');

	put_number(o, s, hex ? (s->kind == 'X' ? "0X" : "0x") : "", v);
}

size_t gb_vformat(char *buf, size_t n, const char *fmt, va_list ap)
{
	struct out o = { .buf = buf, .n = n };
	const char *start;
	struct spec s;
	char c;

	while (*fmt) {
		if (*fmt != '%') {
			put(&o, *fmt++);
			continue;
		}
		start = fmt;
		fmt = parse(fmt + 1, &s);
		switch (s.kind) {
		case 'd':
		case 'i':
			put_signed(&o, &s, s.length == 0 ? va_arg(ap, int) :
					   s.length == 2 ? va_arg(ap, long long) :
							   va_arg(ap, long));
			break;
		case 'u':
		case 'x':
		case 'X':
			put_unsigned(&o, &s, s.length == 0 ? va_arg(ap, unsigned int) :
					     s.length == 2 ? va_arg(ap, unsigned long long) :
							     va_arg(ap, unsigned long));
			break;
		case 'p':
			put_unsigned(&o, &s, (uintptr_t)va_arg(ap, void *));
			break;
		case 's':
			put_text(&o, &s, va_arg(ap, const char *));
			break;
		case 'c':
			c = (char)va_arg(ap, int);
			put_padded(&o, &s, "", &c, 1);
			break;
		case '%':
			put(&o, '%');
			break;
		default:
			while (*start)
				put(&o, *start++);
			goto out;
		}
	}
out:
	if (n)
		buf[o.len] = '\0';
	return o.len;
}

size_t gb_format(char *buf, size_t n, const char *fmt, ...)
{
	va_list ap;
	size_t len;

	va_start(ap, fmt);
	len = gb_vformat(buf, n, fmt, ap);
	va_end(ap);
	return len;
}
