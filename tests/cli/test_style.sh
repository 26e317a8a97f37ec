#!/bin/bash
# SPDX-License-Identifier: MIT
# Copyright (c) 2026 The gfpbench authors
#
# The style rules hold for this tree, and the scripts that check them see a breach.
. "${GB_SRCDIR:?set by make check}/tests/tap.sh"

check() { # NAME TREE
	"$GB_SRCDIR/scripts/check-$1" "$2" >"$TMP/out" 2>&1
}
for name in deps size headers words; do
	check $name "$GB_SRCDIR"
	ok $? "check-$name: this tree"
	while IFS= read -r line; do diag "$line"; done <"$TMP/out"
done
# Versions of clang-format differ: what it says of this tree is told, never judged.
check format "$GB_SRCDIR"
diag "$(cat "$TMP/out")"

# A small tree to break: each case plants one file, runs one check, takes it away again.
tree=$TMP/tree
mkdir -p "$tree"/harness/{base,core} "$tree"/allocators/kernel \
	"$tree"/{workloads,tests,scripts,docs}
licence='/* SPDX-License-Identifier: MIT */'
touch "$tree"/{README.md,Makefile.am,configure.ac}
for f in Makefile.am configure.ac; do echo '# SPDX-License-Identifier: MIT' >"$tree/$f"; done
echo "$licence" >"$tree/harness/base/low.h"
echo "$licence" >"$tree/harness/core/high.h"
echo "$licence" >"$tree/workloads/load.c"

# case CHECK STATUS REGEX NAME FILE <CONTENT
case_is() {
	local name=$1 status=$2 regex=$3 what=$4 file=$5 got
	{ echo "$licence"; cat; } >"$tree/$file"
	check "$name" "$tree"
	got=$?
	is "$got" "$status" "check-$name: $what"
	like "$(cat "$TMP/out")" "$regex" "check-$name: its message"
	rm -f "$tree/$file"
}
case_is deps 0 '^$' 'downward is fine' harness/core/a.c <<<'#include "base/low.h"'
case_is deps 1 'harness/base/a.c:2: includes harness/core/high.h' 'upward is not' \
	harness/base/a.c <<<'#include "core/high.h"'
case_is deps 1 'allocators/kernel/a.c:2: includes harness/core/high.h' 'by a relative path' \
	allocators/kernel/a.c <<<'#include "../../harness/core/high.h"'
case_is deps 1 'nowhere' 'a header that does not exist' harness/base/a.c <<<'#include "gone.h"'
case_is deps 1 'in no layer' 'a folder of nobody' harness/stray.c <<<'int stray;'
case_is deps 1 'workloads/a.c:2: calls malloc' 'a workload that calls malloc' workloads/a.c \
	<<<'static void f(void) { p = malloc (3); }'
case_is deps 0 '^$' 'handles, comments and strings are fine' workloads/a.c <<'EOF'
/* free(p) */ // malloc(3)
static void f(void) { h->free(p); b.malloc(3); puts("free(p)"); my_free(p); }
EOF

lines() { yes "$1" | head -n "$2"; }
case_is size 1 'harness/base/a.c: 602 lines' 'a file of 602 lines' harness/base/a.c \
	< <(lines 'int a;' 601)
case_is size 0 'files: .* longest 600' 'a file of 600 lines' harness/base/a.c \
	< <(lines 'int a;' 599)
if ctags --version 2>/dev/null | grep -q 'Universal Ctags'; then
	case_is size 1 'harness/base/a.c:f: 101 lines' 'a function of 101 lines' \
		harness/base/a.c < <(echo 'int f(void) {'; lines 'g();' 99; echo '}')
	case_is size 0 'functions: .* longest 100' 'a function of 100 lines' \
		harness/base/a.c < <(echo 'int f(void) {'; lines 'g();' 98; echo '}')
else
	skip 'check-size: functions' 'universal-ctags is not installed'
fi

case_is headers 1 'size_t' 'a header that needs another' harness/base/a.h \
	<<<'size_t f(void);'
case_is headers 0 '^$' 'a header that includes what it needs' harness/base/a.h \
	<<<$'#include <stddef.h>\nsize_t f(void);'

case_is words 1 'harness/base/a.c:2' 'unfinished business' harness/base/a.c \
	<<<"/* TO""DO: later */"
case_is words 1 'docs/a.md:2' "a developer's path" docs/a.md <<<"see /wor""k/x"
case_is words 0 '^$' 'plain words' harness/base/a.c <<<'/* it works; /workload/ is a word */'
echo 'int x;' >"$tree/harness/base/bare.c"
check words "$tree"
is $? 1 'check-words: a file without licence'
like "$(cat "$TMP/out")" 'bare.c: no licence' 'check-words: its message'
rm "$tree/harness/base/bare.c"

if command -v clang-format >/dev/null; then
	printf '%s\nint    x ;\n' "$licence" >"$tree/harness/base/a.c"
	check format "$tree"
	ok $? 'check-format: reports only'
	"$GB_SRCDIR/scripts/check-format" --strict "$tree" >/dev/null
	is $? 1 'check-format: --strict fails'
else
	skip 'check-format' 'clang-format is not installed'
fi
done_testing
