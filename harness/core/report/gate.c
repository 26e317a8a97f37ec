/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The gfpbench authors */
/*
 * Judging is a pure function of what the gate measured, so its directory needs no report:
 * the verdict is made again here, by the rules that the run was measured under.
 */
#include "core/report/gate.h"

#include <stdio.h>
#include <unistd.h>

#include "base/text.h"

#include "core/gate/data.h"
#include "core/gate/judge.h"
#include "core/gate/output.h"

/* What cannot be read as a gate's run has no verdict, and says why. */
static void unreadable(const struct gb_error *why, struct gb_text *t)
{
	gb_text_printf(t, "{\"exit_code\":%d,\"verdict\":", (int)GB_EXIT_HARNESS);
	gb_text_json(t, why->what);
	gb_text_add(t, "}");
}

static void judge(const char *dir, struct gb_text *t)
{
	struct gb_error e = GB_ERROR_INIT;
	struct gb_gate_judgement verdicts;
	struct gb_gate_data data = { 0 };

	if (gb_gate_read(dir, &data, &e) < 0) {
		unreadable(&e, t);
		return;
	}
	gb_gate_judge(&data, 0, &verdicts);
	gb_gate_json(&data, &verdicts, t);
	gb_gate_judgement_free(&verdicts);
	gb_gate_free(&data);
}

int gb_report_gate(const char *dir, struct gb_json **out, struct gb_error *e)
{
	struct gb_text t = { 0 };
	char file[4096];

	*out = NULL;
	snprintf(file, sizeof(file), "%s/gate.json", dir);
	if (!access(file, R_OK)) {
		*out = gb_json_read(file, e);
		return -e->code;
	}
	snprintf(file, sizeof(file), "%s/gate-cells.csv", dir);
	if (access(file, R_OK))
		return 0;
	judge(dir, &t);
	*out = gb_json_parse(t.data, t.len, file, e);
	gb_text_free(&t);
	return -e->code;
}
