/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The gfpbench authors */
#include "jobfile.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "base/atomic.h"
#include "base/text.h"

#define LIMIT (1u << 20) /* bytes of a job file */

static char *trim(char *s)
{
	size_t n;

	while (*s == ' ' || *s == '\t')
		s++;
	n = strlen(s);
	while (n && strchr(" \t\r", s[n - 1]))
		s[--n] = '\0';
	return s;
}

static int bad(const struct gb_jobfile *f, unsigned int line, const char *hint,
	       const char *what, const char *text, struct gb_error *e)
{
	return gb_fail(e, GB_EXIT_USAGE, hint, "%s:%u: %s '%.60s'", f->path, line, what, text);
}

static int open_section(struct gb_jobfile *f, char *s, unsigned int line, struct gb_error *e)
{
	size_t n = strlen(s);

	if (s[n - 1] != ']' || strspn(s + 1, " \t") >= n - 2)
		return bad(f, line, "[NAME] begins a section", "no section name in", s, e);
	s[n - 1] = '\0';
	s = trim(s + 1);
	for (size_t i = 0; i < f->sections; i++)
		if (!strcmp(f->section[i].name, s))
			return bad(f, line, "give every section a name of its own",
				   "a second section", s, e);
	f->section = realloc(f->section, (f->sections + 1) * sizeof(*f->section));
	GB_BUG_ON(!f->section);
	f->section[f->sections++] = (struct gb_job_section){ s, line, NULL, 0 };
	return 0;
}

static int add_entry(struct gb_jobfile *f, char *s, unsigned int line, struct gb_error *e)
{
	struct gb_job_section *at = f->sections ? &f->section[f->sections - 1] : NULL;
	char *value = strchr(s, '=');

	if (!value)
		return bad(f, line, "write KEY = VALUE, or [NAME] for a section",
			   "neither a section nor an entry:", s, e);
	if (!at)
		return bad(f, line, "begin with [global] or with a cell set of your own",
			   "no section before", s, e);
	*value++ = '\0';
	s = trim(s);
	for (size_t i = 0; i < at->entries; i++)
		if (!strcmp(at->entry[i].key, s))
			return bad(f, line, "one value for each key of a section",
				   "given twice:", s, e);
	at->entry = realloc(at->entry, (at->entries + 1) * sizeof(*at->entry));
	GB_BUG_ON(!at->entry);
	at->entry[at->entries++] = (struct gb_job_entry){ s, trim(value), line };
	return 0;
}

static int read_line(struct gb_jobfile *f, char *s, unsigned int line, struct gb_error *e)
{
	s = trim(s);
	for (const char *p = s; *p; p++)
		if (iscntrl((unsigned char)*p) && *p != '\t')
			return bad(f, line, "a job file is plain text", "control characters in",
				   "the line", e);
	if (!*s || *s == '#' || *s == ';')
		return 0;
	return *s == '[' ? open_section(f, s, line, e) : add_entry(f, s, line, e);
}

int gb_jobfile_read(const char *path, struct gb_jobfile *f, struct gb_error *e)
{
	size_t len = 0;
	unsigned int line = 1;

	memset(f, 0, sizeof(*f));
	f->path = strdup(path);
	GB_BUG_ON(!f->path);
	if (gb_read_file(path, LIMIT, &f->text, &len, e)) {
		e->code = GB_EXIT_USAGE; /* the caller named it */
		gb_hint(e, "arguments of run are job files; workloads go with -w, backends "
			   "with -b");
		return -e->code;
	}
	if (memchr(f->text, '\0', len))
		return gb_fail(e, GB_EXIT_USAGE, "a job file is plain text",
			       "%s: not a text file", path);
	/* some editors put a byte-order mark in front */
	for (char *s = f->text + (strncmp(f->text, "\xef\xbb\xbf", 3) ? 0 : 3), *next; s;
	     s = next, line++) {
		next = strchr(s, '\n');
		if (next)
			*next++ = '\0';
		if (read_line(f, s, line, e))
			return -e->code;
	}
	if (!f->sections)
		return gb_fail(e, GB_EXIT_USAGE, "a cell set begins with [NAME]",
			       "%s: no section in the file", path);
	return 0;
}

void gb_jobfile_free(struct gb_jobfile *f)
{
	for (size_t i = 0; i < f->sections; i++)
		free(f->section[i].entry);
	free(f->section);
	free(f->text);
	free(f->path);
	memset(f, 0, sizeof(*f));
}
