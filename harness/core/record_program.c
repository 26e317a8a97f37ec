/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The gfpbench authors */
/*
 * Recording a program: run it with libgfprecord.so preloaded, let every process image it
 * becomes write a file of its own into a folder beside the output, then keep the largest
 * (a shell that only starts the program records next to nothing), or all of them.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "record.h"

#include "base/clock.h"
#include "recording/program_format.h"

#define MAX_IMAGES 4096

struct image {
	char name[64];
	unsigned long long bytes; /* header and chunks in use */
	unsigned long long dropped;
	pid_t pid;
	int over;    /* its process reached its end and is gone: nobody writes here */
	int running; /* a daemon, perhaps */
	char command[256];
};

static int program_folder(char *out, size_t n)
{
	ssize_t len = readlink("/proc/self/exe", out, n - 1);
	char *slash;

	if (len < 0)
		return -1;
	out[len] = '\0';
	slash = strrchr(out, '/');
	if (slash)
		*slash = '\0';
	return 0;
}

/* Beside the program in a build folder, in a moved installation, where it was configured. */
static int find_recorder(char *out, size_t n, struct gb_error *e)
{
	static const char *const below[] = { "/.libs", "/../lib/gfpbench", "/../.libs" };
	const char *given = getenv("GFPBENCH_RECORDER");
	char folder[PATH_MAX];

	if (given && *given) {
		snprintf(out, n, "%s", given);
		if (!access(out, R_OK))
			return 0;
		return gb_fail_errno(e, GB_EXIT_HARNESS, errno, "GFPBENCH_RECORDER names it",
				     "cannot read %s", out);
	}
	for (size_t i = 0; !program_folder(folder, sizeof(folder)) &&
			   i < sizeof(below) / sizeof(below[0]); i++) {
		snprintf(out, n, "%.3000s%s/libgfprecord.so", folder, below[i]);
		if (!access(out, R_OK))
			return 0;
	}
	snprintf(out, n, "%s/libgfprecord.so", GB_PKGLIBDIR);
	if (!access(out, R_OK))
		return 0;
	return gb_fail(e, GB_EXIT_HARNESS, "set GFPBENCH_RECORDER to its path",
		       "libgfprecord.so was found neither beside gfpbench nor in %s", GB_PKGLIBDIR);
}

static int run_program(struct gb_record *r, const char *recorder, const char *folder,
		       struct gb_error *e)
{
	const char *others = getenv("LD_PRELOAD"); /* the malloc to record, perhaps */
	char *preload;
	int rc;

	setenv("GFPBENCH_RECORD_CLOCK", gb_clock_may_use_tsc() ? "tsc" : "monotonic", 1);
	setenv("GFPBENCH_RECORD_DIR", folder, 1);
	GB_BUG_ON(asprintf(&preload, "%s%s%s", recorder, others ? ":" : "",
			   others ? others : "") < 0);
	setenv("LD_PRELOAD", preload, 1);
	free(preload);
	rc = gb_record_spawn(r, e);
	unsetenv("LD_PRELOAD");
	unsetenv("GFPBENCH_RECORD_DIR");
	unsetenv("GFPBENCH_RECORD_CLOCK");
	if (!rc)
		(void)gb_record_ended(r, 1);
	return rc;
}

/* A zombie that nobody reaps is no more than a number. */
static int is_running(pid_t pid)
{
	char path[64], line[512];
	const char *state = NULL;
	FILE *f;

	snprintf(path, sizeof(path), "/proc/%d/stat", (int)pid);
	f = fopen(path, "re");
	if (f && fgets(line, sizeof(line), f))
		state = strrchr(line, ')'); /* the name before it may hold anything */
	if (f)
		fclose(f);
	return f && !(state && state[1] && (state[2] == 'Z' || state[2] == 'X'));
}

/* A process that lives on writes no more from here on, however long that is. */
static void close_recording(int fd)
{
	const uint32_t closed = 1;

	(void)!pwrite(fd, &closed, sizeof(closed), offsetof(struct gb_program_header, closed));
}

static void look_at(int folder, const char *name, struct image *i)
{
	struct gb_program_header h = { 0 };
	int fd = openat(folder, name, O_RDWR | O_CLOEXEC);

	snprintf(i->name, sizeof(i->name), "%.63s", name);
	if (fd >= 0) {
		close_recording(fd);
		if (pread(fd, &h, sizeof(h), 0) == sizeof(h)) {
			i->bytes = GB_PROGRAM_HEADER + h.next_chunk * GB_PROGRAM_CHUNK;
			i->dropped = h.dropped;
			i->pid = (pid_t)h.pid;
			i->running = is_running(i->pid);
			i->over = h.ended && !i->running;
			snprintf(i->command, sizeof(i->command), "%.255s", h.command);
		}
		close(fd);
	}
}

static size_t list_images(const char *path, struct image *images)
{
	DIR *d = opendir(path);
	struct dirent *entry;
	size_t n = 0;

	while (d && (entry = readdir(d)) && n < MAX_IMAGES)
		if (strstr(entry->d_name, ".gfprec"))
			look_at(dirfd(d), entry->d_name, &images[n++]);
	if (d)
		closedir(d);
	return n;
}

/* Images of one process (exec) count once. */
static unsigned int count_running(const struct image *images, size_t n)
{
	unsigned int sum = 0;

	for (size_t i = 0; i < n; i++) {
		size_t same = 0;

		while (images[same].pid != images[i].pid)
			same++;
		sum += images[i].running && same == i;
	}
	return sum;
}

static int keep(struct gb_record *r, const char *folder, const struct image *i,
		const char *output, struct gb_error *e)
{
	char path[PATH_MAX];
	int fd;

	snprintf(path, sizeof(path), "%s/%s", folder, i->name);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return gb_fail_errno(e, GB_EXIT_HARNESS, errno, NULL, "cannot read %s", path);
	if (!i->over || gb_record_move(r, path, i->bytes, output))
		(void)!gb_record_store(r, fd, i->bytes, output, e);
	close(fd);
	return -(int)e->code;
}

static int keep_others(struct gb_record *r, const char *folder, const struct image *images,
		       size_t n, size_t largest, struct gb_error *e)
{
	for (size_t i = 0; r->all && i < n && !e->code; i++) {
		char output[PATH_MAX];

		if (i == largest)
			continue;
		snprintf(output, sizeof(output), "%s.%.*s", r->output,
			 (int)strcspn(images[i].name, "."), images[i].name);
		(void)!keep(r, folder, &images[i], output, e);
	}
	return -(int)e->code;
}

static int keep_images(struct gb_record *r, const char *folder, struct gb_error *e)
{
	struct image *images = calloc(MAX_IMAGES, sizeof(*images));
	size_t n, largest = 0;

	GB_BUG_ON(!images);
	n = list_images(folder, images);
	for (size_t i = 1; i < n; i++)
		if (images[i].bytes > images[largest].bytes)
			largest = i;
	r->images = (unsigned int)n;
	r->running = count_running(images, n);
	if (!n) {
		gb_fail(e, GB_EXIT_USAGE,
			"it allocated nothing; or it is static or brings its own malloc, and "
			"cannot be recorded so", "%s made no recording", r->argv[0]);
	} else if (!keep_others(r, folder, images, n, largest, e) &&
		   !keep(r, folder, &images[largest], r->output, e)) {
		snprintf(r->command, sizeof(r->command), "%s", images[largest].command);
		r->lost = images[largest].dropped;
	}
	free(images);
	return -(int)e->code;
}

static void remove_folder(const char *path)
{
	DIR *d = opendir(path);
	struct dirent *entry;

	while (d && (entry = readdir(d)))
		if (entry->d_name[0] != '.')
			unlinkat(dirfd(d), entry->d_name, 0);
	if (d)
		closedir(d);
	rmdir(path);
}

int gb_record_program(struct gb_record *r, struct gb_error *e)
{
	char recorder[PATH_MAX], folder[PATH_MAX], absolute[PATH_MAX];

	if (gb_record_check(r, 1, e) || find_recorder(recorder, sizeof(recorder), e))
		return -(int)e->code;
	snprintf(folder, sizeof(folder), "%s.XXXXXX", r->output);
	gb_record_catch();
	if (!mkdtemp(folder) || !realpath(folder, absolute)) {
		gb_fail_errno(e, GB_EXIT_HARNESS, errno, "choose another place with -o",
			      "cannot make a folder beside %s", r->output);
	} else {
		if (!run_program(r, recorder, absolute, e))
			(void)!keep_images(r, absolute, e);
		remove_folder(absolute);
	}
	gb_record_release();
	return -(int)e->code;
}
