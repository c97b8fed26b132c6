#!/usr/bin/env bash
# Real nodes and large files: what a small change of a file of 200 MB takes on every disk, and what a range of 64 KiB out of a file of 10 GiB moves and hashes.
# Run by hand: Dfs.Tests/Scripts/large-files.sh [FOLDER [GIB]]; needs three times the file's size in FOLDER, openssl and curl. The last result stands in docs/performance.md.
set -uom pipefail
cd "$(dirname "$0")/../.."
work=$(mktemp -d -p "${1:-${TMPDIR:-/tmp}}")
gib=${2:-10}
log=$work/up.log
up=
finish() {
  if [[ -n $up ]]; then kill -INT "$up" 2>/dev/null; wait "$up" 2>/dev/null; fi
  rm -rf "$work"
}
trap finish EXIT
fail() { echo "FAILED: $*"; tail -5 "$log"; exit 1; }

./cluster-up.sh --data "$work/data" --base-port 0 >"$log" 2>&1 & up=$!
for _ in $(seq 1 480); do
  grep -q '^cluster is ready' "$log" && break
  kill -0 "$up" 2>/dev/null || fail "cluster-up.sh ended early"
  sleep 0.5
done
mapfile -t urls < <(grep -oE '^node-[0-9]+ +http://127.0.0.1:[0-9]+' "$log" | grep -oE 'http.*')
[[ ${#urls[@]} == 3 ]] || fail "not ready in time"
out=artifacts/${ACTOR_ENGINE:-embedded}/bin/Dfs.Node/release
dfs() { dotnet "$out/dfs.dll" "$@" --node "${urls[0]}" --token-file "$work/data/node-1/admin.token"; }
metric() { curl -s "$1/metrics" | awk -v name="$2" '$1 == name {printf "%.0f\n", $2}'; }
# Bytes of a key stream: any part of it can be made by itself, because the counter begins with the block's number.
content() { openssl enc -aes-128-ctr -K 000102030405060708090a0b0c0d0e0f -iv "$(printf '%032x' $(($1 / 16)))" </dev/zero 2>/dev/null | head -c "$2"; return 0; }
echo "load before: $(cut -d' ' -f1-3 /proc/loadavg)"

dfs bucket create papers versioned=on || fail "no bucket"
content 0 200000000 >"$work/one"
{ head -c 100000000 "$work/one"; head -c 100 /dev/urandom; tail -c 100000000 "$work/one"; } >"$work/two"
dfs put "$work/one" file --bucket papers || fail "put"
sleep 2
before=(); for url in "${urls[@]}"; do before+=("$(metric "$url" dfs_store_used_bytes)"); done
dfs put "$work/two" file --bucket papers || fail "put"
sleep 2
total=0
for node in 0 1 2; do
  new=$(($(metric "${urls[$node]}" dfs_store_used_bytes) - before[node]))
  echo "node $((node + 1)): 100 bytes inserted into 200 MB are $new new bytes, $(awk -v n=$new 'BEGIN {printf "%.2f", n / 2e6}') %"
  ((new < 4000000)) || fail "2 % and more"
  total=$((total + new))
done
((total > 0)) || fail "nothing was measured"
dfs get file "$work/back" --bucket papers && cmp "$work/two" "$work/back" || fail "another content"
rm "$work/one" "$work/two" "$work/back"

size=$((gib << 30))
content 0 $size | dfs put - large || fail "put of $gib GiB"
for offset in $((size / 3 / 16 * 16)) $((size / 2 + 16 * 4097)) $((size - 65536)); do
  before=$(metric "${urls[0]}" dfs_reads_checked_bytes_total)
  dfs get large "$work/part" --range "$offset-$((offset + 65535))" 2>/dev/null || fail "get of a range"
  moved=$(($(metric "${urls[0]}" dfs_reads_checked_bytes_total) - before))
  cmp "$work/part" <(content $offset 65536) || fail "another content at $offset"
  echo "64 KiB at $offset of $size: $moved bytes moved and hashed, pages of the manifest (76 KiB each, two at most) included"
  ((moved >= 65536 && moved <= 256 * 1024 + 2 * 76 * 1024)) || fail "more than 256 KiB of content, or nothing was measured"
done
echo "passed"
