/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The gfpbench authors */
/*
 * What reads one kind of recording: a file with one descriptor, a row in load.c.  A
 * source turns the stream into struct gb_kmem_event in the order of time and hands each
 * to the matcher.
 *
 * Layer: workloads/recording.
 */
#ifndef GB_RECORDING_READER_H
#define GB_RECORDING_READER_H

#include "recording/match.h"
#include "recording/stream.h"

struct gb_reader {
	struct gb_stream *stream;
	struct gb_recording *rec;
	struct gb_matcher matcher;
	/* text.c */
	struct gb_gfp_memo memo;
	struct gb_line_parser parser;
	uint64_t lost_remarks;
	unsigned int ptr_len_max; /* longest pointer text so far */
	int unfinished;           /* the last line was cut off */
};

#define GB_SOURCE_HEAD 16 /* bytes that recognises() sees, fewer of a shorter file */

struct gb_source {
	const char *name;
	int (*recognises)(const unsigned char *head, size_t n);
	/* To the end, or to rd->matcher.full.  Damage is a warning (rd->rec); an error is
	 * what leaves nothing to use. */
	int (*read)(struct gb_reader *rd, struct gb_error *e);
};
extern const struct gb_source gb_source_program, gb_source_text;

#endif
