/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The gfpbench authors */
/* Built instead of gzip.c where configure found no zlib: recognised, and refused. */
#include "recording/stream.h"

static int gzip_open(struct gb_stream *s, struct gb_error *e)
{
	(void)s;
	return gb_fail(
		e, GB_EXIT_USAGE, NULL,
		"the recording is compressed with gzip, and this gfpbench was built "
		"without zlib");
}

const struct gb_codec gb_codec_gzip = {
	.name = "gzip",
	.magic = { 0x1f, 0x8b },
	.magic_len = 2,
	.open = gzip_open,
};
