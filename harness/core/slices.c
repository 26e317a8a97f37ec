/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The gfpbench authors */
/* The gate's side of the shared page, and the protocol. */
#include "slices.h"

#include <errno.h>
#include <limits.h>
#include <linux/futex.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/atomic.h"
#include "base/text.h"

#include "cell.h"
#include "result.h"

struct gb_slices *gb_slices_new(int *fd, struct gb_error *e)
{
	struct gb_slices *s;

	*fd = memfd_create("gfpbench-slices", MFD_CLOEXEC);
	if (*fd < 0 || ftruncate(*fd, (off_t)sizeof(*s))) {
		gb_fail_errno(e, GB_EXIT_HARNESS, errno, NULL, "cannot make the page of turns");
		if (*fd >= 0)
			close(*fd);
		return NULL;
	}
	s = mmap(NULL, sizeof(*s), PROT_READ | PROT_WRITE, MAP_SHARED, *fd, 0);
	if (s == MAP_FAILED) {
		gb_fail_errno(e, GB_EXIT_HARNESS, errno, NULL, "cannot map the page of turns");
		close(*fd);
		return NULL;
	}
	s->magic = GB_SLICES_MAGIC;
	s->version = GB_SLICES_VERSION;
	s->bytes = sizeof(*s);
	s->core = UINT32_MAX;
	return s;
}

void gb_slices_unmap(struct gb_slices *s)
{
	if (s)
		munmap(s, sizeof(*s));
}

void gb_slices_leave_alone(struct gb_slices *s)
{
	/* pairs with the acquire in await() of runner_slices.c */
	gb_store_release(&s->alone, 1);
	syscall(SYS_futex, &s->ready, FUTEX_WAKE, INT_MAX, NULL, NULL, 0);
	syscall(SYS_futex, &s->token, FUTEX_WAKE, INT_MAX, NULL, NULL, 0);
}

/* The names of a cell's keys, as the runner's arguments have them. */
static void add_keys(struct gb_text *t)
{
	static char none[] = "";
	const struct gb_cell cell = { .backend = none, .workload = none, .params = none };
	const struct gb_sample_spec spec = { .id = 1 };
	char **args = gb_cell_args(&cell, &spec);

	for (size_t i = 0; args[i]; i++)
		gb_text_printf(t, "%s%.*s", i ? "," : "", (int)strcspn(args[i], "="), args[i]);
	gb_cell_args_free(args);
}

char *gb_slices_protocol(void)
{
	struct gb_text t = { 0 };

	gb_text_printf(&t, "gfpbench-turns %d/%zu result %d/%zu keys ", GB_SLICES_VERSION,
		       sizeof(struct gb_slices), GB_RESULT_VERSION, sizeof(struct gb_result));
	add_keys(&t);
	return t.data;
}
