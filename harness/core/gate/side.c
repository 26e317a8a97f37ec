/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The gfpbench authors */
#include "core/gate/side.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/sha256.h"
#include "base/text.h"

#include "core/manifest.h"
#include "core/slices.h"

#define RUNNER  "runner:"
#define PRELOAD "preload:"

static char *copy_text(const char *text)
{
	char *copy = strdup(text);

	GB_BUG_ON(!copy);
	return copy;
}

/* --- another build's runner --------------------------------------------------------- */

char *gb_gate_protocol_line(void)
{
	char *protocol = gb_slices_protocol(), *line = NULL;

	GB_BUG_ON(asprintf(&line, "%s build=%s", protocol, GB_BUILD_MODE) < 0);
	free(protocol);
	return line;
}

/* First line of what `PROGRAM runner-protocol` prints; "" when it fails. */
static void ask(const char *program, char *line, size_t n)
{
	struct gb_text command = { 0 };
	FILE *f;

	gb_text_add(&command, "'");
	for (const char *p = program; *p; p++)
		gb_text_printf(&command, *p == '\'' ? "'\\''" : "%c", *p);
	gb_text_add(&command, "' " GB_GATE_PROTOCOL_VERB " 2>/dev/null </dev/null");
	f = popen(command.data, "re");
	gb_text_free(&command);
	if (!f || !fgets(line, (int)n, f))
		line[0] = '\0';
	if (f && pclose(f) != 0)
		line[0] = '\0';
	line[strcspn(line, "\n")] = '\0';
}

static int check_protocol(struct gb_gate_party *p, struct gb_error *e)
{
	char *ours = gb_slices_protocol(), line[2000];
	size_t n = strlen(ours);
	int same;

	ask(p->program, line, sizeof(line));
	same = !strncmp(line, ours, n) && !strncmp(line + n, " build=", 7);
	free(ours);
	if (!same)
		return gb_fail(e, GB_EXIT_HARNESS,
			       "compare builds whose `gfpbench " GB_GATE_PROTOCOL_VERB
			       "` prints the same line",
			       "%s: %s", p->program,
			       *line ? "its runner has another protocol than ours" :
				       "it does not answer as a gfpbench with a gate does");
	snprintf(p->build_mode, sizeof(p->build_mode), "%.31s", line + n + 7);
	return 0;
}

/* --- the spec ------------------------------------------------------------------- */

static int own_program(struct gb_gate_party *p, struct gb_error *e)
{
	char path[PATH_MAX];
	ssize_t n = readlink("/proc/self/exe", path, sizeof(path) - 1);

	if (n < 0)
		return gb_fail_errno(e, GB_EXIT_HARNESS, errno, NULL,
				     "cannot find our own file");
	path[n] = '\0';
	p->program = copy_text(path);
	snprintf(p->build_mode, sizeof(p->build_mode), "%s", GB_BUILD_MODE);
	return 0;
}

/* runner:PATH:BACKEND; the path has no colon. */
static int foreign_program(const char *text, struct gb_gate_party *p, struct gb_error *e)
{
	char path[PATH_MAX], given[PATH_MAX];
	size_t n = strcspn(text, ":");

	if (n == 0 || !text[n] || !text[n + 1] || n >= sizeof(given))
		return gb_fail(e, GB_EXIT_USAGE, "for example runner:old/gfpbench:slab",
			       "'%.200s' is not runner:PATH:BACKEND", p->spec);
	snprintf(given, sizeof(given), "%.*s", (int)n, text);
	if (!realpath(given, path))
		return gb_fail_errno(e, GB_EXIT_USAGE, errno, NULL, "runner %s", given);
	if (access(path, X_OK))
		return gb_fail_errno(e, GB_EXIT_USAGE, errno, NULL, "runner %s", given);
	p->program = copy_text(path);
	p->backend = copy_text(text + n + 1);
	p->foreign = 1;
	return check_protocol(p, e);
}

/* The name of a preloaded file is no difference; its contents are. */
static void hash_party(const struct gb_gate_party *p, const char *runner,
		       const char *library,
		       char out[65])
{
	const char *preload = strstr(p->backend, PRELOAD);
	int n = preload ? (int)(preload - p->backend) : (int)strlen(p->backend);
	struct gb_text t = { 0 };
	struct gb_sha256 s;

	gb_text_printf(&t, "%s %.*s%s %s", runner, n, p->backend, preload ? PRELOAD : "",
		       library);
	gb_sha256_init(&s);
	gb_sha256_add(&s, t.data, t.len);
	gb_sha256_hex(&s, out);
	gb_text_free(&t);
}

static int take_identity(struct gb_gate_party *p, struct gb_error *e)
{
	char program[65], library[65] = "";
	int err = gb_sha256_file(p->program, program);

	if (!err && p->location.preload[0])
		err = gb_sha256_file(p->location.preload, library);
	if (err)
		return gb_fail_errno(e, GB_EXIT_HARNESS, -err, NULL,
				     "cannot read the files of %s",
				     p->spec);
	hash_party(p, program, library, p->identity);
	return 0;
}

static int take_anchor(struct gb_gate_party *p, struct gb_error *e)
{
	const char *file = gb_backend_file(&p->ref, &p->location);
	char library[65], *protocol;
	int err;

	if (p->foreign || !(p->ref.caps & GB_CAP_MALLOC)) {
		strcpy(p->anchor, p->identity);
		return 0;
	}
	err = gb_sha256_file(file, library);
	if (err)
		return gb_fail_errno(e, GB_EXIT_HARNESS, -err, NULL,
				     "cannot read the malloc of %s",
				     p->spec);
	protocol = gb_slices_protocol();
	hash_party(p, protocol, library, p->anchor);
	free(protocol);
	return 0;
}

int gb_gate_party_parse(const char *spec, struct gb_gate_party *p, struct gb_error *e)
{
	int foreign = !strncmp(spec, RUNNER, strlen(RUNNER));

	memset(p, 0, sizeof(*p));
	p->spec = copy_text(spec);
	if (foreign ? foreign_program(spec + strlen(RUNNER), p, e) : own_program(p, e))
		return -e->code;
	if (!foreign)
		p->backend = copy_text(spec);
	if (gb_backend_parse(p->backend, &p->ref, e) ||
	    p->ref.backend->locate(p->ref.argument, &p->location, e))
		return -e->code;
	if (!p->location.label[0])
		snprintf(p->location.label, sizeof(p->location.label), "%.127s",
			 p->backend);
	return take_identity(p, e) ? -(int)e->code : take_anchor(p, e);
}

void gb_gate_party_free(struct gb_gate_party *p)
{
	free(p->spec);
	free(p->program);
	free(p->backend);
	memset(p, 0, sizeof(*p));
}
