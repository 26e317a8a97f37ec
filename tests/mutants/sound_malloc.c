/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The gfpbench authors */
/*
 * A malloc that may be entered from a signal at any instruction: the sound control of
 * probe.  One free list for each thread and class of powers of two, in one of three ways:
 *
 *	rseq      head moved in a restartable sequence, which a signal restarts
 *	cmpxchg   head and a generation moved together by cmpxchg16b without the lock
 *		  prefix: atomic against signals of the same thread
 *	plain     neither: broken, for comparison
 *
 * GFPBENCH_SOUND chooses.  Memory comes from one arena by an atomic add and is never
 * given back; a block that another thread frees goes to that thread's list.
 *
 * Tests only.  On other processors than x86-64 there is nothing but the plain way.
 */
#include <errno.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/rseq.h>
#include <sys/syscall.h>
#include <unistd.h>

#define EXPORT  __attribute__((visibility("default")))
#define ARENA   ((size_t)8 << 30)
#define CLASSES 40
#define HEADER  16

struct item {
	struct item *next;
};

struct head {
	struct item *first;
	uint64_t generation;
} __attribute__((aligned(16)));

static char *arena; /* atomic: set once */
static size_t used; /* atomic */
static int way;     /* atomic: 0 unknown, 1 rseq, 2 cmpxchg, 3 plain */
static __thread struct head own[CLASSES] __attribute__((tls_model("initial-exec")));
#ifdef __x86_64__
/* Per real CPU, for rseq. */
static struct {
	struct item *first;
	char pad[56];
} __attribute__((aligned(64))) cpus[CLASSES][256];
#endif

static int choose(void)
{
#ifdef __x86_64__
	const char *text = getenv("GFPBENCH_SOUND");
	int w = __rseq_size ? 1 : 2;

	if (text && !strcmp(text, "cmpxchg"))
		w = 2;
	else if (text && !strcmp(text, "plain"))
		w = 3;
#else
	int w = 3;
#endif

	__atomic_store_n(&way, w, __ATOMIC_RELAXED);
	return w;
}

#ifdef __x86_64__
/* --- rseq: the list of the CPU that this thread happens to be on -------------------- */

#define RSEQ_SIGNATURE 0x53053053

static struct rseq *own_rseq(void)
{
	return (struct rseq *)((char *)__builtin_thread_pointer() + __rseq_offset);
}

static struct item *rseq_pop(unsigned int c)
{
	struct rseq *r = own_rseq();
	struct item *p;

	__asm__ volatile(
		".pushsection __rseq_cs, \"aw\"\n.balign 32\n"
		"77: .long 0, 0\n.quad 1f, 2f - 1f, 4f\n.popsection\n"
		"3: leaq 77b(%%rip), %%rax\n"
		"movq %%rax, %[cs]\n"
		"1: movl %[cpu], %%eax\n"
		"andl $255, %%eax\n"
		"shlq $6, %%rax\n"
		"addq %[base], %%rax\n"
		"movq (%%rax), %[p]\n"
		"testq %[p], %[p]\n"
		"jz 2f\n"
		"movq (%[p]), %%rcx\n"
		"movq %%rcx, (%%rax)\n"
		"2:\n"
		".pushsection .text.unlikely, \"ax\"\n"
		".long 0x53053053\n"
		"4: jmp 3b\n.popsection\n"
		: [p] "=&r"(p), [cs] "=m"(r->rseq_cs)
		: [cpu] "m"(r->cpu_id), [base] "r"(&cpus[c][0])
		: "rax", "rcx", "memory", "cc");
	return p;
}

static void rseq_push(unsigned int c, struct item *p)
{
	struct rseq *r = own_rseq();

	__asm__ volatile(
		".pushsection __rseq_cs, \"aw\"\n.balign 32\n"
		"77: .long 0, 0\n.quad 1f, 2f - 1f, 4f\n.popsection\n"
		"3: leaq 77b(%%rip), %%rax\n"
		"movq %%rax, %[cs]\n"
		"1: movl %[cpu], %%eax\n"
		"andl $255, %%eax\n"
		"shlq $6, %%rax\n"
		"addq %[base], %%rax\n"
		"movq (%%rax), %%rcx\n"
		"movq %%rcx, (%[p])\n"
		"movq %[p], (%%rax)\n"
		"2:\n"
		".pushsection .text.unlikely, \"ax\"\n"
		".long 0x53053053\n"
		"4: jmp 3b\n.popsection\n"
		: [cs] "=m"(r->rseq_cs)
		: [cpu] "m"(r->cpu_id), [base] "r"(&cpus[c][0]), [p] "r"(p)
		: "rax", "rcx", "memory", "cc");
}

/* --- cmpxchg16b without lock -------------------------------------------------------- */

static int swap(struct head *h, struct head *old, struct item *first)
{
	unsigned char ok;

	__asm__ volatile("cmpxchg16b %1; sete %0"
			 : "=q"(ok), "+m"(*h), "+a"(old->first), "+d"(old->generation)
			 : "b"(first), "c"(old->generation + 1)
			 : "memory", "cc");
	return ok;
}

/* Generation first: a signal between the two loads makes the swap fail. */
static struct head look(struct head *h)
{
	struct head seen;

	seen.generation = *(volatile uint64_t *)&h->generation;
	seen.first = *(struct item *volatile *)&h->first;
	return seen;
}

static struct item *cmpxchg_pop(struct head *h)
{
	struct head old;
	struct item *p;

	do {
		old = look(h);
		p = old.first;
		if (!p)
			return NULL;
	} while (!swap(h, &old, *(struct item *volatile *)&p->next));
	return p;
}

static void cmpxchg_push(struct head *h, struct item *p)
{
	struct head old;

	do {
		old = look(h);
		*(struct item *volatile *)&p->next = old.first;
	} while (!swap(h, &old, p));
}
#endif

/* --- plain -------------------------------------------------------------------------- */

static struct item *plain_pop(struct head *h)
{
	struct item *p = *(struct item *volatile *)&h->first;

	if (p)
		*(struct item *volatile *)&h->first = p->next;
	return p;
}

static void plain_push(struct head *h, struct item *p)
{
	p->next = *(struct item *volatile *)&h->first;
	*(struct item *volatile *)&h->first = p;
}

/* --- the family --------------------------------------------------------------------- */

static void *cut(size_t bytes)
{
	char *base = __atomic_load_n(&arena, __ATOMIC_ACQUIRE), *fresh;
	size_t at;

	if (!base) {
		/* The first call, long before any interrupt. */
		fresh = mmap(NULL, ARENA, PROT_READ | PROT_WRITE,
			     MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
		if (fresh == MAP_FAILED)
			return NULL;
		if (__atomic_compare_exchange_n(&arena, &base, fresh, 0, __ATOMIC_ACQ_REL,
						__ATOMIC_ACQUIRE))
			base = fresh;
	}
	at = __atomic_fetch_add(&used, bytes, __ATOMIC_RELAXED);
	return at + bytes <= ARENA ? base + at : NULL;
}

static unsigned int class_of(size_t n)
{
	return n <= 16 ? 4 : 64 - (unsigned int)__builtin_clzl(n - 1);
}

static struct item *take(unsigned int c)
{
	switch (way ? way : choose()) {
#ifdef __x86_64__
	case 1:
		return rseq_pop(c);
	case 2:
		return cmpxchg_pop(&own[c]);
#endif
	default:
		return plain_pop(&own[c]);
	}
}

static void give(unsigned int c, struct item *p)
{
	switch (way ? way : choose()) {
#ifdef __x86_64__
	case 1:
		rseq_push(c, p);
		break;
	case 2:
		cmpxchg_push(&own[c], p);
		break;
#endif
	default:
		plain_push(&own[c], p);
	}
}

EXPORT void *malloc(size_t n)
{
	unsigned int c = class_of(n);
	char *p;

	if (n > (size_t)1 << 32)
		goto fail;
	p = (char *)take(c);
	if (p)
		return p;
	p = cut(HEADER + ((size_t)1 << c));
	if (!p)
		goto fail;
	*(uint64_t *)(void *)p = c;
	return p + HEADER;
fail:
	errno = ENOMEM;
	return NULL;
}

static unsigned int class_at(const void *p)
{
	return (unsigned int)((const uint64_t *)p)[-2];
}

EXPORT void free(void *p)
{
	if (p)
		give(class_at(p), p);
}

EXPORT size_t malloc_usable_size(void *p)
{
	return p ? (size_t)1 << class_at(p) : 0;
}

EXPORT void *calloc(size_t n, size_t size)
{
	size_t bytes;
	void *p;

	if (__builtin_mul_overflow(n, size, &bytes))
		return NULL;
	p = malloc(bytes);
	return p ? memset(p, 0, bytes) : NULL;
}

EXPORT void *realloc(void *p, size_t n)
{
	size_t old = malloc_usable_size(p);
	void *q = malloc(n);

	if (q && p) {
		memcpy(q, p, old < n ? old : n);
		free(p);
	}
	return q;
}

/* By its own header in front of the aligned block; what lies before is lost to reuse. */
EXPORT void *aligned_alloc(size_t alignment, size_t n)
{
	char *p, *q;

	if (alignment <= 16)
		return malloc(n);
	p = cut(HEADER + alignment + ((size_t)1 << class_of(n)));
	if (!p)
		return NULL;
	q = (char *)(((uintptr_t)p + HEADER + alignment - 1) & ~(alignment - 1));
	((uint64_t *)(void *)q)[-2] = class_of(n);
	return q;
}

EXPORT int posix_memalign(void **out, size_t alignment, size_t n)
{
	*out = aligned_alloc(alignment, n);
	return *out ? 0 : ENOMEM;
}
