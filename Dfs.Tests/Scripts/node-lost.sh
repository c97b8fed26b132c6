#!/usr/bin/env bash
# Real nodes: one of four is killed for good while 5 GB are stored. Shows that the number in status falls and rises again, how fast everything is back at three
# copies, beside what the disk allows, and what gets in the foreground keep of their rate meanwhile; then reads everything back.
# Run by hand: Dfs.Tests/Scripts/node-lost.sh [FOLDER [MB]]; needs five times that in FOLDER, openssl and curl. The last result stands in docs/reliability.md.
cd "$(dirname "$0")/../.."
. Dfs.Tests/Scripts/cluster.sh "${1:-}"
mb=${2:-5000}
finish_own() { touch "$work/stop"; }
now() { date +%s.%N; }
per() { awk -v a="$1" -v b="$2" 'BEGIN {printf("%.2f", (b > 0) ? a / b : 0)}'; }

began=$(now)
dd if=/dev/zero of="$work/probe" bs=1M count=1000 conv=fdatasync status=none && rm "$work/probe"
disk=$(per 1000 "$(per "$(awk -v a="$(now)" -v b="$began" 'BEGIN {print a - b}')" 1)")
echo "the disk takes $disk MB/s from one writer"

start_cluster --nodes 4
# Bytes of a key stream: file number N can be made again at any time.
content() { openssl enc -aes-128-ctr -K "$(printf '%032x' "$1")" -iv 0 </dev/zero 2>/dev/null | head -c 50000000; return 0; }
fetch() { curl -sf -H "Authorization: Bearer $(cat "$work/data/node-1/admin.token")" "${urls[0]}/v1/file?key=file-$1"; }
whole() { [[ $(metric "${urls[0]}" dfs_copies_counted) == 1 && $(metric "${urls[0]}" dfs_copies_fewer_chunks) == 0 && $(metric "${urls[0]}" dfs_cluster_layout_changing) == 0 && $(metric "${urls[0]}" dfs_cluster_nodes_may_fail) == 1 ]]; }
wait_for() { # SECONDS WHAT: until it holds
  for _ in $(seq 1 $(($1 * 4))); do "$2" && return; sleep 0.25; done
  fail "$2 not within $1 s"
}

files=$((mb / 50))
began=$(now)
for number in $(seq 1 "$files"); do content "$number" | dfs put - "file-$number" >/dev/null 2>&1 || fail "put of file-$number"; done
echo "$files files of 50 MB were put in $(awk -v a="$(now)" -v b="$began" 'BEGIN {printf "%.0f", a - b}') s"
# A copy that was slow at a put is left to the next comparison, which would come by itself.
dfs repair --now >/dev/null 2>&1
wait_for 300 whole

# Gets of two clients until told to stop; a line for each 50 MB.
gets() {
  rm -f "$work/stop" "$work/got"
  for client in 1 2; do
    ( n=$client; while [[ ! -e $work/stop ]]; do fetch $((n % files + 1)) | wc -c >>"$work/got"; n=$((n + 2)); done ) &
  done
}
end_gets() { # BEGAN: bytes a second
  local bytes; bytes=$(awk '{sum += $1} END {print sum + 0}' "$work/got"); local ended; ended=$(now)
  touch "$work/stop"
  awk -v bytes="$bytes" -v a="$ended" -v b="$1" 'BEGIN {printf "%.1f", bytes / (a - b) / 1e6}'
}

began=$(now); gets; sleep 20; alone=$(end_gets "$began"); sleep 3
echo "gets alone: $alone MB/s"

victim=$(pgrep -f -- "--data $work/data/node-4( |\$)") || fail "no process of node-4"
kill -9 $victim
began=$(now)
fallen() { [[ $(metric "${urls[0]}" dfs_cluster_nodes_may_fail) == 0 ]]; }
wait_for 60 fallen
echo "nodes that may fail: 0, $(awk -v a="$(now)" -v b="$began" 'BEGIN {printf "%.1f", a - b}') s after the kill"
moved=$(metric "${urls[0]}" dfs_repair_moved_bytes)
dfs layout remove node-4 || fail "layout remove"
began=$(now); gets
# Until the last byte was copied; that everything was counted again comes later.
copied=$moved; ended=$began
for _ in $(seq 1 3600); do
  seen=$(metric "${urls[0]}" dfs_repair_moved_bytes)
  if [[ ${seen:-$copied} != "$copied" ]]; then copied=$seen; ended=$(now); fi
  [[ $copied != "$moved" ]] && whole && break
  sleep 0.5
done
whole || fail "not everything has three copies"
counted=$(awk -v a="$(now)" -v b="$began" 'BEGIN {printf "%.1f", a - b}')
took=$(awk -v a="$ended" -v b="$began" 'BEGIN {printf "%.1f", a - b}')
during=$(end_gets "$began")
moved=$(((copied - moved) / 1000000))
echo "$moved MB were copied in $took s, $(per "$moved" "$took") MB/s, $(per "$(per "$moved" "$took")" "$disk") of what the disk takes; counted as three copies of everything after $counted s"
echo "gets meanwhile: $during MB/s, $(per "$during" "$alone") of the rate alone"
for number in $(seq 1 "$files"); do
  cmp -s <(content "$number") <(fetch "$number") || fail "file-$number is not what was stored"
done
echo "all $files files are intact; load after: $(cut -d' ' -f1-3 /proc/loadavg)"
dfs events --since 1h | tail -12
awk -v r="$(per "$during" "$alone")" 'BEGIN {exit !(r >= 0.6)}' || fail "gets kept less than 60 % of their rate"
awk -v r="$(per "$(per "$moved" "$took")" "$disk")" 'BEGIN {exit !(r >= 0.5)}' || fail "repair at less than half of the disk's rate"
echo passed
