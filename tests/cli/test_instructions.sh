#!/bin/bash
# SPDX-License-Identifier: MIT
# Copyright (c) 2026 The gfpbench authors
#
# Instructions per allocation and free of the fast paths, counted by valgrind and compared
# with tests/data/instructions.csv: a lost inline or an added test shows here without any
# timing.  Fails when a count is above the recorded one by more than its margin.
#
#	make instructions-update	writes the counts of this build into the file
. "${GB_SRCDIR:?set by make check}/tests/tap.sh"

file=$GB_SRCDIR/tests/data/instructions.csv
program=$GB_BUILDDIR/tests/bench/instructions
n=20000
margin=0.06

leave() { # REASON
	[ "${1:-}" = "" ] || skip 'instruction counts' "$1"
	done_testing
	exit
}
update=${1:-}
command -v valgrind >/dev/null || leave 'valgrind is not installed'
grep -q '^#define GB_BUILD_MODE "release"' "$GB_BUILDDIR/config.h" ||
	leave 'counts are of release builds'
grep -Eq '^#define GB_BUILD_CFLAGS ".*-O2' "$GB_BUILDDIR/config.h" || leave 'counts are of -O2'
machine=$(uname -m)

# count CELL: sets $compiler and $count (instructions per pair), or fails
count() {
	local total
	compiler=$(timeout 100 valgrind --tool=callgrind --toggle-collect=measured \
		--callgrind-out-file="$TMP/out.callgrind" "$program" "$1" $n 2>"$TMP/err") ||
		return 1
	total=$(sed -n 's/^\(totals\|summary\): *\([0-9]*\).*/\2/p' "$TMP/out.callgrind" | tail -1)
	[ "${total:-0}" -gt 0 ] || return 1
	count=$(awk "BEGIN { printf \"%.2f\", $total / $n }")
}

judge() { # CELL RECORDED MARGIN
	awk "BEGIN { exit !($count <= $2 * (1 + $3)) }"
	ok $? "$1: $count instructions a pair, recorded $2"
	awk "BEGIN { exit !($count < $2 * (1 - $3)) }" &&
		diag "fewer than recorded: make instructions-update"
	return 0
}

rows=
for cell in $("$program" list); do
	if ! count "$cell"; then
		! grep -q 'debuginfo reader' "$TMP/err" ||
			leave 'valgrind cannot read what this compiler and linker write'
		ok 1 "$cell: counted"
		diag "$(tail -3 "$TMP/err")"
		continue
	fi
	rows+="$machine,$compiler,$cell,$count,$margin"$'\n'
	IFS=, read -r _ _ _ recorded allowed < <(grep "^$machine,$compiler,$cell," "$file")
	[ "$update" != --update ] || continue
	if [ -z "${recorded:-}" ]; then
		skip "$cell" "no count recorded for $machine, $compiler"
	else
		judge "$cell" "$recorded" "$allowed"
	fi
done
if [ "$update" = --update ]; then
	{
		echo 'machine,compiler,cell,instructions_per_pair,margin_ratio'
		{ printf '%s' "$rows"
		  sed 1d "$file" 2>/dev/null | grep -v "^$machine,$compiler,"; } | LC_ALL=C sort
	} >"$TMP/new" && cp "$TMP/new" "$file"
	ok $? "wrote $file"
fi
done_testing
