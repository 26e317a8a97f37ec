/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The gfpbench authors */
#include "rundir.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define BASE   "results"
#define LATEST BASE "/latest"

int gb_label_check(const char *label, struct gb_error *e)
{
	const char *p = label;

	if (!*p || strlen(p) > 64)
		return gb_fail(e, GB_EXIT_USAGE, "1 to 64 characters",
			       "--label: bad length");
	for (; *p; p++)
		if (!isalnum((unsigned char)*p) && !strchr("._-", *p))
			return gb_fail(e, GB_EXIT_USAGE,
				       "use letters, digits, '.', '_' and '-'",
				       "--label: '%c' is not allowed in '%s'", *p, label);
	return 0;
}

static int make_dir(const char *path, struct gb_error *e)
{
	if (!mkdir(path, 0777) || errno == EEXIST)
		return 0;
	return gb_fail_errno(e, GB_EXIT_HARNESS, errno, "choose another place with -o",
			     "cannot make directory %s", path);
}

static void host_name(char *buf, size_t n)
{
	if (gethostname(buf, n) || !buf[0])
		snprintf(buf, n, "host");
	buf[n - 1] = '\0';
	buf[strcspn(buf, ".")] = '\0';
	for (char *p = buf; *p; p++)
		if (!isalnum((unsigned char)*p))
			*p = '-';
}

static void invent_id(struct gb_rundir *d, const char *label)
{
	char host[40], stamp[32];
	unsigned char rnd[3] = { 0 };
	time_t now = time(NULL);
	struct tm tm;

	host_name(host, sizeof(host));
	gmtime_r(&now, &tm);
	strftime(stamp, sizeof(stamp), "%Y%m%dT%H%M%SZ", &tm);
	if (getrandom(rnd, sizeof(rnd), 0) != sizeof(rnd))
		rnd[0] = (unsigned char)getpid();
	snprintf(d->id, sizeof(d->id), "%s-%s-%s-%02x%02x%02x", stamp, host, label,
		 rnd[0], rnd[1], rnd[2]);
}

/* A symlink that is replaced in one step; runs that start together do not meet. */
static int point_latest(const char *to, struct gb_error *e)
{
	char tmp[60];

	snprintf(tmp, sizeof(tmp), BASE "/.latest-%ld", (long)getpid());
	unlink(tmp); /* of one who had our number, and was killed here */
	if (symlink(to, tmp) || rename(tmp, LATEST)) {
		gb_fail_errno(e, GB_EXIT_HARNESS, errno,
			      "remove it, or choose another place with -o",
			      "cannot point %s to the new run", LATEST);
		unlink(tmp);
		return -e->code;
	}
	return 0;
}

static int make_default(const char *label, struct gb_rundir *d, struct gb_error *e)
{
	ssize_t got;

	if (make_dir(BASE, e))
		return -e->code;
	invent_id(d, label ? label : "run");
	snprintf(d->path, sizeof(d->path), BASE "/%s", d->id);
	if (mkdir(d->path, 0777))
		return gb_fail_errno(e, GB_EXIT_HARNESS, errno,
				     "choose another place with -o",
				     "cannot make directory %s", d->path);
	d->fresh = 1;
	got = readlink(LATEST, d->before, sizeof(d->before) - 1);
	d->before[got > 0 ? got : 0] = '\0';
	d->latest = !point_latest(d->id, e);
	if (!d->latest)
		rmdir(d->path);
	return -e->code;
}

static int is_empty(const char *path)
{
	DIR *dir = opendir(path);
	struct dirent *de;
	int n = 0;

	if (!dir)
		return 0;
	while ((de = readdir(dir)))
		n += strcmp(de->d_name, ".") && strcmp(de->d_name, "..");
	closedir(dir);
	return n == 0;
}

static int set_id(struct gb_rundir *d, struct gb_error *e)
{
	char real[PATH_MAX];
	const char *name;

	if (!realpath(d->path, real))
		return gb_fail_errno(e, GB_EXIT_HARNESS, errno, NULL, "cannot resolve %s",
				     d->path);
	name = strrchr(real, '/');
	snprintf(d->id, sizeof(d->id), "%s", name[1] ? name + 1 : "root");
	return 0;
}

static int make_parents(const char *path, struct gb_error *e)
{
	char buf[3500];

	snprintf(buf, sizeof(buf), "%s", path);
	for (char *p = buf + 1; *p; p++) {
		if (*p != '/')
			continue;
		*p = '\0';
		if (make_dir(buf, e))
			return -e->code;
		*p = '/';
	}
	return 0;
}

static int make_asked(const char *output, struct gb_rundir *d, struct gb_error *e)
{
	struct stat st;

	if (strlen(output) >= sizeof(d->path) || !*output)
		return gb_fail(e, GB_EXIT_USAGE, NULL, "--output: bad length");
	strcpy(d->path, output);
	if (make_parents(output, e))
		return -e->code;
	if (!mkdir(output, 0777)) {
		d->fresh = 1;
		return set_id(d, e);
	}
	if (errno == EEXIST && is_empty(output) && !access(output, W_OK | X_OK))
		return set_id(d, e);
	if (errno == EEXIST && !access(output, R_OK | X_OK) && !stat(output, &st) &&
	    S_ISDIR(st.st_mode))
		return gb_fail(e, GB_EXIT_USAGE,
			       "choose another directory, or finish that run with "
			       "--resume",
			       "--output: %s is not empty, and a run is never "
			       "overwritten",
			       output);
	return gb_fail_errno(e, GB_EXIT_HARNESS, errno == EEXIST ? ENOTDIR : errno,
			     "choose another place with -o", "cannot write into %s",
			     output);
}

int gb_rundir_make(const char *output, const char *label, struct gb_rundir *d,
		   struct gb_error *e)
{
	memset(d, 0, sizeof(*d));
	return output ? make_asked(output, d, e) : make_default(label, d, e);
}

int gb_rundir_open(const char *path, struct gb_rundir *d, struct gb_error *e)
{
	char manifest[4096];

	memset(d, 0, sizeof(*d));
	snprintf(d->path, sizeof(d->path), "%s", path);
	snprintf(manifest, sizeof(manifest), "%s/manifest.json", path);
	if (access(manifest, R_OK))
		return gb_fail_errno(e, GB_EXIT_USAGE, errno,
				     "name the directory of a run, for example "
				     "results/latest",
				     "%s is no run: cannot read manifest.json", path);
	return set_id(d, e);
}

int gb_rundir_lock(const struct gb_rundir *d, struct gb_error *e)
{
	int fd = open(d->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (fd < 0)
		return gb_fail_errno(e, GB_EXIT_HARNESS, errno, NULL, "cannot open %s",
				     d->path);
	/* left open: it is the lock */
	if (!flock(fd, LOCK_EX | LOCK_NB) || errno != EWOULDBLOCK)
		return 0;
	close(fd);
	return gb_fail(e, GB_EXIT_USAGE, "wait until it has ended, or end it",
		       "%s: another gfpbench is writing into it", d->path);
}

void gb_rundir_discard(struct gb_rundir *d)
{
	struct gb_error e = GB_ERROR_INIT;

	if (!d->fresh || rmdir(d->path) || !d->latest)
		return;
	if (!d->before[0])
		unlink(LATEST);
	else
		(void)!point_latest(d->before, &e); /* it dangles at worst */
}
