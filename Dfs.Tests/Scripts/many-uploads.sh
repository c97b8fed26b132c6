#!/usr/bin/env bash
# 64 uploads at once to one node, each past 128 MiB: over S3 with lengths, then over the admin interface by chunked transfer encoding. Shows the highest memory of that node (limit 600 MiB),
# and that what was stored comes back through another node, byte for byte.
# Run by hand: Dfs.Tests/Scripts/many-uploads.sh [FOLDER [MIB]]; MIB of one file, 140 by default. Needs curl and openssl, and 260 times that in FOLDER. The last result stands in docs/performance.md.
cd "$(dirname "$0")/../.."
. Dfs.Tests/Scripts/cluster.sh "${1:-}"
mib=${2:-140}
count=64
unset AWS_CA_BUNDLE
export NO_PROXY=127.0.0.1 no_proxy=127.0.0.1
high() { awk '/VmHWM/ {print int($2 / 1024)}' "/proc/$1/status"; }
# Each has content of its own: what is stored already would not be sent on.
content() { openssl enc -aes-128-ctr -K "$(printf '%032x' "$1")" -iv 00 </dev/zero 2>/dev/null | head -c $((mib << 20)); }

prepare() { # of each kind a cluster of its own: memory that was had stays in the highest
  stop_cluster
  rm -rf "$work/data"
  start_cluster
  node=$(node_pid 1)
  s3=$(option_of "$node" --s3)
  dfs keys s3 create >"$work/key" 2>&1 || fail "no key: $(cat "$work/key")"
  pair=$(s3_pair <"$work/key")
  token="Authorization: Bearer $(cat "$work/data/node-1/admin.token")"
  s3_curl "$pair" -X PUT "http://$s3/uploads" || fail "no bucket"
}
over_s3() { s3_curl "$pair" -T "$work/content-$1" "http://$s3/uploads/file-$1"; }
chunked() { curl -sS --fail-with-body -X PUT -H "$token" -H 'Transfer-Encoding: chunked' -T - "${urls[0]}/v1/file?bucket=uploads&key=file-$1" <"$work/content-$1"; }
highest=0
all() { # NAME FUNCTION: which is given each file's number
  local began jobs=() lent
  prepare
  began=$(date +%s)
  for n in $(seq 1 $count); do "$2" "$n" >"$work/answer-$n" 2>&1 & jobs+=($!); done
  for job in "${jobs[@]}"; do wait "$job" || fail "$1: an upload failed: $(cat "$work"/answer-* | head -c 500)"; done
  echo "$1: $count uploads of $mib MiB in $(($(date +%s) - began)) s; highest memory of the node $(high "$node") MiB, of the others $(high "$(node_pid 2)") and $(high "$(node_pid 3)") MiB"
  (($(high "$node") > highest)) && highest=$(high "$node")
  for n in 1 17 $count; do
    dotnet "artifacts/${ACTOR_ENGINE:-embedded}/dfs/dfs.dll" get "file-$n" - --bucket uploads --node "${urls[2]}" --token-file "$work/data/node-3/admin.token" 2>/dev/null | cmp - "$work/content-$n" || fail "another content: $n"
  done
  # Third copies, and what nodes ask of each other, take a moment's memory of their own.
  for _ in $(seq 1 20); do
    lent=$(curl -s "${urls[0]}/metrics" | awk '/^dfs_memory_lent_bytes/ {sum += $2} END {print sum + 0}')
    ((lent == 0)) && break
    sleep 0.5
  done
  ((lent == 0)) || fail "$lent bytes of memory are lent when nothing is under way"
}

for n in $(seq 1 $count); do content "$n" >"$work/content-$n"; done
all "S3" over_s3
all "admin interface, chunked" chunked
((highest <= 600)) || fail "memory is over 600 MiB"
echo "passed"
