/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The gfpbench authors */
/*
 * Recording the kernel: the kmem events of everything that happens while a program runs.
 *
 * We trace in a tracefs instance of our own (instances/gfpbench-PID), so nobody else's
 * tracing is touched and removing the instance restores everything; where tracefs is not
 * mounted it is mounted for the time and unmounted again.  trace_pipe is drained while the
 * program runs; what the buffers lost is in per_cpu/.../stats and is reported.
 *
 * Left out: filtering.  The kernel allocates for one program in the context of others
 * (softirqs, kworkers), so the recording holds the whole machine, our own reading included.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include "record.h"

#define TRACEFS "/sys/kernel/tracing"
#define BUFFER_KB "16384" /* per CPU: some 100,000 events between two reads */

struct tracer {
	char instance[128];
	int mounted;  /* by us */
	int made;     /* the instance exists */
	int pipe;     /* trace_pipe */
	int spool;    /* unlinked temporary file */
};

static const char *const events[] = { "kmalloc", "kfree", "kmem_cache_alloc", "kmem_cache_free",
				      "kmalloc_node", "kmem_cache_alloc_node" };

static int tracefs_error(struct gb_error *e, int err, const char *what)
{
	if (err == EACCES || err == EPERM)
		return gb_fail_errno(e, GB_EXIT_HARNESS, err, "run it as root", "%s", what);
	if (err == EROFS)
		return gb_fail_errno(e, GB_EXIT_HARNESS, err,
				     "tracefs is mounted read-only here (a container?)", "%s", what);
	return gb_fail_errno(e, GB_EXIT_HARNESS, err,
			     "a kernel with CONFIG_FTRACE and tracefs is needed", "%s", what);
}

static int set(const struct tracer *t, const char *file, const char *value)
{
	char path[PATH_MAX];
	int fd, rc = 0;

	snprintf(path, sizeof(path), "%s/%s", t->instance, file);
	fd = open(path, O_WRONLY | O_CLOEXEC);
	if (fd < 0)
		return errno;
	if (write(fd, value, strlen(value)) < 0)
		rc = errno;
	close(fd);
	return rc;
}

static int mount_tracefs(struct tracer *t, struct gb_error *e)
{
	if (!access(TRACEFS "/instances", F_OK))
		return 0;
	if (mount("nodev", TRACEFS, "tracefs", 0, NULL))
		return tracefs_error(e, errno, "cannot mount tracefs on " TRACEFS);
	t->mounted = 1;
	return 0;
}

/* kmalloc and kfree must exist; the _node events do on old kernels only. */
static int enable_events(struct tracer *t, struct gb_error *e)
{
	int rc;

	for (size_t i = 0; i < sizeof(events) / sizeof(events[0]); i++) {
		char file[100];

		snprintf(file, sizeof(file), "events/kmem/%s/enable", events[i]);
		rc = set(t, file, "1");
		if (rc && i < 4)
			return tracefs_error(e, rc, "cannot switch on the kmem events");
	}
	rc = set(t, "tracing_on", "1");
	return rc ? tracefs_error(e, rc, "cannot switch tracing on") : 0;
}

/* What a gfpbench left that was killed, buffers and all; one that is in use refuses to go. */
static void remove_orphans(void)
{
	DIR *d = opendir(TRACEFS "/instances");
	struct dirent *entry;
	int pid;

	while (d && (entry = readdir(d)))
		if (sscanf(entry->d_name, "gfpbench-%d", &pid) == 1 && pid > 0 &&
		    kill(pid, 0) && errno == ESRCH)
			unlinkat(dirfd(d), entry->d_name, AT_REMOVEDIR);
	if (d)
		closedir(d);
}

static int open_instance(struct tracer *t, struct gb_error *e)
{
	char path[PATH_MAX];
	int rc;

	remove_orphans();
	snprintf(t->instance, sizeof(t->instance), TRACEFS "/instances/gfpbench-%d", (int)getpid());
	if (mkdir(t->instance, 0700))
		return tracefs_error(e, errno, "cannot make a tracefs instance");
	t->made = 1;
	rc = set(t, "tracing_on", "0");
	if (!rc)
		rc = set(t, "buffer_size_kb", BUFFER_KB);
	if (rc)
		return tracefs_error(e, rc, "cannot set up the tracefs instance");
	snprintf(path, sizeof(path), "%s/trace_pipe", t->instance);
	t->pipe = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	if (t->pipe < 0)
		return tracefs_error(e, errno, "cannot open trace_pipe");
	return enable_events(t, e);
}

static int open_spool(struct tracer *t, const char *output, struct gb_error *e)
{
	char path[PATH_MAX];

	snprintf(path, sizeof(path), "%s.XXXXXX", output);
	t->spool = mkostemp(path, O_CLOEXEC);
	if (t->spool < 0)
		return gb_fail_errno(e, GB_EXIT_HARNESS, errno, "choose another place with -o",
				     "cannot make a file beside %s", output);
	unlink(path);
	return 0;
}

/* What is there now; 0 when it ran dry, 1 when there may be more. */
static int drain(struct tracer *t, struct gb_error *e)
{
	static char buffer[1 << 16];
	ssize_t n = read(t->pipe, buffer, sizeof(buffer));
	char *p = buffer;

	while (n > 0) {
		ssize_t k = write(t->spool, p, (size_t)n);

		if (k < 0 && errno != EINTR)
			return gb_fail_errno(e, GB_EXIT_HARNESS, errno, "choose another place with -o",
					     "cannot write the recording");
		p += k > 0 ? k : 0;
		n -= k > 0 ? k : 0;
	}
	return p > buffer;
}

/* A busy machine fills the pipe as fast as we empty it (our reading is recorded too), so
 * whether the program has ended is asked after every read, never only when it ran dry. */
static void drain_until_it_ends(struct tracer *t, struct gb_record *r, struct gb_error *e)
{
	struct pollfd fd = { .fd = t->pipe, .events = POLLIN };

	while (!e->code) {
		int more = drain(t, e);

		if (gb_record_ended(r, 0))
			return;
		if (!more)
			poll(&fd, 1, 20);
	}
	gb_record_stop();
	(void)gb_record_ended(r, 1);
}

static int run_traced(struct tracer *t, struct gb_record *r, struct gb_error *e)
{
	if (gb_record_spawn(r, e))
		return -(int)e->code;
	drain_until_it_ends(t, r, e);
	set(t, "tracing_on", "0");
	while (!e->code && drain(t, e) > 0)
		;
	return -(int)e->code;
}

static unsigned long long overruns(const struct tracer *t)
{
	unsigned long long sum = 0, v;
	char path[PATH_MAX], line[128];

	for (int cpu = 0; cpu < 1024; cpu++) {
		FILE *f;

		snprintf(path, sizeof(path), "%s/per_cpu/cpu%d/stats", t->instance, cpu);
		f = fopen(path, "re");
		if (!f)
			break;
		while (fgets(line, sizeof(line), f))
			if (sscanf(line, "overrun: %llu", &v) == 1)
				sum += v;
		fclose(f);
	}
	return sum;
}

static void close_tracer(struct tracer *t)
{
	if (t->pipe >= 0)
		close(t->pipe);
	if (t->spool >= 0)
		close(t->spool);
	if (t->made)
		rmdir(t->instance);
	if (t->mounted)
		umount(TRACEFS);
}

int gb_record_kernel(struct gb_record *r, struct gb_error *e)
{
	struct tracer t = { .pipe = -1, .spool = -1 };

	if (gb_record_check(r, 0, e))
		return -(int)e->code;
	gb_record_catch();
	if (!open_spool(&t, r->output, e) && !mount_tracefs(&t, e) && !open_instance(&t, e) &&
	    !run_traced(&t, r, e)) {
		r->lost = overruns(&t);
		r->images = 1;
		snprintf(r->command, sizeof(r->command), "the kernel");
		if (lseek(t.spool, 0, SEEK_SET) == 0)
			(void)!gb_record_store(r, t.spool, 0, r->output, e);
	}
	close_tracer(&t);
	gb_record_release();
	return -(int)e->code;
}
