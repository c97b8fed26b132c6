#!/usr/bin/env bash
# Real nodes and large files: what a small change of a file of 200 MB takes on every disk, and what a range of 64 KiB out of a file of 10 GiB moves and hashes.
# Run by hand: Dfs.Tests/Scripts/large-files.sh [FOLDER [GIB]]; needs three times the file's size in FOLDER, openssl and curl. The last result stands in docs/performance.md.
cd "$(dirname "$0")/../.."
. Dfs.Tests/Scripts/cluster.sh "${1:-}"
gib=${2:-10}
start_cluster
# Bytes of a key stream: any part of it can be made by itself, because the counter begins with the block's number.
content() { openssl enc -aes-128-ctr -K 000102030405060708090a0b0c0d0e0f -iv "$(printf '%032x' $(($1 / 16)))" </dev/zero 2>/dev/null | head -c "$2"; return 0; }

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
