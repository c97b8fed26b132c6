#!/usr/bin/env bash
# Starts the cluster command as a person would, puts a file in on one node, gets it from another, and stops it with Ctrl-C.
# -m: without job control a background process starts with Ctrl-C ignored; so does whatever is started where it is ignored already, as below nohup, and stays deaf to it.
set -uom pipefail
cd "$(dirname "$0")/.."
work=$(mktemp -d)
log=$work/up.log
hearing=()
env --default-signal=INT true 2>/dev/null && hearing=(env --default-signal=INT)
"${hearing[@]}" ./cluster-up.sh --data "$work/data" --base-port 0 >"$log" 2>&1 &
up=$!
finish() { kill -KILL -- "-$up" 2>/dev/null; wait "$up" 2>/dev/null; }
trap 'finish; rm -rf "$work"' EXIT

# `dfs up` prints its lines "export DFS_…" once every node is ready.
for _ in $(seq 1 240); do
  grep -q '^cluster is ready' "$log" && break
  kill -0 "$up" 2>/dev/null || { echo "cluster-up.sh ended early:"; cat "$log"; exit 1; }
  sleep 0.5
done
grep -q '^cluster is ready' "$log" || { echo "not ready within two minutes:"; tail -50 "$log"; exit 1; }

dfs="dotnet artifacts/${ACTOR_ENGINE:-embedded}/dfs/dfs.dll"
url() { sed -n "s/^node-$1 [^h]*\(http:[^ ,]*\).*/\1/p" "$log" | head -1; }
head -c 20000000 /dev/urandom >"$work/in"
$dfs put "$work/in" from-ci --node "$(url 1)" --token-file "$work/data/node-1/admin.token" || exit 1
$dfs get from-ci "$work/out" --node "$(url 3)" --token-file "$work/data/node-3/admin.token" || exit 1
cmp "$work/in" "$work/out" || exit 1
$dfs rm from-ci --node "$(url 2)" --token-file "$work/data/node-2/admin.token" || exit 1
if $dfs get from-ci "$work/gone" --node "$(url 1)" --token-file "$work/data/node-1/admin.token" 2>/dev/null; then
  echo "a removed file was still there"; exit 1
fi

kill -INT "$up"
for _ in $(seq 1 60); do kill -0 "$up" 2>/dev/null || { echo "stopped cleanly"; exit 0; }; sleep 0.5; done
echo "the cluster did not stop within 30 s of Ctrl-C"; tail -50 "$log"; exit 1
