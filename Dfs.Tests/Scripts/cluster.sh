# What scripts that drive a real cluster share; sourced, by a script that stands in the repository's folder:
#   . Dfs.Tests/Scripts/cluster.sh "$folder"     makes $work below the folder, which goes at the end, as does the cluster
#   start_cluster [cluster-up.sh's arguments]    and waits until it is ready; ${urls[0]} is node 1's http address
#   stop_cluster                                 its data stays until the end
# A script's own jobs are ended by a function `finish_own`, if it has one.
# shellcheck shell=bash
set -uom pipefail
work=$(mkdir -p "${1:-${TMPDIR:-/tmp}}" && mktemp -d -p "${1:-${TMPDIR:-/tmp}}") || exit 1
log=$work/up.log
up=
urls=()
stop_cluster() {
  if [[ -n $up ]]; then kill -TERM "$up" 2>/dev/null; wait "$up" 2>/dev/null; fi
  up=
}
finish() {
  if declare -F finish_own >/dev/null; then finish_own; fi
  stop_cluster
  rm -rf "$work"
}
trap finish EXIT
fail() { echo "FAILED: $*"; tail -n 5 "$log"; exit 1; }

start_cluster() {
  echo "load before: $(cut -d' ' -f1-3 /proc/loadavg), $(nproc) processors"
  ./cluster-up.sh --data "$work/data" --base-port 0 "$@" >"$log" 2>&1 & up=$!
  for _ in $(seq 1 480); do
    grep -q '^cluster is ready' "$log" && break
    kill -0 "$up" 2>/dev/null || fail "cluster-up.sh ended early"
    sleep 0.5
  done
  mapfile -t urls < <(grep -oE '^node-[0-9]+ +http://127.0.0.1:[0-9]+' "$log" | grep -oE 'http.*')
  [[ ${#urls[@]} -ge 3 ]] || fail "not ready in time"
}

# On node 1.
dfs() { dotnet "artifacts/${ACTOR_ENGINE:-embedded}/dfs/dfs.dll" "$@" --node "${urls[0]}" --token-file "$work/data/node-1/admin.token"; }
metric() { # URL NAME: of a series without labels
  curl -s "$1/metrics" | awk -v name="$2" '$1 == name {printf "%.0f\n", $2}'
}
node_pid() { pgrep -f -- "--data $work/data/node-$1( |\$)" | head -n 1; }
option_of() { # PID OPTION: what stands behind it on the command line of a process
  awk -v RS='\0' -v name="$2" 'found {print; exit} $0 == name {found = 1}' "/proc/$1/cmdline"
}
spent() { # PID...: processor time by now, in milliseconds
  local pid
  for pid; do cut -d' ' -f14,15 "/proc/$pid/stat"; done | awk '{ticks += $1 + $2} END {print ticks * 10}'
}
s3_pair() { # what `dfs keys s3 create` prints, as ACCESS:SECRET
  awk '/access key/ {access = $NF} /secret key/ {print access ":" $NF; exit}'
}
s3_curl() { # ACCESS:SECRET [OPTIONS...] URL
  curl -sS --fail-with-body --aws-sigv4 aws:amz:us-east-1:s3 -H 'x-amz-content-sha256: UNSIGNED-PAYLOAD' --user "$@"
}
