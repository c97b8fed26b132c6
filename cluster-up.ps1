# Builds and starts a cluster of three nodes on this machine; Ctrl-C stops them. Arguments go to `dfs up`.
# $env:ACTOR_ENGINE = 'nuget' runs on the real Akka.NET packages.
$engine = if ($env:ACTOR_ENGINE) { $env:ACTOR_ENGINE } else { 'embedded' }
$out = Join-Path $PSScriptRoot "artifacts/$engine/dfs"
# Compiled ahead: half of a fresh node's first minute would be the just-in-time compiler's.
dotnet publish (Join-Path $PSScriptRoot 'Dfs.Node') -c Release --use-current-runtime --no-self-contained -o $out -v quiet --nologo
if ($LASTEXITCODE -ne 0) { exit $LASTEXITCODE }
dotnet (Join-Path $out 'dfs.dll') up @args
exit $LASTEXITCODE
