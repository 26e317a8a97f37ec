/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The gfpbench authors */
/* Built instead of xz.c where configure found no liblzma: recognised, and refused. */
#include "recording/stream.h"

static int xz_open(struct gb_stream *s, struct gb_error *e)
{
	(void)s;
	return gb_fail(e, GB_EXIT_USAGE, NULL,
		       "the recording is compressed with xz, and this gfpbench was built "
		       "without liblzma");
}

const struct gb_codec gb_codec_xz = {
	.name = "xz",
	.magic = { 0xfd, '7', 'z', 'X', 'Z', 0x00 },
	.magic_len = 6,
	.open = xz_open,
};
