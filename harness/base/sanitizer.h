/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The gfpbench authors */
/*
 * GB_TSAN: is this a build with ThreadSanitizer?  All that differs under it hangs on this.
 *
 * It queues asynchronous signals and runs their handlers at its own safe points; merged ones
 * are lost on the way.  What it knows of a thread it forgets in the last round of the
 * thread's key destructors; code that it watches must not run after that.
 *
 * Layer: base.
 */
#ifndef GB_BASE_SANITIZER_H
#define GB_BASE_SANITIZER_H

#if defined(__SANITIZE_THREAD__)
#define GB_TSAN 1
#elif defined(__has_feature)
#if __has_feature(thread_sanitizer)
#define GB_TSAN 1
#endif
#endif
#ifndef GB_TSAN
#define GB_TSAN 0
#endif

#endif
