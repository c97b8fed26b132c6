#!/usr/bin/env bash
# Real nodes: one of four is killed for good while 5 GB are stored. Shows that the number in status falls and rises again, how fast everything is back at three
# copies, beside what the disk allows, and what gets in the foreground keep of their rate meanwhile; then reads everything back.
# Run by hand: Dfs.Tests/Scripts/node-lost.sh [FOLDER [MB [CLIENTS]]]; needs five times MB (5000) in FOLDER, openssl and curl. CLIENTS (2) get files meanwhile; 0 shows what repair
# does alone. The line that begins with "holds" or "does not hold" is the result; the last one stands in docs/reliability.md.
cd "$(dirname "$0")/../.."
. Dfs.Tests/Scripts/cluster.sh "${1:-}"
mb=${2:-5000}
clients=${3:-2}
finish_own() { touch "$work/stop"; }
now() { date +%s.%N; }
per() { awk -v a="$1" -v b="$2" 'BEGIN {printf("%.2f", (b > 0) ? a / b : 0)}'; }

# What one writer gets of the disk at the moment, MB/s.
disk_rate() {
  local began; began=$(now)
  dd if=/dev/zero of="$work/probe" bs=1M count=1000 conv=fdatasync status=none && rm "$work/probe"
  awk -v a="$(now)" -v b="$began" 'BEGIN {printf "%.0f", 1048.576 / (a - b)}'
}

start_cluster --nodes 4
# Bytes of a key stream: file number N can be made again at any time.
content() { openssl enc -aes-128-ctr -K "$(printf '%032x' "$1")" -iv 0 </dev/zero 2>/dev/null | head -c 50000000; return 0; }
fetch() { # NUMBER [CURL'S ARGUMENTS]
  curl -sf -H @"$work/token" "${urls[0]}/v1/file?key=file-$1" "${@:2}"
}
whole() { [[ $(metric "${urls[0]}" dfs_copies_counted) == 1 && $(metric "${urls[0]}" dfs_copies_fewer_chunks) == 0 && $(metric "${urls[0]}" dfs_cluster_layout_changing) == 0 && $(metric "${urls[0]}" dfs_cluster_nodes_may_fail) == 1 ]]; }
wait_for() { # SECONDS WHAT: until it holds
  for _ in $(seq 1 $(($1 * 4))); do "$2" && return; sleep 0.25; done
  fail "$2 not within $1 s"
}

echo "Authorization: Bearer $(cat "$work/data/node-1/admin.token")" >"$work/token"
files=$((mb / 50))
began=$(now)
for number in $(seq 1 "$files"); do content "$number" | dfs put - "file-$number" >/dev/null 2>&1 || fail "put of file-$number"; done
echo "$files files of 50 MB were put in $(awk -v a="$(now)" -v b="$began" 'BEGIN {printf "%.0f", a - b}') s"
# A copy that was slow at a put is left to the next comparison, which would come by itself.
dfs repair --now >/dev/null 2>&1
wait_for 300 whole

# Gets until told to stop; a line for each 50 MB.
gets() {
  rm -f "$work/stop"; : >"$work/got"
  for client in $(seq 1 "$clients"); do
    ( n=$client; while [[ ! -e $work/stop ]]; do fetch $((n % files + 1)) -o /dev/null -w '%{size_download}\n' >>"$work/got"; n=$((n + clients)); done ) &
  done
}
got() { awk '{sum += $1} END {printf "%.0f", sum}' "$work/got"; }
end_gets() { # BEGAN: MB/s
  local bytes ended; bytes=$(got); ended=$(now)
  touch "$work/stop"
  awk -v bytes="$bytes" -v a="$ended" -v b="$1" 'BEGIN {printf "%.1f", bytes / (a - b) / 1e6}'
}

began=$(now); gets; sleep 20; alone=$(end_gets "$began"); sleep 3
echo "gets alone: $alone MB/s"
disk_before=$(disk_rate)

victim=$(pgrep -f -- "--data $work/data/node-4( |\$)") || fail "no process of node-4"
kill -9 $victim
began=$(now)
fallen() { [[ $(metric "${urls[0]}" dfs_cluster_nodes_may_fail) == 0 ]]; }
wait_for 60 fallen
echo "nodes that may fail: 0, $(awk -v a="$(now)" -v b="$began" 'BEGIN {printf "%.1f", a - b}') s after the kill"
# What the three that are left have stored, each by its own word: nobody's greeting has to arrive first. And whether node 1 finds everything whole.
# Two processes in all: what looks on takes from the processors that are measured.
look() {
  read -r stored whole < <(curl -s "${urls[0]}/metrics" "${urls[1]}/metrics" "${urls[2]}/metrics" | awk '
    $1 == "dfs_store_used_bytes" {sum += $2}
    !($1 in first) {first[$1] = $2}
    END {printf "%.0f %s\n", sum, first["dfs_copies_counted"] == 1 && first["dfs_copies_fewer_chunks"] == 0 && first["dfs_cluster_layout_changing"] == 0 && first["dfs_cluster_nodes_may_fail"] == 1}')
}
pids=("$(node_pid 1)" "$(node_pid 2)" "$(node_pid 3)")
processor() { awk '{sum += $14 + $15} END {print sum}' "/proc/${pids[0]}/stat" "/proc/${pids[1]}/stat" "/proc/${pids[2]}/stat"; }
look; before=$stored; spent=$(processor)
removed=$(now); gets
dfs layout remove node-4 || touch "$work/not-removed" &
# From the last moment without a byte to the last byte; that everything was counted again comes later.
copied=$before; ended=$removed
for _ in $(seq 1 7200); do
  [[ -e $work/not-removed ]] && fail "layout remove"
  look
  if [[ $stored == "$before" ]]; then began=$(now); got_before=$(got); fi
  if [[ $stored != "$copied" ]]; then copied=$stored; ended=$(now); got_after=$(got); spent_until=$(processor); fi
  # Once is enough: a comparison that begins anew counts again.
  if [[ $copied != "$before" && $whole == 1 ]]; then back=yes; break; fi
  sleep 0.25
done
[[ ${back:-} == yes ]] || fail "not everything has three copies"
counted=$(awk -v a="$(now)" -v b="$removed" 'BEGIN {printf "%.1f", a - b}')
took=$(awk -v a="$ended" -v b="$began" 'BEGIN {printf "%.1f", a - b}')
during=$(awk -v bytes="$((got_after - got_before))" -v a="$ended" -v b="$began" 'BEGIN {printf "%.1f", bytes / (a - b) / 1e6}')
touch "$work/stop"; sleep 2
disk_after=$(disk_rate); disk=$(((disk_before + disk_after) / 2))
moved=$(((copied - before) / 1000000)); rate=$(per "$moved" "$took")
echo "$moved MB were copied in $took s; counted as three copies of everything $counted s after the command; $(per "$(((spent_until - spent) * 10))" "$moved") ms of the nodes' processor time for each, gets of $during MB/s among it"
verdict=$(awk -v repair="$(per "$rate" "$disk")" -v gets="$(per "$during" "$alone")" -v clients="$clients" 'BEGIN {print (repair >= 0.5 && (clients == 0 || gets >= 0.6)) ? "holds" : "does not hold"}')
echo "$verdict: repair $rate MB/s, $(per "$rate" "$disk") of the disk's $disk ($disk_before before, $disk_after after; at least 0.5); gets $during MB/s, $(per "$during" "$alone") of $alone alone (at least 0.6); $mb MB, $clients clients, load $(cut -d' ' -f1-3 /proc/loadavg)"
for number in $(seq 1 "$files"); do
  cmp -s <(content "$number") <(fetch "$number") || fail "file-$number is not what was stored"
done
echo "all $files files are intact"
dfs events --since 1h | tail -12
[[ $verdict == holds ]] || fail "$verdict"
echo passed
