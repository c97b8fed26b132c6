#!/usr/bin/env bash
# Builds the program when its sources have changed, then starts a cluster of three nodes on this machine. Ctrl-C stops them.
# Arguments go to `dfs up`, for example: ./cluster-up.sh --nodes 5 --data /srv/dfs
# ACTOR_ENGINE=nuget ./cluster-up.sh   runs on the real Akka.NET packages.
set -euo pipefail
cd "$(dirname "$0")"
command -v dotnet >/dev/null || { echo "cluster-up.sh needs the .NET 10 SDK (dotnet) on the PATH." >&2; exit 2; }
export DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_NOLOGO=1
out=artifacts/${ACTOR_ENGINE:-embedded}/dfs
stamp=$out/.built
if [[ ! -f $stamp ]] || [[ -n $(find . -path ./artifacts -prune -o -path ./.git -prune -o -newer "$stamp" -type f \
    \( -name '*.cs' -o -name '*.csproj' -o -name '*.props' -o -name '*.targets' -o -name '*.proto' -o -name '*.conf' -o -name 'node.hocon' \) -print -quit) ]]; then
  echo "Building (the first time takes a minute or two) ..."
  # Compiled ahead: half of a fresh node's first minute would be the just-in-time compiler's.
  dotnet publish Dfs.Node -c Release --use-current-runtime --no-self-contained -o "$out" -v quiet --nologo -clp:NoSummary
  touch "$stamp"
fi
exec dotnet "$out/dfs.dll" up "$@"
