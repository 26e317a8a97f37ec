/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The gfpbench authors */
/*
 * libgfprecord.so: preloaded into a program, writes its malloc family's calls to a file
 * (program_format.h) and passes every call on to the allocator that would have served it.
 *
 * The idea: each thread writes 16 bytes an event into its own 64 KiB chunk of the file,
 * mapped shared, so an event costs two stores and, with several threads, a timestamp; it
 * needs no lock, and is safe from the program's death: the pages belong to the file.  Disk
 * blocks are claimed with fallocate before a chunk is mapped, so a full disk ends the
 * recording (counted in `dropped`) instead of the program.
 *
 * Invariants:
 *  - nothing here calls malloc; memory comes from mmap or a static buffer;
 *  - a slot is claimed (next++) before it is written, so a signal handler that allocates
 *    in between takes the next slot: an event may be a little late, never torn;
 *  - only refill_or_drop() and park_again() make system calls, and keep errno;
 *  - after fork the child drops its parent's chunks and opens a file of its own; after
 *    exec the new image does.  Files are named PID-N.gfprec in GFPBENCH_RECORD_DIR.
 *
 * Left out: programs that replace malloc by static linking (they do not call us), and
 * allocations made by raw clone() children without exec.
 */
#include <dlfcn.h>
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

#ifndef MADV_POPULATE_WRITE
#define MADV_POPULATE_WRITE 23
#endif

#define EXPORT __attribute__((visibility("default")))
#define EVENTS_PER_CHUNK (GB_PROGRAM_CHUNK / sizeof(struct gb_program_event))
#define GROW_CHUNKS 8u  /* the file grows by this many chunks at a time */
#define MAX_PARKED 256u /* half-filled chunks of ended threads, waiting for a new owner */

/* --- the allocator behind us -------------------------------------------------- */

static struct {
	void *(*malloc)(size_t);
	void (*free)(void *);
	void *(*calloc)(size_t, size_t);
	void *(*realloc)(void *, size_t);
	int (*posix_memalign)(void **, size_t, size_t);
	void *(*aligned_alloc)(size_t, size_t);
	void *(*memalign)(size_t, size_t);
	void *(*valloc)(size_t);
	uint32_t ready; /* set last (release) by resolve(); acquire in the callers */
} real;

/* What dlsym itself allocates before the real functions are known; never given back. */
static char bootstrap[16384] __attribute__((aligned(16)));
static size_t bootstrap_used;
static __thread int resolving __attribute__((tls_model("initial-exec")));

static void *bootstrap_alloc(size_t size)
{
	size_t at = __atomic_fetch_add(&bootstrap_used, (size + 31) & ~(size_t)15, __ATOMIC_RELAXED);

	if (at + size > sizeof(bootstrap))
		return NULL;
	return bootstrap + at;
}

static int is_bootstrap(const void *p)
{
	return (const char *)p >= bootstrap && (const char *)p < bootstrap + sizeof(bootstrap);
}

static void *next_symbol(const char *name)
{
	return dlsym(RTLD_NEXT, name);
}

static void resolve(void)
{
	resolving = 1;
	*(void **)&real.malloc = next_symbol("malloc");
	*(void **)&real.free = next_symbol("free");
	*(void **)&real.calloc = next_symbol("calloc");
	*(void **)&real.realloc = next_symbol("realloc");
	*(void **)&real.posix_memalign = next_symbol("posix_memalign");
	*(void **)&real.aligned_alloc = next_symbol("aligned_alloc");
	*(void **)&real.memalign = next_symbol("memalign");
	*(void **)&real.valloc = next_symbol("valloc");
	resolving = 0;
	gb_store_release(&real.ready, 1);
}

static inline int ready(void)
{
	if (gb_likely(gb_load_acquire(&real.ready)))
		return 1;
	if (resolving)
		return 0;
	resolve();
	return 1;
}

/* --- the file ------------------------------------------------------------------ */

struct writer {
	struct gb_program_event *chunk; /* NULL: none yet */
	uint32_t next;                  /* slot */
	uint32_t generation;            /* of the file the chunk belongs to */
	uint64_t last_ticks;
	uint32_t number;                /* of the thread; 0 = not numbered yet */
	uint32_t dead;                  /* the thread is ending: keep no chunk */
	uint32_t alone;                 /* events since the clock was read, thread alone */
};
static __thread struct writer self __attribute__((tls_model("initial-exec")));

static struct {
	struct gb_program_header *header; /* published with release; NULL: not recording */
	int fd;
	uint32_t generation;  /* bumped by fork; read relaxed by every event */
	uint32_t several;     /* a second thread records; read relaxed by every event */
	uint32_t lock;        /* protects grown, parked, opening */
	uint64_t grown;       /* chunks that the file has room for */
	uint32_t failed;      /* no file can be had: record nothing */
	unsigned int parked;
	struct { struct gb_program_event *chunk; uint32_t next; uint64_t last_ticks; }
		park[MAX_PARKED];
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
	file.grown = 0;
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

static int grow(uint64_t chunk)
{
	int ok = 1;

	lock();
	if (chunk >= file.grown) {
		off_t at = GB_PROGRAM_HEADER + (off_t)(file.grown * GB_PROGRAM_CHUNK);

		ok = !posix_fallocate(file.fd, at, (off_t)GROW_CHUNKS * GB_PROGRAM_CHUNK);
		if (ok)
			file.grown += GROW_CHUNKS;
	}
	unlock();
	return ok;
}

static struct gb_program_event *new_chunk(struct gb_program_header *h)
{
	uint64_t n = __atomic_fetch_add(&h->next_chunk, 1, __ATOMIC_RELAXED);
	void *p;

	if (n >= gb_load_relaxed(&file.grown) && !grow(n))
		return NULL;
	p = mmap(NULL, GB_PROGRAM_CHUNK, PROT_READ | PROT_WRITE, MAP_SHARED, file.fd,
		 GB_PROGRAM_HEADER + (off_t)(n * GB_PROGRAM_CHUNK));
	if (p == MAP_FAILED)
		return NULL;
	/* All faults at once, cheaper than one every 256 events; a kernel before 5.14
	 * refuses and takes them one by one. */
	(void)madvise(p, GB_PROGRAM_CHUNK, MADV_POPULATE_WRITE);
	h->last_ns = monotonic_ns();
	h->last_ticks = now();
	return p;
}

static int take_parked(void)
{
	int took = 0;

	lock();
	if (file.parked) {
		file.parked--;
		self.chunk = file.park[file.parked].chunk;
		self.next = file.park[file.parked].next;
		self.last_ticks = file.park[file.parked].last_ticks;
		took = 1;
	}
	unlock();
	return took;
}

static void put(uint64_t word0, uint64_t word1)
{
	struct gb_program_event *e = &self.chunk[self.next++];

	e->word1 = word1;
	e->word0 = word0;
}

static void leave_chunk(void)
{
	if (self.chunk)
		munmap(self.chunk, GB_PROGRAM_CHUNK);
	self.chunk = NULL;
}

/* Thread exit: hand the chunk to whoever comes next. */
static void park(void *unused)
{
	(void)unused;
	self.dead = 1;
	if (!self.chunk || self.generation != file.generation)
		return;
	lock();
	if (file.parked < MAX_PARKED && self.next + 8 < EVENTS_PER_CHUNK) {
		file.park[file.parked].chunk = self.chunk;
		file.park[file.parked].next = self.next;
		file.park[file.parked++].last_ticks = self.last_ticks;
		self.chunk = NULL;
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

/* Make room for a few events; 0 when nothing can be recorded. */
static int refill(void)
{
	struct gb_program_header *h = header();
	uint64_t t;

	if (!h)
		return 0;
	if (self.generation != file.generation)
		self.chunk = NULL; /* the parent's: its mapping went with the fork handler */
	self.generation = file.generation;
	if (self.chunk && self.next + 4 < EVENTS_PER_CHUNK)
		return 1;
	leave_chunk();
	if (!self.number) {
		self.number = gb_add_relaxed(&h->threads, 1);
		if (gb_load_relaxed(&h->threads) > 1)
			gb_store_relaxed(&file.several, 1);
		if (file.have_key)
			pthread_setspecific(file.key, &self);
	}
	if (!take_parked()) {
		self.next = 0;
		self.chunk = new_chunk(h);
	}
	if (!self.chunk)
		return 0;
	t = now();
	put((uint64_t)GB_PROGRAM_THREAD << 60 | self.number, 0);
	put((uint64_t)GB_PROGRAM_TIME << 60, t);
	self.last_ticks = t;
	return 1;
}

/* The only part of recording an event that can change errno, which is the caller's. */
static __attribute__((noinline)) int refill_or_drop(void)
{
	int saved = errno, filled = refill();
	struct gb_program_header *h = gb_load_acquire(&file.header);

	if (!filled && h)
		gb_add_relaxed(&h->dropped, 1);
	errno = saved;
	return filled;
}

/*
 * Time orders the events of several threads.  A thread that is alone needs none, and the
 * counter is the dearest part of an event in a virtual machine, so it reads it for every
 * eighth.  A time is never later than the event it stands for; who hands a block to another
 * thread, or gets one, has synchronised with that thread after it had set file.several.
 */
static inline uint64_t event_time(void)
{
	if (!gb_load_relaxed(&file.several) && ++self.alone & 7)
		return self.last_ticks;
	return now();
}

static inline void record(enum gb_program_op op, const void *p, size_t size, unsigned int align)
{
	uint64_t t, ticks;

	if (gb_unlikely(!self.chunk || self.next + 4 >= EVENTS_PER_CHUNK ||
			self.generation != gb_load_relaxed(&file.generation)) &&
	    !refill_or_drop())
		return;
	t = event_time();
	ticks = t - self.last_ticks;
	if (gb_unlikely(ticks >> 32)) {
		put((uint64_t)GB_PROGRAM_TIME << 60, t);
		ticks = 0;
	}
	self.last_ticks = t;
	if (gb_unlikely((uint64_t)size >> 32))
		put((uint64_t)GB_PROGRAM_SIZE_HIGH << 60, (uint64_t)size >> 32);
	put((uint64_t)op << 60 | (uint64_t)align << 54 |
		    ((uintptr_t)p & GB_PROGRAM_POINTER_MASK),
	    ticks << 32 | (uint32_t)size);
	if (gb_unlikely(self.dead))
		park_again();
}

static inline void *record_alloc(enum gb_program_op op, void *p, size_t size, unsigned int align)
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
	file.generation++;
	file.several = 0;
	self.number = 0;
	gb_store_release(&file.lock, 0);
}

__attribute__((constructor)) static void start(void)
{
	(void)ready();
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
	if (gb_unlikely(!ready()))
		return bootstrap_alloc(size);
	return record_alloc(GB_PROGRAM_ALLOC, real.malloc(size), size, 0);
}

EXPORT void free(void *p)
{
	if (gb_unlikely(is_bootstrap(p)) || gb_unlikely(!ready()))
		return;
	record(GB_PROGRAM_FREE, p, 0, 0);
	real.free(p);
}

EXPORT void *calloc(size_t n, size_t size)
{
	if (gb_unlikely(!ready()))
		return bootstrap_alloc(n * size); /* a static buffer is zero */
	return record_alloc(GB_PROGRAM_ZALLOC, real.calloc(n, size), n * size, 0);
}

static void *leave_bootstrap(void *p, size_t size)
{
	size_t room = (size_t)(bootstrap + sizeof(bootstrap) - (char *)p);
	void *fresh = malloc(size);

	if (fresh)
		memcpy(fresh, p, size < room ? size : room);
	return fresh;
}

EXPORT void *realloc(void *p, size_t size)
{
	void *fresh;

	if (gb_unlikely(is_bootstrap(p)))
		return leave_bootstrap(p, size);
	if (gb_unlikely(!ready()))
		return bootstrap_alloc(size);
	if (!p)
		return record_alloc(GB_PROGRAM_ALLOC, real.realloc(p, size), size, 0);
	record(GB_PROGRAM_REALLOC_OLD, p, 0, 0);
	fresh = real.realloc(p, size);
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

	if (gb_unlikely(!ready()))
		return ENOMEM;
	rc = real.posix_memalign(out, alignment, size);
	if (!rc)
		record_alloc(GB_PROGRAM_ALIGNED, *out, size, log2_of(alignment));
	return rc;
}

EXPORT void *aligned_alloc(size_t alignment, size_t size)
{
	if (gb_unlikely(!ready()))
		return NULL;
	return record_alloc(GB_PROGRAM_ALIGNED, real.aligned_alloc(alignment, size), size,
			    log2_of(alignment));
}

EXPORT void *memalign(size_t alignment, size_t size)
{
	if (gb_unlikely(!ready() || !real.memalign))
		return NULL;
	return record_alloc(GB_PROGRAM_ALIGNED, real.memalign(alignment, size), size,
			    log2_of(alignment));
}

EXPORT void *valloc(size_t size)
{
	if (gb_unlikely(!ready() || !real.valloc))
		return NULL;
	return record_alloc(GB_PROGRAM_ALIGNED, real.valloc(size), size, 12);
}
