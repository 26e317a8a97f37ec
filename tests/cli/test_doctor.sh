#!/bin/bash
# SPDX-License-Identifier: MIT
# Copyright (c) 2026 The gfpbench authors
#
# doctor: a line for each source of noise, in the manual and in every manifest; a run says
# in full only what the run before it did not say.
. "${GB_SRCDIR:?set by make check}/tests/tap.sh"
cd "$TMP" || exit 99

exits 0 "doctor" "$GFPBENCH" doctor
ids=$(sed -n 's/^\(ok\|WARN\|?\) *\(W[0-9][0-9]\) .*/\2/p' "$TMP/out")
is "$ids" "$(printf 'W%02d\n' $(seq 16))" "every source has its line, in order"
for word in governor turbo SMT 'huge pages' ASLR 'virtual machine' 'cgroup CPU' 'cgroup memory' load steal 'clock source'; do
	like "$(cat "$TMP/out")" "^(ok|WARN|\?) +W[0-9]+ +$word " "looks at: $word"
done
is "$(sed -n 's/^? .*cannot see: *$/&/p' "$TMP/out")" "" "what cannot be seen says why"
is "$(for id in $ids; do grep -q "$id" "$GB_SRCDIR/docs/man/gfpbench.1" || echo "$id"; done)" "" "the manual explains each"

# A container may have neither: what cannot be read is neither good nor bad.
bare() { # MOUNTS
	unshare -m sh -c "$1"' && exec "$1" doctor' sh "$GFPBENCH"
}
if unshare -m mount -t tmpfs none /sys 2>/dev/null; then
	exits 0 "without /sys" bare 'mount -t tmpfs none /sys'
	is "$(grep -cE '^\? +W(01|02|04|06|08|15|16) ' "$TMP/out")" 7 "what /sys would tell is not seen"
	if [ "$(sanitizer)" = asan ]; then # nor learns there that it should not
		bare 'mount -t tmpfs none /proc' >"$TMP/out" 2>/dev/null
		skip "without /proc" "the address sanitizer cannot look for leaks"
	else
		exits 0 "without /proc" bare 'mount -t tmpfs none /proc'
	fi
	is "$(grep -cE '^\? +W(07|09|10|11|14|15|16) ' "$TMP/out")" 7 "what /proc would tell is not seen"
	is "$(sed -n 's/.*\( ,\|  *$\)/&/p' "$TMP/out" | grep -v '^backend')" "" "no line has a gap"
else
	skip "without /sys and /proc" "no mount namespaces here"
fi

run() { "$GFPBENCH" run -b null -w pairs -r 1 -t 1 -d 5ms --format none --progress never "$@"; }
exits 0 "a run" run
first=results/$(basename "$(readlink results/latest)")
is "$(grep -c '"id": "W' "$first/manifest.json")" 16 "its manifest holds every source"
noisy=$(sed -n '/"warnings"/,/\]/s/.*"id": "\(W[0-9]*\)".*/\1/p' "$first/manifest.json")
if [ -z "$noisy" ]; then
	skip "never twice" "this machine is quiet"
else
	like "$(cat "$TMP/err")" "^${noisy%%$'\n'*} " "the first run says it in full"
	# As if all had been told: what is noisy now may not be what was noisy then.
	all=$(for id in $ids; do printf '{ "id": "%s" },' "$id"; done)
	sed -i '/"warnings": \[/,/^  \],/d' "$first/manifest.json"
	sed -i "0,/{/s//{ \"warnings\": [${all%,}],/" "$first/manifest.json"
	sleep 1 # names of runs have seconds
	exits 0 "the next run" run
	now=$(sed -n '/"warnings"/,/\]/s/.*"id": "\(W[0-9]*\)".*/\1/p' results/latest/manifest.json)
	like "$(cat "$TMP/err")" "${now:+^noise as in the run before: ${now%%$'\n'*}}" "gives only the ids"
	is "$(grep -c '^W[0-9][0-9] ' "$TMP/err")" 0 "and nags not twice"
fi
done_testing
