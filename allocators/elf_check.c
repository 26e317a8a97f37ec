/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The gfpbench authors */
/*
 * Reads a shared object the way the loader does: program headers, the dynamic segment,
 * its symbol table.  Section headers are not used: they may be stripped.
 *
 * The file is mapped read-only and is not trusted: at() is the only way to a byte of it,
 * and hands out a pointer only when the whole range lies inside the file.  (A file that
 * another process truncates meanwhile would still fault; nothing that a caller of ours
 * could not do to any program that it starts.)
 *
 * The number of dynamic symbols is nowhere stated; it follows from the hash table, the
 * old one (DT_HASH: a count) or the GNU one (the end of the chain of the highest bucket).
 */
#include "elf_check.h"

#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <link.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

/* Our own file header, put here by the linker: what "this machine" means. */
extern const ElfW(Ehdr) __ehdr_start __attribute__((visibility("hidden")));

struct image {
	const char *path;
	const unsigned char *data;
	uint64_t size;
	const ElfW(Phdr) * segment;
	unsigned int nr_segments;
	const ElfW(Sym) * symbols;
	uint64_t nr_symbols;
	uint64_t strings, strings_size; /* file offset and length */
};

static const void *at(const struct image *m, uint64_t offset, uint64_t len)
{
	if (offset > m->size || len > m->size - offset)
		return NULL;
	return m->data + offset;
}

/* A table of @n entries of @size bytes; alignment is checked for the compiler's sake. */
static const void *table_at(const struct image *m, uint64_t offset, uint64_t n,
			    size_t size)
{
	if (n > m->size / size || offset % sizeof(uint32_t))
		return NULL;
	return at(m, offset, n * size);
}

static int refuse(const struct image *m, struct gb_error *e, const char *why)
{
	return gb_fail(e, GB_EXIT_USAGE, "give a malloc library built for this machine",
		       "%.250s: %s", m->path, why);
}

/* --- headers --------------------------------------------------------------------- */

static int check_header(const struct image *m, struct gb_error *e)
{
	const ElfW(Ehdr) *h = at(m, 0, sizeof(*h));

	if (!at(m, 0, EI_NIDENT) || memcmp(m->data, ELFMAG, SELFMAG))
		return refuse(m, e, "is no shared library (not an ELF file)");
	if (m->data[EI_CLASS] != __ehdr_start.e_ident[EI_CLASS])
		return refuse(m, e,
			      m->data[EI_CLASS] == ELFCLASS32 ?
				      "is a 32-bit library, this program is 64-bit" :
				      "is not of this program's word size");
	if (m->data[EI_DATA] != __ehdr_start.e_ident[EI_DATA])
		return refuse(m, e, "is for a machine of the other byte order");
	if (!h)
		return refuse(m, e, "is truncated: its ELF header is cut off");
	if (h->e_machine != __ehdr_start.e_machine)
		return gb_fail(
			e, GB_EXIT_USAGE, "give a malloc library built for this machine",
			"%.250s: is for another machine (ELF machine %u, this is %u)",
			m->path, h->e_machine, __ehdr_start.e_machine);
	if (h->e_type != ET_DYN)
		return refuse(
			m, e,
			h->e_type == ET_EXEC ? "is a program, no shared library" :
			h->e_type == ET_REL  ? "is an object file, no shared library" :
					       "is no shared library");
	return 0;
}

static int read_segments(struct image *m, struct gb_error *e)
{
	const ElfW(Ehdr) *h = (const void *)m->data;

	if (h->e_phentsize != sizeof(ElfW(Phdr)) || h->e_phoff % sizeof(uint64_t))
		return refuse(m, e, "is damaged: program headers of a wrong size");
	m->segment = table_at(m, h->e_phoff, h->e_phnum, sizeof(ElfW(Phdr)));
	m->nr_segments = h->e_phnum;
	if (!m->segment)
		return refuse(m, e, "is truncated: its program headers are cut off");
	for (unsigned int i = 0; i < m->nr_segments; i++) {
		const ElfW(Phdr) *s = &m->segment[i];

		if (s->p_type == PT_LOAD && !at(m, s->p_offset, s->p_filesz))
			return refuse(m, e,
				      "is truncated: a segment lies beyond its end");
	}
	return 0;
}

/* File offset of a virtual address, or UINT64_MAX. */
static uint64_t offset_of(const struct image *m, uint64_t address)
{
	for (unsigned int i = 0; i < m->nr_segments; i++) {
		const ElfW(Phdr) *s = &m->segment[i];

		if (s->p_type == PT_LOAD && address >= s->p_vaddr &&
		    address - s->p_vaddr < s->p_filesz)
			return address - s->p_vaddr + s->p_offset;
	}
	return UINT64_MAX;
}

/* --- symbols --------------------------------------------------------------------- */

static uint64_t count_by_hash(const struct image *m, uint64_t hash)
{
	const uint32_t *h = table_at(m, hash, 2, sizeof(*h));

	return h ? h[1] : 0;
}

static uint64_t count_by_gnu_hash(const struct image *m, uint64_t hash)
{
	const uint32_t *h = table_at(m, hash, 4, sizeof(*h)), *bucket, *link;
	uint64_t buckets, chains, last = 0;

	if (!h)
		return 0;
	buckets = hash + 16 + (uint64_t)h[2] * sizeof(ElfW(Addr));
	bucket = table_at(m, buckets, h[0], sizeof(*bucket));
	if (!bucket)
		return 0;
	for (uint32_t i = 0; i < h[0]; i++)
		last = bucket[i] > last ? bucket[i] : last;
	if (last < h[1])
		return h[1]; /* nothing is hashed */
	chains = buckets + (uint64_t)h[0] * sizeof(*bucket);
	while ((link = table_at(m, chains + (last - h[1]) * sizeof(*link), 1,
				sizeof(*link)))) {
		last++;
		if (*link & 1)
			return last;
	}
	return 0;
}

static const ElfW(Phdr) * dynamic_segment(const struct image *m)
{
	for (unsigned int i = 0; i < m->nr_segments; i++)
		if (m->segment[i].p_type == PT_DYNAMIC)
			return &m->segment[i];
	return NULL;
}

struct dynamic {
	uint64_t symtab, strtab, strsz, hash, gnu_hash, flags_1;
};

static int read_dynamic(const struct image *m, struct dynamic *d)
{
	const ElfW(Phdr) *s = dynamic_segment(m);
	const ElfW(Dyn) * tag;
	uint64_t n;

	if (!s || s->p_offset % sizeof(uint64_t))
		return -1;
	n = s->p_filesz / sizeof(*tag);
	tag = table_at(m, s->p_offset, n, sizeof(*tag));
	for (uint64_t i = 0; tag && i < n && tag[i].d_tag != DT_NULL; i++) {
		uint64_t v = tag[i].d_un.d_val;

		switch (tag[i].d_tag) {
		case DT_SYMTAB:
			d->symtab = offset_of(m, v);
			break;
		case DT_STRTAB:
			d->strtab = offset_of(m, v);
			break;
		case DT_HASH:
			d->hash = offset_of(m, v);
			break;
		case DT_GNU_HASH:
			d->gnu_hash = offset_of(m, v);
			break;
		case DT_STRSZ:
			d->strsz = v;
			break;
		case DT_FLAGS_1:
			d->flags_1 = v;
			break;
		}
	}
	return tag ? 0 : -1;
}

static int read_symbols(struct image *m, struct gb_error *e)
{
	struct dynamic d = { .hash = UINT64_MAX, .gnu_hash = UINT64_MAX };

	if (read_dynamic(m, &d))
		return refuse(m, e, "is no shared library: it has no dynamic section");
	if (d.flags_1 & DF_1_PIE)
		return refuse(m, e, "is a program, no shared library");
	m->nr_symbols = d.hash != UINT64_MAX     ? count_by_hash(m, d.hash) :
			d.gnu_hash != UINT64_MAX ? count_by_gnu_hash(m, d.gnu_hash) :
						   0;
	m->strings = d.strtab;
	m->strings_size = d.strsz;
	m->symbols = d.symtab % sizeof(uint64_t) ?
			     NULL :
			     table_at(m, d.symtab, m->nr_symbols, sizeof(*m->symbols));
	if (!m->nr_symbols || !m->symbols || !at(m, m->strings, m->strings_size))
		return refuse(m, e, "is damaged: its dynamic symbols cannot be read");
	return 0;
}

static int defines(const struct image *m, const char *name)
{
	size_t len = strlen(name) + 1;

	for (uint64_t i = 0; i < m->nr_symbols; i++) {
		const ElfW(Sym) *s = &m->symbols[i];
		unsigned int binding = ELF64_ST_BIND(s->st_info);

		if (s->st_shndx == SHN_UNDEF ||
		    (binding != STB_GLOBAL && binding != STB_WEAK))
			continue;
		if (s->st_name > m->strings_size || m->strings_size - s->st_name < len)
			continue;
		if (!memcmp(m->data + m->strings + s->st_name, name, len))
			return 1;
	}
	return 0;
}

static int check_names(const struct image *m, const char *const *names,
		       struct gb_error *e)
{
	for (const char *const *n = names; *n; n++) {
		if (!defines(m, *n))
			return gb_fail(
				e, GB_EXIT_USAGE,
				"a malloc library defines the whole family, so that no "
				"block is served by one allocator and freed by another",
				"%.250s: defines no %s", m->path, *n);
	}
	return 0;
}

/* --- the file ---------------------------------------------------------------------- */

static int map_file(struct image *m, struct gb_error *e)
{
	int fd = open(m->path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	struct stat st;
	void *p;

	if (fd < 0)
		return gb_fail_errno(e, GB_EXIT_USAGE, errno,
				     "give the path of a malloc library",
				     "cannot open %.250s", m->path);
	if (fstat(fd, &st) || !S_ISREG(st.st_mode)) {
		close(fd);
		return refuse(m, e, "is no regular file");
	}
	m->size = (uint64_t)st.st_size;
	if (!m->size) {
		close(fd);
		return refuse(m, e, "is empty");
	}
	p = mmap(NULL, m->size, PROT_READ, MAP_PRIVATE, fd, 0);
	close(fd);
	if (p == MAP_FAILED)
		return gb_fail_errno(e, GB_EXIT_HARNESS, errno, NULL, "cannot map %.250s",
				     m->path);
	m->data = p;
	return 0;
}

int gb_elf_check(const char *path, const char *const *names, struct gb_error *e)
{
	struct image m = { .path = path };
	int ret = map_file(&m, e);

	if (ret)
		return ret;
	ret = check_header(&m, e);
	if (!ret)
		ret = read_segments(&m, e);
	if (!ret)
		ret = read_symbols(&m, e);
	if (!ret)
		ret = check_names(&m, names, e);
	munmap((void *)(uintptr_t)m.data, m.size);
	return ret;
}
