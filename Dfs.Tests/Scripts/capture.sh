#!/usr/bin/env bash
# What somebody has who listens on the wire and steals a disk: nothing. Three nodes, each in a network namespace of its own, with mutual TLS; every frame of their network is kept during put,
# get, list, remove and the return of a node that was away, and searched for the content, the name, the owner's keys and the ids of chunks, and so are the disks, the logs and a core dump of a node that only stores. Then that node's
# disk and all frames go to `Dfs.Tests -- thief`, which tries every 32 bytes in a row as each key. Without TLS the same search has to find something, and given the keyring the thief has to
# open something, so that both are known to work.
# Run by hand, as root, on Linux: Dfs.Tests/Scripts/capture.sh; needs ip, python3, and a build. The last result stands in docs/reliability.md.
set -uo pipefail
cd "$(dirname "$0")/../.."
bin=$PWD/artifacts/${ACTOR_ENGINE:-embedded}/bin
work=$(mktemp -d)
tag=dfscap$$
nodes=()
listener=
finish() {
  kill "${nodes[@]}" $listener 2>/dev/null
  wait 2>/dev/null
  for n in 0 1 2 3; do ip netns del "$tag-$n" 2>/dev/null; done
  rm -rf "$work"
}
trap finish EXIT
fail() { echo "FAILED: $*"; tail -n 5 "$work"/*.log; exit 1; }
in_net() { ip netns exec "$tag-$1" "${@:2}"; }

# Namespace 0 has the bridge, on which the listener sees everything.
ip netns add "$tag-0" && in_net 0 ip link add br0 type bridge && in_net 0 ip link set br0 up || fail "no network namespaces here"
for n in 1 2 3; do
  ip netns add "$tag-$n"
  in_net 0 ip link add "p$n" type veth peer name eth0 netns "$tag-$n"
  in_net 0 ip link set "p$n" master br0 up
  in_net "$n" ip addr add "10.77.0.$n/24" dev eth0
  in_net "$n" ip link set eth0 up
  in_net "$n" ip link set lo up
done

cat >"$work/listen.py" <<'P'
import signal, socket, sys
wires = []
for port in ("p1", "p2", "p3"):
    wire = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(3))
    wire.setsockopt(socket.SOL_SOCKET, 33, 64 << 20)  # SO_RCVBUFFORCE: nothing is to be lost
    wire.bind((port, 0))
    wires.append(wire)
signal.signal(signal.SIGTERM, lambda *_: sys.exit())
import select
kept, seen = {}, open(sys.argv[1], "wb")
while True:
    for wire in select.select(wires, [], [])[0]:
        # Without the headers, so that what one stream carried lies together as far as it came together. Each frame passes two ports: what comes in is kept.
        frame, place = wire.recvfrom(1 << 17)
        if place[2] != 4 and frame[12:14] == b"\x08\x00" and frame[23] == 6:
            ip = 14 + 4 * (frame[14] & 15)
            seen.write(frame[ip + 4 * (frame[ip + 12] >> 4):14 + int.from_bytes(frame[16:18], "big")])
P
cat >"$work/search.py" <<'P'
import os, sys
wire, folder, isSealed, memory = open(sys.argv[1], "rb").read(), sys.argv[2], sys.argv[3] == "tls", sys.argv[4]
content = open(folder + "/content", "rb").read()
keyring = open(folder + "/keyring", "rb").read()
disks = {os.path.join(at, name): open(os.path.join(at, name), "rb").read() for n in "123" for at, _, names in os.walk(f"{folder}/{n}") for name in names}
logs = {name: open(name, "rb").read() for name in sys.argv[5:]}
ids = [name for path in disks for name in [os.path.basename(path)] if len(name) == 64]
secret = [keyring[-102:-70], keyring[-64:-32]]
secret += [form for key in list(secret) for form in (key.hex().encode(), __import__("base64").b64encode(key))]
pieces = {content[at:at + 32] for at in range(0, len(content) - 32, 65536)}
def count(text, forms): return sum(text.count(form) for form in forms)
def all(texts, forms): return sum(count(text, forms) for text in texts.values())
found = {
    "content": count(wire, pieces), "name": count(wire, [b"canary-name"]), "keys": count(wire, secret),
    "ids of chunks": count(wire, [form for name in ids for form in (bytes.fromhex(name), name.encode())]),
    "plain HTTP": count(wire, [b"HTTP/1.1 2"]), "plain actors": count(wire, [b"/user/"]),
}
kept = {"content on disks": all(disks, pieces), "name on disks": all(disks, [b"canary-name"]), "keys on disks": all(disks, secret),
        "content in logs": all(logs, pieces), "name in logs": all(logs, [b"canary-name"]), "keys in logs": all(logs, secret)}
dumps = {node: open(f"{memory}-{node}", "rb").read() for node in "12"}
kept |= {f"{what} in the memory of the node that stores": count(dumps["2"], forms) for what, forms in (("content", pieces), ("name", [b"canary-name"]), ("keys", secret))}
# The node with the keyring has them in memory: so the search finds what is there.
gateway = count(dumps["1"], secret[:2]) > 0
print(f"{len(wire)} bytes on the wire, {len(disks)} files, {len(set(ids))} chunks;", ", ".join(f"{what}: {number}" for what, number in (found | kept).items()))
good = len(wire) > 2 * len(content) and ids and sum(kept.values()) == 0 and count(keyring, secret) == 2 and gateway
# In the clear the content and the name are sealed all the same; ids, HTTP and actors are seen.
clear = found["ids of chunks"] > 0 and found["plain HTTP"] > 0 and found["plain actors"] > 0 and found["content"] == found["name"] == found["keys"] == 0
sys.exit(0 if good and (sum(found.values()) == 0 if isSealed else clear) else 1)
P

dfs() { in_net "$1" dotnet "$bin/Dfs.Node/release/dfs.dll" "${@:2}" --node http://127.0.0.1:5052 --token-file "$data/$1/admin.token"; }
start() {
  # Node 2 only stores.
  local role=(--keyring "$data/keyring")
  [[ $1 == 2 ]] && role=(--role storage)
  # Not by the function: its process is the one to be killed.
  ip netns exec "$tag-$1" env DFS_STORE_LAYOUT=folders dotnet "$bin/Dfs.Node/release/dfs.dll" node --name "node-$1" --host "10.77.0.$1" --port 5050 --http 127.0.0.1:5052 \
    --data "$data/$1" "${role[@]}" "${trust[@]}" --seed 10.77.0.1:5050 --seed 10.77.0.2:5050 --seed 10.77.0.3:5050 >>"$work/$mode-node-$1.log" 2>&1 &
  nodes[$1]=$!
}
ready() {
  for _ in $(seq 1 240); do
    in_net "$1" python3 -c "import urllib.request as u; u.urlopen('http://127.0.0.1:5052/health/ready')" 2>/dev/null && return
    sleep 0.5
  done
  fail "node-$1 is not ready ($mode)"
}

# All memory of a process, as the runtime's own tool writes it.
dump() { "$(dirname "$(readlink -f "$(command -v dotnet)")")"/shared/Microsoft.NETCore.App/10.*/createdump --full --name "$2" "$1" >/dev/null 2>>"$work/dump.log"; }

for mode in tls plain; do
  data=$work/$mode
  mkdir "$data"
  head -c "${CONTENT_BYTES:-700000}" /dev/urandom >"$data/content"
  if [[ $mode == tls ]]; then trust=(--trust-authority "$data/authority"); else trust=(--trust-remoting external); fi
  ip netns exec "$tag-0" python3 "$work/listen.py" "$work/wire-$mode" & listener=$!
  start 1
  for _ in $(seq 1 120); do [[ -f $data/1/admin.token ]] && break; sleep 0.5; done
  for n in 2 3; do
    if [[ $mode == tls ]]; then
      for _ in $(seq 1 60); do dfs 1 token create --for "node-$n" --to "$work/invitation-$n" >"$work/invitation.log" 2>&1 && break; sleep 0.5; done
      # Over the network itself, as a newcomer does.
      in_net "$n" dotnet "$bin/Dfs.Node/release/dfs.dll" join --invitation-file "$work/invitation-$n" --host "10.77.0.$n" --data "$data/$n" >"$work/join.log" 2>&1 || fail "node-$n does not join"
      trust=()
    fi
    start "$n"
  done
  for n in 1 2 3; do ready "$n"; done
  dfs 1 put "$data/content" canary-name >/dev/null || fail "put"
  dfs 3 get canary-name "$work/back" >/dev/null && cmp -s "$work/back" "$data/content" || fail "get"
  dfs 3 ls >/dev/null || fail "ls"
  # A node that was away pulls what it missed.
  kill "${nodes[3]}"; wait "${nodes[3]}" 2>/dev/null
  tail -c +1000 "$data/content" >"$data/later"
  dfs 1 put "$data/later" canary-name-2 >/dev/null || fail "put without node-3"
  start 3; ready 3
  dfs 3 get canary-name-2 - | cmp -s - "$data/later" || fail "get after its return"
  dfs 3 rm canary-name-2 >/dev/null || fail "rm"
  dump "${nodes[2]}" "$work/memory-2" && dump "${nodes[1]}" "$work/memory-1" || fail "no core dump"
  kill "${nodes[@]}" $listener 2>/dev/null; wait 2>/dev/null
  nodes=()
  echo -n "$mode: "
  python3 "$work/search.py" "$work/wire-$mode" "$data" "$mode" "$work/memory" "$work/$mode"-node-?.log || fail "$mode is not as it must be"
done

# The thief's reader knows segments, so the disk is converted first.
data=$work/tls
dotnet "$bin/Dfs.Node/release/dfs.dll" convert "$data/2" --to segments >/dev/null || fail "convert"
thief() { dotnet "$bin/Dfs.Tests/release/Dfs.Tests.dll" thief --disk "$data/2" --known "$data/content" --also "$1"; }
thief "$work/wire-tls" || fail "the thief opened something"
thief "$data/keyring" && fail "the thief finds nothing even in the keyring"
echo "OK"
