#!/usr/bin/env bash
# Real nodes: what goes wrong while data moves. Five nodes; one is drained, and amid the move two of the others are killed (kill -9) and started again; it takes part again, and is
# killed amid that move and removed from the layout; then it comes back. After each step everything has three copies again, and every file is compared on every node.
# Run by hand: Dfs.Tests/Scripts/rebalance-killed.sh [FOLDER [MB]]; needs eight times MB (600) in FOLDER, openssl and curl. The last result stands in docs/reliability.md.
cd "$(dirname "$0")/../.."
. Dfs.Tests/Scripts/cluster.sh "${1:-}"
files=$((${2:-600} / 2))
own=()
finish_own() { local pid; for pid in "${own[@]}"; do kill -9 "$pid" 2>/dev/null; done; }
since() { awk -v a="$(date +%s.%N)" -v b="$1" 'BEGIN {printf "%.0f", a - b}'; }
content() { openssl enc -aes-128-ctr -K "$(printf '%032x' "$1")" -iv 0 </dev/zero 2>/dev/null | head -c 2000000; return 0; }

start_cluster --nodes 5
declare -A command_of
for n in 1 2 3 4 5; do command_of[$n]=$(tr '\0' '\n' <"/proc/$(node_pid "$n")/cmdline" | grep -vx -- --until-input-ends); done
kill_node() { kill -9 "$(node_pid "$1")" || fail "node $1 does not run"; }
start_node() {
  local words; mapfile -t words <<<"${command_of[$1]}"
  "${words[@]}" >>"$work/node-$1.again.log" 2>&1 </dev/null & own+=($!); disown
}
changing() { [[ $(metric "${urls[0]}" dfs_cluster_layout_changing) == 1 ]]; }
# Node 1 sees so many members, nothing changes, and everything that is counted has all its copies.
members() { dfs status --json 2>/dev/null | grep -c '"inLayout": true'; }
whole() { ! changing && [[ $(members) == "$1" && $(metric "${urls[0]}" dfs_copies_counted) == 1 && $(metric "${urls[0]}" dfs_copies_fewer_chunks) == 0 ]]; }
wait_for() { # SECONDS WHAT…: until it holds
  local began; began=$(date +%s)
  until "${@:2}"; do (($(date +%s) - began < $1)) || fail "not within $1 s: ${*:2}"; sleep 0.25; done
}
compare() { # NODES…
  local node number
  for node in "$@"; do
    for number in $(seq 1 "$files"); do
      cmp -s <(content "$number") <(curl -sf -H "Authorization: Bearer $(cat "$work/data/node-$node/admin.token")" "${urls[$node - 1]}/v1/file?key=file-$number") \
        || fail "file-$number is not what was stored, on node $node"
    done
  done
  echo "  every one of $files files is the same on nodes $*"
}

for number in $(seq 1 "$files"); do content "$number" | dfs put - "file-$number" >/dev/null 2>&1 || fail "put of file-$number"; done
dfs repair --now >/dev/null 2>&1
wait_for 300 whole 5
echo "$files files of 2 MB, three copies"

began=$(date +%s.%N)
dfs drain node-5 >"$work/drain.out" 2>&1 & draining=$!
wait_for 60 changing
kill_node 2; kill_node 3
echo "nodes 2 and 3 killed $(since "$began") s after the drain of node 5 began"
sleep 5
changing || echo "  (the change was over before they were killed)"
start_node 2; start_node 3
wait_for 600 whole 4
echo "node 5 is drained, everything has three copies on four nodes: $(since "$began") s"
wait "$draining" || echo "  (drain said: $(tail -n 1 "$work/drain.out"))"
compare 1 2 3 4

began=$(date +%s.%N)
dfs undrain node-5 >/dev/null 2>&1 || fail "undrain"
wait_for 120 changing
kill_node 5
echo "node 5 killed amid its return, $(since "$began") s after undrain"
# The change may end without it, where the two that stay are a majority; or it is left out of it after a minute.
still() { ! changing; }
wait_for 300 still
removed() { [[ $(members) == 4 ]] || dfs layout remove node-5 >/dev/null 2>&1; }
wait_for 300 removed
wait_for 600 whole 4
echo "removed, everything has three copies on four nodes: $(since "$began") s"
compare 1 2
start_node 5
wait_for 600 whole 5
echo "it is back, everything has three copies on five nodes: $(since "$began") s; load $(cut -d' ' -f1-3 /proc/loadavg)"
compare 1 5
echo passed
