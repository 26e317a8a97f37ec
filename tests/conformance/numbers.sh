#!/bin/bash
# SPDX-License-Identifier: MIT
# Copyright (c) 2026 The gfpbench authors
#
# Every conformance statement (KERNEL-MODEL.md, section 10) has a row in a table of
# tests/conformance, or FIDELITY.md lists it with the reason why it has none.
. "${GB_SRCDIR:?set by make check}/tests/tap.sh"

statements=$(sed -n '/^## 10\. /,$s/^\([0-9]\+\)\. .*/\1/p' "$GB_SRCDIR/docs/KERNEL-MODEL.md")
rows=$(for program in "$GB_BUILDDIR"/tests/conformance/kernel_*; do
	case $program in
	*.log | *.trs | *.o) ;;
	*) "$program" -l || echo "$program failed" ;;
	esac
done | cut -f1 | sort -un)
listed=$(sed -n '/^## Statements that are not tests/,/^## /s/^| \([0-9]\+\) |.*/\1/p' \
	"$GB_SRCDIR/docs/FIDELITY.md")

is "$(echo $statements)" "$(echo $(seq 1 100))" "the model has statements 1 to 100"
for n in $statements; do
	grep -qx "$n" <<<"$rows" || grep -qx "$n" <<<"$listed" || echo "$n"
done >"$TMP/missing"
is "$(cat "$TMP/missing")" "" "each has a row, or a reason in FIDELITY.md"
is "$(comm -12 <(sort <<<"$rows") <(sort <<<"$listed"))" "" "none has both"
is "$(grep -vx 0 <<<"$rows" | grep -vxFf <(echo "$statements"))" "" "no row is of no statement"
done_testing
