#!/usr/bin/env bash
# Certificates that change under load: three nodes with mutual TLS, puts and gets of 100 KiB at each of them without a pause, and every node renews ROUNDS times meanwhile.
# Run by hand: Dfs.Tests/Scripts/cert-rotation.sh [FOLDER]; ROUNDS=10 and PAUSE=1 seconds between two. Bar: no request fails. The last result stands in docs/reliability.md.
cd "$(dirname "$0")/../.."
. Dfs.Tests/Scripts/cluster.sh "${1:-}"
rounds=${ROUNDS:-10} pause=${PAUSE:-1}
dotnet build Dfs.Node -c Release -v q --nologo >"$log" 2>&1 || fail "does not build"
program=artifacts/${ACTOR_ENGINE:-embedded}/bin/Dfs.Node/release/dfs.dll
dotnet "$program" authority create --authority "$work/authority" >/dev/null || fail "no authority"
export DFS_TRUST_TLS=on DFS_TRUST_AUTHORITY=$work/authority
start_cluster
at() { # NUMBER command…: on that node
  local node=$1; shift
  dotnet "$program" "$@" --node "${urls[node - 1]}" --token-file "$work/data/node-$node/admin.token"
}
finish_own() { touch "$work/stop"; wait "${workers[@]:-}" 2>/dev/null; }
workers=()
head -c 102400 /dev/urandom >"$work/content"
sum=$(sha256sum <"$work/content")
# One line for each request with what it came to. What was put at one node is fetched at the next one, and its content compared.
worker() {
  local node=$1 token other number=0 status got
  token=$(cat "$work/data/node-$node/admin.token")
  other=$(cat "$work/data/node-$((node % 3 + 1))/admin.token")
  while [[ ! -e $work/stop ]]; do
    number=$((number + 1))
    status=$(curl -s -o /dev/null -w '%{http_code}' --max-time 30 -X PUT -H "Authorization: Bearer $token" --data-binary @"$work/content" "${urls[node - 1]}/v1/file?key=rotation/$node/$((number % 50))")
    echo "put $status"
    got=$(curl -s -f --max-time 30 -H "Authorization: Bearer $other" "${urls[node % 3]}/v1/file?key=rotation/$node/$((number % 50))" | sha256sum)
    [[ $got == "$sum" ]] && echo "get 200" || echo "get other"
  done >"$work/worker-$node"
}
for node in 1 2 3; do worker "$node" & workers+=($!); done
renewed=0
for _ in $(seq 1 "$rounds"); do
  sleep "$pause"
  for node in 1 2 3; do
    at "$node" peers renew >"$work/renewed" || fail "node $node did not renew"
    renewed=$((renewed + 1))
  done
  # Not only connections that were open before: the next ones are made with the new certificates.
  for node in 1 2 3; do at "$node" status >/dev/null || fail "node $node gives no status"; done
done
serials=$(for node in 1 2 3; do openssl x509 -in "$work/data/node-$node/tls/node.pem" -noout -serial; done | sort -u | wc -l)
touch "$work/stop"; wait "${workers[@]}"; workers=()
total=$(cat "$work"/worker-* | wc -l) good=$(cat "$work"/worker-* | grep -cE '^(put|get) 20[01]$')
refused=$(for url in "${urls[@]}"; do curl -s "$url/metrics"; done | awk '/^dfs_trust_(certificates_refused|handshakes_failed)_total/ {sum += $NF} END {print sum + 0}')
echo "$renewed renewals, $serials certificates at the end, $total requests, $((total - good)) failed, $refused connections refused between nodes"
[[ $total -gt 0 && $good -eq $total && $refused -eq 0 && $serials -eq 3 ]] || { sort "$work"/worker-* | uniq -c; fail "requests failed"; }
