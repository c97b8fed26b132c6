#!/usr/bin/env bash
# Real nodes: many files are put and removed, twice, among some that stay; collections without trash, then what the disks hold beside what is alive, in bytes of files,
# and everything that stayed is read back. An upload that is paused meanwhile must complete, or fail with a sentence.
# Run by hand: Dfs.Tests/Scripts/much-garbage.sh [FILES [FOLDER]]; 100,000 files of 10 KB need 15 GB in FOLDER; openssl and curl. The last result stands in docs/reliability.md.
cd "$(dirname "$0")/../.."
files=${1:-100000}
. Dfs.Tests/Scripts/cluster.sh "${2:-}"
kept=$((files / 50))
seconds() { awk -v a="$(date +%s.%N)" -v b="$1" 'BEGIN {printf "%.0f", a - b}'; }

DFS_GC_TRASH=0 start_cluster
content() { openssl enc -aes-128-ctr -K "$(printf '%032x' "$1")" -iv 0 </dev/zero 2>/dev/null | head -c "$2"; return 0; }
# Many requests over a few connections: METHOD PREFIX COUNT; a put sends the file of that number.
many() {
  seq 0 $(($3 - 1)) | awk -v method="$1" -v prefix="$2" -v url="${urls[0]}" -v work="$work" '{
    if (method == "PUT") printf("upload-file = \"%s/in/%s\"\n", work, sprintf("f%06d", $1)); else print "request = \"DELETE\""
    printf("url = \"%s/v1/file?key=%s-%d\"\noutput = \"/dev/null\"\nwrite-out = \"%%{http_code}\\n\"\n", url, prefix, $1)
    print "header = \"Authorization: Bearer " ENVIRON["token"] "\"\nnext" }' | sed '$d' >"$work/requests"
  curl -sS --parallel --parallel-max 32 -K "$work/requests" 2>"$work/errors" | sort | uniq -c >"$work/codes"
  awk -v want="$3" '$2 != 200 || $1 != want {exit 1}' "$work/codes" || fail "$1 of $2: $(tr '\n' ' ' <"$work/codes") $(tail -1 "$work/errors")"
}
token=$(cat "$work/data/node-1/admin.token"); export token
fill() { # SEED COUNT
  rm -rf "$work/in"; mkdir "$work/in"
  content "$1" $(($2 * 10000)) | split -b 10000 -a 6 -d - "$work/in/f"
}

# An upload that has sent 20 MB and then waits until both collections are over.
mkfifo "$work/pipe"
( exec 7>"$work/pipe"; content 77 20000000 >&7; while [[ ! -e $work/go ]]; do sleep 0.2; done; content 78 1000000 >&7 ) &
dfs put - paused <"$work/pipe" >"$work/paused.out" 2>&1 & paused=$!

fill 1 "$kept"; many PUT kept "$kept"
for round in 1 2; do
  fill $((round + 1)) "$files"
  began=$(date +%s.%N); many PUT gone "$files"
  echo "round $round: $files files of 10 KB put in $(seconds "$began") s"
  fill $((round + 10)) $((kept / 2)); many PUT "kept$round" $((kept / 2))
  began=$(date +%s.%N); many DELETE gone "$files"
  echo "round $round: removed in $(seconds "$began") s"
done
files_bytes() { du -sb --apparent-size "$work"/data/node-*/chunks | awk '{sum += $1} END {printf("%.0f", sum)}'; }
echo "before the collections: $(files_bytes) bytes of files"
began=$(date +%s.%N)
for _ in 1 2 3; do dfs gc --now || fail "gc"; done
echo "three collections took $(seconds "$began") s"
touch "$work/go"
if wait "$paused"; then
  cmp -s <(content 77 20000000; content 78 1000000) <(dfs get paused - 2>/dev/null) || fail "the paused upload is not what was sent"
  echo "the paused upload completed and is intact"; alive=21000000
else
  grep -q '^dfs: ' "$work/paused.out" || fail "the paused upload failed without a sentence"
  echo "the paused upload failed: $(grep '^dfs: ' "$work/paused.out")"; alive=0
  # What it had placed at last is garbage of now, and goes with the second collection from here.
  for _ in 1 2; do dfs gc --now >/dev/null || fail "gc"; done
fi
alive=$((3 * (alive + 2 * kept * 10000)))
limit=$((alive * 105 / 100))
for _ in $(seq 1 240); do (($(files_bytes) <= limit)) && break; sleep 0.5; done
chunks=0; for url in "${urls[@]}"; do chunks=$((chunks + $(metric "$url" dfs_store_used_bytes))); done
echo "alive: $alive bytes of content in three copies; the stores count $chunks, their files have $(files_bytes): $(awk -v a="$(files_bytes)" -v b="$alive" 'BEGIN {printf("%.1f %% over", 100 * (a - b) / b)}')"
check() { # SEED PREFIX COUNT
  fill "$1" "$3"
  for number in $(seq 0 97 $(($3 - 1))); do
    curl -sf -H "Authorization: Bearer $token" "${urls[0]}/v1/file?key=$2-$number" -o "$work/out" && cmp -s "$work/out" "$work/in/f$(printf '%06d' "$number")" || fail "$2-$number is not what was stored"
  done
}
check 1 kept "$kept"; check 11 kept1 $((kept / 2)); check 12 kept2 $((kept / 2))
echo "every 97th of $((2 * kept)) files that stayed was compared; load after: $(cut -d' ' -f1-3 /proc/loadavg)"
(($(files_bytes) <= limit)) || fail "the files hold more than 5 % over what is alive"
echo passed
