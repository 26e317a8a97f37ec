/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The gfpbench authors */
/*
 * kmem events as ftrace text (kernel-model section 8), on request.
 *
 * A tracepoint claims a record of a ring by compare-and-swap, fills it and marks it ready;
 * that is safe in any context.  A writer thread, which is no emulated CPU, turns records
 * into lines in the order of claiming.  Process context waits while the ring is three
 * quarters full; atomic context cannot: when the ring is full its event is lost, counted,
 * and a line says so ("LOST n EVENTS", as ftrace does).  Off, a tracepoint costs one load.
 *
 * Lines follow the profile: 3.4 has four flag letters and decimal frame numbers, later
 * kernels five and hexadecimal; 6.18 names the cache in kmem_cache_alloc.  A call site is
 * an address: there is no symbol table to print from.
 */
#include "kernel/slab.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/map.h"

/* Records of the ring of the next trace; a power of two. */
unsigned int trace_ring_records = 65536;

enum kind { PAGE_ALLOC, PAGE_FREE, OBJECT_ALLOC, OBJECT_FREE };

struct record {
	uint32_t ready; /* atomic: claim number + 1 once filled */
	uint8_t kind, order, migratetype;
	char flags[6];
	int16_t cpu;
	int32_t tid;
	gfp_t gfp;
	uint64_t t_ns;
	uintptr_t ptr, call_site;
	size_t bytes_req, bytes_alloc;
	const char *event; /* a literal */
	char name[32];
};

int trace_kmem_on;

static struct {
	struct record *ring;
	uint32_t size;      /* of the ring; constant while tracing is on */
	uint32_t head;      /* atomic: claims */
	uint32_t tail;      /* atomic: written */
	unsigned long lost; /* atomic */
	unsigned long told; /* of them, in the text */
	int stop, fd, failed;
	pthread_t thread;
	uint64_t last_ns;
} t;
/* Tracepoints being executed; atomic.  Each counts itself before it looks once more whether
 * tracing is on, and who ends the trace waits until there is none. */
static uint32_t inside;

/* ------------------------------------------------------------------ producing */

/* irqs-off, need-resched, context, preempt depth, migrate-disable */
static void letters(char *f)
{
	unsigned int depth = preempt_count() & PREEMPT_MASK;

	f[0] = arch_irqs_disabled() || in_hardirq() ? 'd' : '.';
	f[1] = '.';
	f[2] = in_hardirq()         ? (in_serving_softirq() ? 'H' : 'h') :
	       in_serving_softirq() ? 's' :
				      '.';
	f[3] = !depth     ? '.' :
	       depth < 10 ? (char)('0' + depth) :
	       depth < 15 ? (char)('a' + depth - 10) :
			    'f';
	f[4] = mm.profile->version > 304 ? '.' : '\0';
	f[5] = '\0';
}

/* Records between @head, read before the tail is, and the tail.  Below 0 when others have
 * claimed since @head was read and the writer is past it already: then the ring is not full,
 * and the compare-and-swap on @head fails. */
static int32_t in_ring(uint32_t head)
{
	/* acquire: pairs with the writer's release of tail; the slots before it are free */
	return (int32_t)(head - gb_load_acquire(&t.tail));
}

static struct record *claim(uint32_t *number)
{
	uint32_t head = gb_load_relaxed(&t.head);

	do {
		if (in_ring(head) >= (int32_t)t.size) {
			gb_add_relaxed(&t.lost, 1);
			return NULL;
		}
	} while (!gb_cas_relaxed(&t.head, &head, head + 1));
	*number = head;
	return &t.ring[head % t.size];
}

static void wait_for_writer(void)
{
	while (in_ring(gb_load_relaxed(&t.head)) > (int32_t)(t.size / 4 * 3) &&
	       !gb_load_relaxed(&t.failed))
		sleep_us(200);
}

static void leave(void)
{
	__atomic_fetch_sub(&inside, 1, __ATOMIC_SEQ_CST);
}

/* A record to fill, or NULL; pairs with publish(). */
static struct record *begin(enum kind kind, const char *event, uint32_t *number)
{
	struct record *r = NULL;

	__atomic_fetch_add(&inside, 1, __ATOMIC_SEQ_CST);
	if (gb_load_seq_cst(&trace_kmem_on)) {
		if (!in_atomic() && !arch_irqs_disabled())
			wait_for_writer();
		r = claim(number);
	}
	if (!r) {
		leave();
		return NULL;
	}
	r->kind = (uint8_t)kind;
	r->event = event;
	r->t_ns = gb_monotonic_ns();
	r->cpu = (int16_t)gb_self.id;
	r->tid = gb_self.tid;
	r->name[0] = '\0';
	letters(r->flags);
	return r;
}

static void publish(struct record *r, uint32_t number)
{
	gb_store_release(&r->ready, number + 1);
	leave();
}

void trace_page(int is_alloc, const struct page *page, unsigned int order, gfp_t gfp,
		enum migratetype mt)
{
	uint32_t n;
	struct record *r = begin(is_alloc ? PAGE_ALLOC : PAGE_FREE,
				 is_alloc ? "mm_page_alloc" : "mm_page_free", &n);

	if (!r)
		return;
	r->ptr = (uintptr_t)page;
	r->bytes_req = page ? page_to_pfn(page) : 0;
	r->order = (uint8_t)order;
	r->gfp = gfp;
	r->migratetype = (uint8_t)mt;
	publish(r, n);
}

static void copy_name(struct record *r, const char *name)
{
	size_t i;

	for (i = 0; name && name[i] && i < sizeof(r->name) - 1; i++)
		r->name[i] = name[i];
	r->name[i] = '\0';
}

void trace_object_alloc(const char *kind, const void *call_site, const void *p,
			size_t bytes_req, size_t bytes_alloc, gfp_t gfp, const char *name)
{
	uint32_t n;
	struct record *r = begin(OBJECT_ALLOC, kind, &n);

	if (!r)
		return;
	r->call_site = (uintptr_t)call_site;
	r->ptr = (uintptr_t)p;
	r->bytes_req = bytes_req;
	r->bytes_alloc = bytes_alloc;
	r->gfp = gfp;
	copy_name(r, name);
	publish(r, n);
}

void trace_object_free(const char *kind, const void *call_site, const void *p,
		       const char *name)
{
	uint32_t n;
	struct record *r = begin(OBJECT_FREE, kind, &n);

	if (!r)
		return;
	r->call_site = (uintptr_t)call_site;
	r->ptr = (uintptr_t)p;
	copy_name(r, name);
	publish(r, n);
}

/* ------------------------------------------------------------------ writing */

static size_t body_page(const struct record *r, char *buf, size_t n)
{
	const char *form = mm.profile->version == 304 ? "page=%p pfn=%lu order=%u" :
							"page=%p pfn=0x%lx order=%u";
	char names[160];
	size_t used = (size_t)snprintf(buf, n, form, (void *)r->ptr,
				       (unsigned long)r->bytes_req, r->order);

	if (r->kind == PAGE_ALLOC)
		used += (size_t)snprintf(buf + used, n - used,
					 " migratetype=%u gfp_flags=%s", r->migratetype,
					 gfp_names(r->gfp, names, sizeof(names)));
	return used;
}

static size_t body_object(const struct record *r, char *buf, size_t n)
{
	int version = mm.profile->version;
	int is_kmalloc = !strncmp(r->event, "kmalloc", 7);
	char names[160];
	size_t used;

	used = (size_t)snprintf(buf, n, "call_site=%lx ptr=%016lx",
				(unsigned long)r->call_site, (unsigned long)r->ptr);
	if (r->name[0] &&
	    (r->kind == OBJECT_FREE ? version > 304 : version >= 618 && !is_kmalloc))
		used += (size_t)snprintf(buf + used, n - used, " name=%s", r->name);
	if (r->kind == OBJECT_FREE)
		return used;
	used += (size_t)snprintf(
		buf + used, n - used, " bytes_req=%zu bytes_alloc=%zu gfp_flags=%s",
		r->bytes_req, r->bytes_alloc, gfp_names(r->gfp, names, sizeof(names)));
	if (version > 304)
		used += (size_t)snprintf(buf + used, n - used, " node=-1 accounted=%s",
					 r->gfp & __GFP_ACCOUNT ? "true" : "false");
	return used;
}

static size_t format_line(const struct record *r, char *buf, size_t n)
{
	char comm[16];
	/* claims and clock readings of two CPUs may cross: lines must not go back in time */
	uint64_t ns = r->t_ns > t.last_ns ? r->t_ns : t.last_ns;
	size_t used;

	t.last_ns = ns;
	snprintf(comm, sizeof(comm), "gfp-cpu%d", r->cpu);
	used = (size_t)snprintf(buf, n, "%16s-%-7d [%03d] %s %5lu.%06lu: %s: ", comm,
				r->tid, r->cpu < 0 ? 0 : r->cpu, r->flags,
				(unsigned long)(ns / 1000000000u),
				(unsigned long)(ns / 1000u % 1000000u), r->event);
	used += r->kind <= PAGE_FREE ? body_page(r, buf + used, n - used) :
				       body_object(r, buf + used, n - used);
	buf[used++] = '\n';
	return used;
}

static void write_all(const char *buf, size_t n)
{
	while (n && !t.failed) {
		ssize_t done = write(t.fd, buf, n);

		if (done < 0 && errno == EINTR)
			continue;
		if (done < 0) {
			gb_store_relaxed(&t.failed, 1);
			kernel_warn("trace-write", "cannot write the trace: %s",
				    strerror(errno));
			return;
		}
		buf += done;
		n -= (size_t)done;
	}
}

/* A comment: readers of traces skip it, people do not. */
static void write_lost(void)
{
	unsigned long lost = gb_load_relaxed(&t.lost);
	char line[80];

	if (lost == t.told)
		return;
	write_all(line, (size_t)snprintf(line, sizeof(line), "# LOST %lu EVENTS\n",
					 lost - t.told));
	t.told = lost;
}

/* Everything that is ready; returns the number of records. */
static unsigned int write_ready(void)
{
	static char buf[65536];
	size_t used = 0;
	unsigned int n = 0;
	uint32_t tail = t.tail;

	while (gb_load_acquire(&t.ring[tail % t.size].ready) == tail + 1) {
		used += format_line(&t.ring[tail % t.size], buf + used, sizeof(buf) - used);
		gb_store_release(&t.tail, ++tail);
		n++;
		if (used > sizeof(buf) - 1024) {
			write_all(buf, used);
			used = 0;
		}
	}
	write_all(buf, used);
	write_lost();
	return n;
}

static void *writer_main(void *arg)
{
	(void)arg;
	while (!gb_load_acquire(&t.stop))
		if (!write_ready())
			sleep_us(2000);
	/* a claim that is not filled yet is of a CPU inside a tracepoint: it will be */
	while (gb_load_acquire(&t.tail) != gb_load_acquire(&t.head))
		if (!write_ready())
			sleep_us(100);
	return NULL;
}

static const char header5[] =
	"# tracer: nop\n#\n"
	"#                                _-----=> irqs-off/BH-disabled\n"
	"#                               / _----=> need-resched\n"
	"#                              | / _---=> hardirq/softirq\n"
	"#                              || / _--=> preempt-depth\n"
	"#                              ||| / _-=> migrate-disable\n"
	"#           TASK-PID     CPU#  |||||  TIMESTAMP  FUNCTION\n"
	"#              | |         |   |||||     |         |\n";
static const char header4[] =
	"# tracer: nop\n#\n"
	"#                              _-----=> irqs-off\n"
	"#                             / _----=> need-resched\n"
	"#                            | / _---=> hardirq/softirq\n"
	"#                            || / _--=> preempt-depth\n"
	"#           TASK-PID     CPU# ||||    TIMESTAMP  FUNCTION\n"
	"#              | |         |  ||||       |         |\n";

int trace_kmem_start(int fd)
{
	const char *header;
	sigset_t all, old;
	int err;

	if (!mm_ready(__func__) || gb_load_relaxed(&trace_kmem_on))
		return -EBUSY;
	memset(&t, 0, sizeof(t));
	t.fd = fd;
	t.size = trace_ring_records;
	t.ring = gb_map(t.size * sizeof(struct record));
	if (!t.ring)
		return -ENOMEM;
	header = mm.profile->version == 304 ? header4 : header5;
	write_all(header, strlen(header));
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &old);
	err = pthread_create(&t.thread, NULL, writer_main, NULL);
	pthread_sigmask(SIG_SETMASK, &old, NULL);
	if (err) {
		gb_unmap(t.ring, t.size * sizeof(struct record));
		return -err;
	}
	gb_store_release(&trace_kmem_on, 1);
	slab_bypass_update();
	return 0;
}

/* The ring goes when no CPU is inside a tracepoint any more; some wait there for the writer,
 * so it goes on meanwhile. */
unsigned long trace_kmem_stop(void)
{
	if (!gb_load_relaxed(&trace_kmem_on))
		return 0;
	gb_store_seq_cst(&trace_kmem_on, 0);
	slab_bypass_update();
	while (gb_load_seq_cst(&inside))
		sleep_us(200);
	gb_store_release(&t.stop, 1);
	pthread_join(t.thread, NULL);
	gb_unmap(t.ring, t.size * sizeof(struct record));
	t.ring = NULL;
	return t.lost;
}
