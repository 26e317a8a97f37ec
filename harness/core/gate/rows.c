/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The gfpbench authors */
/*
 * Rows to structures, in whatever order they come.  Every field that is used is checked:
 * a number that is none, a side that is neither A nor B, a cell nobody announced or a key
 * seen before is malformed input, never a default.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/atomic.h"
#include "base/text.h"

#include "core/cell.h"
#include "core/gate/read_int.h"

#define MOST_PAIRS  100000u
#define MOST_SLICES 100000u

struct row {
	const struct gb_csv_table *t;
	size_t at;
	struct gb_error *e;
};

static const char *text(const struct row *r, const char *column)
{
	return gb_csv_get(r->t, r->at, gb_csv_column(r->t, column));
}

/* Line 1 is the header. */
static int malformed(const struct row *r, const char *column)
{
	return gb_fail(r->e, GB_EXIT_USAGE, NULL, "%s:%zu: %s '%s' is not valid",
		       r->t->path, r->at + 2, column, text(r, column));
}

static int number(const struct row *r, const char *column, uint64_t most, uint64_t *out)
{
	if (gb_csv_get_u64(r->t, r->at, gb_csv_column(r->t, column), out) < 0 ||
	    *out > most)
		return malformed(r, column);
	return 0;
}

/* Empty is NaN, anything else must be a number that is not negative. */
static int figure(const struct row *r, const char *column, double *out)
{
	*out = gb_csv_get_double(r->t, r->at, gb_csv_column(r->t, column));
	if (*text(r, column) && !(*out >= 0 && *out < INFINITY))
		return malformed(r, column);
	return 0;
}

/* Index of @value among @words, which end with NULL. */
static int choice(const struct row *r, const char *column, const char *const *words,
		  int *out)
{
	const char *value = text(r, column);

	for (*out = 0; words[*out]; ++*out)
		if (!strcmp(value, words[*out]))
			return 0;
	return malformed(r, column);
}

static const char *const yes_no[] = { "no", "yes", NULL };
static const char *const sides[] = { "A", "B", NULL };

/* --- cells --------------------------------------------------------------- */

static struct gb_gate_cell *find_cell(struct gb_gate_data *d, const char *id)
{
	for (size_t i = 0; i < d->cells; i++)
		if (!strcmp(d->cell[i].id, id))
			return &d->cell[i];
	return NULL;
}

/* For people: parameters that are the workload's defaults go without saying. */
static char *cell_name(const struct row *r)
{
	struct gb_text t = { 0 };
	const char *irq = text(r, "irq_mode");
	char params[200];

	gb_text_add(&t, text(r, "workload"));
	gb_params_short(text(r, "workload"), text(r, "params"), params, sizeof(params));
	if (*params)
		gb_text_printf(&t, ":%s", params);
	gb_text_printf(&t, "/t%s", text(r, "threads"));
	if (*irq && strcmp(irq, "none") != 0)
		gb_text_printf(&t, "/%s", irq);
	return t.data;
}

static int new_cell(const struct row *r, struct gb_gate_data *d,
		    struct gb_gate_cell **out)
{
	static const char *const pairings[] = { "lockstep", "process", NULL };
	struct gb_gate_cell c = { 0 };
	uint64_t slices;
	int pairing;

	if (number(r, "slices", MOST_SLICES, &slices) < 0 ||
	    choice(r, "sentinel", yes_no, &c.sentinel) < 0 ||
	    choice(r, "pairing", pairings, &pairing) < 0)
		return -GB_EXIT_USAGE;
	if (slices == 0)
		return malformed(r, "slices");
	if (!*text(r, "cell_id"))
		return malformed(r, "cell_id");
	c.slices = (size_t)slices;
	c.id = gb_gate_copy(text(r, "cell_id"));
	c.name = cell_name(r);
	c.allocator = gb_gate_copy(text(r, "allocator"));
	c.workload = gb_gate_copy(text(r, "workload"));
	c.params = gb_gate_copy(text(r, "params"));
	c.threads = gb_gate_copy(text(r, "threads"));
	c.irq_mode = gb_gate_copy(text(r, "irq_mode"));
	c.pairing = gb_gate_copy(pairings[pairing]);
	c.definition = gb_gate_copy(text(r, "definition_hash"));
	d->cell = realloc(d->cell, (d->cells + 1) * sizeof(*d->cell));
	GB_BUG_ON(!d->cell);
	d->cell[d->cells] = c;
	*out = &d->cell[d->cells++];
	return 0;
}

static int take_series(const struct row *r, struct gb_gate_data *d, size_t cell)
{
	static const char *const directions[] = { "lower", "higher", NULL };
	struct gb_gate_series s = { .cell = cell };

	if (gb_gate_metric(text(r, "metric"), &s.metric, r->e) < 0 ||
	    choice(r, "gated", yes_no, &s.gated) < 0 ||
	    choice(r, "direction", directions, &s.higher_is_better) < 0 ||
	    figure(r, "margin", &s.margin) < 0 || figure(r, "floor", &s.floor) < 0)
		return -GB_EXIT_USAGE;
	if (isnan(s.margin))
		return malformed(r, "margin");
	s.floor = isnan(s.floor) ? 0 : s.floor;
	for (size_t i = 0; i < d->nr_series; i++)
		if (d->series[i].cell == cell &&
		    !strcmp(d->series[i].metric.name, s.metric.name))
			return gb_fail(r->e, GB_EXIT_USAGE, NULL,
				       "%s:%zu: %s of cell %s again", r->t->path,
				       r->at + 2, s.metric.name, d->cell[cell].id);
	d->series = realloc(d->series, (d->nr_series + 1) * sizeof(*d->series));
	GB_BUG_ON(!d->series);
	d->series[d->nr_series++] = s;
	return 0;
}

static int check_machine(const struct row *r, struct gb_gate_data *d)
{
	struct gb_text why = { 0 };

	if (strcmp(text(r, "hw_id"), d->hw_id) == 0 || d->untrusted)
		return 0;
	gb_text_printf(&why, "cell %s was measured on another machine (hw_id)",
		       text(r, "cell_id"));
	d->untrusted = why.data;
	return 0;
}

/* Cells in the order of their ids, so that a reordered file gives the same report. */
static int by_id(const void *a, const void *b)
{
	const struct gb_gate_cell *x = a, *y = b;

	return strcmp(x->id, y->id);
}

static int by_cell_and_metric(const void *a, const void *b)
{
	const struct gb_gate_series *x = a, *y = b;

	if (x->cell != y->cell)
		return x->cell < y->cell ? -1 : 1;
	return strcmp(x->metric.name, y->metric.name);
}

int gb_gate_take_cells(const struct gb_csv_table *t, struct gb_gate_data *d,
		       struct gb_error *e)
{
	struct row r = { t, 0, e };
	struct gb_gate_cell *c;

	for (r.at = 0; r.at < t->rows; r.at++)
		if (!find_cell(d, text(&r, "cell_id")) && new_cell(&r, d, &c) < 0)
			return -(int)e->code;
	if (d->cells)
		qsort(d->cell, d->cells, sizeof(*d->cell), by_id);
	for (r.at = 0; r.at < t->rows; r.at++) {
		c = find_cell(d, text(&r, "cell_id"));
		if (take_series(&r, d, (size_t)(c - d->cell)) < 0 ||
		    check_machine(&r, d) < 0)
			return -(int)e->code;
	}
	if (d->nr_series)
		qsort(d->series, d->nr_series, sizeof(*d->series), by_cell_and_metric);
	return 0;
}

/* --- pairs --------------------------------------------------------------- */

static int known_cell(const struct row *r, struct gb_gate_data *d,
		      struct gb_gate_cell **c)
{
	*c = find_cell(d, text(r, "cell_id"));
	return *c ? 0 : malformed(r, "cell_id");
}

static struct gb_gate_pair *find_pair(struct gb_gate_cell *c, uint64_t number)
{
	size_t lo = 0, hi = c->pairs;

	while (lo < hi) {
		size_t mid = (lo + hi) / 2;

		if (c->pair[mid].number < number)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo < c->pairs && c->pair[lo].number == number ? &c->pair[lo] : NULL;
}

/* Keeps the pairs sorted: rows mostly come in order, so insertion is at the end. */
static struct gb_gate_pair *need_pair(struct gb_gate_cell *c, uint64_t number)
{
	struct gb_gate_pair *p = find_pair(c, number);
	size_t at = c->pairs;

	if (p)
		return p;
	if (c->pairs == c->pairs_cap) {
		c->pairs_cap = c->pairs_cap ? 2 * c->pairs_cap : 64;
		c->pair = realloc(c->pair, c->pairs_cap * sizeof(*c->pair));
		GB_BUG_ON(!c->pair);
	}
	for (; at > 0 && c->pair[at - 1].number > number; at--)
		c->pair[at] = c->pair[at - 1];
	c->pairs++;
	c->pair[at] = (struct gb_gate_pair){ .number = number };
	return &c->pair[at];
}

static int twice(const struct row *r)
{
	return gb_fail(r->e, GB_EXIT_USAGE, NULL, "%s:%zu: this row was there before",
		       r->t->path, r->at + 2);
}

static int parse_end(const struct row *r, enum gb_gate_end *end)
{
	static const char *const words[] = {
		"ok",          "failed",      "crashed",       "hung", "corrupt",
		"interrupted", "unavailable", "untrustworthy", NULL
	};
	int i;

	if (choice(r, "status", words, &i) < 0)
		return -GB_EXIT_USAGE;
	*end = i == 0 ? GB_GATE_END_OK : i <= 4 ? GB_GATE_END_FAULT : GB_GATE_END_NOTHING;
	return 0;
}

static int fill_process(const struct row *r, struct gb_gate_process *p,
			enum gb_gate_end end)
{
	if (p->present)
		return twice(r);
	p->present = 1;
	p->end = end;
	p->status = gb_gate_copy(text(r, "status"));
	p->error = gb_gate_copy(text(r, "error"));
	p->checksum = gb_gate_copy(text(r, "checksum"));
	p->oversubscribed = !strcmp(text(r, "oversubscribed"), "yes");
	if (figure(r, "wall_total_ns", &p->wall_ns) < 0)
		return -GB_EXIT_USAGE;
	for (int i = 0; i < GB_GATE_VALUES; i++) {
		if (figure(r, gb_gate_value_column[i].column, &p->value[i]) < 0)
			return -GB_EXIT_USAGE;
		p->value[i] *= gb_gate_value_column[i].unit;
	}
	return 0;
}

static int take_process(const struct row *r, struct gb_gate_data *d)
{
	struct gb_gate_cell *c;
	struct gb_gate_pair *p;
	uint64_t pair, attempt;
	enum gb_gate_end end;
	int side;

	if (known_cell(r, d, &c) < 0 || number(r, "pair", MOST_PAIRS, &pair) < 0 ||
	    number(r, "attempt", 100, &attempt) < 0 ||
	    choice(r, "side", sides, &side) < 0 || parse_end(r, &end) < 0)
		return -GB_EXIT_USAGE;
	p = need_pair(c, pair);
	if (attempt == 0)
		return fill_process(r, &p->side[side], end);
	p->reruns = attempt > p->reruns ? (unsigned int)attempt : p->reruns;
	p->rerun_faults[side] += end == GB_GATE_END_FAULT;
	return 0;
}

int gb_gate_take_processes(const struct gb_csv_table *t, struct gb_gate_data *d,
			   struct gb_error *e)
{
	for (struct row r = { t, 0, e }; r.at < t->rows; r.at++)
		if (take_process(&r, d) < 0)
			return -(int)e->code;
	return 0;
}

/* --- slices -------------------------------------------------------------- */

static double *new_slices(size_t n)
{
	double *v = malloc(n * sizeof(*v));

	GB_BUG_ON(!v);
	for (size_t i = 0; i < n; i++)
		v[i] = NAN;
	return v;
}

/* A slice in which the process ended has no time; one that claims none is malformed. */
static int slice_time(const struct row *r, double *out)
{
	double wall, ops;

	if (figure(r, "wall_ns", &wall) < 0 || figure(r, "ops", &ops) < 0)
		return -GB_EXIT_USAGE;
	*out = NAN;
	if (*text(r, "exit_status") || *text(r, "signal") ||
	    !strcmp(text(r, "timeout"), "1"))
		return 0;
	if (!(wall > 0))
		return malformed(r, "wall_ns");
	if (!(ops > 0))
		return malformed(r, "ops");
	*out = wall / ops;
	return 0;
}

/* Only calibration looks at the order: what is no slot is not known. */
static void take_slot(const struct row *r, const struct gb_gate_cell *c,
		      struct gb_gate_pair *p, size_t slice)
{
	const char *slot = text(r, "slot");

	if (!p->slot) {
		p->slot = malloc(c->slices);
		GB_BUG_ON(!p->slot);
		memset(p->slot, -1, c->slices);
	}
	if (!strcmp(slot, "0") || !strcmp(slot, "1"))
		p->slot[slice] = (signed char)(*slot - '0');
}

static int take_slice(const struct row *r, struct gb_gate_data *d)
{
	struct gb_gate_cell *c;
	struct gb_gate_pair *p;
	uint64_t pair, slice;
	double time;
	int side;

	if (known_cell(r, d, &c) < 0 || number(r, "pair", MOST_PAIRS, &pair) < 0 ||
	    number(r, "slice", c->slices - 1, &slice) < 0 ||
	    choice(r, "side", sides, &side) < 0 || slice_time(r, &time) < 0)
		return -GB_EXIT_USAGE;
	p = find_pair(c, pair);
	if (!p || !p->side[side].present)
		return gb_fail(r->e, GB_EXIT_HARNESS, NULL,
			       "%s:%zu: gate-procs.csv has no process %llu%s of cell %s",
			       r->t->path, r->at + 2, (unsigned long long)pair,
			       sides[side], c->id);
	if (!p->ns_per_op[side])
		p->ns_per_op[side] = new_slices(c->slices);
	if (!isnan(p->ns_per_op[side][slice]))
		return twice(r);
	p->ns_per_op[side][slice] = time;
	if (side == GB_GATE_B)
		take_slot(r, c, p, (size_t)slice);
	return 0;
}

int gb_gate_take_slices(const struct gb_csv_table *t, struct gb_gate_data *d,
			struct gb_error *e)
{
	for (struct row r = { t, 0, e }; r.at < t->rows; r.at++)
		if (take_slice(&r, d) < 0)
			return -(int)e->code;
	return 0;
}

/* --- histograms ---------------------------------------------------------- */

static int by_bucket(const void *a, const void *b)
{
	const struct gb_gate_bucket *x = a, *y = b;
	int op = strcmp(x->op, y->op);

	if (op)
		return op;
	return (x->lo > y->lo) - (x->lo < y->lo);
}

static void append_bucket(struct gb_gate_pair *p, int side,
			  const struct gb_gate_bucket *b)
{
	size_t n = p->buckets[side];

	if ((n & (n - 1)) == 0) { /* full: room grows by doubling */
		p->bucket[side] = realloc(p->bucket[side], (n ? 2 * n : 1) * sizeof(*b));
		GB_BUG_ON(!p->bucket[side]);
	}
	p->bucket[side][p->buckets[side]++] = *b;
}

static int take_bucket(const struct row *r, struct gb_gate_data *d)
{
	static const char *const ops[] = { "alloc", "free", "irq_entry", NULL };
	static const char *const contexts[] = { "process", "softirq", "hardirq", NULL };
	struct gb_gate_bucket b = { 0 };
	struct gb_gate_cell *c;
	struct gb_gate_pair *p;
	int side, op, context;
	uint64_t pair;

	if (known_cell(r, d, &c) < 0 || number(r, "pair", MOST_PAIRS, &pair) < 0 ||
	    choice(r, "side", sides, &side) < 0 || choice(r, "op", ops, &op) < 0 ||
	    choice(r, "context", contexts, &context) < 0 ||
	    number(r, "bucket_lo_ns", UINT64_MAX, &b.lo) < 0 ||
	    number(r, "bucket_hi_ns", UINT64_MAX, &b.hi) < 0 ||
	    number(r, "count", UINT64_MAX / 65536, &b.count) < 0)
		return -GB_EXIT_USAGE;
	if (b.hi < b.lo)
		return malformed(r, "bucket_hi_ns");
	p = find_pair(c, pair);
	if (!p)
		return malformed(r, "pair");
	strcpy(b.op, ops[op]);
	strcpy(b.context, contexts[context]);
	append_bucket(p, side, &b);
	return 0;
}

int gb_gate_take_buckets(const struct gb_csv_table *t, struct gb_gate_data *d,
			 struct gb_error *e)
{
	for (struct row r = { t, 0, e }; r.at < t->rows; r.at++)
		if (take_bucket(&r, d) < 0)
			return -(int)e->code;
	for (size_t i = 0; i < d->cells; i++)
		for (size_t j = 0; j < d->cell[i].pairs; j++)
			for (int s = 0; s < GB_GATE_SIDES; s++) {
				struct gb_gate_pair *p = &d->cell[i].pair[j];

				if (p->buckets[s])
					qsort(p->bucket[s], p->buckets[s],
					      sizeof(*p->bucket[s]), by_bucket);
			}
	return 0;
}
