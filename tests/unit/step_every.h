/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The gfpbench authors */
/*
 * An interrupt at every instruction of a path, in time that grows with what is different in
 * it and not with the square of its length.
 *
 * One stepped pass tells the places the path goes through: the instruction, the stack in use
 * there (so the code of a function counts once for each chain of callers) and whether
 * interrupts were off.  Then each place is interrupted before its first, its second and its
 * last passing, by a breakpoint that comes there at full speed.  What the interrupt leaves
 * behind may lead the next pass another way, so a pass counts for the place where it was
 * really interrupted; places that were missed are traced and tried again, and new ones
 * join.  Between two iterations of a repeated string instruction no breakpoint stops: such a
 * place is a place of its own and is stepped to.
 *
 * Left out: the passings between the second and the last.  They differ from these in the
 * number of rounds of a loop alone.
 */
#ifndef GB_TESTS_STEP_EVERY_H
#define GB_TESTS_STEP_EVERY_H

#include <stdlib.h>
#include <string.h>

#include "machine/step.h"

#include "tests/tap.h"

#define EVERY_PLACES (1u << 20) /* of one pass */
#define EVERY_TABLE  (1u << 16)
#define EVERY_ROUNDS 8

enum { EVERY_FREE, EVERY_PLACE, EVERY_REPEAT, EVERY_IP };

/* A slot of the table: a place, or (EVERY_IP) how often an instruction was come to. */
struct every_slot {
	struct gb_step_place at;
	unsigned int kind;
	unsigned long count;  /* passings of the last trace */
	unsigned long n[3];   /* first, second, last of them: as gb_step_at() counts */
	unsigned long nth[3]; /* as gb_step_break() counts */
	unsigned int done;    /* bit for each of the three */
	unsigned int hit;     /* interrupted at least once */
};

struct every_result {
	unsigned long instructions; /* longest trace */
	unsigned long distinct;     /* instructions in them */
	unsigned long places, hit;  /* and of these, interrupted */
	unsigned long passings, passings_hit; /* first, second and last ones */
	unsigned long passes, deferred;
	unsigned long failed_at;
	struct gb_step_pass failed;
	int failures, broken; /* broken: no breakpoints, stepped instead */
};

static struct every_slot every_table[EVERY_TABLE];
static struct gb_step_place every_trace[EVERY_PLACES];

static struct every_slot *every_find(const struct gb_step_place *at, unsigned int kind)
{
	uint64_t h = at->ip * UINT64_C(0x9e3779b97f4a7c15) ^
		     (at->depth * 4u + at->irqs_off) * UINT64_C(0xbf58476d1ce4e5b9) ^ kind;

	for (uint32_t i = (uint32_t)(h >> 40);; i++) {
		struct every_slot *s = &every_table[i % EVERY_TABLE];

		if (s->kind == EVERY_FREE) {
			s->kind = kind;
			s->at = *at;
		}
		if (s->kind == kind && s->at.ip == at->ip && s->at.depth == at->depth &&
		    s->at.irqs_off == at->irqs_off)
			return s;
	}
}

/* Place @n of the trace, the @nth coming to its instruction. */
static void every_note(struct every_slot *s, unsigned long n, unsigned long nth)
{
	unsigned long which = s->count < 2 ? s->count : 2;

	s->count++;
	s->n[which] = n;
	s->nth[which] = nth;
}

static void every_learn(const struct gb_step *s, struct every_result *r)
{
	unsigned long length;

	s->prepare(s->arg);
	length = gb_step_trace(s->path, s->arg, every_trace, EVERY_PLACES);
	s->verify(&(struct gb_step_pass){ .instructions = length }, -1ul, s->arg);
	if (length > EVERY_PLACES)
		length = EVERY_PLACES;
	if (length > r->instructions)
		r->instructions = length;
	for (unsigned int i = 0; i < EVERY_TABLE; i++)
		every_table[i].count = 0;
	for (unsigned long n = 0; n < length; n++) {
		struct gb_step_place ip = { .ip = every_trace[n].ip };
		struct every_slot *c = every_find(&ip, EVERY_IP);
		int repeat = n && every_trace[n - 1].ip == ip.ip;

		c->count += !repeat;
		every_note(every_find(&every_trace[n], repeat ? EVERY_REPEAT : EVERY_PLACE),
			   n, c->count);
	}
}

/* One pass, for passing @which of @p. */
static void every_pass(const struct gb_step *s, struct every_slot *p, unsigned int which,
		       struct every_result *r)
{
	struct gb_step_pass pass;

	s->prepare(s->arg);
	if (!r->broken && p->kind == EVERY_PLACE)
		r->broken = gb_step_break(p->at.ip, p->nth[which], s->path, s->arg, s->irq,
					  s->arg, &pass) != 0;
	if (r->broken || p->kind == EVERY_REPEAT)
		gb_step_at(p->n[which], s->path, s->arg, s->irq, s->arg, &pass);
	if (pass.entered && pass.ip == p->at.ip && pass.depth == p->at.depth &&
	    (uint32_t)pass.deferred == p->at.irqs_off) {
		p->done |= 1u << which;
		p->hit = 1;
	}
	r->passes += pass.entered != 0;
	r->deferred += pass.deferred != 0;
	if (s->verify(&pass, p->n[which], s->arg)) {
		r->failures = 1;
		r->failed_at = p->n[which];
		r->failed = pass;
	}
}

/* Returns how many passings are still to be done after this round. */
static unsigned long every_round(const struct gb_step *s, struct every_result *r)
{
	unsigned long left = 0;

	for (unsigned int i = 0; i < EVERY_TABLE && !r->failures; i++) {
		struct every_slot *p = &every_table[i];
		unsigned int kinds = p->kind == EVERY_PLACE || p->kind == EVERY_REPEAT;
		unsigned long wanted = p->count < 3 ? p->count : 3;

		for (unsigned int w = 0; kinds && w < wanted && !r->failures; w++) {
			if (!(p->done & 1u << w))
				every_pass(s, p, w, r);
			left += !(p->done & 1u << w);
		}
	}
	return left;
}

static void every_sum(struct every_result *r)
{
	for (unsigned int i = 0; i < EVERY_TABLE; i++) {
		const struct every_slot *p = &every_table[i];

		r->distinct += p->kind == EVERY_IP;
		if (p->kind != EVERY_PLACE && p->kind != EVERY_REPEAT)
			continue;
		r->places++;
		r->hit += p->hit;
		r->passings += p->count < 3 ? p->count : 3;
		r->passings_hit += (unsigned long)__builtin_popcount(p->done);
	}
}

/* @s: all four functions given.  The path has run some times before: the first ones take
 * ways that are never taken again. */
static void step_every(const struct gb_step *s, struct every_result *r)
{
	memset(every_table, 0, sizeof(every_table));
	memset(r, 0, sizeof(*r));
	for (int i = 0; i < EVERY_ROUNDS && !r->failures; i++) {
		every_learn(s, r);
		if (!every_round(s, r))
			break;
	}
	every_sum(r);
}

static void every_diag(const struct every_result *r)
{
	tap_diag("%lu instructions, %lu distinct; %lu of %lu places interrupted, %lu of %lu "
		 "first, second and last passings; %lu interrupts, %lu of them deferred%s",
		 r->instructions, r->distinct, r->hit, r->places, r->passings_hit,
		 r->passings, r->passes, r->deferred, r->broken ? "; stepped" : "");
	if (r->failures)
		tap_diag("failed at %lu (ip %#lx)", r->failed_at,
			 (unsigned long)r->failed.ip);
}

#endif
