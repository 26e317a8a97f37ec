/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The gfpbench authors */
/* Vectors of FIPS 180-4's published examples, and of its million-times-'a' message. */
#include <errno.h>
#include <unistd.h>

#include "base/sha256.h"

#include "tests/tap.h"

static const struct {
	const char *message, *digest;
} vector[] = {
	{ "", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855" },
	{ "abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad" },
	{ "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
	  "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1" },
	{ "abcdefghbcdefghicdefghijdefghijkefghijklfghijklmghijklmn"
	  "hijklmnoijklmnopjklmnopqklmnopqrlmnopqrsmnopqrstnopqrstu",
	  "cf5b16a778af8380036ce59e7b0492370b249b11e8f07a51afac45037afee9d1" },
};

static const char million[] =
	"cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0";

/* In pieces of every length, so that each way over a block's end is taken. */
static void pieces(void)
{
	static char a[1000];
	struct gb_sha256 s;
	char hex[65];

	memset(a, 'a', sizeof(a));
	gb_sha256_init(&s);
	for (size_t left = 1000000, n = 1; left; n = n % 997 + 1) {
		size_t take = n < left ? n : left;

		gb_sha256_add(&s, a, take);
		left -= take;
	}
	gb_sha256_hex(&s, hex);
	tap_eq_text(hex, million, "a million 'a' in pieces of 1 to 997 bytes");
}

static void files(void)
{
	char path[64], hex[65];
	FILE *f;

	snprintf(path, sizeof(path), "test_sha256-%ld.tmp", (long)getpid());
	f = fopen(path, "w");
	if (!tap_ok(!!f, "a file to hash"))
		return;
	for (int i = 0; i < 1000000; i++)
		fputc('a', f);
	fclose(f);
	CHECK(gb_sha256_file(path, hex) == 0);
	tap_eq_text(hex, million, "a million 'a' from a file");
	unlink(path);
	CHECK(gb_sha256_file(path, hex) == -ENOENT);
	CHECK(gb_sha256_file("/", hex) == -EISDIR);
}

int main(void)
{
	struct gb_sha256 s;
	char hex[65];

	for (size_t i = 0; i < sizeof(vector) / sizeof(vector[0]); i++) {
		gb_sha256_init(&s);
		gb_sha256_add(&s, vector[i].message, strlen(vector[i].message));
		gb_sha256_hex(&s, hex);
		tap_eq_text(hex, vector[i].digest, vector[i].message);
	}
	pieces();
	files();
	return tap_done();
}
