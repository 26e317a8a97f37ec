#!/bin/bash
# SPDX-License-Identifier: MIT
# Copyright (c) 2026 The gfpbench authors
#
# The recipes of docs/RECIPES.md, run as they stand: GNU parallel with the local machine as
# its sshlogin and with a worker that dies; a Slurm job array on a cluster of one node that is
# brought up here (root, munge, slurmctld, slurmd) and taken down again.
. "${GB_SRCDIR:?set by make check}/tests/tap.sh"
cd "$TMP" || exit 99
mkdir bin
cat >bin/gfpbench <<'END_OF_WRAPPER'
#!/bin/bash
[ "$1" = run ] && set -- "$@" -t 1 -d 5ms
exec "$GFPBENCH" "$@"
END_OF_WRAPPER
chmod +x bin/gfpbench
export PATH=$TMP/bin:$PATH GFPBENCH
export HOME=$TMP # parallel keeps notes there, even for --version

recipe() { # WORD: the indented line of the document that starts with it
	sed -n "s/^    \\($1 .*\\)/\\1/p" "$GB_SRCDIR/docs/RECIPES.md"
}
samples() { # RUN
	tail -n +2 "$1/samples.csv" 2>/dev/null | wc -l
}

# --- GNU parallel
if ! parallel --version 2>/dev/null | grep -q 'GNU parallel'; then
	skip "GNU parallel" "not installed"
else
	mkdir p && cd p || exit 99
	export SHELL=/bin/bash # sshd sets it; without it parallel's worker runs nothing, and says success
	mkdir -p "$HOME/.parallel" && touch "$HOME/.parallel/will-cite"
	echo : >ssh.txt
	exits 0 "parallel: the shares" bash -c "$(recipe parallel)"
	exits 0 "parallel: unpack" bash -c "$(recipe 'for i')"
	exits 0 "parallel: merge" bash -c "$(recipe 'gfpbench merge shard-1')"
	is "$(samples whole)" 8 "parallel: every sample of the plan"

	# A worker that dies after its second share: the others' shares are whole.
	cat >../bin/dying <<'DYING'
#!/bin/bash
shift # the host
[ "$1" = -- ] && shift
[ "$(ls "$TMP_COUNT" | wc -l)" -ge 2 ] && exit 255
touch "$TMP_COUNT/$$"
exec bash -c "$*"
DYING
	chmod +x ../bin/dying
	mkdir count
	export TMP_COUNT=$PWD/count
	parallel --joblog jobs.log --jobs 1 --ssh dying --sshlogin worker \
		"cd '$PWD'"' && gfpbench run -b null -w pairs -r 4 --shard {}/4 -o d-{} -q --format none' \
		::: 1 2 3 4 >out 2>err
	ok $([ $? -ne 0 ]; echo $?) "parallel: a worker that dies is no success"
	exits 0 "parallel: what is there is merged" "$GFPBENCH" merge d-[1-4] -o d-half
	like "$(cat "$TMP/err")" '2 of the plan.s 4 samples' "parallel: and what is missing is named"
	exits 0 "parallel: --resume-failed on a worker that lives" parallel --joblog jobs.log \
		--resume-failed --jobs 1 --sshlogin : \
		"cd '$PWD' && gfpbench run -b null -w pairs -r 4 --shard {}/4 -o d-{} -q --format none" \
		::: 1 2 3 4
	exits 0 "parallel: the whole" "$GFPBENCH" merge d-[1-4] -o d-whole
	is "$(samples d-whole)" 4 "parallel: nothing lost, nothing twice"
	cd "$TMP" || exit 99
fi

# --- Slurm
slurm_down() {
	for daemon in slurmd slurmctld munged; do
		[ -s "$TMP/slurm/$daemon.pid" ] && kill "$(cat "$TMP/slurm/$daemon.pid")" 2>/dev/null
	done
	sleep 1 # slurmctld saves its state as it ends
	rm -rf "$TMP"
}

# One node, this machine, everything below $TMP/slurm.
slurm_up() {
	local d=$TMP/slurm me
	me=$(hostname -s)
	mkdir -p "$d/state" "$d/spool" && chmod 0755 "$TMP" "$d" || return
	head -c 1024 /dev/urandom >"$d/munge.key" && chmod 0400 "$d/munge.key"
	munged --force --key-file="$d/munge.key" --socket="$d/munge.socket" \
		--pid-file="$d/munged.pid" --log-file="$d/munged.log" --seed-file="$d/seed" || return
	cat >"$d/slurm.conf" <<CONF
ClusterName=gfpbench
SlurmctldHost=$me(127.0.0.1)
SlurmUser=root
SlurmctldPort=26817
SlurmdPort=26818
AuthType=auth/munge
AuthInfo=socket=$d/munge.socket
CredType=cred/munge
ProctrackType=proctrack/pgid
TaskPlugin=task/none
SelectType=select/cons_tres
SelectTypeParameters=CR_CPU
AccountingStorageType=accounting_storage/none
JobAcctGatherType=jobacct_gather/none
MpiDefault=none
ReturnToService=2
StateSaveLocation=$d/state
SlurmdSpoolDir=$d/spool
SlurmctldPidFile=$d/slurmctld.pid
SlurmdPidFile=$d/slurmd.pid
SlurmctldLogFile=$d/slurmctld.log
SlurmdLogFile=$d/slurmd.log
NodeName=$me NodeAddr=127.0.0.1 CPUs=$(nproc) State=UNKNOWN
PartitionName=all Nodes=$me Default=YES MaxTime=5 State=UP OverSubscribe=EXCLUSIVE
CONF
	export SLURM_CONF=$d/slurm.conf
	slurmctld -f "$SLURM_CONF" && slurmd -f "$SLURM_CONF" || return
	for _ in $(seq 100); do
		sinfo -h -o %t 2>/dev/null | grep -q idle && return 0
		sleep 0.2
	done
	return 1
}

if [ "$(id -u)" -ne 0 ]; then
	skip "Slurm" "only root can bring up a cluster"
elif ! command -v slurmctld slurmd munged sbatch >/dev/null; then
	skip "Slurm" "slurm-wlm or munge is not installed"
else
	trap slurm_down EXIT
	if ! slurm_up 2>"$TMP/err"; then
		skip "Slurm" "no cluster here: $({ cat "$TMP/err" "$TMP"/slurm/*.log | grep -i error; } 2>/dev/null | tail -1 | cut -c1-120)"
	else
		mkdir s && cd s || exit 99
		exits 0 "Slurm: the array" bash -c "$(recipe sbatch)"
		for _ in $(seq 300); do
			[ -z "$(squeue -h)" ] && break
			sleep 0.2
		done
		is "$(squeue -h)" "" "Slurm: all tasks ended"
		exits 0 "Slurm: merge" bash -c "$(recipe 'gfpbench merge array-1')"
		is "$(samples whole-array)" 8 "Slurm: every sample of the plan"
		cd "$TMP" || exit 99
	fi
fi
done_testing
