# SPDX-License-Identifier: MIT
# Copyright (c) 2026 The gfpbench authors
# `gfpbench show FILE`: the summary of a recording, and what is none.  Large recordings are
# compared with their counts when GB_RECORDINGS names a folder of NAME.trace.zst and
# NAME.expected.csv.
. "${GB_SRCDIR:?set by make check}/tests/tap.sh"

data=$GB_SRCDIR/tests/data/recordings

for counts in "$data"/*.csv; do
	name=$(basename "$counts" .csv)
	file=$(ls "$data/$name".trace "$data/$name".txt 2>/dev/null)
	exits 0 "$name: read" "$GFPBENCH" show "$file" --format=csv
	cmp -s "$TMP/out" "$counts"
	ok $? "$name: exactly its counts on stdout"
done

exits 0 "options may come first" "$GFPBENCH" show --format=csv "$data/flags5.trace"
exits 0 "a damaged recording is used" "$GFPBENCH" show "$data/damaged.trace.zst" --format=csv
like "$(cat "$TMP/err")" '^gfpbench: warning: .*damaged' "with a warning on stderr"
cmp -s "$TMP/out" "$data/flags5.csv"
ok $? "and nothing else on stdout"

exits 0 "the bundled one" "$GFPBENCH" show @bundled --format=csv
cmp -s "$TMP/out" "$GB_SRCDIR/data/recordings/connect-small.csv"
ok $? "has its counts"
exits 0 "for people" "$GFPBENCH" show @bundled
like "$(cat "$TMP/out")" 'GFP_ATOMIC' "flags by name"
like "$(cat "$TMP/out")" 'skbuff' "caches by name"

for program in gcc git python3 sqlite3; do
	exits 0 "@$program" "$GFPBENCH" show "@$program" --format=csv
	cmp -s "$TMP/out" "$GB_SRCDIR/data/recordings/$program.csv"
	ok $? "@$program has its counts"
	exits 0 "@$program: replayed" "$GFPBENCH" run -b null,glibc -w "replay:file=@$program" \
		-t 1 -r 1 -d 10ms -o "$TMP/replay-$program"
	is "$(grep -c ',ok,' "$TMP/replay-$program/samples.csv")" 2 "@$program: by both backends"
done
exits 2 "none of that name" "$GFPBENCH" show @perl
like "$(sed -n 2p "$TMP/err")" '@python3' "the hint names those there are"

# On a terminal of 80 columns no line of a workload, backend, suite or list is longer.
if script -qec true /dev/null >/dev/null 2>&1; then
	on_terminal() { # COMMAND: what it prints on a terminal of 80 columns
		script -qec "stty cols 80; $GFPBENCH $1" /dev/null </dev/null | tr -d '\r'
	}
	while read -r what; do
		on_terminal "$what" >"$TMP/screen"
		like "$(cat "$TMP/screen")" '..........' "$what: prints something"
		is "$(awk 'length($0) > 80' "$TMP/screen")" "" "$what: within 80 columns"
	done < <(printf 'list %s\n' '' backends workloads suites metrics
		printf 'show %s\n' check fault glibc null preload slab all quick
		"$GFPBENCH" list workloads --format=csv | sed -n '2,$s/^\([^,]*\).*/show \1/p')
else
	skip "within 80 columns" "no script(1)"
fi

refused() { # NAME FILE REGEX
	exits 2 "$1: exit code" "$GFPBENCH" show "$2" --format=csv
	is "$(cat "$TMP/out")" "" "$1: nothing on stdout"
	like "$(sed -n 1p "$TMP/err")" "^gfpbench: error: .*$3" "$1: says what is wrong"
	like "$(sed -n 2p "$TMP/err")" '^  hint: ' "$1: and what to do"
}
: >"$TMP/empty"
head -c 100000 /dev/zero >"$TMP/zeros"
head -c 60 "$data/compressed.trace.xz" >"$TMP/cut.xz"
printf '# tracer: nop\n#\n' >"$TMP/header"
refused "a missing file" "$TMP/missing" 'missing'
refused "an empty file" "$TMP/empty" 'no event'
refused "zeros" "$TMP/zeros" 'no event'
refused "a program" /bin/sh 'no event'
refused "a header alone" "$TMP/header" 'no event'
refused "a compressed file cut short" "$TMP/cut.xz" 'no event'
refused "a folder" "$TMP" ''
if [ "$(id -u)" -ne 0 ]; then
	: >"$TMP/secret"
	chmod 0 "$TMP/secret"
	refused "an unreadable file" "$TMP/secret" 'Permission denied'
else
	skip "an unreadable file" "root reads everything"
fi

"$GFPBENCH" show "$data/flags5.trace" --format=csv >/dev/full 2>"$TMP/err"
is $? 3 "a full disk is no success"

# As a pipe, whose size nobody knows
cat "$data/flags5.trace" | "$GFPBENCH" show /dev/stdin --format=csv >"$TMP/out" 2>"$TMP/err"
cmp -s "$TMP/out" "$data/flags5.csv"
ok $? "through a pipe"

if [ -n "${GB_RECORDINGS:-}" ]; then
	for counts in "$GB_RECORDINGS"/*.expected.csv; do
		name=$(basename "$counts" .expected.csv)
		exits 0 "$name: read" "$GFPBENCH" show "$GB_RECORDINGS/$name.trace.zst" --format=csv
		cmp -s "$TMP/out" "$counts"
		ok $? "$name: exactly its counts"
	done
else
	skip "large recordings" "GB_RECORDINGS names no folder"
fi

done_testing
