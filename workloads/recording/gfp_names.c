/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The gfpbench authors */
/*
 * Two vocabularies.  Since 4.4 the single flags print as __GFP_X, and sleeping and waking
 * kswapd are bits of their own.  3.4 prints single flags as GFP_X; there every request
 * wakes kswapd unless GFP_NO_KSWAPD says no, so an old single name carries that bit, too.
 * The combinations are common to both and get their 6.x meaning.
 */
#include "recording/gfp_names.h"

#include <stdio.h>
#include <stdint.h>
#include <string.h>

#include "base/atomic.h"

struct name {
	const char *text;
	gfp_t gfp;
};

/* Combinations, longest first (the order in which the kernel looks for them). */
static const struct name combinations[] = {
	{ "GFP_TRANSHUGE", GFP_TRANSHUGE },
	{ "GFP_TRANSHUGE_LIGHT", GFP_TRANSHUGE_LIGHT },
	{ "GFP_HIGHUSER_MOVABLE", GFP_HIGHUSER_MOVABLE },
	{ "GFP_HIGHUSER", GFP_HIGHUSER },
	{ "GFP_USER", GFP_USER },
	{ "GFP_KERNEL_ACCOUNT", GFP_KERNEL_ACCOUNT },
	{ "GFP_KERNEL", GFP_KERNEL },
	{ "GFP_NOFS", GFP_NOFS },
	{ "GFP_ATOMIC", GFP_ATOMIC },
	{ "GFP_NOIO", GFP_NOIO },
	{ "GFP_NOWAIT", GFP_NOWAIT },
	{ "GFP_DMA", GFP_DMA },
	{ "GFP_DMA32", GFP_DMA32 },
};

static const struct name singles[] = {
	{ "__GFP_ACCOUNT", __GFP_ACCOUNT },
	{ "__GFP_ATOMIC", __GFP_HIGH }, /* 4.4 to 6.2 */
	{ "__GFP_COLD", __GFP_COLD },
	{ "__GFP_COMP", __GFP_COMP },
	{ "__GFP_DIRECT_RECLAIM", __GFP_DIRECT_RECLAIM },
	{ "__GFP_DMA", __GFP_DMA },
	{ "__GFP_DMA32", __GFP_DMA32 },
	{ "__GFP_FS", __GFP_FS },
	{ "__GFP_HARDWALL", __GFP_HARDWALL },
	{ "__GFP_HIGH", __GFP_HIGH },
	{ "__GFP_HIGHMEM", __GFP_HIGHMEM },
	{ "__GFP_IO", __GFP_IO },
	{ "__GFP_KSWAPD_RECLAIM", __GFP_KSWAPD_RECLAIM },
	{ "__GFP_MEMALLOC", __GFP_MEMALLOC },
	{ "__GFP_MOVABLE", __GFP_MOVABLE },
	{ "__GFP_NOFAIL", __GFP_NOFAIL },
	{ "__GFP_NOLOCKDEP", __GFP_NOLOCKDEP },
	{ "__GFP_NOMEMALLOC", __GFP_NOMEMALLOC },
	{ "__GFP_NORETRY", __GFP_NORETRY },
	{ "__GFP_NOTRACK", 0 },
	{ "__GFP_NOWARN", __GFP_NOWARN },
	{ "__GFP_NO_OBJ_EXT", 0 },
	{ "__GFP_OTHER_NODE", 0 },
	{ "__GFP_RECLAIM", __GFP_RECLAIM },
	{ "__GFP_RECLAIMABLE", __GFP_RECLAIMABLE },
	{ "__GFP_REPEAT", __GFP_REPEAT },
	{ "__GFP_RETRY_MAYFAIL", __GFP_RETRY_MAYFAIL },
	{ "__GFP_SKIP_KASAN", __GFP_SKIP_KASAN },
	{ "__GFP_SKIP_KASAN_POISON", __GFP_SKIP_KASAN },
	{ "__GFP_SKIP_KASAN_UNPOISON", __GFP_SKIP_KASAN },
	{ "__GFP_SKIP_ZERO", __GFP_SKIP_ZERO },
	{ "__GFP_THISNODE", __GFP_THISNODE },
	{ "__GFP_WAIT", __GFP_WAIT },
	{ "__GFP_WRITE", __GFP_WRITE },
	{ "__GFP_ZERO", __GFP_ZERO },
	{ "__GFP_ZEROTAGS", __GFP_ZEROTAGS },
	{ "none", 0 },
};

#define OLD(flags) ((flags) | __GFP_KSWAPD_RECLAIM)
#define NO_KSWAPD  "GFP_NO_KSWAPD"

static const struct name old_singles[] = {
	{ "GFP_COLD", OLD(__GFP_COLD) },
	{ "GFP_COMP", OLD(__GFP_COMP) },
	{ "GFP_FS", OLD(__GFP_FS) },
	{ "GFP_HARDWALL", OLD(__GFP_HARDWALL) },
	{ "GFP_HIGH", OLD(__GFP_HIGH) },
	{ "GFP_HIGHMEM", OLD(__GFP_HIGHMEM) },
	{ "GFP_IO", OLD(__GFP_IO) },
	{ "GFP_IOFS", OLD(__GFP_IO | __GFP_FS) },
	{ "GFP_MEMALLOC", OLD(__GFP_MEMALLOC) },
	{ "GFP_MOVABLE", OLD(__GFP_MOVABLE) },
	{ "GFP_NOFAIL", OLD(__GFP_NOFAIL) },
	{ "GFP_NOMEMALLOC", OLD(__GFP_NOMEMALLOC) },
	{ "GFP_NORETRY", OLD(__GFP_NORETRY) },
	{ "GFP_NOTRACK", OLD(0) },
	{ "GFP_NOWARN", OLD(__GFP_NOWARN) },
	{ NO_KSWAPD, 0 },
	{ "GFP_OTHER_NODE", OLD(0) },
	{ "GFP_RECLAIMABLE", OLD(__GFP_RECLAIMABLE) },
	{ "GFP_REPEAT", OLD(__GFP_REPEAT) },
	{ "GFP_TEMPORARY", GFP_KERNEL | __GFP_RECLAIMABLE },
	{ "GFP_THISNODE", OLD(__GFP_THISNODE) },
	{ "GFP_WAIT", __GFP_WAIT },
	{ "GFP_WRITE", OLD(__GFP_WRITE) },
	{ "GFP_ZERO", OLD(__GFP_ZERO) },
};

/* 3.4's bits, number by number (kernel-model 1.1). */
static const struct {
	uint32_t bit;
	gfp_t gfp;
} old_bits[] = {
	{ 0x1, __GFP_DMA },
	{ 0x2, __GFP_HIGHMEM },
	{ 0x4, __GFP_DMA32 },
	{ 0x8, __GFP_MOVABLE },
	{ 0x10, __GFP_WAIT },
	{ 0x20, __GFP_HIGH },
	{ 0x40, __GFP_IO },
	{ 0x80, __GFP_FS },
	{ 0x100, __GFP_COLD },
	{ 0x200, __GFP_NOWARN },
	{ 0x400, __GFP_REPEAT },
	{ 0x800, __GFP_NOFAIL },
	{ 0x1000, __GFP_NORETRY },
	{ 0x2000, __GFP_MEMALLOC },
	{ 0x4000, __GFP_COMP },
	{ 0x8000, __GFP_ZERO },
	{ 0x10000, __GFP_NOMEMALLOC },
	{ 0x20000, __GFP_HARDWALL },
	{ 0x40000, __GFP_THISNODE },
	{ 0x80000, __GFP_RECLAIMABLE },
	{ 0x1000000, __GFP_WRITE },
};
#define OLD_NO_KSWAPD 0x400000u

static gfp_t from_old_bits(uint32_t v)
{
	gfp_t gfp = v & OLD_NO_KSWAPD ? 0 : __GFP_KSWAPD_RECLAIM;

	for (size_t i = 0; i < GB_ARRAY_SIZE(old_bits); i++)
		if (v & old_bits[i].bit)
			gfp |= old_bits[i].gfp;
	return v & OLD_NO_KSWAPD ? gfp & ~__GFP_KSWAPD_RECLAIM : gfp;
}

static int digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c |= 0x20;
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : 99;
}

/* "0x..." or decimal, 32 bits. */
static int number(const char *p, size_t n, uint32_t *out)
{
	int base = n > 2 && p[0] == '0' && (p[1] | 0x20) == 'x' ? 16 : 10;
	uint64_t v = 0;

	for (size_t i = base == 16 ? 2 : 0; i < n; i++) {
		int d = digit(p[i]);

		if (d >= base)
			return 0;
		v = v * (uint64_t)base + (uint64_t)d;
		if (v > UINT32_MAX)
			return 0;
	}
	*out = (uint32_t)v;
	return n > 0;
}

static const struct name *find(const struct name *names, size_t count, const char *p,
			       size_t n)
{
	for (size_t i = 0; i < count; i++)
		if (strlen(names[i].text) == n && !memcmp(names[i].text, p, n))
			return &names[i];
	return NULL;
}

static const struct name *find_name(const char *p, size_t n)
{
	const struct name *f = find(combinations, GB_ARRAY_SIZE(combinations), p, n);

	if (!f)
		f = find(singles, GB_ARRAY_SIZE(singles), p, n);
	return f ? f : find(old_singles, GB_ARRAY_SIZE(old_singles), p, n);
}

struct gb_gfp_mask gb_gfp_parse(const char *text, size_t n, int old)
{
	struct gb_gfp_mask m = { 0 };
	const char *end = text + n;
	gfp_t clear = 0;

	while (text < end) {
		const char *bar = memchr(text, '|', (size_t)(end - text));
		size_t len = (size_t)((bar ? bar : end) - text);
		const struct name *f = find_name(text, len);
		uint32_t v;

		if (f && !strcmp(f->text, NO_KSWAPD))
			clear = __GFP_KSWAPD_RECLAIM;
		if (f)
			m.gfp |= f->gfp;
		else if (number(text, len, &v))
			m.gfp |= old ? from_old_bits(v) : v;
		else
			m.unknown++;
		m.names++;
		text += len + !!bar;
	}
	m.gfp &= ~clear;
	return m;
}

struct gb_gfp_mask gb_gfp_lookup(struct gb_gfp_memo *memo, const char *text, size_t n,
				 int old)
{
	uint32_t h = (uint32_t)n * 31u + (old ? 7u : 0u);

	if (n == 0 || n > GB_GFP_TEXT - 1)
		return gb_gfp_parse(text, n, old);
	for (size_t i = 0; i < n; i++)
		h = (h ^ (unsigned char)text[i]) * 16777619u;
	h = (h >> 16) % GB_GFP_MEMO;
	/* the last byte tells old from new */
	if (memo->slot[h].len != n || memcmp(memo->slot[h].text, text, n) ||
	    memo->slot[h].text[GB_GFP_TEXT - 1] != (old ? 'o' : 'n')) {
		memo->slot[h].mask = gb_gfp_parse(text, n, old);
		memo->slot[h].len = (unsigned short)n;
		memcpy(memo->slot[h].text, text, n);
		memo->slot[h].text[GB_GFP_TEXT - 1] = old ? 'o' : 'n';
	}
	return memo->slot[h].mask;
}

static size_t add(char *buf, size_t n, size_t at, const char *text)
{
	int len = snprintf(buf + at, n - at, "%s%s", at ? "|" : "", text);

	return (size_t)len < n - at ? at + (size_t)len : n - 1;
}

char *gb_gfp_format(gfp_t gfp, char *buf, size_t n)
{
	char rest[16];
	size_t at = 0;

	for (size_t i = 0; i < GB_ARRAY_SIZE(combinations); i++) {
		if ((gfp & combinations[i].gfp) != combinations[i].gfp)
			continue;
		at = add(buf, n, at, combinations[i].text);
		gfp &= ~combinations[i].gfp;
		break;
	}
	for (size_t i = 0; i < GB_ARRAY_SIZE(singles); i++) {
		gfp_t f = singles[i].gfp;

		if (!f || (f & (f - 1)) || !(gfp & f))
			continue;
		if (!strcmp(singles[i].text, "__GFP_ATOMIC"))
			continue;
		at = add(buf, n, at, singles[i].text);
		gfp &= ~f;
	}
	if (gfp) {
		snprintf(rest, sizeof(rest), "0x%x", gfp);
		at = add(buf, n, at, rest);
	}
	if (!at)
		add(buf, n, 0, "none");
	return buf;
}
