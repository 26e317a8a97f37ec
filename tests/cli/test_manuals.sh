#!/bin/bash
# SPDX-License-Identifier: MIT
# Copyright (c) 2026 The gfpbench authors
#
# Manual pages, --help and completion: complete, well-formed, of a screen's size.  What is
# generated from tables in C is compared by tests/unit/test_manuals.
. "${GB_SRCDIR:?set by make check}/tests/tap.sh"
pages=$GB_SRCDIR/docs/man

bash "$GB_SRCDIR/scripts/manual-gfpkernel" "$GB_SRCDIR/allocators/kernel/gfpkernel.h" >"$TMP/gfpkernel.3"
cmp -s "$TMP/gfpkernel.3" "$pages/gfpkernel.3"
ok $? "gfpkernel(3) is what the header says (make manuals-update)"
missing=$(sed -n 's/^GFP_API .*[ *]\([a-z_0-9A-Z]*\)(.*/\1/p' \
	"$GB_SRCDIR/allocators/kernel/gfpkernel.h" | while read -r name; do
	grep -q "$name" "$pages/gfpkernel.3" || echo "$name"
done)
is "$missing" "" "every function of gfpkernel.h is in it"

if command -v mandoc >/dev/null; then
	is "$(mandoc -Tlint -W warning "$pages"/*.[135] 2>&1)" "" "mandoc finds nothing"
	for page in "$pages"/*.[135]; do
		is "$(mandoc -Tascii -O width=80 "$page" | sed 's/.\x08//g' | awk 'length > 80')" "" \
			"$(basename "$page") fits 80 columns"
	done
else
	skip "mandoc finds nothing" "mandoc is not installed"
fi
if command -v groff >/dev/null; then
	for page in "$pages"/*.[135]; do
		is "$(groff -man -Tutf8 -ww -rLL=80n "$page" 2>&1 >"$TMP/page" | head -3)" "" \
			"groff is content with $(basename "$page")"
	done
else
	skip "groff is content" "groff is not installed"
fi

# --- help fits a screen of 24 lines and 80 columns
verbs=$("$GFPBENCH" --help | sed -n 's/^  \([a-z]*\) .*/\1/p')
for verb in '' $verbs; do
	"$GFPBENCH" $verb --help >"$TMP/out"
	size=$(awk '{ if (length > wide) wide = length } END { print (NR <= 24 && wide <= 80) ? "fits" : NR " x " wide }' "$TMP/out")
	is "$size" fits "gfpbench${verb:+ $verb} --help (mark options as rare in harness/cli/options.c)"
done
for verb in $verbs; do
	grep -q "^\.B[IR]* *\"*$verb" "$pages/gfpbench.1"
	ok $? "gfpbench(1) has $verb"
done

# --- completion, asked as bash asks it
complete_words() { # WORD...: what completes the last one
	COMP_WORDS=("$@") COMP_CWORD=$(($# - 1))
	_gfpbench
	echo "${COMPREPLY[*]}"
}
PATH=$(dirname "$GFPBENCH"):$PATH
. "$GB_SRCDIR/docs/completion/gfpbench"
is "$(complete_words gfpbench do)" doctor "a verb"
is "$(for v in $verbs; do complete_words gfpbench "$v"; done | sort)" "$(echo "$verbs" | sort)" "every verb"
is "$(complete_words gfpbench run --dur)" "--duration=" "an option"
is "$(complete_words gfpbench run --irq-law = p)" poisson "a value"
is "$(complete_words gfpbench run -b gli)" glibc "a backend"
is "$(complete_words gfpbench run -b slab,gli)" slab,glibc "a backend behind a comma"
is "$(complete_words gfpbench run --workload = lars)" larson "a workload"
is "$(complete_words gfpbench run --workload lars)" larson "the same without ="
is "$(complete_words gfpbench run --pin --dur)" "--duration=" "an option after one without a value"
is "$(complete_words gfpbench show lars)" larson "what can be shown"
is "$(complete_words gfpbench record --dur)" "" "no option of another verb"
done_testing
