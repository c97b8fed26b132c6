#!/usr/bin/env bash
# Fills the real file systems of one and then of two of three nodes, and shows what clients hear, that no acknowledged file is lost, and
# that the nodes go on by themselves once there is room. Linux; needs root, because it mounts two small file systems in memory (1.3 GB).
# Run by hand: Dfs.Tests/Scripts/disk-full.sh [tmpfs|ext4]; ext4 in a file, where chunks go round the page cache. The last result stands in docs/reliability.md.
cd "$(dirname "$0")/../.."
[[ $(uname) == Linux && $(id -u) == 0 ]] || { echo "disk-full.sh mounts file systems: it needs Linux and root." >&2; exit 2; }
. Dfs.Tests/Scripts/cluster.sh

# More than the 512 MiB that a chunk store leaves to the catalog, so that there is room at first.
size=640m
kind=${1:-tmpfs}
finish_own() {
  # Who writes to them goes first.
  stop_cluster
  umount "$work/data/node-2" "$work/data/node-3" 2>/dev/null
}
say() { echo "== $*"; }

for node in 2 3; do
  mkdir -p "$work/data/node-$node"
  if [[ $kind == ext4 ]]; then
    truncate -s $size "$work/disk-$node" && mkfs.ext4 -q "$work/disk-$node" && mount -o loop "$work/disk-$node" "$work/data/node-$node" || exit 2
  else
    mount -t tmpfs -o size=$size tmpfs "$work/data/node-$node" || exit 2
  fi
done
start_cluster

dfs() { # NODE COMMAND...
  local node=$1; shift
  dotnet "artifacts/${ACTOR_ENGINE:-embedded}/dfs/dfs.dll" "$@" --node "${urls[node - 1]}" --token-file "$work/data/node-$node/admin.token"
}
fill() { # NODE: every byte of its file system
  dd if=/dev/zero of="$work/data/node-$1/filler" bs=1M status=none 2>/dev/null
  dd if=/dev/zero of="$work/data/node-$1/filler" bs=4k oflag=append conv=notrunc status=none 2>/dev/null
  say "node-$1: $(df --output=avail -B1 "$work/data/node-$1" | tail -1) bytes free"
}

mkdir "$work/acknowledged"
number=0
put() { # NODE BYTES: sets code and sentence; keeps the content of what was acknowledged, to compare it later
  number=$((number + 1))
  head -c "$2" /dev/urandom >"$work/in"
  local said; said=$(dfs "$1" put "$work/in" "file-$number" 2>&1); code=$?
  sentence=$(grep '^dfs: ' <<<"$said")
  if [[ $code -eq 0 ]]; then mv "$work/in" "$work/acknowledged/file-$number"; fi
  if [[ $code -ne 0 && -z $sentence ]]; then fail "exit code $code without a sentence: $said"; fi
}
must_put() { put "$@"; [[ $code -eq 0 ]] || fail "a put of $2 bytes on node-$1: exit code $code, $sentence"; }
compare() { # NODE...: everything that was acknowledged, from each of them
  local node file
  for node in "$@"; do
    for file in "$work/acknowledged"/*; do
      dfs "$node" get "$(basename "$file")" "$work/out" 2>/dev/null || fail "$(basename "$file") cannot be had from node-$node"
      cmp -s "$file" "$work/out" || fail "$(basename "$file") is not what was stored"
    done
  done
  say "$(ls "$work/acknowledged" | wc -l) acknowledged files are intact, read from node $*"
}

for node in 1 2 3; do must_put $node 5000000; must_put $node 1000; done

fill 2
for node in 1 2 3; do must_put $node 5000000; must_put $node 1000; done
say "one disk full: puts succeed on every node"
compare 1 2 3

fill 3
# The large ones are refused long before they are sent.
for bytes in 5000000 300000000 300000000; do
  for node in 1 2 3; do
    put $node $bytes
    [[ $code -eq 10 && $sentence == *"disks are full"* ]] || fail "two disks full, put of $bytes bytes on node-$node: exit code $code, $sentence"
  done
done
say "two disks full, 5 MB and 300 MB: exit code 10, $sentence"
# Inlined into the head, so the catalog alone needs room: it may still have some in what its log has freed.
for node in 1 2 3; do
  put $node 1000
  say "two disks full, 1 KB on node-$node: exit code $code${sentence:+, $sentence}"
  [[ $code -eq 0 || $code -eq 10 || $code -eq 13 ]] || fail "exit code $code"
done
compare 1 2 3

rm "$work/data/node-2/filler" "$work/data/node-3/filler"
started=$SECONDS
until put 1 5000000; [[ $code -eq 0 ]]; do
  [[ $((SECONDS - started)) -lt 30 ]] || fail "no put 30 s after there is room again: $sentence"
  sleep 0.5
done
say "room again: a put succeeds after $((SECONDS - started)) s, nothing was started anew"
for node in 1 2 3; do must_put $node 5000000; must_put $node 1000; done
dfs 3 rm file-1 >/dev/null || fail "a file cannot be removed"
rm "$work/acknowledged/file-1"
compare 1 2 3
for node in 1 2 3; do
  [[ -z $(find "$work/data/node-$node" -name catalog.ended) ]] || fail "the catalog of node-$node has ended"
done
echo "passed"
