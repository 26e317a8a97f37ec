/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The gfpbench authors */
/* What the run before was told about noise: its manifest's "warnings". */
#include "noise.h"

#include <dirent.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/json.h"

/* Names of runs start with their UTC time, so the run before is the greatest smaller name
 * that holds a manifest. */
static int run_before(const char *folder, const char *own, char *path, size_t n)
{
	DIR *d = opendir(folder);
	char best[256] = "", manifest[4096];
	struct dirent *f;

	while (d && (f = readdir(d))) {
		if (f->d_name[0] < '0' || f->d_name[0] > '9' || strcmp(f->d_name, own) >= 0 ||
		    strcmp(f->d_name, best) <= 0)
			continue;
		snprintf(manifest, sizeof(manifest), "%.3500s/%.255s/manifest.json", folder,
			 f->d_name);
		if (access(manifest, R_OK))
			continue;
		snprintf(best, sizeof(best), "%.255s", f->d_name);
		snprintf(path, n, "%s", manifest);
	}
	if (d)
		closedir(d);
	return best[0] != '\0';
}

static int told(const struct gb_json *manifest, const char *id)
{
	const struct gb_json *w = gb_json_get(manifest, "warnings");

	for (w = w ? w->child : NULL; w; w = w->next)
		if (!strcmp(gb_json_text(w, "id", ""), id))
			return 1;
	return 0;
}

int gb_noise_told_before(const char *run, const struct gb_fingerprint *f,
			 const struct gb_noise v[GB_NR_NOISE])
{
	const char *own = strrchr(run, '/');
	struct gb_error why = GB_ERROR_INIT;
	char folder[3600], path[4096];
	struct gb_json *manifest;
	int all;

	if (!own)
		return 0;
	snprintf(folder, sizeof(folder), "%.*s", (int)(own - run), run);
	if (!run_before(folder, own + 1, path, sizeof(path)))
		return 0;
	manifest = gb_json_read(path, &why);
	all = manifest && !strcmp(gb_json_text(manifest, "hw_id", ""), f->hw_id);
	for (size_t i = 0; i < GB_NR_NOISE && all; i++)
		all = v[i].state != GB_NOISE_NOISY || told(manifest, v[i].id);
	gb_json_free(manifest);
	return all;
}
