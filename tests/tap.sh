# SPDX-License-Identifier: MIT
# Test Anything Protocol for shell tests: `. "${GB_SRCDIR:?}/tests/tap.sh"`, then ok/is/...,
# `done_testing` last.  $GFPBENCH is the program under test, $TMP a folder that goes away.
set -u
tap_count=0
tap_failures=0
TMP=$(mktemp -d) || exit 99
trap 'rm -rf "$TMP"' EXIT

# ok STATUS NAME...
ok() {
	local status=$1
	shift
	tap_count=$((tap_count + 1))
	if [ "$status" -eq 0 ]; then
		echo "ok $tap_count - $*"
	else
		echo "not ok $tap_count - $*"
		tap_failures=$((tap_failures + 1))
	fi
	return 0
}
# is GOT WANT NAME...
is() {
	local got=$1 want=$2
	shift 2
	if [ "$got" = "$want" ]; then ok 0 "$@"; else
		ok 1 "$@"
		diag "got:  $got"
		diag "want: $want"
	fi
}
# like TEXT REGEX NAME...
like() {
	local text=$1 regex=$2
	shift 2
	if printf '%s\n' "$text" | grep -Eq -- "$regex"; then ok 0 "$@"; else
		ok 1 "$@"
		diag "text:  $text"
		diag "regex: $regex"
	fi
}
# exits CODE NAME COMMAND...: run it, stdout in $TMP/out, stderr in $TMP/err
exits() {
	local want=$1 name=$2 got
	shift 2
	"$@" >"$TMP/out" 2>"$TMP/err"
	got=$?
	if [ "$got" -eq "$want" ]; then ok 0 "$name"; else
		ok 1 "$name"
		diag "exit $got, want $want: $*"
		sed 's/^/#   /' "$TMP/err" | head -5
	fi
}
# hold PID: stops the runner that the gfpbench has at work ($runner), so that the run cannot
# end before what comes next; fails when the run is over.  Not before it is a runner: while
# it becomes one its parent waits for it, and would hear no signal.
hold() {
	local pid=$1
	while runner=$(pgrep -P "$pid" | head -1) && kill -0 "$pid" 2>/dev/null; do
		kill -STOP $runner 2>/dev/null
		for _ in 1 2 3 4 5; do
			grep -q '^State:[^A-Z]*T' "/proc/$runner/status" 2>/dev/null || sleep 0.01
		done
		tr '\0' ' ' 2>/dev/null <"/proc/$runner/cmdline" | grep -q '^[^ ]* runner ' &&
			grep -q '^State:[^A-Z]*T' "/proc/$runner/status" && return
		kill -CONT $runner 2>/dev/null
	done 2>/dev/null
	return 1
}
# gone PID NAME...: the process ends within a few seconds, whoever its parent is by now
gone() {
	local pid=$1 state=
	shift
	for _ in $(seq 100); do
		state=$(sed -n 's/^State:[^A-Z]*\([A-Z]\).*/\1/p' "/proc/$pid/status" 2>/dev/null)
		case $state in '' | Z | X) break ;; esac
		sleep 0.05
	done
	case ${pid:+ended}$state in
	ended | endedZ | endedX) ok 0 "$@" ;;
	*) ok 1 "$@" && diag "process '$pid' is in state '$state'" ;;
	esac
}
# sanitizer: which one the program is built with, asan or tsan; nothing in another build
sanitizer() {
	sed -n 's/^#define GB_BUILD_MODE ".*\([at]san\).*/\1/p' "$GB_BUILDDIR/config.h"
}
# tell_sanitizers OPTION[:OPTION...] COMMAND...: run it with these options of the sanitizers,
# if one is in it: what a test does on purpose is not theirs to find
tell_sanitizers() {
	local options=$1
	shift
	ASAN_OPTIONS=${ASAN_OPTIONS:+$ASAN_OPTIONS:}$options \
		TSAN_OPTIONS=${TSAN_OPTIONS:+$TSAN_OPTIONS:}$options "$@"
}
skip() {
	tap_count=$((tap_count + 1))
	echo "ok $tap_count - $1 # SKIP $2"
}
diag() {
	printf '%s\n' "$*" | sed 's/^/# /'
}
# A plan of nothing would count as a skip of all: a test that tested nothing fails.
done_testing() {
	[ "$tap_count" -gt 0 ] || ok 1 "something was tested"
	echo "1..$tap_count"
	[ "$tap_failures" -eq 0 ]
}
