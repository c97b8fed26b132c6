#!/usr/bin/env bash
# Nodes that are brought from one version of the program to this one, one after the other, while clients put, get and remove at the others; then everything that was acknowledged is read back.
# Run by hand: Dfs.Tests/Scripts/upgrade.sh REVISION [FOLDER], where REVISION is a commit of this repository. Bar: nothing that a running node was asked for fails, and nothing is lost. Last result: docs/reliability.md.
cd "$(dirname "$0")/../.."
old=${1:?usage: upgrade.sh REVISION [FOLDER]}
. Dfs.Tests/Scripts/cluster.sh "${2:-}"
: >"$log"
engine=${ACTOR_ENGINE:-embedded}
git archive "$old" --prefix=old/ | tar -x -C "$work" || fail "$old is no commit here"
(cd "$work/old" && dotnet build Dfs.Node -c Release -v q --nologo) >"$log" 2>&1 || fail "$old does not build"
dotnet build Dfs.Node -c Release -v q --nologo >"$log" 2>&1 || fail "this does not build"
before=$work/old/artifacts/$engine/bin/Dfs.Node/release/dfs.dll after=artifacts/$engine/bin/Dfs.Node/release/dfs.dll
base=${BASE_PORT:-7650}
declare -A pids=()
finish_own() { touch "$work/stop"; wait "${workers[@]:-}" 2>/dev/null; [[ ${#pids[@]} -eq 0 ]] || { disown "${pids[@]}"; kill -9 "${pids[@]}"; } 2>/dev/null; }
workers=()
url() { echo "http://127.0.0.1:$((base + 10 * ($1 - 1) + 2))"; }
token() { cat "$work/node-$1/admin.token"; }
start() { # NODE PROGRAM
  local port=$((base + 10 * ($1 - 1)))
  rm -f "$work/ready-$1"
  dotnet "$2" node --name "node-$1" --host 127.0.0.1 --port $port --peer-port $((port + 1)) --http 127.0.0.1:$((port + 2)) --data "$work/node-$1" \
    --keyring "$work/keyring" --seed 127.0.0.1:$base --seed 127.0.0.1:$((base + 10)) --seed 127.0.0.1:$((base + 20)) --bootstrap-expect 3 >>"$work/node-$1.log" 2>&1 &
  pids[$1]=$!
}
ready() { # NODE
  for _ in $(seq 1 600); do
    curl -s -f -o /dev/null "$(url "$1")/health/ready" && return
    kill -0 "${pids[$1]}" 2>/dev/null || { tail -n 5 "$work/node-$1.log"; fail "node $1 has ended"; }
    sleep 0.2
  done
  fail "node $1 is not ready in time"
}
at() { local node=$1; shift; dotnet "$after" "$@" --node "$(url "$node")" --token-file "$work/node-$node/admin.token"; }
may_stop() { # NODE: when the two others have everything
  for _ in $(seq 1 300); do at 1 can-stop "node-$1" >/dev/null 2>&1 && return; sleep 1; done
  fail "node $1 may not be stopped"
}
call() { # NODE METHOD NAME [BODY]: what came of it; "away" where nobody listened
  local status
  status=$(curl -s -o "$work/answer-$1" -w '%{http_code}' --max-time 30 -X "$2" -H "Authorization: Bearer $(token "$1")" ${4:+--data-binary @"$4"} "$(url "$1")/v1/file?key=$3")
  [[ $? -eq 7 ]] && echo away || echo "$status"
}
# Each node has a client, whose files nobody else changes. What is put is noted once it is acknowledged, so is what is removed. A node that is being changed is asked for nothing.
worker() {
  local node=$1 number=0 size status
  while [[ ! -e $work/stop ]]; do
    if [[ -e $work/changing-$node ]]; then touch "$work/idle-$node"; sleep 0.1; continue; fi
    rm -f "$work/idle-$node"
    number=$((number + 1)) size=$((number % 4 == 0 ? 300000 : 3000))
    head -c $size /dev/urandom >"$work/content-$node"
    status=$(call "$node" PUT "up/$node/$number" "$work/content-$node")
    echo "put $status"
    [[ $status == 20? ]] && sha256sum <"$work/content-$node" >"$work/sums/$node-$number"
    status=$(call "$node" GET "up/$node/$number")
    [[ $status == 200 && $(sha256sum <"$work/answer-$node") == "$(cat "$work/sums/$node-$number")" ]] && echo "get 200" || echo "get $status, or another content"
    if ((number % 5 == 0)); then
      status=$(call "$node" DELETE "up/$node/$((number - 3))")
      echo "remove $status"
      [[ $status == 20? ]] && echo gone >"$work/sums/$node-$((number - 3))"
    fi
  done >"$work/worker-$node"
}
mkdir "$work/sums"
for node in 1 2 3; do start $node "$before"; done
for node in 1 2 3; do ready $node; done
echo "three nodes of $(git rev-parse --short "$old"); load $(cut -d' ' -f1-3 /proc/loadavg), $(nproc) processors"
for node in 1 2 3; do worker $node & workers+=($!); done
sleep "${PAUSE:-5}"
for node in 2 3 1; do
  may_stop $node
  touch "$work/changing-$node"
  until [[ -e $work/idle-$node ]]; do sleep 0.1; done
  kill -TERM "${pids[$node]}"; wait "${pids[$node]}"; ended=$?
  [[ $ended -eq 0 || $ended -eq 143 ]] || fail "node $node ended with $ended"
  start $node "$after"
  ready $node
  rm "$work/changing-$node"
  echo "node $node is new; $(ls "$work/sums" | wc -l) files so far"
  sleep "${PAUSE:-5}"
done
touch "$work/stop"; wait "${workers[@]}"; workers=()
total=$(cat "$work"/worker-* | wc -l) good=$(cat "$work"/worker-* | grep -cE '^(put|get|remove) 20[0-9]$')
lost=0 read=0
for sum in "$work"/sums/*; do
  name=$(basename "$sum"); node=${name%%-*} number=${name##*-}
  for from in 1 2 3; do
    status=$(call $from GET "up/$node/$number"); read=$((read + 1))
    if [[ $(cat "$sum") == gone ]]; then [[ $status == 404 ]] || { echo "$name is back on node $from: $status"; lost=$((lost + 1)); }
    elif [[ $status != 200 || $(sha256sum <"$work/answer-$from") != "$(cat "$sum")" ]]; then echo "$name on node $from: $status"; lost=$((lost + 1)); fi
  done
done
echo "$total requests, $((total - good)) failed; $(ls "$work/sums" | wc -l) files read back from each node, $read reads, $lost wrong"
[[ $good -eq $total && $lost -eq 0 && $total -gt 0 ]] || { sort "$work"/worker-* | uniq -c; fail "the bar is not held"; }
