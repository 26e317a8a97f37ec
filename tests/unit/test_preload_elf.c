/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The gfpbench authors */
/*
 * What preload:FILE accepts: real malloc libraries where the machine has them, and none of
 * the damaged copies that this test makes of a small library that it writes itself.
 */
#include "tests/tap.h"

#include <elf.h>
#include <fcntl.h>
#include <limits.h>
#include <link.h>
#include <stddef.h>
#include <sys/stat.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "backend.h"
#include "base/atomic.h"
#include "base/rng.h"

/* --- a library, by hand ------------------------------------------------------------- */

/* The smallest file that passes: headers, one loaded segment that is the whole file, a
 * dynamic segment, a symbol for each function, an old-style hash table for their number. */
static const char names[] = "\0malloc\0free\0calloc\0realloc\0aligned_alloc\0"
			    "posix_memalign\0malloc_usable_size";
#define NR_SYMBOLS 8 /* the first is the empty one */

struct library {
	ElfW(Ehdr) header;
	ElfW(Phdr) load, dynamic;
	ElfW(Dyn) tag[6];
	ElfW(Sym) symbol[NR_SYMBOLS];
	uint32_t hash[2];
	char strings[sizeof(names)];
};

extern const ElfW(Ehdr) __ehdr_start __attribute__((visibility("hidden")));

static struct library make_library(void)
{
	struct library l = { .header = __ehdr_start };
	uint64_t at[] = { offsetof(struct library, symbol),
			  offsetof(struct library, strings),
			  offsetof(struct library, hash) };
	size_t name = 1;

	l.header.e_type = ET_DYN;
	l.header.e_phoff = offsetof(struct library, load);
	l.header.e_phnum = 2;
	l.load = (ElfW(
		Phdr)){ .p_type = PT_LOAD, .p_filesz = sizeof(l), .p_memsz = sizeof(l) };
	l.dynamic = (ElfW(Phdr)){ .p_type = PT_DYNAMIC,
				  .p_offset = offsetof(struct library, tag),
				  .p_vaddr = offsetof(struct library, tag),
				  .p_filesz = sizeof(l.tag),
				  .p_memsz = sizeof(l.tag) };
	l.tag[0] = (ElfW(Dyn)){ .d_tag = DT_SYMTAB, .d_un.d_val = at[0] };
	l.tag[1] = (ElfW(Dyn)){ .d_tag = DT_STRTAB, .d_un.d_val = at[1] };
	l.tag[2] = (ElfW(Dyn)){ .d_tag = DT_STRSZ, .d_un.d_val = sizeof(names) };
	l.tag[3] = (ElfW(Dyn)){ .d_tag = DT_HASH, .d_un.d_val = at[2] };
	l.tag[4] = (ElfW(Dyn)){ .d_tag = DT_FLAGS_1 };
	l.hash[1] = NR_SYMBOLS;
	memcpy(l.strings, names, sizeof(names));
	for (int i = 1; i < NR_SYMBOLS; i++, name += strlen(names + name) + 1)
		l.symbol[i] =
			(ElfW(Sym)){ .st_name = (uint32_t)name,
				     .st_shndx = 1,
				     .st_info = ELF64_ST_INFO(STB_GLOBAL, STT_FUNC) };
	return l;
}

static char folder[] = "/dev/shm/gfpbench-elf-XXXXXX"; /* thousands of small files */
static char file[PATH_MAX];

static void write_file(const void *data, size_t n)
{
	int fd = open(file, O_WRONLY | O_CREAT | O_TRUNC, 0644);

	if (fd < 0 || write(fd, data, n) != (ssize_t)n)
		abort();
	close(fd);
}

/* --- asking -------------------------------------------------------------------------- */

static int locate(const char *argument, struct gb_backend_location *l, struct gb_error *e)
{
	struct gb_backend_ref ref;
	char spec[PATH_MAX + 20];
	int ret;

	*e = (struct gb_error)GB_ERROR_INIT;
	snprintf(spec, sizeof(spec), "preload:%s", argument);
	ret = gb_backend_parse(spec, &ref, e);
	return ret ? ret : ref.backend->locate(ref.argument, l, e);
}

static void refused(const char *argument, const char *what, const char *name)
{
	struct gb_backend_location l;
	struct gb_error e;
	int ret = locate(argument, &l, &e);

	if (!tap_ok(ret == -GB_EXIT_USAGE && strstr(e.what, what) && e.hint[0],
		    "refused: %s", name))
		tap_diag("returned %d: %s (%s)", ret, e.what, e.hint);
}

static void accepted(const char *argument, const char *label)
{
	struct gb_backend_location l;
	struct gb_error e;

	if (!tap_ok(!locate(argument, &l, &e), "accepted: %s", argument))
		tap_diag("%s", e.what);
	else
		tap_eq_text(l.label, label, "its label");
}

/* Write the good library with one field changed. */
#define CHANGED(field, value, what) \
	do { \
		struct library l = make_library(); \
		l.field = value; \
		write_file(&l, sizeof(l)); \
		refused(file, what, #field " = " #value); \
	} while (0)

static void good_ones(void)
{
	struct library l = make_library();
	char named[PATH_MAX + 20];

	write_file(&l, sizeof(l));
	accepted(file, "preload:library.so");
	snprintf(named, sizeof(named), "%s:name=mine-1.2", file);
	accepted(named, "mine-1.2");
	l.symbol[3].st_info = ELF64_ST_INFO(STB_WEAK, STT_FUNC);
	write_file(&l, sizeof(l));
	accepted(file, "preload:library.so");
}

static void changed_headers(void)
{
	CHANGED(header.e_ident[0], 'x', "not an ELF file");
	CHANGED(header.e_ident[EI_CLASS], ELFCLASS32, "32-bit");
	CHANGED(header.e_ident[EI_CLASS], 9, "word size");
	CHANGED(header.e_ident[EI_DATA], ELFDATA2MSB, "byte order");
	CHANGED(header.e_machine, EM_S390, "another machine");
	CHANGED(header.e_type, ET_EXEC, "a program");
	CHANGED(header.e_type, ET_REL, "object file");
	CHANGED(header.e_type, ET_CORE, "no shared library");
	CHANGED(header.e_phentsize, 3, "damaged");
	CHANGED(header.e_phoff, 4, "damaged");
	CHANGED(header.e_phoff, 1u << 20, "truncated");
	CHANGED(header.e_phnum, 60000, "truncated");
	CHANGED(load.p_filesz, 1u << 20, "truncated");
	CHANGED(load.p_offset, UINT64_MAX - 7, "truncated");
	CHANGED(dynamic.p_type, PT_NOTE, "no dynamic section");
	CHANGED(dynamic.p_filesz, UINT64_MAX, "no dynamic section");
	CHANGED(dynamic.p_offset, UINT64_MAX - 7, "no dynamic section");
}

static void changed_tables(void)
{
	CHANGED(tag[0].d_un.d_val, UINT64_MAX - 7, "damaged");
	CHANGED(tag[1].d_un.d_val, UINT64_MAX - 7, "damaged");
	CHANGED(tag[2].d_un.d_val, UINT64_MAX, "damaged");
	CHANGED(tag[3].d_tag, DT_DEBUG, "damaged");
	CHANGED(tag[3].d_tag, DT_GNU_HASH, "damaged");
	CHANGED(tag[4].d_un.d_val, DF_1_PIE, "a program");
	CHANGED(hash[1], UINT32_MAX, "damaged");
	CHANGED(hash[1], 0, "damaged");
	CHANGED(hash[1], 1, "defines no malloc");
	CHANGED(symbol[1].st_name, 6, "defines no malloc");
	CHANGED(symbol[1].st_name, UINT32_MAX, "defines no malloc");
	CHANGED(symbol[1].st_shndx, SHN_UNDEF, "defines no malloc");
	CHANGED(symbol[2].st_shndx, SHN_UNDEF, "defines no free");
	CHANGED(symbol[4].st_info, 0, "defines no realloc");
	CHANGED(symbol[7].st_shndx, SHN_UNDEF, "defines no malloc_usable_size");
}

/* Cut at every length, and bytes changed at random: refused or accepted, never a crash. */
static void hostile(void)
{
	struct library l = make_library();
	struct gb_rng rng = gb_rng_seed(1, 1);
	struct gb_backend_location where;
	struct gb_error e;
	int accepted_cut = 0;

	for (size_t n = 1; n < sizeof(l); n++) {
		write_file(&l, n);
		accepted_cut += !locate(file, &where, &e);
	}
	tap_ok(!accepted_cut, "refused: every cut copy");
	for (int i = 0; i < 1000; i++) {
		struct library bad = l;

		for (int k = 0; k < 4; k++)
			((unsigned char *)&bad)[gb_rng_below(&rng, sizeof(bad))] =
				(unsigned char)gb_rng_next(&rng);
		write_file(&bad, sizeof(bad));
		if (locate(file, &where, &e) && e.code != GB_EXIT_USAGE)
			break;
		if (i == 999)
			tap_ok(1, "1000 damaged copies: each judged");
	}
}

static void no_libraries(void)
{
	char argument[PATH_MAX + 40], moved[PATH_MAX];
	struct library l = make_library();

	write_file("", 0);
	refused(file, "empty", "an empty file");
	write_file("#!/bin/sh\nexit 0\n", 17);
	refused(file, "not an ELF file", "a script");
	refused("/nonexistent/x.so", "No such file", "a missing file");
	refused(folder, "no regular file", "a folder");
	refused("/dev/null", "no regular file", "a device");
	refused("/proc/self/exe", "a program", "a program");
	refused(":name=x", "no file", "a name without a file");
	write_file(&l, sizeof(l));
	snprintf(argument, sizeof(argument), "%s:name=glibc", file);
	refused(argument, "another backend", "another backend's name");
	snprintf(argument, sizeof(argument), "%s:name=", file);
	refused(argument, "bad name", "an empty name");
	snprintf(argument, sizeof(argument), "%s:name=a,b", file);
	refused(argument, "bad name", "a name with a comma");
	snprintf(moved, sizeof(moved), "%s/with space", folder);
	if (rename(file, moved))
		abort();
	refused(moved, "spaces or colons", "a path that LD_PRELOAD cannot name");
	unlink(moved);
}

/* GNU hash tables, IFUNCs, versions: what linkers really write. */
static void real_ones(void)
{
	static const char *const files[] = {
		"libjemalloc.so.2",	    "libmimalloc.so.2", "libtcmalloc_minimal.so.4",
		"libtbbmalloc_proxy.so.2", "libc.so.6",
	};
	char path[PATH_MAX], label[PATH_MAX];
	struct utsname system;
	int seen = 0;

	uname(&system);
	for (size_t i = 0; i < GB_ARRAY_SIZE(files); i++) {
		snprintf(path, sizeof(path), "/usr/lib/%s-linux-gnu/%s", system.machine, files[i]);
		if (access(path, R_OK))
			continue;
		seen++;
		snprintf(label, sizeof(label), "preload:%s", files[i]);
		accepted(path, label);
	}
	if (!seen)
		tap_skip("real libraries", "none of the known ones is installed");
	snprintf(path, sizeof(path), "/usr/lib/%s-linux-gnu/libm.so.6", system.machine);
	if (!access(path, R_OK))
		refused(path, "defines no malloc", "a library without malloc");
}

/* GFPBENCH_JEMALLOC names the file, and no other is used in its place. */
static void jemalloc(void)
{
	struct gb_backend_location l;
	struct gb_backend_ref ref;
	struct gb_error e = GB_ERROR_INIT;
	struct library library = make_library();

	CHECK(!gb_backend_parse("jemalloc", &ref, &e));
	setenv("GFPBENCH_JEMALLOC", "/nonexistent", 1);
	tap_ok(ref.backend->locate("", &l, &e) == -GB_EXIT_HARNESS && e.hint[0],
	       "a missing jemalloc is unavailable: %s", e.what);
	write_file(&library, sizeof(library));
	setenv("GFPBENCH_JEMALLOC", file, 1);
	e = (struct gb_error)GB_ERROR_INIT;
	CHECK(!ref.backend->locate("", &l, &e) && strstr(l.preload, "library.so"));
	unsetenv("GFPBENCH_JEMALLOC");
	e = (struct gb_error)GB_ERROR_INIT;
	if (ref.backend->locate("", &l, &e))
		tap_skip("jemalloc is found", e.what);
	else
		tap_ok(strstr(l.preload, "jemalloc") && l.preload[0] == '/',
		       "jemalloc is found: %s", l.preload);
}

int main(void)
{
	if (!mkdtemp(folder)) {
		strcpy(folder, "/tmp/gfpbench-elf-XXXXXX");
		if (!mkdtemp(folder))
			return 99;
	}
	snprintf(file, sizeof(file), "%s/library.so", folder);
	good_ones();
	changed_headers();
	changed_tables();
	hostile();
	no_libraries();
	real_ones();
	jemalloc();
	unlink(file);
	rmdir(folder);
	return tap_done();
}
