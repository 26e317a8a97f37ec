#!/bin/bash
# SPDX-License-Identifier: MIT
# Copyright (c) 2026 The gfpbench authors
#
# The examples for continuous integration, run as they stand: the steps of docs/CI.md for
# GitHub, GitLab and Jenkins and of the workflow in docs/ci-template, in a clone of a
# repository made of that template, with a change on a branch.  Two things differ: the step
# that fetches and builds gfpbench (minutes, and a network) gives way to the one that is
# tested, and the gate measures two pairs.
. "${GB_SRCDIR:?set by make check}/tests/tap.sh"
if [ -n "$(sanitizer)" ]; then
	skip "examples" "a program cannot load a sanitized library"
	done_testing
	exit
fi
mkdir "$TMP/bin" && cd "$TMP" || exit 99
cat >bin/gfpbench <<'END_OF_WRAPPER'
#!/bin/bash
exec "$GFPBENCH" "$@" --pairs 2 --max-time 10s
END_OF_WRAPPER
chmod +x bin/gfpbench
export PATH=$TMP/bin:$PATH GFPBENCH
unset MAKEFLAGS MAKELEVEL MFLAGS

# --- by hand, as the template's README says
cp -r "$GB_SRCDIR/docs/ci-template" template && chmod -R u+w template && cd template || exit 99
exits 0 "ci-template: make check" make check
while read -r command; do
	bash -c "$command" >"$TMP/out" 2>"$TMP/err"
	status=$?
	case $command in gfpbench*) [ $status -eq 3 ] && status=0 ;; esac # too short for a verdict
	ok $status "ci-template: $command"
	[ $status -eq 0 ] || sed 's/^/# /' "$TMP/err" | head -5
done < <(sed -n 's/^    //p' README.md)
make -s clean
rm -rf results old.so new.so

if ! command -v git >/dev/null; then
	skip "docs/CI.md" "git is not installed"
	done_testing
	exit
fi

# --- a repository with a main branch, and a change
export GIT_CONFIG_GLOBAL=/dev/null GIT_CONFIG_SYSTEM=/dev/null
export GIT_AUTHOR_NAME=a GIT_AUTHOR_EMAIL=a@b GIT_COMMITTER_NAME=a GIT_COMMITTER_EMAIL=a@b
{
	git init -q . && git checkout -q -b main && git add . && git commit -q -m first &&
		cd "$TMP" && git clone -q --bare template origin.git
} >"$TMP/out" 2>&1
ok $? "a repository of the template"
export GITHUB_BASE_REF=main CI_MERGE_REQUEST_DIFF_BASE_SHA
CI_MERGE_REQUEST_DIFF_BASE_SHA=$(git -C origin.git rev-parse main)

# The block of docs/CI.md after a heading.
block() { # HEADING
	sed -n "/^## $1/,/^## /{ /^\`\`\`/,/^\`\`\`/p; }" "$GB_SRCDIR/docs/CI.md" | grep -v '^```'
}

# The commands of a workflow on standard input, in order; NUL after each.  What YAML makes of
# the lines of a plain or folded (>) text is one line, of a literal one (|) as many.
steps() { # PATTERN of the line that begins a command; what follows it is the command's head
	perl -e '
	my ($begin, @lines) = (qr/$ARGV[0]/, <STDIN>);
	while (defined(my $line = shift @lines)) {
		$line =~ /^(\s*)$begin(.*)$/ or next;
		my ($indent, $head, @body) = (length $1, $2);
		while (@lines && $lines[0] =~ /^(\s+)\S/ && length $1 > $indent + 1) {
			push @body, shift(@lines) =~ s/^\s+|\s+$//gr;
		}
		unshift @body, $head if $head !~ /^[|>]$/;
		print join($head eq "|" ? "\n" : " ", @body), "\0";
	}' -- "$1"
}

# Run the commands on standard input, as steps writes them, in a clone with a change.
workflow() { # NAME
	local name=$1 command status gates=0
	git clone -q origin.git "$name" && cd "$name" || exit 99
	git checkout -q -b change && echo '/* faster */' >>mymalloc.c && git commit -q -a -m change
	mkdir -p gfpbench/build && ln -s "$TMP/bin/gfpbench" gfpbench/build/gfpbench
	while IFS= read -r -d '' command; do
		case $command in
		*GFPBENCH_URL* | *"cd gfpbench &&"*) continue ;;
		esac
		bash -e -c "$command" >"$TMP/out" 2>"$TMP/err" </dev/null
		status=$?
		case $command in
		*"gfpbench gate"*)
			gates=$((gates + 1))
			[ $status -eq 3 ] && status=0 # too short for a verdict
			;;
		esac
		ok $status "$name: ${command//$'\n'/; }"
		[ $status -eq 0 ] || sed 's/^/# /' "$TMP/err" | head -5
	done
	is "$gates" 1 "$name: one gate"
	ok $([ -s gate.xml ] && [ -s gate-run/manifest.json ]; echo $?) "$name: what is uploaded is there"
	cd "$TMP" || exit 99
}

workflow template-workflow < <(steps '(?:- )?run: ' \
	<"$GB_SRCDIR/docs/ci-template/.github/workflows/performance.yml")
workflow github < <(block GitHub | steps '(?:- )?run: ')
workflow gitlab < <(block GitLab | sed -n '/^  script:/,/^  artifacts:/p' | steps '- ')
# Jenkins leaves building to the reader: both sides are one library.
workflow jenkins < <(
	printf 'make && cp libmymalloc.so old.so && cp libmymalloc.so new.so\0'
	block Jenkins | perl -0ne '/script: (.*?)\)\n/s and print join("", $1 =~ /\x27([^\x27]*)\x27/g), "\0"'
)
done_testing
