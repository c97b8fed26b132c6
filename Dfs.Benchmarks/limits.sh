#!/usr/bin/env bash
# What a cluster of three on this machine does beside what the machine can do, all in one run: the unavoidable parts of a put, plain
# loopback HTTP, the disk, then dfs bench, and the processor time of the three nodes for a MiB against the sum of the parts.
# Dfs.Benchmarks/limits.sh [FOLDER [DURATION]]: a folder on the disk to measure (default: a temporary one), time a round (default 4s).
set -uom pipefail
cd "$(dirname "$0")/.."
export DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_NOLOGO=1
work=$(mktemp -d -p "${1:-${TMPDIR:-/tmp}}")
duration=${2:-4s}
up=
finish() {
  if [[ -n $up ]]; then kill -INT "$up" 2>/dev/null; wait "$up" 2>/dev/null; fi
  rm -rf "$work"
}
trap finish EXIT

dotnet build AkkaDfs.sln -c Release -v quiet --nologo -clp:NoSummary >/dev/null || { echo "it does not build" >&2; exit 1; }
bin=artifacts/${ACTOR_ENGINE:-embedded}/bin
echo "load before: $(cut -d' ' -f1-3 /proc/loadavg)"
parts=$("$bin/Dfs.Benchmarks/release/Dfs.Benchmarks" parts "$work") || exit 1
echo "$parts"
unavoidable=$(grep 'unavoidable' <<<"$parts" | grep -oE '[0-9.]+ ms/MiB' | cut -d' ' -f1)

if command -v python3 >/dev/null && command -v curl >/dev/null; then
  head -c 268435456 /dev/urandom >"$work/plain"
  (cd "$work" && exec python3 -m http.server --bind 127.0.0.1 18999 >/dev/null 2>&1) & server=$!
  for _ in $(seq 50); do curl -s -o /dev/null http://127.0.0.1:18999/ && break; sleep 0.1; done
  echo "plain loopback HTTP, 256 MiB (python to curl): $(curl -s -o /dev/null -w '%{speed_download}' http://127.0.0.1:18999/plain | awk '{printf "%.0f MB/s", $1/1e6}')"
  kill $server; wait $server 2>/dev/null; rm "$work/plain"
fi
dd if=/dev/zero of="$work/dd" bs=4M count=128 oflag=direct conv=fdatasync 2>&1 | awk '/copied/ {print "disk, dd 512 MiB with O_DIRECT and a sync: " $(NF-1), $NF}'
rm -f "$work/dd"

./cluster-up.sh --data "$work/data" --base-port 0 >"$work/up.log" 2>&1 & up=$!
for _ in $(seq 600); do grep -q '^cluster is ready' "$work/up.log" && break; sleep 0.2; done
url=$(grep -oE 'http://127.0.0.1:[0-9]+' "$work/up.log" | head -1)
pids=$(grep -oE 'process [0-9]+' "$work/up.log" | cut -d' ' -f2)
[[ -n $url && -n $pids ]] || { cat "$work/up.log"; exit 1; }
spent() { for pid in $pids; do cut -d' ' -f14,15 "/proc/$pid/stat"; done | awk '{ticks += $1 + $2} END {print ticks * 10}'; }
export DFS_NODE=$url DFS_TOKEN_FILE=$work/data/node-1/admin.token
dfs=artifacts/${ACTOR_ENGINE:-embedded}/dfs/dfs
"$dfs" bench --size 1KiB,4KiB,1MiB,64MiB,512MiB --duration "$duration" || exit 1

# Puts alone, warm: what the three nodes spend on each MiB.
count=4 mib=256
before=$(spent)
for file in $(seq $count); do head -c $((mib * 1048576)) /dev/urandom | "$dfs" put - "limits-$file" >/dev/null 2>&1 || exit 1; done
after=$(spent)
for file in $(seq $count); do "$dfs" rm "limits-$file" >/dev/null 2>&1; done
awk -v spent=$((after - before)) -v mib=$((count * mib)) -v parts="$unavoidable" 'BEGIN {
  printf "three nodes, a put: %.2f ms of processor time a MiB, %.2f times the unavoidable parts (%.2f)\n", spent / mib, spent / mib / parts, parts }'
echo "load after: $(cut -d' ' -f1-3 /proc/loadavg)"
for pid in $pids; do awk '/VmHWM/ {printf "highest resident memory: %d MB\n", $2 * 1024 / 1000000}' "/proc/$pid/status"; done
