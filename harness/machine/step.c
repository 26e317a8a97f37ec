/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The gfpbench authors */
/*
 * The loop over all instructions.  It does not count first and step then: a path's length
 * may depend on the state it finds, so each pass says itself whether it reached n.
 */
#include "machine/step.h"

#include <string.h>

int gb_step_all(const struct gb_step *s, struct gb_step_result *result)
{
	unsigned long n = s->first, stride = s->stride ? s->stride : 1;
	struct gb_step_pass pass;

	memset(result, 0, sizeof(*result));
	do {
		if (s->prepare)
			s->prepare(s->arg);
		gb_step_at(n, s->path, s->arg, s->irq, s->arg, &pass);
		result->passes += pass.entered != 0;
		result->deferred += pass.deferred != 0;
		if (s->verify && s->verify(&pass, n, s->arg)) {
			result->failed_at = n;
			result->failed = pass;
			result->failures = 1;
		}
		n += stride;
	} while (pass.entered && !result->failures);
	result->instructions = pass.instructions;
	return result->failures;
}
