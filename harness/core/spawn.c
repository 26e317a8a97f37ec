/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The gfpbench authors */
#include "spawn.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/text.h"

#include "runner.h"
#include "runner_int.h"
#include "signals.h"

#define GRACE_NS    UINT64_C(300000000) /* from SIGTERM to SIGKILL */
#define SOON_NS     UINT64_C(10000000)  /* between looks while something is due */
#define AWAKE_NS    UINT64_C(100000000) /* between looks at most: a limit, or a signal that
					 * came before the wait, is not noticed later */
#define NO_PIDFD_NS UINT64_C(2000000)   /* the same where the end of a runner wakes nobody */
#define ASLEEP_NS   UINT64_C(5000000000) /* later than this, and we were not run at all */
#define OUTPUT_MAX  (64u * 1024)       /* kept of what a runner writes: the end */
#define OUTPUT_CAP  ((off_t)16 << 20)   /* more it cannot write: its output is memory */

/* --- what the runner gets ------------------------------------------------------- */

/* Variables that tune an allocator, a sanitizer or the loader; the rest could only change
 * the layout of the stack from machine to machine. */
static int wanted(const char *var)
{
	static const char *const keep[] = {
		"GFPBENCH_", "MALLOC_", "GLIBC_TUNABLES=", "LD_LIBRARY_PATH=", "MIMALLOC_",
		"TCMALLOC_", "ASAN_OPTIONS=", "TSAN_OPTIONS=", "UBSAN_OPTIONS=",
		"LSAN_OPTIONS=", "PATH=", "HOME=", "TMPDIR=",
	};

	for (size_t i = 0; i < GB_ARRAY_SIZE(keep); i++)
		if (!strncmp(var, keep[i], strlen(keep[i])))
			return 1;
	return 0;
}

static char **environment(const char *preload, char *const *variables)
{
	extern char **environ;
	size_t n = 0, more = 0, k = 0;
	char **env, *text;

	while (environ[n])
		n++;
	while (variables && variables[more])
		more++;
	env = calloc(n + more + 3, sizeof(*env));
	GB_BUG_ON(!env);
	for (size_t i = 0; i < more; i++)
		env[k++] = strdup(variables[i]);
	env[k++] = strdup("LC_ALL=C");
	for (size_t i = 0; i < n; i++)
		if (wanted(environ[i]))
			env[k++] = strdup(environ[i]);
	if (preload[0]) {
		GB_BUG_ON(asprintf(&text, "LD_PRELOAD=%s", preload) < 0);
		env[k++] = text;
	}
	return env;
}

static char **arguments(const struct gb_sample *s)
{
	char **cell = gb_cell_args(s->cell, &s->spec), **argv;
	size_t n = 0;

	while (cell[n])
		n++;
	argv = calloc(n + 3, sizeof(*argv));
	GB_BUG_ON(!argv);
	argv[0] = strdup("gfpbench");
	argv[1] = strdup(GB_RUNNER_VERB);
	memcpy(argv + 2, cell, n * sizeof(*cell));
	free(cell);
	return argv;
}

static void plumb(posix_spawn_file_actions_t *fa, const struct gb_sample *s)
{
	posix_spawn_file_actions_adddup2(fa, s->page_fd, GB_RESULT_FD);
	posix_spawn_file_actions_addopen(fa, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
	posix_spawn_file_actions_adddup2(fa, s->output_fd, STDOUT_FILENO);
	posix_spawn_file_actions_adddup2(fa, s->output_fd, STDERR_FILENO);
	if (s->control_fd)
		posix_spawn_file_actions_adddup2(fa, s->control_fd, GB_SLICES_FD);
	posix_spawn_file_actions_addclosefrom_np(fa, GB_RESULT_FD + (s->control_fd ? 2 : 1));
}

static void isolate(posix_spawnattr_t *at)
{
	sigset_t none, all;

	sigemptyset(&none);
	sigfillset(&all);
	posix_spawnattr_setsigmask(at, &none);
	posix_spawnattr_setsigdefault(at, &all);
	posix_spawnattr_setpgroup(at, 0);
	posix_spawnattr_setflags(at, POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK |
					     POSIX_SPAWN_SETSIGDEF);
}

static int start(struct gb_sample *s, struct gb_error *e)
{
	posix_spawn_file_actions_t fa;
	posix_spawnattr_t at;
	char **argv = arguments(s), **env = environment(s->location->preload, s->variables);
	int err;

	posix_spawn_file_actions_init(&fa);
	posix_spawnattr_init(&at);
	plumb(&fa, s);
	isolate(&at);
	s->page->spawned_ns = s->spawned_ns = gb_monotonic_ns();
	err = posix_spawn(&s->pid, s->program ? s->program : "/proc/self/exe", &fa, &at, argv,
			  env);
	posix_spawn_file_actions_destroy(&fa);
	posix_spawnattr_destroy(&at);
	gb_cell_args_free(argv);
	gb_cell_args_free(env);
	if (err)
		return gb_fail_errno(e, GB_EXIT_HARNESS, err,
				     err == ENOENT && !s->program ? "is /proc mounted?" : NULL,
				     "cannot start a runner");
	s->pidfd = (int)syscall(SYS_pidfd_open, s->pid, 0);
	return 0;
}

/* --- watching --------------------------------------------------------------------- */

static struct gb_memory_sample *new_sample(struct gb_sample *s)
{
	if (s->nr_memory == s->max_memory) {
		s->max_memory = s->max_memory ? s->max_memory * 2 : 64;
		s->memory = realloc(s->memory, s->max_memory * sizeof(*s->memory));
		GB_BUG_ON(!s->memory);
	}
	return &s->memory[s->nr_memory++];
}

/* After everything was freed only three instants matter: 0.1, 1 and 5 s.  1: none of them
 * is now; the next is noted. */
static int between_instants(struct gb_sample *s, uint64_t now)
{
	static const uint64_t after_ns[] = { UINT64_C(100000000), UINT64_C(1000000000),
					     UINT64_C(5000000000) };
	uint64_t freed = gb_load_relaxed(&s->page->freed_ns);
	int early = s->instants < GB_ARRAY_SIZE(after_ns) &&
		    now < freed + after_ns[s->instants];

	if (!early && s->instants < GB_ARRAY_SIZE(after_ns))
		s->instants++;
	else if (!early)
		early = 1;
	s->next_sample_ns = s->instants < GB_ARRAY_SIZE(after_ns) ?
				    freed + after_ns[s->instants] : now + after_ns[0];
	return early;
}

static void take_sample(struct gb_sample *s, uint64_t now)
{
	int freed = gb_load_relaxed(&s->page->freed_ns) != 0;
	uint64_t rss = gb_statm_rss(s->pid);
	uint32_t phase = gb_load_relaxed(&s->page->phase);
	struct gb_memory_sample *m;

	s->freed_seen = freed;
	if (phase == GB_PHASE_DECAY) {
		if (between_instants(s, now))
			return;
	} else {
		s->next_sample_ns = now + s->cell->interval_ns;
	}
	if (rss == GB_UNKNOWN || rss == 0)
		return;
	m = new_sample(s);
	m->t_ms = (double)(now - s->spawned_ns) * 1e-6;
	m->phase = phase < GB_NR_PHASES ? phase : GB_PHASE_END;
	m->live_bytes = gb_result_live_bytes(s->page);
	m->rss_bytes = rss;
	m->memory = s->page->memory;
	m->pressure = s->page->pressure;
	for (int i = 0; i < GB_MAX_ZONES; i++)
		m->pressure.zone[i].name[sizeof(m->pressure.zone[i].name) - 1] = '\0';
	if (rss > s->rss_peak_bytes)
		s->rss_peak_bytes = rss;
	if (s->tick)
		s->tick(s, s->tick_arg);
}

/* However long --interval is, these are not missed: 0.1 s after everything was freed, and
 * that moment itself. */
static int decay_begins(const struct gb_sample *s)
{
	return s->instants == 0 && gb_load_relaxed(&s->page->phase) == GB_PHASE_DECAY;
}

static int just_freed(const struct gb_sample *s)
{
	return !s->freed_seen && gb_load_relaxed(&s->page->freed_ns);
}

static void wait_a_little(const struct gb_sample *s, uint64_t ns)
{
	struct pollfd p = { .fd = s->pidfd, .events = POLLIN };
	struct timespec t = { (time_t)(ns / 1000000000u), (long)(ns % 1000000000u) };

	ppoll(&p, s->pidfd >= 0, &t, NULL);
}

struct watch {
	enum gb_cause cause;
	uint64_t term_ns; /* when SIGTERM was sent; 0 = not yet */
	uint64_t wake_ns; /* when the loop wanted to go on */
	uint64_t slept_ns;  /* in which we were not run */
	int killed;
};

static void end_group(const struct gb_sample *s, struct watch *w, enum gb_cause cause,
		      uint64_t now)
{
	if (w->cause == GB_CAUSE_NONE) {
		w->cause = cause;
		w->term_ns = now;
		kill(-s->pid, SIGTERM);
	} else if (!w->killed && now - w->term_ns > GRACE_NS) {
		w->killed = 1;
		kill(-s->pid, SIGKILL);
	}
}

/* --- the heartbeat ------------------------------------------------------------------ */

/* When did CPU @i last do something that can be seen? */
static uint64_t last_progress(struct gb_sample *s, unsigned int i, uint64_t now)
{
	const struct gb_live *live = &s->page->live[i];
	uint64_t done = gb_load_relaxed(&live->ops) + gb_load_relaxed(&live->irqs) +
			((uint64_t)gb_load_relaxed(&s->page->phase) << 56);

	if (done != s->progress[i] || !s->progress_ns[i]) {
		s->progress[i] = done;
		s->progress_ns[i] = now;
	}
	return s->progress_ns[i];
}

/* For how long nothing has been done. */
static uint64_t idle_ns(struct gb_sample *s, uint64_t now)
{
	uint64_t oldest = now, newest = 0, at;

	for (unsigned int i = 0; i < s->cell->threads; i++) {
		at = last_progress(s, i, now);
		oldest = at < oldest ? at : oldest;
		newest = at > newest ? at : newest;
	}
	return now - (s->stall_any ? oldest : newest);
}

/* Every thread says where it is: SIGQUIT posts its stack as an event. */
static void ask_stacks(const struct gb_sample *s)
{
	struct dirent *d;
	char path[64];
	DIR *dir;

	snprintf(path, sizeof(path), "/proc/%d/task", s->pid);
	dir = opendir(path);
	while (dir && (d = readdir(dir)))
		if (d->d_name[0] != '.')
			syscall(SYS_tgkill, s->pid, atoi(d->d_name), SIGQUIT);
	if (dir)
		closedir(dir);
	usleep(50000);
}

static void time_is_up(struct gb_sample *s, struct watch *w, uint64_t now)
{
	if (w->cause == GB_CAUSE_NONE)
		ask_stacks(s);
	end_group(s, w, GB_CAUSE_TIMEOUT, now);
}

static void check_heartbeat(struct gb_sample *s, struct watch *w, uint64_t now)
{
	uint32_t phase = gb_load_relaxed(&s->page->phase);
	uint64_t idle;

	if (!s->stall_ns || w->cause != GB_CAUSE_NONE || phase == GB_PHASE_SETUP ||
	    phase >= GB_PHASE_FREED)
		return;
	idle = idle_ns(s, now);
	if (idle < s->stall_ns)
		return;
	s->stalled_ns = idle;
	ask_stacks(s);
	end_group(s, w, GB_CAUSE_TIMEOUT, now);
}

/* A machine that slept, or a group of processes that was frozen: time in which we did not
 * run, though we wanted to be woken, is none in which the runner could have worked. */
static void forgive_sleep(struct gb_sample *s, struct watch *w, uint64_t now)
{
	uint64_t gap;

	if (now < w->wake_ns + ASLEEP_NS)
		return;
	gap = now - w->wake_ns;
	w->slept_ns += gap;
	for (unsigned int i = 0; i < s->cell->threads; i++)
		s->progress_ns[i] += s->progress_ns[i] ? gap : 0;
}

/* Until the next sample is due, or less. */
static uint64_t pause_ns(const struct gb_sample *s, const struct watch *w, uint64_t now)
{
	uint64_t ns = s->next_sample_ns > now ? s->next_sample_ns - now : 0;

	if (w->cause != GB_CAUSE_NONE || (s->spec.decay && s->instants == 0))
		ns = SOON_NS;
	if (ns > AWAKE_NS)
		ns = AWAKE_NS;
	return s->pidfd < 0 && ns > NO_PIDFD_NS ? NO_PIDFD_NS : ns;
}

static int watch(struct gb_sample *s, struct watch *w)
{
	uint64_t now, pause;
	int status;
	pid_t got;

	for (;;) {
		got = wait4(s->pid, &status, WNOHANG, &s->usage);
		if (got == s->pid)
			return status;
		if (got < 0 && errno != EINTR)
			GB_BUG("wait4: %s", strerror(errno));
		now = gb_monotonic_ns();
		forgive_sleep(s, w, now);
		if (gb_interrupted() || w->cause == GB_CAUSE_INTERRUPT)
			end_group(s, w, GB_CAUSE_INTERRUPT, now);
		else if (w->cause == GB_CAUSE_TIMEOUT || now - s->spawned_ns - w->slept_ns > s->timeout_ns)
			time_is_up(s, w, now);
		check_heartbeat(s, w, now);
		if (now >= s->next_sample_ns || decay_begins(s) || just_freed(s))
			take_sample(s, now);
		gb_store_relaxed(&s->page->freed_seen, (uint32_t)s->freed_seen);
		now = gb_monotonic_ns();
		pause = pause_ns(s, w, now);
		w->wake_ns = now + pause;
		if (pause)
			wait_a_little(s, pause);
	}
}

/* --- the whole ------------------------------------------------------------------------ */

static void read_output(struct gb_sample *s)
{
	/* the runner's descriptors share our offset; the size says nothing */
	off_t end = lseek(s->output_fd, 0, SEEK_CUR);
	size_t n = end < 0 ? 0 : end > (off_t)OUTPUT_MAX ? OUTPUT_MAX : (size_t)end;
	ssize_t got;

	s->output = calloc(1, n + 1);
	GB_BUG_ON(!s->output);
	got = pread(s->output_fd, s->output, n, end - (off_t)n);
	s->output[got > 0 ? got : 0] = '\0';
}

static void note_start(struct gb_sample *s)
{
	time_t now = time(NULL);
	struct tm tm;

	gmtime_r(&now, &tm);
	strftime(s->started_at, sizeof(s->started_at), "%Y-%m-%dT%H:%M:%SZ", &tm);
}

/* Out of the way of the numbers that the runner's descriptors will have. */
static int move_up(int fd)
{
	int up = fcntl(fd, F_DUPFD_CLOEXEC, 16);

	if (up < 0)
		return fd;
	close(fd);
	return up;
}

static int prepare(struct gb_sample *s, struct gb_error *e)
{
	s->page = gb_result_new(&s->page_fd, (unsigned int)s->cell->threads, e);
	if (!s->page)
		return -e->code;
	s->page_fd = move_up(s->page_fd);
	snprintf(s->page->preload, sizeof(s->page->preload), "%s", s->location->preload);
	s->output_fd = memfd_create("gfpbench-output", MFD_CLOEXEC | MFD_ALLOW_SEALING);
	if (s->output_fd < 0)
		return gb_fail_errno(e, GB_EXIT_HARNESS, errno, NULL,
				     "cannot make a file for the runner's output");
	/* where files may not be as large (ulimit -f) that is a limit, too */
	if (!ftruncate(s->output_fd, OUTPUT_CAP))
		(void)!fcntl(s->output_fd, F_ADD_SEALS, F_SEAL_GROW);
	s->output_fd = move_up(s->output_fd);
	return 0;
}

int gb_sample_start(struct gb_sample *s, struct gb_error *e)
{
	s->page_fd = s->output_fd = s->pidfd = -1;
	note_start(s);
	if (prepare(s, e) || start(s, e))
		return -e->code;
	return 0;
}

void gb_sample_end(struct gb_sample *s, int wait_status, enum gb_cause killed_for)
{
	/* Whatever it started must not outlive it. */
	kill(-s->pid, SIGKILL);
	s->wall_s = (double)(gb_monotonic_ns() - s->spawned_ns) * 1e-9;
	read_output(s);
	gb_sample_classify(s, wait_status, killed_for);
	gb_result_end_texts(s->page);
}

int gb_sample_run(struct gb_sample *s, struct gb_error *e)
{
	struct watch w = { .cause = GB_CAUSE_NONE };
	int status;

	if (gb_sample_start(s, e))
		return -e->code;
	w.wake_ns = s->spawned_ns; /* it may fall asleep before its first wait */
	status = watch(s, &w);
	gb_sample_end(s, status, w.cause);
	return 0;
}

void gb_sample_unavailable(struct gb_sample *s, const char *reason)
{
	s->page_fd = s->output_fd = s->pidfd = -1;
	note_start(s);
	s->status = GB_ST_UNAVAILABLE;
	snprintf(s->error, sizeof(s->error), "%s", reason);
}

void gb_sample_free(struct gb_sample *s)
{
	gb_result_unmap(s->page);
	if (s->page_fd >= 0)
		close(s->page_fd);
	if (s->output_fd >= 0)
		close(s->output_fd);
	if (s->pidfd >= 0)
		close(s->pidfd);
	free(s->memory);
	free(s->output);
	s->page = NULL;
	s->memory = NULL;
	s->output = NULL;
	s->page_fd = s->output_fd = s->pidfd = -1;
}
