#!/usr/bin/env bash
# Real nodes: a bucket with a million names, put through the nodes' http interface by many connections, then what listings of it take: the first page, a page from the
# middle, the folders at its top, a page after a single put through another node, over S3 too; what the index takes of memory, beside a node that has no keyring and so
# no index; and the first listing after a node was started again.
# Run by hand: Dfs.Tests/Scripts/million-names.sh [COUNT [FOLDER [CONNECTIONS]]]; COUNT is a multiple of 10,000 and a million by default, CONNECTIONS 64 to each node. Needs
# 10 KB of disk a name in FOLDER; curl. The last result stands in docs/performance.md.
cd "$(dirname "$0")/../.."
count=${1:-1000000}
. Dfs.Tests/Scripts/cluster.sh "${2:-}"
connections=${3:-64}
folders=$((count / 10000))
again=
finish_own() { if [[ -n $again ]]; then kill -9 "$again" 2>/dev/null; fi; }
since() { awk -v a="$(date +%s.%N)" -v b="$1" 'BEGIN {printf "%.1f", a - b}'; }
token() { cat "$work/data/node-$1/admin.token"; }
resident() { awk '/^VmRSS/ {print $2}' "/proc/$1/status"; }
# What node 2's heap held at the end of the runtime's last collections of garbage: the least of a minute, in which it is asked for what a node without keys has too.
heap() {
  local least=0 seen
  for _ in $(seq 1 120); do
    for _ in $(seq 1 20); do curl -s "${urls[1]}/metrics" -o /dev/null -H "Authorization: Bearer $(token 2)" "${urls[1]}/v1/status" -o /dev/null; done
    seen=$(curl -s "${urls[1]}/metrics" | awk '/^dotnet_gc_last_collection_heap_size/ {sum += $2} /^dotnet_gc_last_collection_heap_fragmentation/ {sum -= $2} END {printf "%.0f", sum}')
    ((least == 0 || seen < least)) && least=$seen
    sleep 0.2
  done
  echo "$least"
}

start_cluster
dfs bucket create names >/dev/null || fail "bucket"
echo "before: node 2 has $(($(resident "$(node_pid 2)") / 1024)) MiB resident"

# Ranges of one curl for each node: a name is folder 0000 to 0099 of 10,000.
put() { # NODE FIRST LAST: folders
  # A put that is refused for now, or of which nobody can say what became of it, is made again.
  curl -s --no-progress-meter --retry 20 --retry-delay 1 -X PUT -d '' -H "Authorization: Bearer $(token "$1")" -H 'Content-Type: text/plain' -o /dev/null -w '%{http_code}\n' --parallel --parallel-immediate --parallel-max "$connections" \
    "${urls[$1 - 1]}/v1/file?bucket=names&key=folder-[$(printf '%04d' "$2")-$(printf '%04d' "$3")]/a-name-of-a-usual-length-[0000-9999].txt" 2>"$work/errors-$1" | sort | uniq -c >"$work/codes-$1"
}
began=$(date +%s.%N)
putters=()
for node in 1 2 3; do
  first=$(((node - 1) * folders / 3)); last=$((node * folders / 3 - 1))
  if ((last >= first)); then put "$node" "$first" "$last" & putters+=($!); fi
done
wait "${putters[@]}"
took=$(since "$began")
awk -v want="$count" '$2 == 200 {done += $1} END {exit done != want}' "$work"/codes-* || fail "puts: $(cat "$work"/codes-* | tr '\n' ' ') $(tail -n 1 "$work"/errors-*)"
echo "$count names were put in $took s, $(awk -v a="$count" -v b="$took" 'BEGIN {printf "%.0f", a / b}') a second; load $(cut -d' ' -f1-3 /proc/loadavg)"

# MILLISECONDS of one request to a node, with the number of names that it gave in $work/page; the answer has to be whole.
page() { # NODE QUERY
  curl -sf -H "Authorization: Bearer $(token "$1")" -o "$work/page" -w '%{time_total}' "${urls[$1 - 1]}/v1/files?bucket=names&max=1000&$2" | awk '{printf "%.0f", 1000 * $1}'
}
worst() { # TIMES NODE QUERY: of so many, in milliseconds
  local most=0 ms; for _ in $(seq 1 "$1"); do ms=$(page "$2" "$3"); ((ms > most)) && most=$ms; done; echo "$most"
}
names_on_page() { grep -o '"name":' "$work/page" | wc -l; }
middle=$(printf 'after=folder-%04d/a-name-of-a-usual-length-5000.txt' $((folders / 2)))
echo "the first listing on node 2 after all these puts, which takes them in: $(page 2 '') ms; $(names_on_page) names"
first=$(worst 10 2 '')
echo "the first page: $first ms (worst of ten; at most 200)"
echo "a page from the middle: $(worst 10 2 "$middle") ms, the folders: $(worst 10 2 'delimiter=/') ms"
after=0
for number in $(seq 1 10); do
  curl -sf -X PUT -d '' -H "Authorization: Bearer $(token 3)" -o /dev/null "${urls[2]}/v1/file?bucket=names&key=folder-0000/a-$number" || fail "put"
  ms=$(page 2 "prefix=folder-0000/a-$number"); ((ms > after)) && after=$ms
  [[ $(names_on_page) == 1 ]] || grep -q "a-$number\"" "$work/page" || fail "a page after a put does not show it"
done
echo "a page after a single put through another node: $after ms (worst of ten; at most 100)"

dfs keys s3 create >"$work/key" 2>&1 || fail "no key: $(cat "$work/key")"
s3=$(option_of "$(node_pid 2)" --s3)
over_s3() { s3_curl "$(s3_pair <"$work/key")" -o "$work/page" -w '%{time_total}' "http://$s3/names?list-type=2&max-keys=1000" | awk '{printf "%.0f", 1000 * $1}'; }
most=0; for _ in $(seq 1 10); do ms=$(over_s3); ((ms > most)) && most=$ms; done
[[ $(grep -o '<Key>' "$work/page" | wc -l) == 1000 ]] || fail "S3: $(head -c 500 "$work/page")"
echo "the first page over S3: $most ms (worst of ten)"

# Node 2 is started again with the keyring, and then without: what is between is the index.
pid=$(node_pid 2)
mapfile -d '' -t command < <(tr '\0' '\n' <"/proc/$pid/cmdline" | grep -vx -- --until-input-ends | tr '\n' '\0')
restart() { # OPTIONS: node 2
  kill -9 "$pid"; while kill -0 "$pid" 2>/dev/null; do sleep 0.1; done
  "$@" >"$work/node-2.again.log" 2>&1 </dev/null & again=$!; pid=$again; disown
  for _ in $(seq 1 960); do curl -sf "${urls[1]}/health/ready" >/dev/null && return; sleep 0.25; done
  fail "node 2 does not come back: $(tail -n 3 "$work/node-2.again.log")"
}
began=$(date +%s.%N); restart "${command[@]}"
ready=$(since "$began")
[[ $(page 2 '') =~ ^[0-9]+$ && $(names_on_page) == 1000 ]] || fail "no listing after the start"
echo "started again: ready after $ready s, the first listing ended $(since "$began") s after the start; load $(cut -d' ' -f1-3 /proc/loadavg)"
with=$(heap); resident_with=$(resident "$pid")
stores=(); skips=
for word in "${command[@]}"; do if [[ -n $skips ]]; then skips=; elif [[ $word == --keyring || $word == --s3 ]]; then skips=1; else stores+=("$word"); fi; done
restart "${stores[@]}" --role storage
without=$(heap)
index=$((with - without)); each=$((index / count))
echo "node 2's heap: $((with >> 20)) MiB with the index, $((without >> 20)) MiB without a keyring: $each bytes a name (at most 200); resident $((resident_with / 1024)) and $(($(resident "$pid") / 1024)) MiB"
((first <= 200 && after <= 100 && each <= 200)) || fail "a bar is missed"
echo passed
