#!/usr/bin/env bash
# The S3 endpoint beside the node's own interface: one warm cluster of three, `dfs bench` over each in turn, and what the three nodes spend on a MiB that is put over each.
# Dfs.Benchmarks/s3.sh [FOLDER [ROUNDS [DURATION [SIZES]]]]: on which disk (default: a temporary folder), how often (3), time a size (4s), what (4KiB,64MiB,512MiB). The last result stands in docs/performance.md.
cd "$(dirname "$0")/.."
. Dfs.Tests/Scripts/cluster.sh "${1:-}"
rounds=${2:-3} duration=${3:-4s}
IFS=, read -ra sizes <<<"${4:-4KiB,64MiB,512MiB}"

start_cluster
s3=$(option_of "$(node_pid 1)" --s3)
dfs keys s3 create >"$work/key" 2>&1 || fail "no key: $(cat "$work/key")"
pair=$(s3_pair <"$work/key")
export AWS_ACCESS_KEY_ID=${pair%%:*} AWS_SECRET_ACCESS_KEY=${pair#*:}
pids=("$(node_pid 1)" "$(node_pid 2)" "$(node_pid 3)")

bench() { # NAME SIZE [OPTIONS...]: sixteen at once of what is small, one of what is large
  local name=$1 size=$2 at_once=1
  shift 2
  [[ $size == *KiB ]] && at_once=16
  dfs bench "$@" --size "$size" --concurrency $at_once --duration "$duration" >"$work/bench" 2>>"$log" || fail "bench: $(cat "$work/bench")"
  awk -v name="$name" '$3 == "put" || $3 == "get" {printf "%-7s %s %6s %s: %8s/s, %6s MB/s, p50 %s ms, p99 %s ms, errors %s\n", name, $3, $1, $2, $7, $8, $9, $11, $6}' "$work/bench"
}
put_s3() { s3_curl "$pair" -T "$work/content" "http://$s3/bench/content"; }
put_native() { dfs put "$work/content" content --bucket bench; }
cost() { # NAME: of four puts of 256 MiB that no node has
  local before took=0
  for _ in 1 2 3 4; do
    head -c $((256 << 20)) /dev/urandom >"$work/content"
    before=$(spent "${pids[@]}")
    "put_$1" >>"$log" 2>&1 || fail "a put over $1"
    took=$((took + $(spent "${pids[@]}") - before))
  done
  awk -v name="$1" -v took=$took 'BEGIN {printf "%-7s put: %.2f ms of the nodes'"'"' processor time a MiB\n", name, took / 1024}'
}

# The same processes first compile what they run.
for size in "${sizes[@]}"; do
  bench warming "$size" >/dev/null
  bench warming "$size" --s3 "http://$s3" --bucket bench >/dev/null
done
for _ in $(seq "$rounds"); do
  for size in "${sizes[@]}"; do
    bench native "$size"
    bench s3 "$size" --s3 "http://$s3" --bucket bench
  done
done
cost native
cost s3
for pid in "${pids[@]}"; do awk '/VmHWM/ {printf "highest resident memory of a node: %d MiB\n", $2 / 1024}' "/proc/$pid/status"; done
echo "load after: $(cut -d' ' -f1-3 /proc/loadavg)"
