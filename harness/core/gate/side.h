/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The gfpbench authors */
/*
 * One side of a live gate: what the user named, the files that it is made of, and copies
 * of them.
 *
 * Both sides run from copies at paths of equal length, because the length of a path moves
 * the stack, and the same file would lie in the same pages of the page cache for one side
 * only.  Copies are made anew every round, in a random order, so that no round's luck
 * with physical pages lasts.
 *
 * Layer: core.  Strings belong to the side (gb_gate_side_free).
 */
#ifndef GB_CORE_GATE_SIDE_H
#define GB_CORE_GATE_SIDE_H

#include "backend.h"

/* What "slab", "preload:FILE" or "runner:PATH:BACKEND" says. */
struct gb_gate_party {
	char *spec;     /* as given */
	char *program;  /* the runner's file, absolute */
	char *backend;  /* the backend's spec for that runner */
	int foreign;    /* another build's runner */
	struct gb_backend_ref ref;
	struct gb_backend_location location;
	char identity[65];   /* hash of runner, backend and library */
	/* The same for the comparison with other days.  A malloc library is told by its own
	 * file and the protocol: a rebuilt runner of the same version changes both sides
	 * of a ratio alike.  What is part of a program is told by the program. */
	char anchor[65];
	char build_mode[32]; /* of the runner */
};

/* Copies of a party's files. */
struct gb_gate_copy {
	const struct gb_gate_party *party;
	char program[4096], preload[4096]; /* preload: "" = none */
	char *backend;                     /* spec that names the copy */
	struct gb_backend_location location;
	char variable[4200];               /* GFPBENCH_JEMALLOC=... */
};

/* Bad specs and files are GB_EXIT_USAGE, a backend that is not installed or a runner that
 * cannot be compared with ours GB_EXIT_HARNESS. */
int gb_gate_party_parse(const char *spec, struct gb_gate_party *p, struct gb_error *e)
	GB_MUST_CHECK;
void gb_gate_party_free(struct gb_gate_party *p);

/* Name copies of the party under @folder; @letter tells them apart. */
void gb_gate_copy_name(struct gb_gate_copy *c, const struct gb_gate_party *p,
		       const char *folder, char letter);
int gb_gate_copy_make(const struct gb_gate_copy *c, struct gb_error *e) GB_MUST_CHECK;
void gb_gate_copy_free(struct gb_gate_copy *c);

/* The line by which a runner says whether it fits ("PROTOCOL build=MODE"); printed by the
 * hidden verb GB_GATE_PROTOCOL_VERB. */
#define GB_GATE_PROTOCOL_VERB "runner-protocol"
char *gb_gate_protocol_line(void);

#endif
