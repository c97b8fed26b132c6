#!/usr/bin/env bash
# Fuzzes the parsers as `Dfs.Tests -- fuzz` does, guided by code coverage too: instruments a copy of what was built, with the tool SharpFuzz.CommandLine,
# and runs the command there. An instrumented parser is slower, by two to ten.
# Run by hand: Dfs.Tests/Scripts/fuzz-coverage.sh [ARGUMENTS OF fuzz], such as --target segment --seconds 600. The last result stands in docs/reliability.md.
set -euo pipefail
cd "$(dirname "$0")/../.."
engine=${ACTOR_ENGINE:-embedded}
# Below the sources: seeds of some parsers are files of theirs.
mkdir -p artifacts
work=$(mktemp -d -p artifacts)
trap 'rm -rf "$work"' EXIT
dotnet build Dfs.Tests -c Release -v q --nologo -clp:NoSummary "-p:ActorEngine=$engine"
dotnet tool install SharpFuzz.CommandLine --version 2.3.0 --tool-path "$work/tool" >"$work/log" || { cat "$work/log"; exit 1; }
cp -r "artifacts/$engine/bin/Dfs.Tests/release" "$work/run"
for library in Dfs.Core Dfs.Storage Dfs.Actors Dfs.Client Dfs.Gateway dfs Hocon Akka Akka.Remote Akka.Cluster; do
  if [[ -f $work/run/$library.dll ]]; then "$work/tool/sharpfuzz" "$work/run/$library.dll"; fi
done
find "$work/tool" -name SharpFuzz.Common.dll | sort | tail -n 1 | xargs -I{} cp {} "$work/run/"
dotnet "$work/run/Dfs.Tests.dll" fuzz "$@"
