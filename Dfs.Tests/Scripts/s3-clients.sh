#!/usr/bin/env bash
# Real nodes and the programs that people use: rclone, restic, s3cmd, the AWS command line, s3fs and the AWS SDK for JavaScript, those that are installed, copy, compare, back up and restore over S3, while one of three nodes is
# killed (kill -9) and started again over and over; every byte is compared.
# Run by hand: Dfs.Tests/Scripts/s3-clients.sh [FOLDER [MIB]]; MIB is the size of the one large file, 1024 by default. Needs ten times that in FOLDER. The last result stands in docs/reliability.md.
cd "$(dirname "$0")/../.."
. Dfs.Tests/Scripts/cluster.sh "${1:-}"
mib=${2:-1024}
killer= mounted=
finish_own() {
  if [[ -n $mounted ]]; then umount "$mounted" 2>/dev/null; fi
  if [[ -n $killer ]]; then kill "$killer" 2>/dev/null; wait "$killer" 2>/dev/null; fi
  if [[ -s $work/victim ]]; then kill -9 "$(cat "$work/victim")" 2>/dev/null; fi
}
run() { "$@" >"$work/out" 2>&1 || { tail -n 20 "$work/out"; fail "$*"; }; }
began=$(date +%s)
step() { echo "$(($(date +%s) - began)) s, node killed $(cat "$work/kills") times so far: $*"; }

start_cluster
s3=("$(option_of "$(node_pid 1)" --s3)" "$(option_of "$(node_pid 2)" --s3)")
dfs keys s3 create >"$work/key" 2>&1 || fail "no key: $(cat "$work/key")"
pair=$(s3_pair <"$work/key")
export AWS_ACCESS_KEY_ID=${pair%%:*} AWS_SECRET_ACCESS_KEY=${pair#*:} NO_PROXY=127.0.0.1 no_proxy=127.0.0.1
unset AWS_CA_BUNDLE AWS_PROFILE AWS_SESSION_TOKEN AWS_ENDPOINT_URL

# Node 3 is killed and comes back, as long as the script runs: two seconds up, three seconds away.
mapfile -d '' -t command < <(tr '\0' '\n' <"/proc/$(node_pid 3)/cmdline" | grep -vx -- --until-input-ends | tr '\n' '\0')
node_pid 3 >"$work/victim"
echo 0 >"$work/kills"
(
  trap 'exit 0' TERM
  while true; do
    sleep 2
    kill -9 "$(cat "$work/victim")"
    echo $(($(cat "$work/kills") + 1)) >"$work/kills"
    sleep 3
    "${command[@]}" >>"$work/node-3.again.log" 2>&1 </dev/null &
    echo $! >"$work/victim"
    disown
    for _ in $(seq 1 240); do curl -sf "${urls[2]}/health/ready" >/dev/null && break; sleep 0.25; done
  done
) & killer=$!

# What is copied: many small files in folders, some with names that need encoding, and two of several parts.
mkdir -p "$work/source/a/b c" "$work/source/ü+%"
for n in $(seq 1 120); do head -c $((RANDOM * 2 + 1)) /dev/urandom >"$work/source/a/$n"; done
for n in $(seq 1 40); do head -c $((RANDOM + 1)) /dev/urandom >"$work/source/a/b c/file $n"; head -c 100 /dev/urandom >"$work/source/ü+%/$n"; done
: >"$work/source/empty"
head -c 20000000 /dev/urandom >"$work/source/large"
head -c 40000000 /dev/urandom >"$work/source/larger"
same() { diff -r "$work/source" "$1" || fail "another content: $1"; }

if command -v rclone >/dev/null; then
  export RCLONE_CONFIG_DFS_TYPE=s3 RCLONE_CONFIG_DFS_PROVIDER=Other RCLONE_CONFIG_DFS_ENDPOINT=http://${s3[0]} RCLONE_CONFIG=/dev/null
  export RCLONE_CONFIG_DFS_ACCESS_KEY_ID=$AWS_ACCESS_KEY_ID RCLONE_CONFIG_DFS_SECRET_ACCESS_KEY=$AWS_SECRET_ACCESS_KEY
  run rclone mkdir dfs:rclone
  run rclone copy "$work/source" dfs:rclone/copy
  run rclone check --download "$work/source" dfs:rclone/copy
  cp -r "$work/source" "$work/changed" && rm "$work/changed/a/7" && head -c 5000 /dev/urandom >"$work/changed/a/8"
  run rclone sync "$work/changed" dfs:rclone/copy
  RCLONE_CONFIG_DFS_ENDPOINT=http://${s3[1]} run rclone sync dfs:rclone/copy "$work/back"
  diff -r "$work/changed" "$work/back" || fail "rclone: another content"
  run rclone copy "$work/source" dfs:rclone/copy
  rm -rf "$work/back" "$work/changed"
  step "rclone: copy, check --download, sync both ways, everything the same ($(rclone version | head -1))"
  rclone serve webdav dfs:rclone --addr 127.0.0.1:0 >"$work/serve.log" 2>&1 & server=$!
  for _ in $(seq 1 100); do grep -q 'http://127.0.0.1:' "$work/serve.log" && break; sleep 0.1; done
  served=$(grep -oE 'http://127.0.0.1:[0-9]+' "$work/serve.log" | head -n 1)
  [[ -n $served ]] || fail "rclone serve: $(cat "$work/serve.log")"
  curl -sf "$served/copy/large" | cmp - "$work/source/large" || fail "rclone serve: another content"
  curl -sf -o /dev/null -T "$work/source/a/9" "$served/served" || fail "rclone serve: nothing was put"
  rclone cat dfs:rclone/served | cmp - "$work/source/a/9" || fail "rclone serve: another content was put"
  kill "$server"; wait "$server" 2>/dev/null
  step "rclone serve webdav: get and put, everything the same"
fi

if command -v restic >/dev/null; then
  export RESTIC_PASSWORD=of-this-run RESTIC_CACHE_DIR=$work/cache
  repository=s3:http://${s3[0]}/restic/one
  run restic -r "$repository" init
  run restic -r "$repository" backup "$work/source"
  run restic -r "$repository" backup "$work/source" --force
  run restic -r "$repository" check --read-data
  run restic -r "s3:http://${s3[1]}/restic/one" restore latest --target "$work/restored"
  same "$work/restored$work/source"
  run restic -r "$repository" forget --keep-last 1 --prune
  run restic -r "$repository" check --read-data
  rm -rf "$work/restored"
  step "restic: init, backup twice, check --read-data, restore through another node, forget --prune, check, everything the same ($(restic version))"
fi

if command -v s3cmd >/dev/null; then
  printf '[default]\naccess_key = %s\nsecret_key = %s\nhost_base = %s\nhost_bucket = %s\nuse_https = False\n' "$AWS_ACCESS_KEY_ID" "$AWS_SECRET_ACCESS_KEY" "${s3[0]}" "${s3[0]}" >"$work/s3cfg"
  chmod 600 "$work/s3cfg"
  run s3cmd -c "$work/s3cfg" mb s3://s3cmd
  run s3cmd -c "$work/s3cfg" sync "$work/source/" s3://s3cmd/copy/
  mkdir "$work/back" && run s3cmd -c "$work/s3cfg" sync s3://s3cmd/copy/ "$work/back/"
  same "$work/back"
  rm -rf "$work/back"
  run s3cmd -c "$work/s3cfg" del --recursive --force s3://s3cmd/copy/
  [[ -z $(s3cmd -c "$work/s3cfg" ls -r s3://s3cmd) ]] || fail "s3cmd: something is left"
  step "s3cmd: mb, sync both ways, del, everything the same ($(s3cmd --version))"
fi

if command -v aws >/dev/null; then
  export AWS_CONFIG_FILE=$work/aws.config AWS_DEFAULT_REGION=us-east-1
  a() { aws --endpoint-url "http://${s3[0]}" s3 "$@"; }
  run a mb s3://aws-cli
  run a sync "$work/source" s3://aws-cli/copy
  run a mv --recursive s3://aws-cli/copy s3://aws-cli/moved
  run a sync s3://aws-cli/moved "$work/back"
  same "$work/back"
  rm -rf "$work/back"
  openssl enc -aes-128-ctr -K 00 -iv 00 </dev/zero 2>/dev/null | head -c $((mib << 20)) >"$work/huge"
  run a cp "$work/huge" s3://aws-cli/huge
  curl -sf "$(a presign s3://aws-cli/huge --expires-in 600)" | cmp - "$work/huge" || fail "aws: another content by the presigned address"
  run a cp s3://aws-cli/huge "$work/huge.back"
  cmp "$work/huge" "$work/huge.back" || fail "aws: another content"
  step "aws: mb, sync both ways, mv, cp of $mib MiB both ways, presign, everything the same ($(aws --version 2>&1 | cut -d' ' -f1))"
fi

if command -v s3fs >/dev/null && [[ -w /dev/fuse ]]; then
  mounted=$work/mount
  mkdir "$mounted"
  (umask 077 && echo "$AWS_ACCESS_KEY_ID:$AWS_SECRET_ACCESS_KEY" >"$work/s3fs.passwd")
  dfs bucket create s3fs >/dev/null || fail "s3fs: no bucket"
  run s3fs s3fs "$mounted" -o "passwd_file=$work/s3fs.passwd,url=http://${s3[0]},use_path_request_style"
  run cp -r "$work/source/." "$mounted"
  same "$mounted"
  echo more >>"$mounted/large" && (cat "$work/source/large"; echo more) | cmp - "$mounted/large" || fail "s3fs: another content after something was added"
  run mv "$mounted/a/1" "$mounted/a/moved"
  cmp "$mounted/a/moved" "$work/source/a/1" || fail "s3fs: another content of what was moved"
  run rm -r "$mounted/a"
  [[ ! -e $mounted/a ]] || fail "s3fs: something is left"
  run umount "$mounted"
  mounted=
  step "s3fs: copy of the folder, add, mv, rm -r, everything the same ($(s3fs --version | head -n 1))"
else
  echo "left out: s3fs; it needs the program, and /dev/fuse"
fi

# The packages of the SDK for JavaScript are not part of this repository: JS_SDK=FOLDER is where `npm install @aws-sdk/client-s3 @aws-sdk/lib-storage @aws-sdk/s3-request-presigner` was run.
if [[ -n ${JS_SDK:-} ]] && command -v node >/dev/null; then
  cp Dfs.Tests/Scripts/s3-client.mjs "$JS_SDK/s3-client.mjs"
  for round in 1 2 3; do (cd "$JS_SDK" && run node s3-client.mjs "http://${s3[0]}" "javascript-$round") || exit 1; done
  rm "$JS_SDK/s3-client.mjs"
  step "AWS SDK for JavaScript, three times: put, get, range, an upload in parts from a stream, list in pages, copy, presign, conditional puts, delete many, everything the same (node $(node --version))"
else
  echo "left out: the AWS SDK for JavaScript; it needs node, and JS_SDK"
fi

(($(cat "$work/kills") > 0)) || fail "no node was killed"
# What clients waited for, on the two nodes that they asked: a client gives up after minutes, and does not say that it tried again.
for url in "${urls[0]}" "${urls[1]}"; do curl -s "$url/metrics"; done | awk '
  /^dfs_operation_duration_seconds_count/ {all += $2} /^dfs_operation_duration_seconds_bucket.*le="10"/ {quick += $2}
  END {print all " operations, " all - quick " of them took more than ten seconds"}'
echo "passed"
