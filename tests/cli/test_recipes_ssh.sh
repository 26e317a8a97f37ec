#!/bin/bash
# SPDX-License-Identifier: MIT
# Copyright (c) 2026 The gfpbench authors
#
# The recipe for GNU parallel (docs/RECIPES.md) with real workers: two sshd of our own on
# local ports, each with a folder of its own as its home and keys that are thrown away; then
# once more with one of them dying, as a machine does, under its first share.
. "${GB_SRCDIR:?set by make check}/tests/tap.sh"
cd "$TMP" || exit 99
sshd=$(PATH=$PATH:/usr/sbin:/sbin command -v sshd)
for program in parallel ssh ssh-keygen rsync; do
	command -v $program >/dev/null || lacking=$program
done
[ -n "$sshd" ] || lacking="sshd (openssh-server)"
if [ -n "${lacking:-}" ]; then
	skip "workers behind ssh" "$lacking is not installed"
	done_testing
	exit
fi

mkdir bin
cat >bin/gfpbench <<'END_OF_WRAPPER'
#!/bin/bash
# The machine goes down: its sshd and whoever it serves.
if [ "${WORKER:-}" = 2 ] && rm mortal 2>/dev/null; then
	kill -KILL "$(cat "$TESTS/2.pid")"
	for ((pid = PPID; pid > 1; pid = $(awk '/^PPid/ { print $2 }' "/proc/$pid/status"))); do
		[ "$(cat "/proc/$pid/comm")" != sshd ] || dead="${dead:-} $pid"
	done
	kill -KILL $dead
	exit 1
fi
[ "$1" = run ] && set -- "$@" -t 1 -d 5ms
exec "$GFPBENCH" "$@"
END_OF_WRAPPER
chmod +x bin/gfpbench
export PATH=$TMP/bin:$PATH GFPBENCH SHELL=/bin/bash
export HOME=$TMP # parallel keeps notes there
mkdir -p .parallel && touch .parallel/will-cite

down() {
	for n in 1 2; do
		[ -s $n.pid ] && kill "$(cat $n.pid)" 2>/dev/null
	done
	[ -z "${held:-}" ] || rmdir "$held"
	[ -z "${made:-}" ] || rmdir --ignore-fail-on-non-empty /run/sshd
	rm -rf "$TMP"
}
trap 'cd "$TMP" && down' EXIT

# sshd started by root wants this folder for every login; the package's service makes it.  A
# folder of our own in it keeps it while we need it: who made it may be another of these tests.
if [ "$(id -u)" -eq 0 ]; then
	mkdir /run/sshd 2>/dev/null && made=1
	held=/run/sshd/gfpbench-${TMP##*/}
	for _ in 1 2 3 4 5; do # in the moment before, another may have taken it away
		mkdir -p "$held" && break
	done
fi
for key in host user; do
	ssh-keygen -q -t ed25519 -N '' -C '' -f $key.key
done
cp user.key.pub authorized

up() { # NUMBER: a worker; the port is chosen until one is free
	local n=$1 port
	mkdir "home-$n"
	for _ in $(seq 20); do
		port=$((20000 + RANDOM % 12000))
		cat >"$n.conf" <<CONF
ListenAddress 127.0.0.1:$port
HostKey $TMP/host.key
PidFile $TMP/$n.pid
AuthorizedKeysFile $TMP/authorized
StrictModes no
UsePAM no
PasswordAuthentication no
KbdInteractiveAuthentication no
PermitRootLogin yes
SetEnv WORKER=$n TESTS=$TMP PATH=$PATH GFPBENCH=$GFPBENCH
ForceCommand cd $TMP/home-$n && exec bash -c "\$SSH_ORIGINAL_COMMAND"
CONF
		"$sshd" -f "$n.conf" -E "$n.log" && break
	done
	cat >>ssh.conf <<CONF
Host worker$n
	HostName 127.0.0.1
	Port $port
	User $(id -un)
	IdentityFile $TMP/user.key
	IdentitiesOnly yes
	UserKnownHostsFile /dev/null
	StrictHostKeyChecking no
	LogLevel ERROR
CONF
	echo "ssh -F $TMP/ssh.conf worker$n" >>ssh.txt
	for _ in $(seq 50); do
		ssh -F ssh.conf "worker$n" pwd >"$n.pwd" 2>"$n.err" && return 0
		sleep 0.1
	done
	return 1
}

if ! { up 1 && up 2; }; then
	skip "workers behind ssh" "no login here: $(cat ./[12].log ./[12].err | tail -1 | cut -c1-120)"
	done_testing
	exit
fi
is "$(cat 1.pwd 2.pwd | xargs)" "$TMP/home-1 $TMP/home-2" "two workers"

recipe() { # WORD: the indented line of the document that starts with it
	sed -n "s/^    \\($1 .*\\)/\\1/p" "$GB_SRCDIR/docs/RECIPES.md"
}
whole_plan() { # NAME: the recipe's three lines in a folder of their own
	mkdir "$1" && cd "$1" && cp ../ssh.txt . || exit 99
	exits 0 "$1: the shares" bash -c "$(recipe parallel)"
	exits 0 "$1: unpack" bash -c "$(recipe 'for i')"
	exits 0 "$1: merge" bash -c "$(recipe 'gfpbench merge shard-1')"
	is "$(tail -n +2 whole/samples.csv | wc -l)" 8 "$1: every sample of the plan, once"
	is "$(tail -n +2 whole/samples.csv | grep -c ,ok,)" 8 "$1: and measured"
	cd "$TMP" || exit 99
}
whole_plan alive
is "$(tail -n +2 alive/jobs.log | wc -l)" 4 "four jobs"
is "$(cut -f2 alive/jobs.log | tail -n +2 | sort -u | wc -l)" 2 "both workers had a share"
is "$(ls home-1 home-2 | grep -c shard)" 0 "nothing is left on the workers"

touch home-2/mortal
whole_plan dying
ok $([ ! -e home-2/mortal ]; echo $?) "a worker died under its share"
ok $(ssh -F ssh.conf -o ConnectTimeout=5 worker2 true 2>/dev/null; [ $? -eq 255 ]; echo $?) \
	"and is gone"
is "$(tail -n +2 dying/jobs.log | cut -f7 | sort -u)" 0 "the other one did its work"
done_testing
