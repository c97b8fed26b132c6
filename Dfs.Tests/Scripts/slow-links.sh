#!/usr/bin/env bash
# Three nodes that are joined by slow links, as at home: each in a network namespace of its own, whose way out carries RATE (kbit/s, default 4000), with mutual TLS. A file goes in on node 1, comes out on node 3,
# is listed and removed, all without a flag or a setting; then once more while node 3 is frozen. Printed: how long each took, beside what the link allows.
# Run by hand, as root, on Linux: Dfs.Tests/Scripts/slow-links.sh [RATE [MiB [DELAY]]], DELAY from node to node in ms (0); needs ip, tc with tbf, curl, python3, and a build. The last result stands in docs/reliability.md.
set -uo pipefail
cd "$(dirname "$0")/../.."
bin=$PWD/artifacts/${ACTOR_ENGINE:-embedded}/bin
rate=${1:-4000}
mib=${2:-16}
delay=${3:-0}
work=$(mktemp -d)
data=$work
tag=dfsslow$$
nodes=()
switch=
finish() {
  kill -CONT "${nodes[@]}" 2>/dev/null
  kill "${nodes[@]}" 2>/dev/null
  wait "${nodes[@]}" 2>/dev/null
  [[ $switch ]] && kill "$switch"
  wait 2>/dev/null
  for n in 0 1 2 3; do ip netns del "$tag-$n" 2>/dev/null; done
  [[ ${KEEP:-} ]] || rm -rf "$work"
}
trap finish EXIT
fail() { echo "FAILED: $*"; tail -n 5 "$work"/*.log; exit 1; }
in_net() { ip netns exec "$tag-$1" "${@:2}"; }

ip netns add "$tag-0" && in_net 0 ip link add br0 type bridge && in_net 0 ip link set br0 up || fail "no network namespaces here"
for n in 1 2 3; do
  ip netns add "$tag-$n"
  in_net 0 ip link add "p$n" type veth peer name eth0 netns "$tag-$n"
  if ((delay)); then in_net 0 ip link set "p$n" up; else in_net 0 ip link set "p$n" master br0 up; fi
  in_net "$n" ip addr add "10.77.0.$n/24" dev eth0
  in_net "$n" ip link set eth0 up
  in_net "$n" ip link set lo up
  if ((delay)); then in_net "$n" python3 Dfs.Tests/Scripts/delaying_switch.py plain eth0 || fail "no frames without offloads here"; fi
  # A router's queue: a fifth of a second.
  in_net "$n" tc qdisc add dev eth0 root tbf rate "${rate}kbit" burst 16kb latency 200ms || fail "no tc with tbf here"
done
if ((delay)); then
  ip netns exec "$tag-0" python3 Dfs.Tests/Scripts/delaying_switch.py "$delay" p1 p2 p3 &
  switch=$!
fi

dfs() { in_net "$1" dotnet "$bin/Dfs.Node/release/dfs.dll" "${@:2}" --node http://127.0.0.1:5052 --token-file "$data/$1/admin.token"; }
start() {
  ip netns exec "$tag-$1" dotnet "$bin/Dfs.Node/release/dfs.dll" node --name "node-$1" --host "10.77.0.$1" --port 5050 --http 127.0.0.1:5052 \
    --data "$data/$1" --keyring "$data/keyring" "${@:2}" --seed 10.77.0.1:5050 --seed 10.77.0.2:5050 --seed 10.77.0.3:5050 >>"$work/node-$1.log" 2>&1 &
  nodes[$1]=$!
}
ready() {
  for _ in $(seq 1 240); do
    in_net "$1" python3 -c "import urllib.request as u; u.urlopen('http://127.0.0.1:5052/health/ready')" 2>/dev/null && return
    sleep 0.5
  done
  fail "node-$1 is not ready"
}
# Of a file's content: how often it passes the link that is busiest.
timed() {
  local from=$EPOCHREALTIME
  "${@:3}" >"$work/out" 2>&1 || fail "$1: $(cat "$work/out")"
  python3 -c "import sys; t=float(sys.argv[2])-float(sys.argv[1]); least=$mib*1048576*8*$2/($rate*1000); print(f'$1: {t:.1f} s, {t/least:.2f} of what the link needs' if least else f'$1: {t:.1f} s')" "$from" "$EPOCHREALTIME"
}

start 1 --trust-authority "$data/authority"
for _ in $(seq 1 120); do [[ -f $data/1/admin.token ]] && break; sleep 0.5; done
for n in 2 3; do
  for _ in $(seq 1 60); do dfs 1 token create --for "node-$n" --to "$work/invitation-$n" >"$work/invitation.log" 2>&1 && break; sleep 0.5; done
  in_net "$n" dotnet "$bin/Dfs.Node/release/dfs.dll" join --invitation-file "$work/invitation-$n" --host "10.77.0.$n" --data "$data/$n" >"$work/join.log" 2>&1 || fail "node-$n does not join"
  start "$n"
done
for n in 1 2 3; do ready "$n"; done
sent() { in_net 1 cat /sys/class/net/eth0/statistics/tx_bytes; }

head -c "$((mib << 20))" /dev/urandom >"$data/content"
before=$(sent)
timed "put" 2 dfs 1 put "$data/content" file
python3 -c "print(f'node 1 sent {($(sent) - $before) / ($mib << 20):.2f} times the content')"
timed "get from node 3, one of the three that keep it" 0 dfs 3 get file "$work/back"
cmp -s "$work/back" "$data/content" || fail "what came back is not what went in"
kill -STOP "${nodes[3]}"
timed "put while node 3 is frozen" 1 dfs 1 put "$data/content" other
kill -CONT "${nodes[3]}"
ready 3
timed "get from node 2" 0 dfs 2 get other "$work/back"
cmp -s "$work/back" "$data/content" || fail "what came back is not what went in"
dfs 3 ls | grep -q other || fail "ls"
dfs 3 rm file >/dev/null || fail "rm"
may_fail() { in_net 1 curl -s http://127.0.0.1:5052/metrics | awk '$1 == "dfs_cluster_nodes_may_fail" {print $2}'; }
for _ in $(seq 1 300); do [[ $(may_fail) == 1 ]] && break; sleep 1; done
[[ $(may_fail) == 1 ]] || fail "it does not become whole again"
grep -h "no quorum\|unavailable" "$work"/node-*.log | head -3
echo "OK"
