#!/bin/bash
# SPDX-License-Identifier: MIT
# Copyright (c) 2026 The gfpbench authors
#
# scripts/gate-self in a repository of its own, whose "program" answers as it is told: what
# each answer of the gate becomes.  Red only for a confirmed regression or a crash; whatever
# proves nothing is a skip with its reason, never a pass.
. "${GB_SRCDIR:?set by make check}/tests/tap.sh"
command -v git >/dev/null || { skip "the project's own gate" "no git"; done_testing; exit; }
unset GATE_SELF_BUILD GATE_SELF_TIME GATE_SELF_HEAD
export GIT_CONFIG_GLOBAL=/dev/null GIT_CONFIG_NOSYSTEM=1 HOME=$TMP TMPDIR=$TMP
repo=$TMP/repo
mkdir -p "$TMP/bin" "$repo/scripts" "$repo/harness"
cp "$GB_SRCDIR/scripts/gate-self" "$repo/scripts"
make_stub() { # NAME LINES...
	local name=$1
	shift
	printf '%s\n' '#!/bin/bash' "$@" >"$name"
	chmod +x "$name"
}
make_stub "$TMP/bin/autoreconf" 'exit 0'
make_stub "$TMP/bin/make" 'sleep "${STUB_BUILD:-0}"; cp ../program gfpbench'
make_stub "$repo/configure" 'exit 0'
make_stub "$repo/program" 'printf "%s\n" "$*" >"$STUB_ARGS"; echo "$STUB_TEXT"' 'exit "$STUB_CODE"'
export PATH=$TMP/bin:$PATH STUB_ARGS=$TMP/args STUB_TEXT='verdict: told so' STUB_CODE=0

commit() {
	git -C "$repo" add -A && git -C "$repo" -c user.name=t -c user.email=t@t commit -qm "$1"
}
git -C "$repo" init -q -b main
echo one >"$repo/harness/a.c"
commit first
self() {
	"$repo/scripts/gate-self" "$@"
}
skips() { # NAME REASON [ARGUMENTS]
	local name=$1 reason=$2
	shift 2
	exits 0 "$name" self "$@"
	like "$(cat "$TMP/out")" "^ok 1 - .* # SKIP .*$reason" "and is a skip that says why"
}
skips "no commit before" "no commit before"
echo words >"$repo/README"
commit second
skips "no source differs" "nothing that is built differs"
git -C "$repo" checkout -qb change
echo two >"$repo/harness/a.c"
commit third
exits 0 "the gate passes" self
like "$(cat "$TMP/out")" '^ok 1 - the slab is not 10 % slower than at the merge base$' "and so does this"
like "$(cat "$TMP/args")" '^gate .*--strict .*margin=10%.*--baseline runner:.*/base/build/gfpbench:slab --candidate slab$' \
	"the merge base is the baseline, 10 % the margin"
STUB_CODE=1 STUB_TEXT='regressed    pairs/t1 time   +12.00%' exits 1 "a regression fails" self
like "$(cat "$TMP/out")" '^not ok 1 - ' "as TAP says"
like "$(cat "$TMP/out")" '^# regressed .*12.00%' "with what the gate said"
STUB_CODE=1 STUB_TEXT='failed       pairs/t1 candidate: crashed' exits 1 "so does a crash" self
export STUB_CODE=1 STUB_TEXT='failed pairs/t1 the sides did different work'
skips "a workload that changed" "different work"
export STUB_CODE=3 STUB_TEXT='verdict: invalid: sentinel fired'
skips "noise (exit 3)" 'no verdict \(exit 3\): verdict: invalid: sentinel'
for code in 2 4 134; do
	export STUB_CODE=$code STUB_TEXT=''
	skips "exit $code" "exit $code"
done
export STUB_CODE=0
GATE_SELF_BUILD=1 STUB_BUILD=5 skips "a build that takes too long" "does not build within 1 s"
make_stub "$TMP/bin/make" 'echo "a.c:1: error: broken"; exit 2'
skips "a build that fails" "does not build: a.c:1: error: broken"
skips "no such commit" "no commit nowhere" main nowhere
git -C "$repo" checkout -q --orphan alone
commit alone
skips "no merge base" "no merge base with main"
is "$(git -C "$repo" worktree list | wc -l)" 1 "no work tree is left behind"
done_testing
