/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The gfpbench authors */
/* --help of a verb, from the table of options. */
#include <string.h>

#include "options.h"

#define SCREEN 80   /* columns */
#define INDENT 26   /* of what an option means */

/* Words from column @at on, wrapped; returns the column reached. */
static int wrap(FILE *out, int at, int indent, const char *text)
{
	while (*text) {
		int n = (int)strcspn(text, " ");

		if (at + 1 + n > SCREEN - 1) {
			fprintf(out, "\n%*s", indent - 1, "");
			at = indent - 1;
		}
		fprintf(out, " %.*s", n, text);
		at += 1 + n;
		text += n + (text[n] == ' ');
	}
	return at;
}

static void help_row(FILE *out, const struct gb_cli_option *o)
{
	char left[40];
	int at;

	snprintf(left, sizeof(left), "%c%c%c --%s%s%s", o->letter ? '-' : ' ',
		 o->letter ? o->letter : ' ', o->letter ? ',' : ' ', o->name,
		 o->arg ? "=" : "", o->arg ? o->arg : "");
	at = fprintf(out, "  %-*s", INDENT - 3, left);
	at = wrap(out, at, INDENT, o->help);
	if (o->choices) {
		char all[120];

		fputc(':', out);
		at = wrap(out, at + 1, INDENT, gb_cli_choices(o, all, sizeof(all)));
	}
	if (o->def) {
		char def[40];

		snprintf(def, sizeof(def), "[%s]", o->def);
		wrap(out, at, INDENT, def);
	}
	fputc('\n', out);
}

static void help_rare(FILE *out, unsigned int verb)
{
	int at = 0;

	for (const struct gb_cli_option *o = gb_cli_options; o->name; o++) {
		char word[60];

		if (!(o->verbs & o->rare & verb))
			continue;
		if (!at)
			at = fprintf(out, "  rarer, see gfpbench(1):");
		snprintf(word, sizeof(word), "--%s%s%s", o->name, o->arg ? "=" : "",
			 o->arg ? o->arg : "");
		at = wrap(out, at, 5, word);
	}
	if (at)
		fputc('\n', out);
}

void gb_cli_help(FILE *out, unsigned int verb)
{
	for (const struct gb_cli_option *o = gb_cli_options; o->name; o++)
		if ((o->verbs & ~o->rare) & verb)
			help_row(out, o);
	help_rare(out, verb);
}
