/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The gfpbench authors */
/* make_gate_data DIR [key=value:key=value...]: a synthetic gate run for shell tests;
 * make_gate_data DIR seal: digests and seal again, after a test has edited it. */
#include <stdio.h>
#include <string.h>

#include "tests/tools/gate_data.h"

int main(int argc, char **argv)
{
	struct gate_data_spec s;
	struct gb_error e = GB_ERROR_INIT;

	if (argc < 2 || argc > 3) {
		fprintf(stderr, "usage: make_gate_data DIR [KEY=VALUE:... | seal]\n");
		return 2;
	}
	if (argc > 2 && !strcmp(argv[2], "seal"))
		return gate_data_seal(argv[1], &e) ? 2 : 0;
	if (gb_options_parse(gate_data_options, &s, "make_gate_data",
			     argc > 2 ? argv[2] : "", &e) < 0 ||
	    gate_data_make(argv[1], &s, &e) < 0) {
		fprintf(stderr, "make_gate_data: %s\n", e.what);
		return 2;
	}
	gb_options_free(gate_data_options, &s);
	return 0;
}
