#!/usr/bin/env bash
# Builds everything and runs every test. Needs the .NET 10 SDK; packages are restored on the way.
# ACTOR_ENGINE=nuget ./test.sh   runs the same tests on the real Akka.NET packages.
# The web page's tests drive a real Chromium: Debian's is installed here where that is possible. Without root: have it installed, name another with
# CHROMIUM=/path/to/chrome. Where there is none they are left out, and a line before the last says so; completion in zsh and fish likewise.
# Arguments go to dotnet test, for example: ./test.sh --filter FullyQualifiedName~Catalog
set -uo pipefail
cd "$(dirname "$0")"
command -v dotnet >/dev/null || { echo "test.sh needs the .NET 10 SDK (dotnet) on the PATH." >&2; exit 2; }
export DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_NOLOGO=1
configuration=${CONFIGURATION:-Release}
left_out=()

have_chromium() { [[ -n ${CHROMIUM:-} ]] || command -v chromium chromium-browser google-chrome google-chrome-stable >/dev/null; }
install() { # as root, or by a sudo that does not ask
  command -v apt-get >/dev/null || return 1
  local as=(); [[ $(id -u) -eq 0 ]] || { sudo -n true 2>/dev/null && as=(sudo -n); } || return 1
  "${as[@]}" apt-get update -qq && DEBIAN_FRONTEND=noninteractive "${as[@]}" apt-get install -y -qq --no-install-recommends "$@"
}
missing=()
have_chromium || missing+=(chromium fonts-liberation)
for shell in zsh fish; do command -v "$shell" >/dev/null || missing+=("$shell"); done
[[ ${#missing[@]} -eq 0 ]] || install "${missing[@]}" >/dev/null 2>&1
have_chromium || left_out+=("the tests of the web page in a browser: there is no Chromium, and it could not be installed (how to go on: the head of test.sh)")
for shell in zsh fish; do command -v "$shell" >/dev/null || left_out+=("completion in $shell, which is not here and could not be installed"); done

dotnet build AkkaDfs.sln -c "$configuration" -v minimal --nologo -clp:NoSummary || { echo "0 passed, 1 failed"; exit 1; }

log=$(mktemp)
trap 'rm -f "$log"' EXIT
passed=0 failed=0 skipped=0 status=0
if ! have_chromium && [[ $# -eq 0 ]]; then set -- --filter 'FullyQualifiedName!~Dfs.Tests.Browser'; fi
for project in engine/Engine.Tests Dfs.Tests; do
  dotnet test "$project" -c "$configuration" --no-build --nologo \
    --logger "console;verbosity=minimal" --blame-hang-timeout 5m --blame-hang-dump-type none "$@" 2>&1 | tee "$log"
  run=${PIPESTATUS[0]}
  # "Passed!  - Failed:     0, Passed:     7, Skipped:     0, Total:     7, Duration: …"
  line=$(grep -E '^(Passed|Failed)! +- Failed:' "$log" | tail -1)
  if [[ $line =~ Failed:\ +([0-9]+),\ Passed:\ +([0-9]+),\ Skipped:\ +([0-9]+) ]]; then
    failed=$((failed + BASH_REMATCH[1])) passed=$((passed + BASH_REMATCH[2])) skipped=$((skipped + BASH_REMATCH[3]))
  elif [[ $run -ne 0 ]]; then
    failed=$((failed + 1))
    echo "$project: the run ended without a result (exit code $run)." >&2
  fi
  [[ $run -eq 0 ]] || status=1
done
[[ $passed -gt 0 && $failed -eq 0 && $status -eq 0 ]] || status=1
for part in "${left_out[@]}"; do echo "left out: $part" >&2; done
if [[ $skipped -gt 0 ]]; then echo "$passed passed, $failed failed, $skipped skipped"; else echo "$passed passed, $failed failed"; fi
exit $status
