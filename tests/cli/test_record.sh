#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# record: of a program (threads, fork, exec, a crash), of the kernel where we may, and what
# cannot be recorded.
. "${GB_SRCDIR:?set by make check}/tests/tap.sh"

metric() { "$GFPBENCH" show "$1" --format=csv 2>/dev/null | awk -F, -v m="$2" '$1 == m { print $2 }'; }

cat >"$TMP/prog.c" <<'C'
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>
static void *volatile box[4000];
static void *give(void *unused)
{
	(void)unused;
	for (int i = 0; i < 4000; i++)
		box[i] = malloc(100 + i % 50);
	return NULL;
}
int main(int argc, char **argv)
{
	pthread_t t;
	void *volatile p;

	if (pthread_create(&t, NULL, give, NULL) || pthread_join(t, NULL))
		return 1;
	for (int i = 0; i < 4000; i++)
		free(box[i]);
	p = calloc(10, 10);
	p = realloc(p, 70000);
	free(p);
	if (posix_memalign((void **)&p, 64, 640))
		return 1;
	free(p);
	free(NULL);
	if (argc > 1 && !strcmp(argv[1], "crash"))
		abort();
	if (argc > 1 && !strcmp(argv[1], "segv"))
		raise(SIGSEGV);
	if (argc > 1 && !strcmp(argv[1], "_exit"))
		_exit(0);
	if (argc > 1 && !strcmp(argv[1], "exec"))
		execl("./nowhere", "nowhere", (char *)NULL); /* fails: it goes on */
	if (argc > 2 && !strcmp(argv[1], "daemon")) {
		if (!fork()) {
			setsid();
			do {
				for (int i = 0; i < 1000; i++)
					free(malloc(32));
				close(creat(argv[2], 0600)); /* it is at work */
				usleep(1000);
			} while (access("stop", F_OK) && !access(argv[2], F_OK));
			_exit(0);
		}
		while (access(argv[2], F_OK))
			usleep(1000);
	}
	if (argc > 2 && !strcmp(argv[1], "wait"))
		for (close(creat(argv[2], 0600));;)
			pause();
	if (argc > 1 && !strcmp(argv[1], "fork")) {
		pid_t pid = fork();
		if (!pid) {
			for (int i = 0; i < 100; i++)
				free(malloc(32));
			_exit(0);
		}
		waitpid(pid, NULL, 0);
	}
	return argc > 1 && !strcmp(argv[1], "fail") ? 7 : 0;
}
C
if ! ${CC:-cc} -O0 -o "$TMP/prog" "$TMP/prog.c" -pthread 2>"$TMP/err"; then
	skip "record a program" "no C compiler here"
	done_testing
	exit
fi
cd "$TMP" || exit 99

exits 0 "a program with two threads" "$GFPBENCH" record -o plain.gfprec -- ./prog
is "$(metric plain.gfprec cpus)" 2 "two threads are two CPUs"
ok $(($(metric plain.gfprec null_frees) >= 1 ? 0 : 1)) "free(NULL) is counted"
is "$(metric plain.gfprec unmatched_frees)" 0 "every free has its allocation"
allocs=$(metric plain.gfprec allocs)
ok $((allocs >= 4003 ? 0 : 1)) "all allocations are there ($allocs)"
exits 0 "replayed" "$GFPBENCH" run -b null,glibc -w replay:file=plain.gfprec -r 1 -t 2 -d 20ms --format csv
is "$(grep -c ',2,2,\|,1,1,' "$TMP/out")" 2 "both backends replayed it"

exits 0 "compressed" "$GFPBENCH" record -o packed.zst -- ./prog
is "$(metric packed.zst allocs)" "$allocs" "the same calls, compressed"
exits 0 "a program that crashes" "$GFPBENCH" record -o crash.gfprec -- ./prog crash
like "$(cat "$TMP/err")" 'killed by' "the crash is told"
is "$(metric crash.gfprec allocs)" "$allocs" "what came before the crash is there"
for how in segv _exit exec; do
	exits 0 "a program that ends by $how" "$GFPBENCH" record -o $how.gfprec -- ./prog $how
	is "$(metric $how.gfprec allocs)" "$allocs" "$how: what came before is there"
done
exits 0 "a program that fails" "$GFPBENCH" record -o fail.gfprec -- ./prog fail
like "$(cat "$TMP/err")" 'exited with 7' "its exit status is told"
exits 0 "a program that forks" "$GFPBENCH" record --all -o fork.gfprec -- ./prog fork
is "$(metric fork.gfprec allocs)" "$allocs" "the parent's recording is its own"
is "$(ls fork.gfprec.*-0 2>/dev/null | wc -l)" 1 "--all keeps the child's"
exits 0 "a shell that runs it" "$GFPBENCH" record -o shell.gfprec -- sh -c 'exec ./prog'
is "$(metric shell.gfprec allocs)" "$allocs" "exec: the program's recording is kept"

exits 0 "a program that leaves a daemon behind" "$GFPBENCH" record --all -o daemon.gfprec -- ./prog daemon alive
like "$(cat "$TMP/err")" '1 of its processes live on' "which is told"
# The largest may be the daemon's: how far it came is chance.
is "$(for file in daemon.gfprec*; do metric "$file" allocs; done | grep -cx "$allocs")" 1 \
	"the program's own calls are there"
is "$(ls daemon.gfprec* | wc -l)" 2 "and a recording of the daemon until then"
daemon=$(for pid in $(pgrep -f "^./prog daemon alive$"); do # of this folder, not of another test
	[ "/proc/$pid/cwd" -ef . ] && echo "$pid"
done)
# What it writes goes nowhere: at most the chunk that it was filling.
offset() { stat -Lc %s "/proc/$1/fd/"* 2>/dev/null | sort -n | tail -1; }
before=$(offset "$daemon")
ok $((before > 0 ? 0 : 1)) "the daemon is at work"
sleep 0.5
ok $(($(offset "$daemon") - before <= 65536 ? 0 : 1)) "the daemon writes no more"
touch stop

"$GFPBENCH" record -o term.gfprec -- ./prog wait waiting 2>"$TMP/err" & recorder=$!
for _ in $(seq 400); do [ -e waiting ] && break; sleep 0.05; done
pid=$(pgrep -P $recorder)
kill $recorder
wait $recorder
is $? 0 "SIGTERM to the recorder ends the program, not the recording"
is "$(metric term.gfprec allocs)" "$allocs" "all of it is there"
like "$(cat "$TMP/err")" 'killed by Terminated' "how it ended is told"
gone "$pid" "the program is gone"

echo 'extern int pass; int pass;' >pass.c
${CC:-cc} -shared -fPIC -o pass.so pass.c
# (The address sanitizer wants to come before it; it has no malloc.)
exits 0 "what else is preloaded stays so" tell_sanitizers verify_asan_link_order=0 env LD_PRELOAD="$PWD/pass.so" \
	"$GFPBENCH" record -o pass.gfprec -- sh -c 'case $LD_PRELOAD in *libgfprecord.so:*/pass.so) exit 5 ;; esac'
like "$(cat "$TMP/err")" 'exited with 5' "behind the recorder"

is "$(find . -type d -name "*.gfprec.*" | wc -l)" 0 "no temporary folder is left"

# Many chunks: reallocs keep their halves together, blocks go round between threads.
cat >many.c <<'C'
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <unistd.h>
static void *ring[3][512];
static pthread_barrier_t all;
static void *work(void *arg)
{
	long me = (long)arg;

	for (int round = 0; round < 60; round++) {
		for (int i = 0; i < 512; i++)
			ring[me][i] = realloc(malloc(20 + i), 2000 - i);
		pthread_barrier_wait(&all);
		for (int i = 0; i < 512; i++)
			free(ring[(me + 1) % 3][i]);
		pthread_barrier_wait(&all);
	}
	return NULL;
}
int main(int argc, char **argv)
{
	pthread_t t[3];

	(void)argv;
	for (int i = 0; i < 50000; i++)
		free(realloc(malloc(1 + i % 90), 100));
	pthread_barrier_init(&all, NULL, 3);
	for (long i = 0; i < 3; i++)
		pthread_create(&t[i], NULL, work, (void *)i);
	for (int i = 0; i < 3; i++)
		pthread_join(t[i], NULL);
	if (argc > 1)
		kill(getpid(), SIGKILL);
	return 0;
}
C
${CC:-cc} -O0 -o many many.c -pthread
exits 0 "four threads, many chunks" "$GFPBENCH" record -o many.gfprec -- ./many
for i in unmatched_frees duplicate_events implicit_frees malformed_lines failed_allocs; do
	is "$(metric many.gfprec $i)" 0 "many chunks: $i"
done
many=$(metric many.gfprec allocs)
# A thread start allocates too: its stack's bookkeeping.
ok $((many >= 284320 && many < 284400 ? 0 : 1)) "many chunks: every allocation is there ($many)"
exits 0 "killed at its end" "$GFPBENCH" record -o killed.gfprec -- ./many kill
is "$(metric killed.gfprec allocs)" "$many" "SIGKILL loses no call"
like "$("$GFPBENCH" show killed.gfprec 2>&1)" 'did not end in order' "show says that it was cut"

# Every size to either side of what a short event holds, by each of the calls.
cat >sizes.c <<'C'
#include <stdlib.h>
int main(void)
{
	for (size_t i = 0; i < 1000; i++) {
		free(malloc(65000 + i));
		free(calloc(1, 65000 + i));
		free(realloc(malloc(65000 + i), 65000 + i));
	}
	return 0;
}
C
${CC:-cc} -O0 -o sizes sizes.c
exits 0 "sizes" "$GFPBENCH" record -o sizes.gfprec -- ./sizes
is "$(metric sizes.gfprec requested_bytes)" 261998000 "sizes: to the byte"
is "$(metric sizes.gfprec allocs)" 4000 "sizes: every call"
is "$(metric sizes.gfprec leaked)" 0 "sizes: every block is freed"

head -c 3000 plain.gfprec >cut.gfprec
exits 2 "a recording cut in its header" "$GFPBENCH" show cut.gfprec
head -c 40000 plain.gfprec >cut2.gfprec
exits 0 "a recording cut later" "$GFPBENCH" show cut2.gfprec
printf '\377' | dd of=cut2.gfprec bs=1 seek=8 conv=notrunc 2>/dev/null
exits 2 "a newer version" "$GFPBENCH" show cut2.gfprec
like "$(cat "$TMP/err")" 'version' "says so"

cp "$GB_SRCDIR/data/recordings/git.gfprec.zst" old.gfprec.zst
is "$(metric old.gfprec.zst frees)" "$(sed -n 's/^frees,//p' "$GB_SRCDIR/data/recordings/git.csv")" \
	"a recording of version 1 is read"
exits 2 "no program" "$GFPBENCH" record -o x
exits 2 "no output" "$GFPBENCH" record -- ./prog
exits 2 "no such program" "$GFPBENCH" record -o x -- ./nowhere
like "$(cat "$TMP/err")" "cannot run './nowhere': no such program" "names it"
exits 3 "no such folder" "$GFPBENCH" record -o nowhere/x -- ./prog
cp prog setuid && chmod u+s setuid
exits 2 "a setuid program" "$GFPBENCH" record -o x -- ./setuid
like "$(cat "$TMP/err")" 'record a copy without the bit' "says why, and what to do"
if ${CC:-cc} -static -O0 -o static prog.c -pthread 2>/dev/null; then
	exits 2 "a static program" "$GFPBENCH" record -o x -- ./static
else
	skip "a static program" "no static C library here"
fi

# All that a tracer could change, whether or not tracefs is mounted where it belongs.
tracefs() {
	mkdir -p tracefs && mount -t tracefs nodev tracefs 2>/dev/null || return
	(cd tracefs && cat tracing_on current_tracer set_event buffer_size_kb trace_clock)
	umount tracefs
}
mounted() { grep -q ' /sys/kernel/tracing tracefs ' /proc/self/mounts; }
mounted && was_mounted=yes
tracefs_before=$(tracefs)
if [ "$(id -u)" -eq 0 ] && "$GFPBENCH" record -q --kernel -o kernel.zst -- ls -R /etc >/dev/null 2>"$TMP/err"; then
	ok $(($(metric kernel.zst allocs) > 100 ? 0 : 1)) "the kernel's allocations"
	no_instance() { is "$(ls -d "/sys/kernel/tracing/instances/gfpbench-$1" 2>/dev/null | wc -l)" 0 "$2"; }
	# A machine that never stops allocating: each clone and exit is many events.
	# It ends with this shell ($$ in a subshell too), whatever kills that.
	(while kill -0 $$; do /bin/true; done) 2>/dev/null & busy=$!
	exits 0 "while the machine is busy it ends with its program" \
		timeout -s KILL 60 "$GFPBENCH" record -q --kernel -o busy.zst -- sleep 0.3
	kill $busy
	wait $busy 2>/dev/null
	"$GFPBENCH" record -q --kernel -o ended.zst -- sleep 60 2>"$TMP/err" & recorder=$!
	for _ in $(seq 100); do
		[ "$(cat "/sys/kernel/tracing/instances/gfpbench-$recorder/tracing_on" 2>/dev/null)" = 1 ] && break
		sleep 0.1
	done
	sleep 0.2
	kill $recorder
	wait $recorder
	is $? 0 "SIGTERM ends the program, not the recording"
	ok $(($(metric ended.zst events) > 0 ? 0 : 1)) "what was there is kept"
	no_instance $recorder "the instance is gone"

	"$GFPBENCH" record -q --kernel -o killed.zst -- sleep 60 & recorder=$!
	for _ in $(seq 100); do
		sleeper=$(pgrep -P $recorder) && break
		sleep 0.1
	done
	kill -KILL $recorder
	wait $recorder 2>/dev/null
	kill "$sleeper"
	# Its instance stays behind, until somebody records.
	exits 0 "a recording after one that was killed" "$GFPBENCH" record -q --kernel -o next.zst -- true
	no_instance $recorder "takes its instance away"
	if [ -z "${was_mounted:-}" ]; then
		mounted && umount /sys/kernel/tracing # as the killed one left it
		exits 0 "where tracefs is not mounted" "$GFPBENCH" record -q --kernel -o next.zst -- true
		ok $(! mounted; echo $?) "it is not mounted afterwards"
	fi
	is "$(tracefs)" "$tracefs_before" "tracefs is as it was"
	# Mounted read-only, hidden, absent: in a mount namespace of our own.
	tracing() { # MOUNTS
		unshare -m sh -c "$1"' && exec "$1" record -q --kernel -o none.zst -- true' sh "$2"
	}
	hidden=/sys/kernel/tracing
	there="grep -q ' $hidden tracefs ' /proc/self/mounts || mount -t tracefs nodev $hidden"
	if unshare -m true 2>/dev/null; then
		exits 3 "tracefs is read-only" tracing \
			"{ $there; } && mount --bind $hidden $hidden && mount -o remount,bind,ro $hidden" "$GFPBENCH"
		like "$(cat "$TMP/err")" 'mounted read-only here' "says so"
		exits 0 "tracefs is not mounted" tracing "mount -t tmpfs none $hidden" "$GFPBENCH"
		rm -f none.zst
		exits 3 "no tracefs at all" tracing "mount -t tmpfs none /sys/kernel" "$GFPBENCH"
		like "$(cat "$TMP/err")" 'CONFIG_FTRACE' "says what is needed"
		ok $([ ! -e none.zst ]; echo $?) "and leaves no file"
	else
		skip "tracefs read-only or absent" "no mount namespaces here"
	fi
else
	skip "the kernel's allocations" "$(head -1 "$TMP/err" 2>/dev/null | cut -c1-100)"
fi
done_testing
