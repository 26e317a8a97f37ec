/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The gfpbench authors */
/*
 * Atomics whose names carry the order (style: an order is never a default).
 * liburcu's uatomic spirit, C11 builtins underneath.
 *
 * Layer: base.  All are lock-free for 1, 2, 4 and 8 bytes on every machine we build for,
 * hence usable from interrupts.
 */
#ifndef GB_BASE_ATOMIC_H
#define GB_BASE_ATOMIC_H

#define gb_load_relaxed(p)      __atomic_load_n((p), __ATOMIC_RELAXED)
#define gb_load_acquire(p)      __atomic_load_n((p), __ATOMIC_ACQUIRE)
#define gb_load_seq_cst(p)      __atomic_load_n((p), __ATOMIC_SEQ_CST)
#define gb_store_relaxed(p, v)  __atomic_store_n((p), (v), __ATOMIC_RELAXED)
#define gb_store_release(p, v)  __atomic_store_n((p), (v), __ATOMIC_RELEASE)
#define gb_store_seq_cst(p, v)  __atomic_store_n((p), (v), __ATOMIC_SEQ_CST)
#define gb_add_relaxed(p, v)    __atomic_add_fetch((p), (v), __ATOMIC_RELAXED)
#define gb_sub_relaxed(p, v)    __atomic_sub_fetch((p), (v), __ATOMIC_RELAXED)
#define gb_add_acq_rel(p, v)    __atomic_add_fetch((p), (v), __ATOMIC_ACQ_REL)
#define gb_sub_acq_rel(p, v)    __atomic_sub_fetch((p), (v), __ATOMIC_ACQ_REL)
#define gb_fetch_or_acq_rel(p, v)  __atomic_fetch_or((p), (v), __ATOMIC_ACQ_REL)
#define gb_fetch_and_acq_rel(p, v) __atomic_fetch_and((p), (v), __ATOMIC_ACQ_REL)
#define gb_xchg_acq_rel(p, v)   __atomic_exchange_n((p), (v), __ATOMIC_ACQ_REL)
#define gb_xchg_acquire(p, v)   __atomic_exchange_n((p), (v), __ATOMIC_ACQUIRE)
#define gb_xchg_relaxed(p, v)   __atomic_exchange_n((p), (v), __ATOMIC_RELAXED)
/* true on success; *(e) is updated on failure */
#define gb_cas_acq_rel(p, e, v) \
	__atomic_compare_exchange_n((p), (e), (v), 0, __ATOMIC_ACQ_REL, __ATOMIC_ACQUIRE)
#define gb_cas_acquire(p, e, v) \
	__atomic_compare_exchange_n((p), (e), (v), 0, __ATOMIC_ACQUIRE, __ATOMIC_RELAXED)
#define gb_cas_relaxed(p, e, v) \
	__atomic_compare_exchange_n((p), (e), (v), 0, __ATOMIC_RELAXED, __ATOMIC_RELAXED)
#define gb_fence_seq_cst()      __atomic_thread_fence(__ATOMIC_SEQ_CST)

/* Orders accesses as the compiler emits them: all that is needed between code and an
 * interrupt handler on the same CPU, which sees its own CPU's program order. */
#define gb_barrier() __asm__ volatile("" ::: "memory")

/* The compiler must assume that @p escapes: keeps malloc/free pairs from being removed. */
#define gb_escape(p) __asm__ volatile("" : : "g"(p) : "memory")

/* Politeness in a spin loop. */
static inline void gb_cpu_relax(void)
{
#if defined(__x86_64__)
	__asm__ volatile("pause" ::: "memory");
#elif defined(__aarch64__)
	__asm__ volatile("yield" ::: "memory");
#else
	gb_barrier();
#endif
}

#define gb_likely(x)   __builtin_expect(!!(x), 1)
#define gb_unlikely(x) __builtin_expect(!!(x), 0)
#define GB_CACHE_LINE 64
#define GB_ALIGNED_LINE __attribute__((aligned(GB_CACHE_LINE)))
#define GB_INLINE static inline __attribute__((always_inline))

/* For thread variables of fast paths.  In a program an access takes one instruction; a
 * shared library loads the variable's place first. */
#if defined(__PIC__) && !defined(__PIE__)
#define GB_TLS_HOT __attribute__((tls_model("initial-exec")))
#else
#define GB_TLS_HOT __attribute__((tls_model("local-exec")))
#endif
#define GB_ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))

#endif
