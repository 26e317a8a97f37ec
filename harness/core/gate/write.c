/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The gfpbench authors */
#include "core/gate/write.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"

static void put(struct gb_csv *c, uint64_t v)
{
	if (v == GB_GATE_UNKNOWN)
		gb_csv_empty(c);
	else
		gb_csv_u64(c, v);
}

/* As text: a checksum must survive readers that know only doubles. */
static void put_checksum(struct gb_csv *c, uint64_t v)
{
	char text[32];

	if (v == GB_GATE_UNKNOWN) {
		gb_csv_empty(c);
		return;
	}
	snprintf(text, sizeof(text), "%016llx", (unsigned long long)v);
	gb_csv_text(c, text);
}

static const char *side_name(int side)
{
	return side < 0 ? "" : side ? "B" : "A";
}

static struct gb_csv *begin(struct gb_gate_writer *w, enum gb_gate_file file,
			    const struct gb_gate_key *k)
{
	struct gb_csv *c = w->csv[file];
	char sample[320];

	snprintf(sample, sizeof(sample), "%s/%llu/%s", k->cell_id,
		 (unsigned long long)k->pair, side_name(k->side));
	gb_csv_text(c, GB_SCHEMA_VERSION);
	gb_csv_text(c, w->run_id);
	gb_csv_text(c, k->side < 0 ? k->cell_id : sample);
	put(c, k->side < 0 ? GB_GATE_UNKNOWN : k->pair);
	put(c, k->side < 0 ? GB_GATE_UNKNOWN : k->round);
	gb_csv_text(c, k->workload);
	gb_csv_text(c, k->params);
	gb_csv_text(c, k->backend);
	gb_csv_text(c, k->backend_version);
	gb_csv_text(c, k->backend_origin);
	gb_csv_u64(c, k->threads);
	gb_csv_text(c, k->irq_mode);
	gb_csv_text(c, k->cell_id);
	return c;
}

static int end(struct gb_gate_writer *w, enum gb_gate_file file, struct gb_error *e)
{
	w->rows[file]++;
	return gb_csv_row_held(w->csv[file], e);
}

static int close_all(struct gb_gate_writer *w, struct gb_error *e)
{
	int status = 0;

	for (int f = 0; f < GB_GATE_FILES; f++) {
		if (w->csv[f] && gb_csv_close(w->csv[f], e) < 0)
			status = -(int)e->code;
		w->csv[f] = NULL;
	}
	return status;
}

int gb_gate_writer_open(struct gb_gate_writer *w, const char *dir, const char *run_id,
			struct gb_error *e)
{
	memset(w, 0, sizeof(*w));
	snprintf(w->run_id, sizeof(w->run_id), "%s", run_id);
	for (int f = 0; f < GB_GATE_FILES; f++) {
		char *header = gb_csv_file_header(gb_csv_file_find(gb_gate_file_name[f]));
		struct gb_text path = { 0 };

		gb_text_printf(&path, "%s/%s", dir, gb_gate_file_name[f]);
		w->csv[f] = gb_csv_open(path.data, header, e);
		gb_text_free(&path);
		free(header);
		if (!w->csv[f])
			goto fail;
	}
	return 0;
fail:
	close_all(w, e); /* @e is filled, and the first error wins */
	return -(int)e->code;
}

int gb_gate_write_slice(struct gb_gate_writer *w, const struct gb_gate_key *k,
			const struct gb_gate_slice_row *r, struct gb_error *e)
{
	struct gb_csv *c = begin(w, GB_GATE_SLICES, k);
	const uint64_t count[] = { r->slot,        r->core,    r->seed,   r->env_pad,
				   r->ops,         r->wall_ns, r->cpu_ns, r->t_start_ns,
				   r->minflt,      r->majflt,  r->nvcsw,  r->nivcsw,
				   r->exit_status, r->signal,  r->timeout };

	gb_csv_text(c, "time");
	gb_csv_u64(c, k->pair);
	gb_csv_u64(c, r->slice);
	gb_csv_text(c, side_name(k->side));
	for (size_t i = 0; i < sizeof(count) / sizeof(count[0]); i++)
		put(c, count[i]);
	put_checksum(c, r->checksum);
	return end(w, GB_GATE_SLICES, e);
}

int gb_gate_write_process(struct gb_gate_writer *w, const struct gb_gate_key *k,
			  const struct gb_gate_process_row *r, struct gb_error *e)
{
	struct gb_csv *c = begin(w, GB_GATE_PROCS, k);
	const uint64_t before[] = { r->pid,          r->vmhwm_kb,      r->rss_end_kb,
				    r->rss_100ms_kb, r->rss_1s_kb,     r->rss_5s_kb,
				    r->utime_us,     r->stime_us,      r->psi_cpu_some_us,
				    r->steal_ticks,  r->wall_total_ns, r->warmup_ns,
				    r->attempt };
	const uint64_t after[] = {
		r->held_peak_bytes, r->minor_faults, r->atomic_allocs,
		r->atomic_failures, r->irqs,         r->irq_off_max_ns
	};

	gb_csv_u64(c, k->pair);
	gb_csv_text(c, side_name(k->side));
	for (size_t i = 0; i < sizeof(before) / sizeof(before[0]); i++)
		put(c, before[i]);
	gb_csv_text(c, r->status);
	gb_csv_text(c, r->error);
	put(c, r->exit_signal);
	put_checksum(c, r->checksum);
	for (size_t i = 0; i < sizeof(after) / sizeof(after[0]); i++)
		put(c, after[i]);
	gb_csv_text(c, r->oversubscribed ? "yes" : "no");
	return end(w, GB_GATE_PROCS, e);
}

int gb_gate_write_bucket(struct gb_gate_writer *w, const struct gb_gate_key *k,
			 const struct gb_gate_bucket_row *r, struct gb_error *e)
{
	struct gb_csv *c = begin(w, GB_GATE_HIST, k);

	gb_csv_u64(c, k->pair);
	gb_csv_text(c, side_name(k->side));
	gb_csv_u64(c, r->lo_ns);
	gb_csv_u64(c, r->hi_ns);
	gb_csv_u64(c, r->count);
	gb_csv_text(c, r->op);
	gb_csv_text(c, r->context);
	return end(w, GB_GATE_HIST, e);
}

int gb_gate_write_cell(struct gb_gate_writer *w, const struct gb_gate_key *k,
		       const struct gb_gate_cell_row *r, struct gb_error *e)
{
	struct gb_csv *c = begin(w, GB_GATE_CELLS, k);

	gb_csv_text(c, r->allocator);
	gb_csv_text(c, r->unit);
	gb_csv_text(c, r->higher_is_better ? "higher" : "lower");
	gb_csv_text(c, r->gated ? "yes" : "no");
	gb_csv_double(c, r->margin);
	gb_csv_text(c, r->pairing);
	gb_csv_text(c, r->definition_hash);
	gb_csv_text(c, r->metric);
	gb_csv_double(c, r->floor);
	gb_csv_text(c, r->sentinel ? "yes" : "no");
	gb_csv_u64(c, r->slices);
	gb_csv_text(c, r->hw_id);
	return end(w, GB_GATE_CELLS, e);
}

int gb_gate_writer_sync(struct gb_gate_writer *w, struct gb_error *e)
{
	for (int f = 0; f < GB_GATE_FILES; f++)
		if (gb_csv_flush(w->csv[f], 1, e) < 0)
			return -(int)e->code;
	return 0;
}

int gb_gate_writer_close(struct gb_gate_writer *w, struct gb_error *e)
{
	return close_all(w, e);
}

static void add_setting(const char *key, const char *value, void *arg)
{
	struct gb_text *t = arg;

	gb_text_add(t, t->data[t->len - 1] == '{' ? "" : ",");
	gb_text_json(t, key);
	gb_text_add(t, ":");
	gb_text_json(t, value);
}

static void add_member(struct gb_text *t, const char *key, const char *value)
{
	add_setting(key, value ? value : "", t);
}

static void add_files(const struct gb_gate_writer *w, const struct gb_gate_manifest *m,
		      struct gb_text *t)
{
	gb_text_add(t, ",\"rows\":{");
	for (int f = 0; f < GB_GATE_FILES; f++)
		gb_text_printf(t, "%s\"%s\":%llu", f ? "," : "", gb_gate_file_name[f],
			       (unsigned long long)w->rows[f]);
	gb_text_add(t, "},\"digests\":{");
	for (int f = 0; f < GB_GATE_FILES; f++)
		if (*m->digest[f])
			add_member(t, gb_gate_file_name[f], m->digest[f]);
	gb_text_add(t, "}");
}

/* @t holds nothing but the object, but for its last brace. */
static void add_seal(struct gb_text *t)
{
	struct gb_error e = GB_ERROR_INIT;
	char seal[GB_GATE_SEAL_SIZE];
	struct gb_json *gate;

	gb_text_add(t, "}");
	gate = gb_json_parse(t->data, t->len, "gate", &e);
	GB_BUG_ON(!gate);
	gb_gate_seal(gate, seal);
	gb_json_free(gate);
	t->data[--t->len] = '\0';
	add_member(t, GB_GATE_SEAL, seal);
	gb_text_add(t, "}");
}

void gb_gate_manifest_json(const struct gb_gate_writer *w,
			   const struct gb_gate_manifest *m, struct gb_text *into)
{
	struct gb_text out = { 0 }, *t = &out;

	gb_text_add(t, "{");
	add_member(t, "schema_version", GB_SCHEMA_VERSION);
	add_member(t, "run_id", w->run_id);
	add_member(t, "hw_id", m->hw_id);
	add_member(t, "hw_id_end", m->hw_id_end);
	add_member(t, "environment", m->environment);
	add_member(t, "build_mode", m->build_mode);
	add_member(t, "clock", m->clock);
	gb_text_printf(t, ",\"complete\":%s,\"sides\":{", m->complete ? "true" : "false");
	for (int s = 0; s < 2; s++) {
		gb_text_printf(t, "%s\"%s\":{", s ? "," : "", side_name(s));
		add_member(t, "spec", m->side[s].spec);
		add_member(t, "identity", m->side[s].identity);
		add_member(t, "anchor", m->side[s].anchor);
		add_member(t, "version", m->side[s].version);
		gb_text_add(t, "}");
	}
	gb_text_add(t, "}");
	add_files(w, m, t);
	gb_text_add(t, ",\"config\":{");
	gb_gate_config_each(m->config, add_setting, t);
	gb_text_add(t, "}");
	add_seal(t);
	gb_text_add(into, out.data);
	gb_text_free(&out);
}
