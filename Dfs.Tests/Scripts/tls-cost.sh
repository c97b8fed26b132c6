#!/usr/bin/env bash
# What mutual TLS between nodes costs: puts and gets of 64 MiB over three nodes on loopback with it and without, in turn, each three times in a cluster that is warm.
# Run by hand: Dfs.Tests/Scripts/tls-cost.sh [FOLDER]; needs python3. The last result stands in docs/performance.md.
cd "$(dirname "$0")/../.."
. Dfs.Tests/Scripts/cluster.sh "${1:-}"
dotnet build Dfs.Node -c Release -v q --nologo >"$log" 2>&1 || fail "does not build"
dotnet "artifacts/${ACTOR_ENGINE:-embedded}/bin/Dfs.Node/release/dfs.dll" authority create --authority "$work/authority" >/dev/null || fail "no authority"
for round in 1 2 3; do
  for tls in off on; do
    export DFS_TRUST_TLS=$tls
    if [[ $tls == on ]]; then export DFS_TRUST_AUTHORITY=$work/authority; else unset DFS_TRUST_AUTHORITY; fi
    rm -rf "$work/data"
    start_cluster >/dev/null
    # The same processes first compile what they run.
    dfs bench --size 64MiB --duration 2s >/dev/null 2>&1 || fail "bench"
    dfs bench --size 64MiB --duration 5s --json >"$work/$tls-$round" 2>>"$log" || fail "bench"
    stop_cluster
  done
done
python3 - "$work" <<'P'
import json, sys
def rates(tls, action): return [row["megabytesPerSecond"] for n in "123" for row in json.load(open(f"{sys.argv[1]}/{tls}-{n}")) if row["action"] == action]
for action in ("put", "get"):
    plain, secure = rates("off", action), rates("on", action)
    print(f"{action} 64 MiB: {', '.join(f'{rate:.0f}' for rate in plain)} MB/s without, {', '.join(f'{rate:.0f}' for rate in secure)} with TLS: {sum(secure) / sum(plain):.2f} of it")
P
