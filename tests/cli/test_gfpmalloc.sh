#!/bin/bash
# SPDX-License-Identifier: MIT
# Copyright (c) 2026 The gfpbench authors
#
# libgfpmalloc.so under real programs.  Each runs once with the C library's malloc and once
# with ours, and must print the same.  GB_TEST_SECONDS in the environment (check-long) adds
# the long ones.
. "${GB_SRCDIR:?set by make check}/tests/tap.sh"

if [ -n "$(sanitizer)" ]; then
	skip "programs under libgfpmalloc.so" "a sanitizer's malloc must come first"
	done_testing
	exit
fi
lib=$GB_BUILDDIR/.libs/libgfpmalloc.so
tests=$GB_BUILDDIR/tests/malloc
ours() { LD_PRELOAD=$lib "$@"; }
have() { command -v "$1" >/dev/null; }

# ---------------------------------------------------------------- the library itself
needed=$(readelf -d "$lib" 2>/dev/null | sed -n 's/.*NEEDED.*\[\(.*\)\]/\1/p' | tr '\n' ' ')
is "$needed" 'libc.so.6 ' 'needs the C library only'
out=$(ours "$tests/startup" "$tests/.libs/plugin.so")
is $? 0 'constructors, dlopen, atexit, destructors'
is "$out" "$lib"$'\nstartup ok\nend ok' 'malloc is ours from the first to the last'
# The same body against the C library is a control of the tests.
out=$(GB_TEST_SECONDS=0.3 GB_TEST_MALLOC=glibc "$tests/plain")
is "$? $(grep '^not' <<<"$out")" '0 ' "the table holds for the C library's malloc"
out=$(GB_TEST_SECONDS=0.5 ours "$tests/plain")
is "$? $(grep '^not' <<<"$out")" '0 ' 'the table holds under LD_PRELOAD'
out=$(ulimit -v 400000 && ours "$tests/startup" "$tests/.libs/plugin.so" | tail -1)
is "$out" 'end ok' 'with 400 MB of addresses'

# ---------------------------------------------------------------- programs
# same NAME COMMAND...: the same output and status with both
same() {
	local name=$1 got want
	shift
	want=$("$@" 2>&1; echo "status $?")
	got=$(ours "$@" 2>&1; echo "status $?")
	if [ "$got" = "$want" ]; then ok 0 "$name"; else
		ok 1 "$name"
		diff <(echo "$want") <(echo "$got") | head -5 | sed 's/^/# /'
	fi
}

awk 'BEGIN { srand(7); for (i = 0; i < 300000; i++) print int(rand() * 1e9), i }' >"$TMP/lines"
sorted() { sort --parallel=4 -S 20M -k1,1n "$TMP/lines" | cksum; }
export -f sorted
export TMP
same 'sort: 300,000 lines, 4 threads' bash -c sorted
same 'bash: arrays and strings' bash -c \
	'for ((i = 0; i < 30000; i++)); do a[i]=$i$i; done; echo "${a[*]}" | cksum'

compile() {
	gcc -O1 -w -std=gnu11 -S -o - -include "$GB_BUILDDIR/config.h" -I"$GB_SRCDIR/harness" \
		-I"$GB_SRCDIR/allocators" "$GB_SRCDIR/allocators/malloc/slabs.c" | cksum
}
export -f compile
if have gcc; then same 'gcc: a file of this project' bash -c compile
else skip gcc 'gcc is not installed'; fi

if have perl; then
	same 'perl: hashes of arrays' perl -e 'my %h;
		for my $i (1 .. 60000) { push @{$h{$i % 997}}, "v$i" x ($i % 30) }
		my $n = 0; for my $k (sort keys %h) { $n += length join ",", @{$h{$k}}; }
		delete $h{$_} for grep { $_ % 2 } keys %h; print "$n ", scalar(keys %h), "\n"'
else skip perl 'perl is not installed'; fi

if have git; then
	make_repository() {
		cd "$(mktemp -d "$TMP/git.XXXX")" && git init -q . || return
		git config user.name n && git config user.email e@example.org
		for i in 1 2 3 4 5; do
			seq $((i * 1000)) >"f$i" && git add . &&
				GIT_AUTHOR_DATE='1700000000 +0000' \
				GIT_COMMITTER_DATE='1700000000 +0000' git commit -qm "c$i"
		done
		git gc -q && git clone -q . copy && git -C copy fsck --strict && git log -p |
			cksum
	}
	export -f make_repository
	same 'git: commit, gc, clone, fsck, log' bash -c make_repository
	if git -C "$GB_SRCDIR" rev-parse -q --verify HEAD >/dev/null 2>&1; then
		same 'git: log of this repository' git -C "$GB_SRCDIR" log --stat -5
	else skip 'git: log of this repository' 'not a repository'; fi
else skip git 'git is not installed'; fi

if have python3; then
	same 'python3: threads, lists, json' python3 -c '
import json, threading
out = [None] * 6
def work(n):
    d = {str(i): list(range(i % 50)) for i in range(8000)}
    out[n] = len(json.dumps(json.loads(json.dumps(d))))
t = [threading.Thread(target=work, args=(n,)) for n in range(6)]
[x.start() for x in t]; [x.join() for x in t]; print(out)'
	same 'python3: fork and subprocess' python3 -c '
import multiprocessing as m, subprocess
with m.get_context("fork").Pool(3) as p: print(sum(p.map(len, [[1] * i for i in range(500)])))
print(subprocess.run(["echo", "x" * 1000], capture_output=True).stdout)'
	if python3 -c 'import sqlite3' 2>/dev/null; then
		same 'sqlite3: 50,000 rows, an index, a join' python3 -c '
import sqlite3
d = sqlite3.connect(":memory:"); d.execute("create table t(a, b text)")
d.executemany("insert into t values(?, ?)", ((i % 997, "x" * (i % 300)) for i in range(50000)))
d.execute("create index i on t(a)")
print(d.execute("select count(*), sum(length(u.b)) from t join t u on t.rowid = u.a").fetchall())'
	else skip sqlite3 "python3's sqlite3 is not installed"; fi
else skip python3 'python3 is not installed'; fi

# ---------------------------------------------------------------- the long ones
if [ -z "${GB_TEST_SECONDS:-}" ]; then
	skip "python's own tests, redis" 'long: make check-long'
	done_testing
	exit
fi
modules=(test_list test_dict test_json test_bytes test_deque test_set test_threading test_re)
run_module() { (cd "$TMP" && timeout 300 "$@" -m test -q "$m" >"$TMP/out" 2>&1); }
if python3 -c 'import test.test_list' 2>/dev/null; then
	for m in "${modules[@]}"; do
		if ours run_module python3; then
			ok 0 "python3 -m test $m"
		elif ! (run_module python3); then
			skip "python3 -m test $m" "fails with the C library's malloc, too"
		else
			ok 1 "python3 -m test $m"
		fi
	done
else skip "python's own tests" "its test package is not installed (libpython3.11-testsuite)"; fi
# Without pymalloc every object is a malloc of ours.
if have python3; then
	PYTHONMALLOC=malloc same 'python3 without its own allocator' python3 -c \
		'print(sum(len(str(i)) for i in [list(range(j % 99)) for j in range(40000)]))'
fi

if have redis-server && have redis-benchmark; then
	port=$((20000 + $$ % 20000))
	LD_PRELOAD=$lib redis-server --bind 127.0.0.1 --port $port --save '' --appendonly no \
		--daemonize no --dir "$TMP" >"$TMP/redis.log" 2>&1 &
	server=$!
	for _ in $(seq 50); do
		redis-cli -p $port ping >/dev/null 2>&1 && break
		sleep 0.1
	done
	grep -q "$lib" "/proc/$server/maps"
	ok $? 'redis-server runs on our malloc'
	redis-benchmark -h 127.0.0.1 -p $port -q -n 20000 -d 500 -r 5000 \
		-t set,get,lpush,lpop,sadd,hset,mset >"$TMP/out" 2>&1
	is $? 0 'redis-benchmark'
	redis-cli -p $port bgsave >/dev/null # a fork under load
	redis-benchmark -h 127.0.0.1 -p $port -q -n 20000 -t set,lpush >"$TMP/out" 2>&1
	is $? 0 'redis-benchmark while it saves'
	redis-cli -p $port flushall >/dev/null && redis-cli -p $port shutdown nosave
	wait $server
	is $? 0 'redis-server shuts down'
	is "$(grep -ci 'crash\|bug report' "$TMP/redis.log")" 0 'its log is clean'
else skip redis 'redis-server and redis-benchmark are not installed'; fi
done_testing
