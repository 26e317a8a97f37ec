#!/bin/bash
# SPDX-License-Identifier: MIT
# Copyright (c) 2026 The gfpbench authors
#
# Every example of the documents, run as it stands: indented lines that start with gfpbench
# in README.md and docs/*.md, EXAMPLES of the manual pages.  Words in capitals (SPEC, DIR)
# make a line a synopsis; it is left out.  A gfpbench in front of the real one shortens what
# is measured; nothing else differs.  scripts/quickstart and scripts/check are what CI runs.
. "${GB_SRCDIR:?set by make check}/tests/tap.sh"
cd "$TMP" || exit 99
if grep -Eq '^#define GB_BUILD_MODE ".*(asan|tsan)' "$GB_BUILDDIR/config.h"; then
	skip "examples" "a program cannot load a sanitized library"
	done_testing
	exit
fi

mkdir bin work
cat >bin/gfpbench <<'END_OF_WRAPPER'
#!/bin/bash
verb=$1
case $verb in
run)
	case " $* " in *--resume*) ;; *" -b "* | *" --backend"* | *.job*) ;; *) set -- "$@" -b slab,glibc,null ;; esac
	case " $* " in *--resume*) ;; *) set -- "$@" -r 1 -d 5ms ;; esac
	;;
gate) set -- "$@" --pairs 2 --max-time 10s ;;
stress) set -- "$@" -d 1s ;;
probe) set -- "$@" -d 1s --tries 1 --irqs 200 ;;
esac
exec "$GFPBENCH" "$@"
END_OF_WRAPPER
chmod +x bin/gfpbench
export PATH=$TMP/bin:$PATH
# The malloc libraries that examples name.
for name in old.so new.so libfast.so; do
	cp "$GB_BUILDDIR/.libs/libgfpmalloc.so" "work/$name"
done
cd work || exit 99

examples() { # FILE: a command a line
	case $1 in
	*/RECIPES.md) ;; # tests/cli/test_recipes.sh
	*.md) sed -n 's/^    \(gfpbench .*\)/\1/p' "$1" ;;
	*) sed -n '/^\.SH EXAMPLES/,/^\.fi/{ s/\\-/-/g; /^gfpbench /p; }' "$1" ;;
	esac | grep -Ev '[ =:](SPEC|DIR|FILE|NAME|RUN|LIST|TIME|RULES|BACKEND|DATABASE)([] ,|[]|$)'
}

# What an example needs that is not ours: a program to record, the kernel's tracing.
lacks() { # COMMAND
	local program
	case $1 in
	*"record --kernel"*)
		[ "$(id -u)" -eq 0 ] && [ -d /sys/kernel/tracing/instances ] ||
			echo "tracefs, as root"
		;;
	*" record "*" -- "*)
		program=${1#* -- }
		program=${program#env *=* }
		command -v "${program%% *}" >/dev/null || echo "${program%% *} is not installed"
		;;
	esac
}
# A repository with a history, for the recording of git.
{ git init -q . && git -c user.name=a -c user.email=a@b commit -q --allow-empty -m first; } \
	>/dev/null 2>&1

ran=0
for file in "$GB_SRCDIR"/README.md "$GB_SRCDIR"/docs/*.md "$GB_SRCDIR"/docs/man/*.1; do
	while read -r command; do
		command=${command//\/path\//./}
		without=$(lacks "$command")
		if [ -n "$without" ]; then
			skip "$(basename "$file"): $command" "$without"
			continue
		fi
		ran=$((ran + 1))
		timeout 120 bash -c "$command" >"$TMP/out" 2>"$TMP/err" </dev/null
		status=$?
		case ${command%% -*} in
		"gfpbench probe"*) [ $status -eq 1 ] && status=0 ;; # what it is there to find
		"gfpbench gate"*) [ $status -eq 3 ] && status=0 ;; # too short for a verdict
		esac
		ok $status "$(basename "$file"): $command"
		[ $status -eq 0 ] || sed 's/^/# /' "$TMP/err" | head -5
	done < <(examples "$file")
done
ok $((ran >= 10 ? 0 : 1)) "examples were found ($ran)"

# --- job files
sed -n '/^\.SH EXAMPLES/,/^\.fi/{ s/\\-/-/g; /^\./d; p; }' "$GB_SRCDIR/docs/man/gfpbench-job.5" >example.job
exits 0 "the job file of gfpbench-job(5)" gfpbench run example.job --dry-run

# --- the library's program
sed -n '/^\.SH EXAMPLES/,/^\.fi/{ s/\\-/-/g; s/\\e/\\/g; /^\./d; p; }' \
	"$GB_SRCDIR/docs/man/gfpkernel.3" >example.c
exits 0 "the program of gfpkernel(3) builds" "${CC:-cc}" -Wall -Werror -o example example.c \
	-I"$GB_SRCDIR/allocators/kernel" "$GB_BUILDDIR/.libs/libgfpkernel.so"
exits 0 "and runs" env LD_LIBRARY_PATH="$GB_BUILDDIR/.libs" ./example

# --- the repository of docs/ci-template: its own commands, the gate shortened
cp -r "$GB_SRCDIR/docs/ci-template" project && chmod -R u+w project && cd project || exit 99
exits 0 "ci-template: make" make
exits 0 "ci-template: make check" make check
cp libmymalloc.so old.so
gate=$(sed -n '/^ *run: gfpbench gate/,/^ *-o/p' .github/workflows/performance.yml |
	sed 's/^ *run: //' | tr -s '\n ' ' ')
like "$gate" '^gfpbench gate --baseline preload:' "ci-template: its gate"
cp libmymalloc.so new.so
timeout 200 bash -c "$gate" >"$TMP/out" 2>"$TMP/err"
status=$?
ok $((status == 0 || status == 3 ? 0 : 1)) "ci-template: equal sides are no regression (exit $status)"
[ $status -eq 2 ] && diag "$(cat "$TMP/err")"
ok $([ -s gate.xml ] && [ -s gate.json ]; echo $?) "ci-template: what the workflow uploads is there"
done_testing
