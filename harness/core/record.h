/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The gfpbench authors */
/*
 * Making recordings: of a program (libgfprecord.so, preloaded) and of the kernel (kmem
 * events through a tracefs instance of our own).
 *
 * Layer: core.  Main thread.
 */
#ifndef GB_CORE_RECORD_H
#define GB_CORE_RECORD_H

#include "base/error.h"

struct gb_record {
	const char *output;       /* file to make; ".zst" at its end: compressed */
	char *const *argv;        /* the program, NULL-terminated */
	int all;                  /* keep every process's recording, not only the largest */
	/* out */
	int status;               /* of the program, as wait() gives it */
	unsigned int images;      /* processes that recorded something */
	char command[256];        /* of the one that was kept */
	unsigned long long bytes; /* of the file */
	unsigned long long lost;  /* events that found no room */
	unsigned int running;     /* processes that live on, recorded until now */
};

/* GB_EXIT_USAGE: no such program, setuid, or nothing was recorded (a static program);
 * GB_EXIT_HARNESS: no recorder, no room, no tracefs. */
int gb_record_program(struct gb_record *r, struct gb_error *e) GB_MUST_CHECK;
int gb_record_kernel(struct gb_record *r, struct gb_error *e) GB_MUST_CHECK;

/*
 * The program, run by both.  SIGTERM and SIGHUP to us end the program, not the recording;
 * what the keyboard sends (SIGINT, SIGQUIT) reaches it without us.  From gb_record_catch()
 * to gb_record_release() none of them ends us, so what was made on the way can go.
 */
void gb_record_catch(void);
int gb_record_spawn(struct gb_record *r, struct gb_error *e) GB_MUST_CHECK;
void gb_record_stop(void);
/* Whether it ended, and r->status; with @wait not before it has. */
int gb_record_ended(struct gb_record *r, int wait);
void gb_record_release(void);

/* Make the finished recording @path, cut to @bytes, the file @output without copying it;
 * -1 when that cannot be (another file system, compression): then gb_record_store. */
int gb_record_move(struct gb_record *r, const char *path, unsigned long long bytes,
		   const char *output);

/* Shared by the two: copy @from (its first @bytes; all when 0) to r->output. */
int gb_record_store(struct gb_record *r, int from, unsigned long long bytes, const char *output,
		    struct gb_error *e) GB_MUST_CHECK;
/* Refuse what cannot be recorded before anything is touched. */
int gb_record_check(const struct gb_record *r, int preload, struct gb_error *e) GB_MUST_CHECK;

#endif
