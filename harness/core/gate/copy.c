/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The gfpbench authors */
/* Copies of a side's files (core/gate/side.h). */
#include "core/gate/side.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/text.h"

#define BLOCK   (1u << 20)
#define PRELOAD "preload:"
#define NAMED   ":name="

/* --- one file ------------------------------------------------------------------- */

static int pour(int from, int to)
{
	char *buf = malloc(BLOCK);
	ssize_t n, done = 0;

	GB_BUG_ON(!buf);
	while ((n = read(from, buf, BLOCK)) > 0) {
		for (done = 0; done < n;) {
			ssize_t w = write(to, buf + done, (size_t)(n - done));

			if (w < 0) {
				free(buf);
				return -1;
			}
			done += w;
		}
	}
	free(buf);
	return n < 0 ? -1 : 0;
}

/* A new file each time: an old one may be running still, and its pages are to change. */
static int copy_file(const char *from, const char *to, struct gb_error *e)
{
	int in = open(from, O_RDONLY | O_CLOEXEC), out, bad;

	if (in < 0)
		return gb_fail_errno(e, GB_EXIT_HARNESS, errno, NULL, "cannot read %s",
				     from);
	unlink(to);
	out = open(to, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0755);
	bad = out < 0 || pour(in, out);
	if (bad)
		gb_fail_errno(e, GB_EXIT_HARNESS, errno,
			      "choose another place with TMPDIR",
			      "cannot copy %s to %s", from, to);
	close(in);
	if (out >= 0)
		close(out);
	return -e->code;
}

int gb_gate_copy_make(const struct gb_gate_copy *c, struct gb_error *e)
{
	if (copy_file(c->party->program, c->program, e) ||
	    (c->preload[0] && copy_file(c->party->location.preload, c->preload, e)))
		return -e->code;
	return 0;
}

/* --- names ---------------------------------------------------------------------- */

/* "check:preload:/some/x.so:name=y" with the copy's path for the file. */
static char *spec_of_copy(const char *spec, const char *copy)
{
	const char *at = strstr(spec, PRELOAD), *name = NULL;
	struct gb_text t = { 0 };

	for (const char *s = at; s && (s = strstr(s, NAMED)); s++)
		name = s;
	if (at) {
		at += strlen(PRELOAD);
		gb_text_printf(&t, "%.*s%s%s", (int)(at - spec), spec, copy,
			       name ? name : "");
	} else {
		gb_text_add(&t, spec);
	}
	return t.data;
}

/* Names are as long for every party.  The variable names a file that need not exist: a
 * backend that does not look at it must have as large an environment as one that does. */
void gb_gate_copy_name(struct gb_gate_copy *c, const struct gb_gate_party *p,
		       const char *folder, char letter)
{
	memset(c, 0, sizeof(*c));
	c->party = p;
	GB_BUG_ON(strlen(folder) > 4000);
	c->location = p->location;
	snprintf(c->program, sizeof(c->program), "%s/%c-runner", folder, letter);
	if (p->location.preload[0])
		snprintf(c->preload, sizeof(c->preload), "%s/%c-malloc.so", folder,
			 letter);
	snprintf(c->location.preload, sizeof(c->location.preload), "%s", c->preload);
	c->backend = spec_of_copy(p->backend, c->preload);
	snprintf(c->variable, sizeof(c->variable), "GFPBENCH_JEMALLOC=%s/%c-malloc.so",
		 folder,
		 letter);
}

void gb_gate_copy_free(struct gb_gate_copy *c)
{
	if (c->program[0])
		unlink(c->program);
	if (c->preload[0])
		unlink(c->preload);
	free(c->backend);
	memset(c, 0, sizeof(*c));
}
