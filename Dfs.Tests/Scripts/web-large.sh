#!/usr/bin/env bash
# web-large.sh [names]: drives the web page with 200 files, a file of 1 GiB and a folder of 100,000 names; takes some minutes and 4 GiB of disk.
# "names": with the folder of 100,000 names alone.
# DFS_WEB_PICTURES=FOLDER keeps pictures of every view there, wide and narrow, light and dark.
set -euo pipefail
cd "$(dirname "$0")/../.."
DFS_WEB_LARGE=${1:-all} dotnet test Dfs.Tests -c Release --filter FullyQualifiedName~Dfs.Tests.Browser --logger "console;verbosity=detailed"
