#!/bin/bash
# SPDX-License-Identifier: MIT
# Copyright (c) 2026 The gfpbench authors
#
# Every example of the documents, run as it stands: indented lines that start with gfpbench
# in README.md and docs/*.md (NAME is any backend there), EXAMPLES of the manual pages.  A
# gfpbench in front of the real one shortens what is measured; nothing else differs.  A block
# of code with anything else in it must say in the comment before it who runs it (run by
# FILE) or why nobody does (not run: REASON).
. "${GB_SRCDIR:?set by make check}/tests/tap.sh"
cd "$TMP" || exit 99
if [ -n "$(sanitizer)" ]; then
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

documents=("$GB_SRCDIR"/*.md "$GB_SRCDIR"/results/README.md "$GB_SRCDIR"/docs/*.md
	"$GB_SRCDIR"/docs/ci-template/README.md)

# The lines of a document's blocks of code, each after its number and the block's mark: "run"
# by this test, or what the comment says.
blocks() { # FILE
	awk '
	/^<!-- (run by|not run:) .* -->$/ { mark = substr($0, 6, length($0) - 9); after = 1; next }
	/^```/ { fence = !fence; if (fence) next; mark = ""; after = 1; next }
	fence || (/^    / && (after || code)) {
		code = 1
		print NR "\t" (mark ? mark : "run") "\t" $0
		next
	}
	/^ *$/ { after = 1; next }
	{ after = code = 0; mark = "" }' "$1"
}

examples() { # FILE: a command a line
	case $1 in
	*.md) blocks "$1" | sed -n 's/^[0-9]*\trun\t    \(gfpbench .*\)/\1/p' | sed 's/\bNAME\b/slab/g' ;;
	*) sed -n '/^\.SH EXAMPLES/,/^\.fi/{ s/\\-/-/g; /^gfpbench /p; }' "$1" ;;
	esac
}

# --- no block is forgotten
for file in "${documents[@]}"; do
	name=${file#"$GB_SRCDIR"/}
	is "$(blocks "$file" | grep -P '^\d+\trun\t(?!    gfpbench )')" "" \
		"$name: every block of code is run, or says who runs it or why not"
	while read -r runner; do
		ok $([ -x "$GB_SRCDIR/$runner" ] || grep -q "${name##*/}" "$GB_SRCDIR/$runner"; echo $?) \
			"$name: $runner runs it"
	done < <(blocks "$file" | cut -f2 | sed -n 's/^run by //p' | sort -u)
done

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
for file in "${documents[@]}" "$GB_SRCDIR"/docs/man/*.1; do
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

done_testing
