/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The gfpbench authors */
/*
 * libgfprecord.so: preloaded into a program, writes its malloc family's calls to a file
 * (program_format.h) and passes every call on to the allocator that would have served it.
 *
 * The idea: each thread writes 16 bytes an event into its own 64 KiB chunk of the file,
 * mapped shared, so an event costs two stores and, with several threads, a timestamp; it
 * needs no lock, and is safe from the program's death: the pages belong to the file.  A full
 * chunk is written (pwrite) to a place of its own further back and begun anew, so that the
 * thread stays in pages that are mapped and in its cache: fresh file pages for each chunk
 * would cost more than all the rest.  Disk blocks of a mapped chunk are claimed with
 * fallocate, so a full disk ends the recording (counted in `dropped`), not the program.
 *
 * Programs that allocate are short of cache and wait for memory; what hurts them are
 * instructions between one miss and the next.  So record() is little more than the stores;
 * all that is rare sits behind one comparison with self.limit.
 *
 * Invariants:
 *  - nothing here calls malloc; memory comes from mmap or a static buffer;
 *  - a slot is claimed (self.at) before it is written, so a signal handler that allocates
 *    in between takes the next slot: an event may be a little late, never torn;
 *  - the two events of a realloc stand in one chunk; a chunk can be read by itself;
 *  - only refill_or_drop() and park_again() make system calls, and keep errno;
 *  - after fork the child drops its parent's chunks and opens a file of its own; after
 *    exec the new image does.  Files are named PID-N.gfprec in GFPBENCH_RECORD_DIR.
 *
 * Left out: programs that replace malloc by static linking (they do not call us), and
 * allocations made by raw clone() children without exec.
 */
#include <errno.h>
#include <fcntl.h>
#include <malloc.h>
#include <pthread.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>
#if defined(__x86_64__)
#include <x86intrin.h>
#endif

#include "base/atomic.h"

#include "recording/program_format.h"
#include "recording/record_real.h"

#ifndef MADV_POPULATE_WRITE
#define MADV_POPULATE_WRITE 23
#endif

#define EXPORT __attribute__((visibility("default")))
#define EVENTS_PER_CHUNK (GB_PROGRAM_CHUNK / sizeof(struct gb_program_event))
#define SLACK 8u        /* slots for a signal handler that finds the chunk full */
#define ALONE_EVENTS 64 /* that share a time while the program has one thread */
#define MAX_PARKED 256u /* half-filled chunks of ended threads, waiting for a new owner */

/* --- the file ------------------------------------------------------------------ */

struct writer {
	struct gb_program_event *at;    /* next slot */
	struct gb_program_event *limit; /* up to it record() asks nothing; NULL: asks */
	struct gb_program_event *chunk; /* NULL: none yet */
	uint64_t last_ticks;
	uint32_t number;                /* of the thread; 0 = not numbered yet */
	uint32_t dead;                  /* the thread is ending: keep no chunk */
	uint32_t busy;                  /* in refill(): drop a signal handler's events */
};
static __thread struct writer self __attribute__((tls_model("initial-exec")));

static struct {
	struct gb_program_header *header; /* published with release; NULL: not recording */
	int fd;
	uint32_t several;     /* a second thread records; read relaxed by every event */
	uint32_t lock;        /* protects parked, park, opening */
	uint32_t failed;      /* no file, or no room for more: record nothing */
	unsigned int parked;
	struct {
		struct gb_program_event *chunk, *at;
		uint64_t last_ticks;
	} park[MAX_PARKED];
	pthread_key_t key;
	int have_key;
	uint32_t use_tsc;
} file;

static void lock(void)
{
	while (gb_xchg_acquire(&file.lock, 1))
		gb_cpu_relax();
}

static void unlock(void)
{
	gb_store_release(&file.lock, 0);
}

static uint64_t monotonic_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

static inline uint64_t now(void)
{
#if defined(__x86_64__)
	if (gb_likely(file.use_tsc))
		return __rdtsc();
#endif
	return monotonic_ns();
}

static void read_command(char *out, size_t n)
{
	int fd = open("/proc/self/cmdline", O_RDONLY | O_CLOEXEC);
	ssize_t got = fd < 0 ? 0 : read(fd, out, n - 1);

	if (fd >= 0)
		close(fd);
	for (ssize_t i = 0; i + 1 < got; i++)
		if (!out[i])
			out[i] = ' ';
}

/* Decimal without stdio. */
static char *put_number(char *at, unsigned long v)
{
	char digits[24];
	int n = 0;

	do
		digits[n++] = (char)('0' + v % 10);
	while (v /= 10);
	while (n)
		*at++ = digits[--n];
	return at;
}

static int create_file(const char *dir)
{
	char path[4096], *at;
	size_t n = strlen(dir);
	int fd = -1;

	if (n > sizeof(path) - 80)
		return -1;
	for (unsigned long i = 0; i < 1000 && fd < 0; i++) {
		at = mempcpy(path, dir, n);
		*at++ = '/';
		at = put_number(at, (unsigned long)getpid());
		*at++ = '-';
		at = put_number(at, i);
		strcpy(at, ".gfprec");
		fd = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
		if (fd < 0 && errno != EEXIST)
			return -1;
	}
	return fd;
}

static int map_header(int fd)
{
	struct gb_program_header *h;

	if (posix_fallocate(fd, 0, GB_PROGRAM_HEADER))
		return -1;
	h = mmap(NULL, GB_PROGRAM_HEADER, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (h == MAP_FAILED)
		return -1;
	h->version = GB_PROGRAM_VERSION;
	h->chunk_bytes = GB_PROGRAM_CHUNK;
	h->clock = !file.use_tsc;
	h->pid = (uint32_t)getpid();
	h->first_ticks = h->last_ticks = now();
	h->first_ns = h->last_ns = monotonic_ns();
	read_command(h->command, sizeof(h->command));
	memcpy(h->magic, GB_PROGRAM_MAGIC, 8);
	gb_store_release(&file.header, h);
	return 0;
}

/* Under the lock. */
static void open_file(void)
{
	const char *dir = getenv("GFPBENCH_RECORD_DIR");
	const char *clock = getenv("GFPBENCH_RECORD_CLOCK");

	file.use_tsc = clock && !strcmp(clock, "tsc");
	file.fd = dir ? create_file(dir) : -1;
	if (file.fd < 0 || map_header(file.fd))
		gb_store_relaxed(&file.failed, 1);
}

static struct gb_program_header *header(void)
{
	struct gb_program_header *h = gb_load_acquire(&file.header);

	if (gb_likely(h != NULL) || gb_load_relaxed(&file.failed))
		return h;
	lock();
	if (!file.header && !file.failed)
		open_file();
	unlock();
	return gb_load_acquire(&file.header);
}

/* --- chunks --------------------------------------------------------------------- */

static off_t place(uint64_t chunk)
{
	return GB_PROGRAM_HEADER + (off_t)(chunk * GB_PROGRAM_CHUNK);
}

static struct gb_program_event *map_chunk(struct gb_program_header *h)
{
	off_t at = place(__atomic_fetch_add(&h->next_chunk, 1, __ATOMIC_RELAXED));
	void *p;

	if (posix_fallocate(file.fd, at, GB_PROGRAM_CHUNK))
		return NULL;
	p = mmap(NULL, GB_PROGRAM_CHUNK, PROT_READ | PROT_WRITE, MAP_SHARED, file.fd, at);
	if (p == MAP_FAILED)
		return NULL;
	/* All faults at once; a kernel before 5.14 refuses and takes them one by one. */
	(void)madvise(p, GB_PROGRAM_CHUNK, MADV_POPULATE_WRITE);
	return p;
}

static int write_at(const void *data, size_t n, off_t at)
{
	while (n) {
		ssize_t k = pwrite(file.fd, data, n, at);

		if (k < 0 && errno == EINTR)
			continue;
		if (k <= 0)
			return -1;
		data = (const char *)data + k;
		n -= (size_t)k;
		at += k;
	}
	return 0;
}

/*
 * Write the full chunk away and begin it anew; 0 when the disk is full, and the chunk
 * stays.  A program killed between the write and the next line leaves these events twice:
 * the reader drops allocations that it knows already.
 */
static int empty_chunk(struct gb_program_header *h)
{
	static const struct gb_program_event end;
	off_t at = place(__atomic_fetch_add(&h->next_chunk, 1, __ATOMIC_RELAXED));

	if (write_at(self.chunk, GB_PROGRAM_CHUNK, at)) {
		(void)write_at(&end, sizeof(end), at); /* half a copy is no second copy */
		return 0;
	}
	gb_store_relaxed(&self.chunk->word1, 0);
	gb_store_relaxed(&self.chunk->word0, 0);
	memset(self.chunk, 0, GB_PROGRAM_CHUNK);
	self.at = self.chunk;
	h->last_ns = monotonic_ns();
	h->last_ticks = now();
	return 1;
}

static int take_parked(void)
{
	int took = 0;

	lock();
	if (file.parked) {
		file.parked--;
		self.chunk = file.park[file.parked].chunk;
		self.at = file.park[file.parked].at;
		self.last_ticks = file.park[file.parked].last_ticks;
		took = 1;
	}
	unlock();
	return took;
}

static inline void put(uint64_t word0, uint64_t word1)
{
	struct gb_program_event *e = self.at;

	gb_store_relaxed(&self.at, e + 1);
	gb_barrier(); /* claimed before written: a signal handler takes the next */
	e->word1 = word1;
	e->word0 = word0;
}

static size_t room(void)
{
	return self.chunk ? (size_t)(self.chunk + EVENTS_PER_CHUNK - self.at) : 0;
}

static void leave_chunk(void)
{
	if (self.chunk)
		munmap(self.chunk, GB_PROGRAM_CHUNK);
	self.chunk = self.at = self.limit = NULL;
}

/* Thread exit: hand the chunk to whoever comes next. */
static void park(void *unused)
{
	(void)unused;
	self.dead = 1;
	if (!self.chunk)
		return;
	lock();
	if (file.parked < MAX_PARKED) {
		file.park[file.parked].chunk = self.chunk;
		file.park[file.parked].at = self.at;
		file.park[file.parked++].last_ticks = self.last_ticks;
		self.chunk = self.at = self.limit = NULL;
	}
	unlock();
	leave_chunk();
}

static __attribute__((noinline)) void park_again(void)
{
	int saved = errno;

	park(NULL);
	errno = saved;
}

static void number_thread(struct gb_program_header *h)
{
	if (self.number)
		return;
	self.number = gb_add_relaxed(&h->threads, 1);
	if (self.number > 1)
		gb_store_relaxed(&file.several, 1);
	if (file.have_key)
		pthread_setspecific(file.key, &self);
}

/* A chunk with room for a few events; 0 when nothing can be recorded. */
static int refill(void)
{
	struct gb_program_header *h = header();
	uint64_t t;

	if (!h || gb_load_relaxed(&file.failed))
		return 0;
	number_thread(h);
	if (!self.chunk && !take_parked())
		self.chunk = self.at = map_chunk(h);
	if (!self.chunk || (room() <= 4 * SLACK && !empty_chunk(h))) {
		gb_store_relaxed(&file.failed, 1);
		return 0;
	}
	t = now();
	if (t <= self.last_ticks)
		t = self.last_ticks + 1; /* a thread's chunks differ in their times */
	put((uint64_t)GB_PROGRAM_THREAD << 60 | self.number, 0);
	put((uint64_t)GB_PROGRAM_TIME << 60, t);
	self.last_ticks = t;
	return 1;
}

/* The only part of recording an event that can change errno, which is the caller's. */
static __attribute__((noinline)) int refill_or_drop(void)
{
	int saved = errno, filled = 0;
	struct gb_program_header *h;

	if (!self.busy) {
		self.busy = 1;
		filled = refill();
		self.busy = 0;
	}
	h = gb_load_acquire(&file.header);
	if (!filled && h)
		gb_add_relaxed(&h->dropped, 1);
	errno = saved;
	return filled;
}

static inline uint64_t first_word(enum gb_program_op op, const void *p,
				  unsigned int align)
{
	return (uint64_t)op << 60 | (uint64_t)align << 54 |
	       ((uintptr_t)p & GB_PROGRAM_POINTER_MASK);
}

static void put_timed(uint64_t word0, uint64_t size, uint64_t t)
{
	uint64_t ticks = t - self.last_ticks;

	if (gb_unlikely(ticks >> 32)) {
		put((uint64_t)GB_PROGRAM_TIME << 60, t);
		ticks = 0;
	}
	self.last_ticks = t;
	if (gb_unlikely(size >> 32))
		put((uint64_t)GB_PROGRAM_SIZE_HIGH << 60, size >> 32);
	put(word0, ticks << 32 | (uint32_t)size);
}

/* An event with a time of its own, and whatever else is due. */
static __attribute__((noinline)) void record_timed(uint64_t word0, size_t size)
{
	uint64_t op = word0 >> 60;
	size_t left = room(), least = 2 * SLACK;

	if (op == GB_PROGRAM_REALLOC_NEW || op == GB_PROGRAM_FAILED)
		least = SLACK;
	if (gb_unlikely(self.busy || left < least) && !refill_or_drop())
		return;
	put_timed(word0, size, now());
	if (gb_unlikely(self.dead)) {
		park_again();
		return;
	}
	left = room();
	left = left > 2 * SLACK ? left - 2 * SLACK : 0;
	if (left && !gb_load_relaxed(&file.several))
		self.limit = self.at + (left < ALONE_EVENTS ? left : ALONE_EVENTS);
	else
		self.limit = NULL;
}

/*
 * Time orders the events of several threads.  A thread that is alone needs none, and the
 * counter is the dearest part of an event in a virtual machine, so it is read for every
 * 64th only.  A time is never later than the event it stands for; who hands a block to
 * another thread, or gets one, has synchronised with that thread after it had set
 * file.several.
 */
static inline void record(enum gb_program_op op, const void *p, size_t size,
			  unsigned int align)
{
	uint64_t word0 = first_word(op, p, align);

	if (gb_unlikely(self.at >= self.limit || (uint64_t)size >> 32 ||
			gb_load_relaxed(&file.several)))
		record_timed(word0, size);
	else
		put(word0, size);
}

static inline void *record_alloc(enum gb_program_op op, void *p, size_t size,
				 unsigned int align)
{
	record(p ? op : GB_PROGRAM_FAILED, p, size, align);
	return p;
}

/* --- start, fork, end ------------------------------------------------------------- */

static void fork_child(void)
{
	struct gb_program_header *h = file.header;

	/* Only this thread lives on; the parent's mappings are not ours to write. */
	if (h)
		munmap(h, GB_PROGRAM_HEADER);
	leave_chunk();
	if (file.fd > 0)
		close(file.fd);
	for (unsigned int i = 0; i < file.parked; i++)
		munmap(file.park[i].chunk, GB_PROGRAM_CHUNK);
	file.header = NULL;
	file.parked = 0;
	file.fd = -1;
	file.failed = 0;
	file.several = 0;
	self.number = 0;
	gb_store_release(&file.lock, 0);
}

__attribute__((constructor)) static void start(void)
{
	(void)gb_real_ready();
	file.have_key = !pthread_key_create(&file.key, park);
	pthread_atfork(lock, unlock, fork_child);
}

__attribute__((destructor)) static void finish(void)
{
	struct gb_program_header *h = gb_load_acquire(&file.header);

	if (!h)
		return;
	h->last_ns = monotonic_ns();
	h->last_ticks = now();
	h->ended = 1;
}

/* --- the malloc family ------------------------------------------------------------ */

static unsigned int log2_of(size_t alignment)
{
	return alignment ? 63u - (unsigned int)__builtin_clzll(alignment) : 0;
}

EXPORT void *malloc(size_t size)
{
	if (gb_unlikely(!gb_real_ready()))
		return gb_bootstrap_alloc(size);
	return record_alloc(GB_PROGRAM_ALLOC, gb_real.malloc(size), size, 0);
}

EXPORT void free(void *p)
{
	if (gb_unlikely(gb_is_bootstrap(p)) || gb_unlikely(!gb_real_ready()))
		return;
	record(GB_PROGRAM_FREE, p, 0, 0);
	gb_real.free(p);
}

EXPORT void *calloc(size_t n, size_t size)
{
	if (gb_unlikely(!gb_real_ready()))
		return gb_bootstrap_alloc(n * size); /* a static buffer is zero */
	return record_alloc(GB_PROGRAM_ZALLOC, gb_real.calloc(n, size), n * size, 0);
}

static void *leave_bootstrap(void *p, size_t size)
{
	size_t most = (size_t)(gb_bootstrap + GB_BOOTSTRAP - (char *)p);
	void *fresh = malloc(size);

	if (fresh)
		memcpy(fresh, p, size < most ? size : most);
	return fresh;
}

EXPORT void *realloc(void *p, size_t size)
{
	void *fresh;

	if (gb_unlikely(gb_is_bootstrap(p)))
		return leave_bootstrap(p, size);
	if (gb_unlikely(!gb_real_ready()))
		return gb_bootstrap_alloc(size);
	if (!p)
		return record_alloc(GB_PROGRAM_ALLOC, gb_real.realloc(p, size), size, 0);
	record(GB_PROGRAM_REALLOC_OLD, p, 0, 0);
	fresh = gb_real.realloc(p, size);
	return record_alloc(GB_PROGRAM_REALLOC_NEW, fresh, size, 0);
}

EXPORT void *reallocarray(void *p, size_t n, size_t size)
{
	size_t bytes;

	if (__builtin_mul_overflow(n, size, &bytes)) {
		errno = ENOMEM;
		return NULL;
	}
	return realloc(p, bytes);
}

EXPORT int posix_memalign(void **out, size_t alignment, size_t size)
{
	int rc;

	if (gb_unlikely(!gb_real_ready()))
		return ENOMEM;
	rc = gb_real.posix_memalign(out, alignment, size);
	if (!rc)
		record_alloc(GB_PROGRAM_ALIGNED, *out, size, log2_of(alignment));
	return rc;
}

EXPORT void *aligned_alloc(size_t alignment, size_t size)
{
	if (gb_unlikely(!gb_real_ready()))
		return NULL;
	return record_alloc(GB_PROGRAM_ALIGNED, gb_real.aligned_alloc(alignment, size),
			    size, log2_of(alignment));
}

EXPORT void *memalign(size_t alignment, size_t size)
{
	if (gb_unlikely(!gb_real_ready() || !gb_real.memalign))
		return NULL;
	return record_alloc(GB_PROGRAM_ALIGNED, gb_real.memalign(alignment, size), size,
			    log2_of(alignment));
}

EXPORT void *valloc(size_t size)
{
	if (gb_unlikely(!gb_real_ready() || !gb_real.valloc))
		return NULL;
	return record_alloc(GB_PROGRAM_ALIGNED, gb_real.valloc(size), size, 12);
}
