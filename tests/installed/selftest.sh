#!/bin/bash
# SPDX-License-Identifier: MIT
# Copyright (c) 2026 The gfpbench authors
#
# The self test of an installation (make installcheck, the Debian package's autopkgtest,
# the RPM's %check): what was installed, and nothing of the build, does what it is for.
#
# From the environment, each with a default for a packaged system:
#   GFPBENCH              the program
#   GB_LIBDIR             where libgfpmalloc.so lies (default: asked of pkg-config)
#   GB_MANDIR, GB_DATADIR manual pages; plot templates, recordings, completion
#   PKG_CONFIG_PATH, PKG_CONFIG_SYSROOT_DIR   as pkg-config takes them
# Speaks TAP; exit 0 when everything passed.
set -u
. "$(dirname "$0")/../tap.sh"
GFPBENCH=${GFPBENCH:-$(command -v gfpbench)}
GB_LIBDIR=${GB_LIBDIR:-$(pkg-config --variable=libdir gfpkernel)}
GB_MANDIR=${GB_MANDIR:-/usr/share/man}
GB_DATADIR=${GB_DATADIR:-/usr/share}
cd "$TMP" || exit 99

# --- the program ---------------------------------------------------------------------
exits 0 "--version" "$GFPBENCH" --version
exits 0 "doctor" "$GFPBENCH" doctor
exits 0 "list" "$GFPBENCH" list
exits 0 "a run of five backends" "$GFPBENCH" run -b slab,vmalloc,pages,glibc,null -w pairs \
	-t 1 -r 1 -d 20ms -o first
is "$(tail -n +2 first/samples.csv | grep -c ",ok,")" 5 "five good rows"
exits 0 "interrupts" "$GFPBENCH" run -b slab,glibc -w irq-churn -t 1 -r 1 -d 50ms -o irq
exits 0 "the bundled recording" "$GFPBENCH" run -b slab -w replay -t 1 -r 1 -d 20ms -o replay
exits 0 "compare" "$GFPBENCH" compare first
exits 0 "export" "$GFPBENCH" export first --format=csv -o first.csv
exits 0 "report" "$GFPBENCH" report first
exits 0 "two seconds of stress" "$GFPBENCH" stress -b slab,glibc -t 2 -d 2s -o stress
exits 0 "record" "$GFPBENCH" record -o ls.gfprec.zst -- ls -R "$GB_DATADIR/gfpbench"
exits 0 "show what was recorded" "$GFPBENCH" show ls.gfprec.zst
exits 2 "a mistyped backend" "$GFPBENCH" run -b glibcc

# --- the malloc ----------------------------------------------------------------------
ok $([ -e "$GB_LIBDIR/libgfpmalloc.so" ]; echo $?) "libgfpmalloc.so is installed"
# (A folder that whoever runs this may read, all of it.)
exits 0 "a program runs on libgfpmalloc" env LD_PRELOAD="$GB_LIBDIR/libgfpmalloc.so" \
	ls -R "$GB_DATADIR/gfpbench"
exits 0 "it is a backend" "$GFPBENCH" run -b "preload:$GB_LIBDIR/libgfpmalloc.so" -w pairs \
	-t 1 -r 1 -d 20ms -o ours
like "$(cat ours/samples.csv)" 'libgfpmalloc.so' "and the row says whose malloc it was"

# --- the library ---------------------------------------------------------------------
cat >user.c <<'C'
#include <gfpkernel.h>

int main(void)
{
	struct kernel_config c = { .ram_bytes = 32 << 20, .nr_cpus = 1, .quiet = 1 };
	void *p;

	if (kernel_boot(&c) || kernel_cpu_online(0))
		return 1;
	p = kmalloc(100, GFP_KERNEL);
	if (!p)
		return 2;
	kfree(p);
	kernel_cpu_offline();
	return kernel_shutdown() ? 3 : 0;
}
C
if ! command -v "${CC:-cc}" >/dev/null || ! command -v pkg-config >/dev/null; then
	skip "libgfpkernel" "no compiler or no pkg-config here"
elif ! pkg-config --exists gfpkernel; then
	ok 1 "pkg-config knows gfpkernel"
else
	# shellcheck disable=SC2046 # words are wanted
	exits 0 "a program builds against libgfpkernel" \
		"${CC:-cc}" -o user user.c $(pkg-config --cflags --libs gfpkernel)
	exits 0 "and runs" env LD_LIBRARY_PATH="$GB_LIBDIR" ./user
fi

# --- what goes with it ---------------------------------------------------------------
for page in man1/gfpbench.1 man3/gfpkernel.3 man5/gfpbench-csv.5 man5/gfpbench-job.5; do
	ok $(ls "$GB_MANDIR/$page"* >/dev/null 2>&1; echo $?) "manual page $page"
done
ok $([ -e "$GB_DATADIR/gfpbench/plot/style.gp" ]; echo $?) "plot templates"
ok $([ -e "$GB_DATADIR/bash-completion/completions/gfpbench" ]; echo $?) "bash completion"
done_testing
