# SPDX-License-Identifier: MIT
# Copyright (c) 2026 The gfpbench authors
#
# The workload claims from outside: the file, its verdicts, and that they come from
# measurements: another kernel, or allocations that fail, and they change.
. "${GB_SRCDIR:?set by make check}/tests/tap.sh"

dir=$TMP
run() { # NAME SPEC
	"$GFPBENCH" run -b slab -w "$2" -t 1 -r 1 -d 10ms --warmup 1ms --timeout 120s \
		-o "$dir/$1" --format=none --progress=never -q 2>"$dir/$1.err"
}
# claim|verdict of each row; no claim of ours holds a quote
verdicts() {
	tail -n +2 "$dir/$1/claims.csv" |
		sed -E 's/"([^",]*),([^"]*)"/\1;\2/g' |
		awk -F, '{ print $13 "|" $NF }' | sed 's/;/,/g'
}
has() { # RUN CLAIM VERDICT
	grep -qxF "$2|$3" "$dir/$1.verdicts"
}

run new claims; ok $? "claims run on today's kernel"
run old claims:profile=3.4; ok $? "claims run on the old kernel"
run broken claims:fault=1; ok $? "claims run where every allocation fails"
run without claims:fault=2; ok $? "claims run without what they are about"
for r in new old broken without; do verdicts $r >"$dir/$r.verdicts"; done

head -1 "$dir/new/claims.csv" | grep -q ',claim,measure,unit,value,predicate,verdict$'
ok $? "claims.csv has the columns"
[ "$(cut -d' ' -f1 "$dir/new.verdicts" | sort -nu | wc -l)" = 26 ]; ok $? "all 26 claims are there"
! grep -q '|not observable$' "$dir/new.verdicts"; ok $? "today's machine shows a value for each"

has new "10 smallest kmalloc 32 or 64" "held then (3.4)"; ok $? "smallest block: held then"
has old "10 smallest kmalloc 32 or 64" "holds"; ok $? "smallest block: holds on 3.4"
has new "13 nineteen general caches" "held then (3.4)"; ok $? "nineteen caches: held then"
has old "13 nineteen general caches" "holds"; ok $? "nineteen caches: hold on 3.4"
has new "7 __GFP_COLD gives a cold page" "held then (3.4)"; ok $? "cold pages: held then"
has old "7 __GFP_COLD gives a cold page" "holds"; ok $? "cold pages: hold on 3.4"
has new "14 above 8 KiB the buddy" "holds"; ok $? "above 8 KiB the buddy: holds"
has old "14 above 8 KiB the buddy" "false"; ok $? "above 8 KiB the buddy: false on 3.4"
has new "11 largest kmalloc 128 KiB" "false"; ok $? "128 KiB: false on both"
has new "21 both are based on slab" "false"; ok $? "vmalloc on slab: false"
has new "26 SLOB in the slab's place" "holds"; ok $? "SLOB: holds"
has broken "26 SLOB in the slab's place" "not observable"; ok $? "SLOB without pages: not observable"
has without "26 SLOB in the slab's place" "false"; ok $? "SLOB with small requests only: false"
has new "1 contents of malloc undefined" "holds"; ok $? "malloc's contents: hold"
has without "1 contents of malloc undefined" "false"; ok $? "calloc's contents: false"

# What needs an allocation that is served cannot be seen when none is.
changed=0
for claim in "2 GFP_KERNEL may sleep" "4 GFP_DMA below 16 MiB" "15 at most twice the request" \
	"16 kmalloc contiguous" "17 kmalloc does not clear" "18 kzalloc clears" \
	"19 vmalloc frames scattered" "20 kmalloc faster, 64 KiB" "22 every kmalloc has an event"
do
	has new "$claim" holds && has broken "$claim" "not observable" ||
		{ changed=1; diag "$claim: $(grep -F "$claim" "$dir/new.verdicts" "$dir/broken.verdicts")"; }
done
ok $changed "verdicts that held change when every allocation fails"

# Every verdict follows from an input: an older kernel, a fault, the thing itself taken away.
while IFS='|' read -r claim verdict; do
	others=$(cat "$dir"/{old,broken,without}.verdicts | awk -F'|' -v c="$claim" -v v="$verdict" \
		'$1 == c && $2 != v' | wc -l)
	[ "$others" -gt 0 ]
	ok $? "another input, another verdict: $claim ($verdict)"
done <"$dir/new.verdicts"

done_testing
