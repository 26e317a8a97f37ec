/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The gfpbench authors */
/*
 * Blocks that are got and freed where a process is not quite there: in constructors, in a
 * library that is loaded late, in atexit handlers and destructors.  Run under LD_PRELOAD by
 * tests/cli/test_gfpmalloc.sh, which reads what it prints: the file that malloc comes from,
 * then "startup ok", and from the last destructor "end ok".
 *
 *	startup PLUGIN
 */
#define _GNU_SOURCE 1
#include <dlfcn.h>
#include <malloc.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static char *early, *kept;

static char *text(const char *what, size_t n)
{
	char *p = malloc(n);

	memset(p, 0, n);
	strncpy(p, what, n - 1);
	return p;
}

__attribute__((constructor(101))) static void first_thing(void)
{
	early = text("early", 100);
	free(calloc(7, 1000));
	free(text("large", 300000));
}

__attribute__((destructor(101))) static void last_thing(void)
{
	static const char good[] = "end ok\n";
	char *p = text("last", 5000);

	if (!strcmp(kept, "kept") && !strcmp(p, "last") &&
	    write(STDOUT_FILENO, good, sizeof(good) - 1) < 0)
		_exit(9);
	free(kept);
	free(p);
}

static void at_exit(void)
{
	char *p = realloc(early, 200);

	if (strcmp(p, "early"))
		_exit(8);
	free(p);
	kept = text("kept", 64);
}

static int use_plugin(const char *path)
{
	for (int i = 0; i < 20; i++) {
		void *h = dlopen(path, RTLD_NOW | RTLD_LOCAL);
		char *(*get)(void) = h ? (char *(*)(void))dlsym(h, "plugin_get") : NULL;
		char *p = get ? get() : NULL;

		if (!p) {
			fprintf(stderr, "startup: %s\n", dlerror());
			return 0;
		}
		if (strcmp(p, "from the plugin's constructor"))
			return 0;
		dlclose(h);
		free(p);
	}
	return 1;
}

struct job {
	const char *path;
	int good;
};

static void *in_thread(void *arg)
{
	struct job *job = arg;

	job->good = use_plugin(job->path);
	return NULL;
}

int main(int argc, char **argv)
{
	struct job job = { .path = argc > 1 ? argv[1] : "" };
	Dl_info info = { 0 };
	pthread_t t;

	dladdr((void *)malloc, &info);
	printf("%s\n", info.dli_fname ? info.dli_fname : "?");
	atexit(at_exit);
	if (!use_plugin(job.path))
		return 1;
	if (pthread_create(&t, NULL, in_thread, &job) || pthread_join(t, NULL) ||
	    !job.good)
		return 2;
	puts("startup ok");
	fflush(stdout);
	return 0;
}
