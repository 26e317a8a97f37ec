#!/bin/bash
# SPDX-License-Identifier: MIT
# Copyright (c) 2026 The gfpbench authors
#
# libgfpkernel as its user meets it: installed, found by pkg-config, a program of thirty
# lines outside the tree built against it and run.
. "${GB_SRCDIR:?set by make check}/tests/tap.sh"

if [ -n "$(sanitizer)" ]; then
	skip "libgfpkernel installed" "a plain program cannot load a sanitized library"
	done_testing
	exit
fi

case $TMP in
*[[:space:]]*)
	skip "libgfpkernel installed" "libtool installs nothing below a folder with a space in its name"
	done_testing
	exit
	;;
esac
env -u MAKEFLAGS -u MAKELEVEL -u MFLAGS make -C "$GB_BUILDDIR" DESTDIR="$TMP" \
	install-libLTLIBRARIES install-gfpkernelincludeHEADERS install-pkgconfigDATA \
	>"$TMP/install.log" 2>&1
ok $? "installs library, headers and pkg-config file"

cat >"$TMP/hello.c" <<'END'
#include <gfpkernel.h>
#include <stdio.h>
#include <string.h>

static void tick(void *arg)
{
	void *p = kmalloc(64, GFP_ATOMIC | __GFP_NOWARN);

	++*(volatile int *)arg;
	kfree(p);
}

int main(void)
{
	struct kernel_config c = { .ram_bytes = 32 << 20, .nr_cpus = 1, .quiet = 1 };
	struct zone_info zone;
	int ticks = 0;
	char *p;

	if (kernel_boot(&c) || kernel_cpu_online(0) || zone_info("DMA", &zone))
		return 1;
	if (kernel_irq_start(1000, tick, &ticks))
		return 2;
	while (*(volatile int *)&ticks < 20) {
		p = kzalloc(1000, GFP_KERNEL);
		if (!p || in_atomic() || virt_to_phys(p) >= c.ram_bytes)
			return 3;
		kfree(p);
	}
	kernel_irq_stop();
	kernel_cpu_offline();
	printf("%lu of %lu pages leaked\n", kernel_shutdown(), zone.managed);
	return 0;
}
END
export PKG_CONFIG_SYSROOT_DIR="$TMP"
pc=$(find "$TMP" -name gfpkernel.pc)
PKG_CONFIG_PATH=$(dirname "$pc") && export PKG_CONFIG_PATH
[ -n "$pc" ] && cflags=$(pkg-config --cflags gfpkernel) && libs=$(pkg-config --libs gfpkernel)
ok $? "pkg-config knows it"
# shellcheck disable=SC2086
${CC:-cc} -std=gnu11 -Wall -Wextra -Werror $cflags "$TMP/hello.c" -o "$TMP/hello" $libs \
	>"$TMP/cc.log" 2>&1 || cat "$TMP/cc.log" >&2
lib=$(dirname "$(find "$TMP" -name 'libgfpkernel.so' | head -1)")
out=$(LD_LIBRARY_PATH="$lib" timeout 20 "$TMP/hello")
ok $? "the program builds and runs"
is "$out" "0 of 4096 pages leaked" "and leaks nothing"

# less address space than vmalloc takes by default: a smaller reserve, and it says so
out=$(ulimit -v 4000000 && LD_LIBRARY_PATH="$lib" timeout 20 "$TMP/hello" 2>"$TMP/err")
is "$out" "0 of 4096 pages leaked" "it boots under a limit on address space"
out=$(ulimit -v 60000 && LD_LIBRARY_PATH="$lib" timeout 20 "$TMP/hello" 2>"$TMP/err")
is "$?" 1 "and says no where RAM cannot be mapped"

cat >"$TMP/names.cpp" <<'END'
#include <gfpkernel.h>
#include <cstdio>

int main()
{
	const gfp_t all[] = { __GFP_WAIT, __GFP_REPEAT, __GFP_COLD, __GFP_ATOMIC, GFP_TEMPORARY,
			      __GFP_NO_KSWAPD, __GFP_NOTRACK, __GFP_OTHER_NODE, GFP_IOFS,
			      GFP_HIGHUSER, GFP_HIGHUSER_MOVABLE, GFP_TRANSHUGE, GFP_NOIO,
			      GFP_NOFS, GFP_USER, GFP_DMA, GFP_DMA32, GFP_KERNEL_ACCOUNT,
			      __GFP_NO_OBJ_EXT, __GFP_ZEROTAGS, __GFP_SKIP_ZERO,
			      __GFP_SKIP_KASAN, __GFP_NOLOCKDEP };
	struct kernel_config c = kernel_config();
	unsigned failed = 0;

	c.ram_bytes = 32 << 20;
	c.quiet = 1;
	if (kernel_boot(&c) || kernel_cpu_online(0))
		return 1;
	for (gfp_t gfp : all) {
		void *p = kmalloc(100, (gfp & ~(__GFP_HIGHMEM | __GFP_DMA32)) | GFP_NOWAIT);
		struct page *page = alloc_pages(gfp | GFP_NOWAIT, 0);

		failed += !p + !page;
		kfree(p);
		__free_page(page);
	}
	kernel_cpu_offline();
	std::printf("%u failed, %lu leaked\n", failed, kernel_shutdown());
	return 0;
}
END
if command -v "${CXX:-c++}" >/dev/null; then
	# shellcheck disable=SC2086
	${CXX:-c++} -std=c++17 -Wall -Wextra -Werror $cflags "$TMP/names.cpp" -o "$TMP/names" $libs \
		>"$TMP/cxx.log" 2>&1 || cat "$TMP/cxx.log" >&2
	out=$(LD_LIBRARY_PATH="$lib" timeout 20 "$TMP/names")
	is "$out" "0 failed, 0 leaked" "the headers are C++ too, and every historic mask is served"
else
	skip "the headers in C++" "no C++ compiler"
fi
# What a caller does wrong is said on stderr, with nothing but a booted machine.
cat >"$TMP/twice.c" <<'END'
#include <gfpkernel.h>

int main(void)
{
	struct kernel_config c = { .ram_bytes = 32 << 20, .nr_cpus = 1 };
	void *p, *a, *b;

	if (kernel_boot(&c) || kernel_cpu_online(0))
		return 1;
	p = kmalloc(100, GFP_KERNEL);
	kfree(p);
	kfree(p);
	a = kmalloc(100, GFP_KERNEL);
	b = kmalloc(100, GFP_KERNEL);
	return a == b;
}
END
# shellcheck disable=SC2086
${CC:-cc} -std=gnu11 -w $cflags "$TMP/twice.c" -o "$TMP/twice" $libs >"$TMP/cc.log" 2>&1 || cat "$TMP/cc.log" >&2
LD_LIBRARY_PATH=$(dirname "$(find "$TMP" -name libgfpkernel.so)") "$TMP/twice" 2>"$TMP/twice.err"
is $? 0 "an object freed twice in a row is handed out once"
like "$(cat "$TMP/twice.err")" 'BUG kmalloc-128 .*Object already free' "and reported"
done_testing
