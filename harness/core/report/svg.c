/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The gfpbench authors */
/*
 * One pass over the text.  gnuplot writes what we drew ourselves, so this is no general
 * reader of SVG: tags are copied, with the changes that core/report/svg.h promises.
 */
#include "core/report/svg.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define LIMIT (16u << 20)

/* Up to the end of the opening <svg ...> tag, title, description and ground. */
static const char *skip_head(const char *p)
{
	static const char *const after[] = { "<svg", ">", "<g id=\"gnuplot_canvas\">" };
	const char *ground;

	for (size_t i = 0; i < 3; i++) {
		p = strstr(p, after[i]);
		if (!p)
			return NULL;
		p += strlen(after[i]);
	}
	ground = strstr(p, "<rect");
	if (ground && ground - p < 8 && strchr(ground, '>'))
		p = strchr(ground, '>') + 1;
	return p;
}

static int starts(const char *p, const char *with)
{
	return !strncmp(p, with, strlen(with));
}

/* "rgb( 51,  51,  51)" as "#333333"; returns what follows, or NULL when it is no colour. */
static const char *colour(const char *p, struct gb_text *out)
{
	unsigned int r, g, b;
	int n = 0;

	if (sscanf(p, "rgb(%3u,%3u,%3u)%n", &r, &g, &b, &n) != 3 || !n || r > 255 || g > 255 ||
	    b > 255)
		return NULL;
	gb_text_printf(out, "#%02x%02x%02x", r, g, b);
	return p + n;
}

/* A reference to an id, or the id itself: copied with the prefix. */
static const char *reference(const char *p, const char *prefix, struct gb_text *out)
{
	static const char *const forms[] = { " id='", " id=\"", "href='#", "href=\"#", "url(#" };

	for (size_t i = 0; i < sizeof(forms) / sizeof(forms[0]); i++)
		if (starts(p, forms[i])) {
			gb_text_printf(out, "%s%s", forms[i], prefix);
			return p + strlen(forms[i]);
		}
	return NULL;
}

/* Drop "<g ...>" from the end of @out when nothing stands between it and its "</g>". */
static int drop_empty_group(struct gb_text *out)
{
	size_t i = out->len;

	while (i && (out->data[i - 1] == '\n' || out->data[i - 1] == ' '))
		i--;
	if (!i || out->data[i - 1] != '>')
		return 0;
	while (i && out->data[i - 1] != '<')
		i--;
	if (!i || strncmp(out->data + i, "g ", 2))
		return 0;
	out->len = i - 1;
	out->data[out->len] = '\0';
	return 1;
}

/* Attributes that say what is so anyway, or what the page's style sheet says. */
static const char *redundant(const char *p)
{
	static const char *const words[] = {
		" stroke-linecap=\"butt\"", " stroke-linejoin=\"miter\"",
		" stroke-width=\"1.00\"", " font-family=\"sans-serif\"",
		" font-size=\"14.00\"", " class=\"gridline\"",
	};

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (starts(p, words[i]))
			return p + strlen(words[i]);
	return NULL;
}

/* What stands in most groups, as a class of the page's style sheet (core/report/css.c). */
static const char *shorter(const char *p, struct gb_text *out)
{
	static const struct {
		const char *from, *to;
	} words[] = {
		{ " fill=\"none\" color=\"black\" stroke=\"currentColor\"", " class=\"k\"" },
		{ " fill=\"none\" color=\"gray\" stroke=\"currentColor\"", " class=\"k\"" },
		{ " stroke=\"none\" fill=\"rgb(51,51,51)\"", " class=\"i\"" },
		{ " stroke='rgb(220, 220, 220)' stroke-dasharray='2,4'", " class=\"f\"" },
		{ " fill-opacity = '0.300000'", " fill-opacity='.3'" },
	};

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (starts(p, words[i].from)) {
			gb_text_add(out, words[i].to);
			return p + strlen(words[i].from);
		}
	return NULL;
}

/* Every series has its plot command as title, which browsers show as if it were for people. */
static const char *title(const char *p)
{
	const char *end = starts(p, "<title>") ? strstr(p, "</title>") : NULL;

	return end ? end + strlen("</title>") : NULL;
}

/* Coordinates of a path ("281.88"): a tenth of a pixel is enough.  Small numbers, which
 * shapes of points are made of, stay as they are. */
static const char *coordinate(const char *p, struct gb_text *out)
{
	size_t whole = strspn(p, "0123456789");

	if (whole < 2 || p[whole] != '.' || strspn(p + whole + 1, "0123456789") != 2)
		return NULL;
	gb_text_addn(out, p, p[whole + 1] == '0' ? whole : whole + 2);
	return p + whole + 3;
}

static const char *blank(const char *p, struct gb_text *out)
{
	int line = 0;

	for (; *p == '\n' || *p == '\t' || *p == ' '; p++)
		line |= *p == '\n';
	/* Between tags it says nothing; one line end is left for people. */
	if (*p == '<' && out->len && strchr(line ? "\n" : ">\n", out->data[out->len - 1]))
		return p;
	gb_text_add(out, line ? "\n" : " ");
	return p;
}

/* What is written instead of what stands at @p, or NULL: a character as any. */
static const char *rewrite(const char *p, const char *prefix, int path, struct gb_text *out)
{
	const char *next = NULL;

	if (*p == ' ')
		next = redundant(p);
	if (!next && *p == ' ')
		next = shorter(p, out);
	if (!next && *p == '<')
		next = title(p);
	if (!next && (*p == ' ' || *p == 'h' || *p == 'u'))
		next = reference(p, prefix, out);
	if (!next && *p == 'r')
		next = colour(p, out);
	if (!next && path && *p >= '0' && *p <= '9')
		next = coordinate(p, out);
	if (!next && starts(p, "</g>") && drop_empty_group(out))
		next = p + 4;
	if (!next && (*p == '\n' || *p == '\t' || *p == ' '))
		next = blank(p, out);
	return next;
}

static void body(const char *p, const char *end, const char *prefix, struct gb_text *out)
{
	int path = 0; /* within d='...' */

	while (p < end) {
		const char *next = rewrite(p, prefix, path, out);

		if (!next) {
			gb_text_addn(out, p, 1);
			next = p + 1;
			if (*p == '\'' || *p == '>')
				path = *p == '\'' && ((p[-1] == '=' && p[-2] == 'd') ||
						      starts(p - 4, "s = "));
			/* the rest of a number is not the start of one */
			for (; path && *p >= '0' && *p <= '9' && *next >= '0' && *next <= '9'; next++)
				gb_text_addn(out, next, 1);
		}
		p = next;
	}
}

/* --- shapes ------------------------------------------------------------------------------------- */

/* gnuplot defines every shape of point; is the one whose definition starts at @p used, by
 * the picture or by a shape that is kept? */
static int used(const char *p, const char *picture, const struct gb_text *kept)
{
	static const char *const quotes = "'\")";
	const char *id = strstr(p, "id='");
	char form[80];

	if (!id)
		return 1;
	id += 4;
	for (const char *q = quotes; *q; q++) {
		snprintf(form, sizeof(form), "#%.*s%c", (int)strcspn(id, "'"), id, *q);
		if (strstr(picture, form) || (kept->data && strstr(kept->data, form)))
			return 1;
	}
	return 0;
}

/* Definitions stand one below the other, each after a tab; a shape refers to earlier ones
 * only, so they are looked at from the last to the first. */
static void shapes(const char *defs, const char *end, const char *prefix, struct gb_text *out)
{
	struct gb_text kept = { 0 };
	const char *p = end, *stop = end;

	while (p > defs) {
		p--;
		if (!starts(p, "\n\t<") || p[3] == '/')
			continue;
		if (used(p + 2, end, &kept)) {
			struct gb_text t = { 0 };

			gb_text_addn(&t, p, (size_t)(stop - p));
			gb_text_add(&t, kept.data ? kept.data : "");
			gb_text_free(&kept);
			kept = t;
		}
		stop = p;
	}
	if (kept.len) {
		gb_text_add(out, "<defs>");
		body(kept.data, kept.data + kept.len, prefix, out);
		gb_text_add(out, "</defs>\n");
	}
	gb_text_free(&kept);
}

int gb_svg_inline(const char *path, const char *prefix, const char *label, unsigned int width,
		  unsigned int height, struct gb_text *out, struct gb_error *e)
{
	const char *start, *defs, *after;
	size_t len;
	char *data;

	if (gb_read_file(path, LIMIT, &data, &len, e))
		return -e->code;
	start = skip_head(data);
	if (start && strstr(start, "</svg>")) {
		gb_text_printf(out, "<svg role=\"img\" viewBox=\"0 0 %u %u\" width=\"%u\" "
			       "xmlns=\"http://www.w3.org/2000/svg\" "
			       "xmlns:xlink=\"http://www.w3.org/1999/xlink\" aria-label=\"",
			       width, height, width);
		gb_text_xml(out, label);
		gb_text_add(out, "\"><g>\n");
		defs = strstr(start, "<defs>");
		after = defs ? strstr(defs, "</defs>") : NULL;
		if (after) {
			shapes(defs, after, prefix, out);
			start = after + strlen("</defs>");
		}
		body(start, start + strlen(start), prefix, out);
	} else {
		gb_fail(e, GB_EXIT_HARNESS, "is this gnuplot older than 5.0?",
			"%s is no SVG that gnuplot finished", path);
	}
	free(data);
	return -e->code;
}
