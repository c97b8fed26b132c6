# Builds and starts a cluster of three nodes on this machine; Ctrl-C stops them. Arguments go to `dfs up`.
# $env:ACTOR_ENGINE = 'nuget' runs on the real Akka.NET packages.
dotnet run --project "$PSScriptRoot/Dfs.Node" -c Release -- up @args
exit $LASTEXITCODE
