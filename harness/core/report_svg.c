/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The gfpbench authors */
/*
 * One pass over the text.  gnuplot writes what we drew ourselves, so this is no general
 * reader of SVG: tags are copied, with the changes that report_svg.h promises.
 */
#include "report_svg.h"

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

static void body(const char *p, const char *prefix, struct gb_text *out)
{
	while (*p) {
		const char *next = NULL;

		if (*p == ' ' || *p == 'h' || *p == 'u')
			next = reference(p, prefix, out);
		if (!next && *p == 'r')
			next = colour(p, out);
		if (!next && starts(p, "</g>") && drop_empty_group(out))
			next = p + 4;
		if (!next && (*p == '\n' || *p == '\t' || *p == ' ')) {
			int line = 0;

			for (next = p; *next == '\n' || *next == '\t' || *next == ' '; next++)
				line |= *next == '\n';
			gb_text_add(out, line ? "\n" : " ");
			p = next;
			continue;
		}
		if (!next)
			gb_text_addn(out, p, 1);
		p = next ? next : p + 1;
	}
}

int gb_svg_inline(const char *path, const char *prefix, const char *label, unsigned int width,
		  unsigned int height, struct gb_text *out, struct gb_error *e)
{
	const char *start;
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
		gb_text_add(out, "\"><g>");
		body(start, prefix, out);
	} else {
		gb_fail(e, GB_EXIT_HARNESS, "is this gnuplot older than 5.0?",
			"%s is no SVG that gnuplot finished", path);
	}
	free(data);
	return -e->code;
}
