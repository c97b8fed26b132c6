#!/usr/bin/env bash
# What a put costs before and after a change: two clusters of three side by side, one of another commit's program and one of this tree's, and files of 256 MiB put to them in turn.
# Dfs.Benchmarks/puts-in-turn.sh REVISION [PAIRS [s3|native [FOLDER]]]: a commit of this repository, how often (12), over which interface (s3), on which disk. Needs curl and 1.6 GB for each pair.
# To compare settings of one program give it in REVISION as well and the settings as BEFORE="NAME=VALUE" and AFTER="NAME=VALUE".
cd "$(dirname "$0")/.."
old=${1:?usage: puts-in-turn.sh REVISION [PAIRS [s3|native [FOLDER]]]}
pairs=${2:-12} interface=${3:-s3} mib=256
. Dfs.Tests/Scripts/cluster.sh "${4:-}"
: >"$log"
ups=()
finish_own() { [[ ${#ups[@]} -eq 0 ]] || { kill -TERM "${ups[@]}"; wait "${ups[@]}"; } 2>/dev/null; }
publish() { dotnet publish "$1/Dfs.Node" -c Release --use-current-runtime --no-self-contained -o "$2" -v quiet --nologo -clp:NoSummary >>"$log" 2>&1 || fail "$1 does not build"; }
git archive "$old" --prefix=old/ | tar -x -C "$work" || fail "$old is no commit here"
publish "$work/old" "$work/before"
publish . "$work/after"

declare -A url=() s3=() pids=() signed=()
start() { # NAME SETTING
  local first
  env "${2:-DOTNET_NOLOGO=1}" dotnet "$work/$1/dfs.dll" up --data "$work/data-$1" --base-port 0 >"$work/$1.log" 2>&1 & ups+=($!)
  for _ in $(seq 480); do grep -q '^cluster is ready' "$work/$1.log" && break; sleep 0.5; done
  url[$1]=$(grep -oE 'http://127.0.0.1:[0-9]+' "$work/$1.log" | head -n 1)
  [[ -n ${url[$1]} ]] || fail "the cluster '$1' is not ready"
  pids[$1]=$(for node in 1 2 3; do pgrep -f -- "--data $work/data-$1/node-$node( |\$)" | head -n 1; done)
  first=$(head -n 1 <<<"${pids[$1]}")
  s3[$1]=$(option_of "$first" --s3)
  dotnet "$work/$1/dfs.dll" keys s3 create --node "${url[$1]}" --token-file "$work/data-$1/node-1/admin.token" >"$work/$1.key" || fail "no key"
  signed[$1]=$(s3_pair <"$work/$1.key")
  s3_curl "${signed[$1]}" -X PUT "http://${s3[$1]}/bench" || fail "no bucket"
}
put() { # NAME: prints milliseconds of processor time, seconds
  local before seconds to=(-o /dev/null -w '%{time_total}' -T "$work/content")
  # shellcheck disable=SC2086
  before=$(spent ${pids[$1]})
  if [[ $interface == s3 ]]; then
    seconds=$(s3_curl "${signed[$1]}" "${to[@]}" "http://${s3[$1]}/bench/content") || fail "a put, $1"
  else
    seconds=$(curl -sS --fail-with-body -H "Authorization: Bearer $(cat "$work/data-$1/node-1/admin.token")" "${to[@]}" "${url[$1]}/v1/file?bucket=bench&key=content") || fail "a put, $1"
  fi
  # shellcheck disable=SC2086
  echo "$(($(spent ${pids[$1]}) - before)) $seconds"
}
median() { sort -n | awk '{all[NR] = $1} END {print (all[int((NR + 1) / 2)] + all[int(NR / 2) + 1]) / 2}'; }

echo "load before: $(cut -d' ' -f1-3 /proc/loadavg), $(nproc) processors"
start before "${BEFORE:-}"
start after "${AFTER:-}"
# The first two of each compile what they run.
for pair in $(seq $((pairs + 2))); do
  order=(before after)
  ((pair % 2)) && order=(after before)
  for name in "${order[@]}"; do
    head -c $((mib << 20)) /dev/urandom >"$work/content"
    result=$(put "$name") || { echo "$result"; exit 1; }
    ((pair > 2)) && echo "$result" >>"$work/$name.puts"
  done
done
for name in before after; do
  awk -v mib=$mib '{print $1 / mib}' "$work/$name.puts" >"$work/$name.costs"
  echo "$name: $(median <"$work/$name.costs" | xargs printf '%.2f') ms of the nodes' processor time a MiB, $(awk -v mib=$mib '{print mib * 1.048576 / $2}' "$work/$name.puts" | median | xargs printf '%.0f') MB/s (medians of $pairs)"
done
echo "after over before, median of the pairs: $(paste "$work/before.costs" "$work/after.costs" | awk '{print $2 / $1}' | median | xargs printf '%.2f')"
