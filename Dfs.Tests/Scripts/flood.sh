#!/usr/bin/env bash
# A node under flood: idle connections, headers that come a byte at a time, frames and headers beyond the limits, at its ports for actors, for chunks and of S3, by somebody who has no
# certificate and no key. Shows what gets in the foreground keep of their rate, in windows with and without a flood in turn, and that memory and open files stay bounded.
# Run by hand: Dfs.Tests/Scripts/flood.sh [FOLDER]; needs python3 and curl. The last result stands in docs/reliability.md.
cd "$(dirname "$0")/../.."
. Dfs.Tests/Scripts/cluster.sh "${1:-}"
bench=
finish_own() { if [[ -n $bench ]]; then kill "$bench" 2>/dev/null; fi; }

cat >"$work/flood.py" <<'P'
import asyncio, sys
kind, ports = sys.argv[1], [int(port) for port in sys.argv[2].split(",")]
opened = ended = 0
async def one(port):
    global opened, ended
    try:
        reader, writer = await asyncio.wait_for(asyncio.open_connection("127.0.0.1", port), 5)
        opened += 1
        if kind == "idle":
            await reader.read()
        elif kind == "slow":
            writer.write(b"GET / HTTP/1.1\r\nHost: a\r\nX-Slow: ")
            end = asyncio.ensure_future(reader.read())
            while not end.done():
                writer.write(b"a")
                await asyncio.wait({end}, timeout=1)
        else:
            # A frame of 2 GiB for the actors, a header of a mebibyte for the others: what is left of it is sent as long as it is taken.
            writer.write(b"\x7f\xff\xff\xff" if port == ports[0] else b"GET / HTTP/1.1\r\nHost: a\r\nX-Long: ")
            for _ in range(16):
                writer.write(b"a" * 65536)
                await asyncio.wait_for(writer.drain(), 5)
            await asyncio.wait_for(reader.read(), 5)
        writer.close()
    except (OSError, asyncio.TimeoutError, asyncio.IncompleteReadError):
        pass
    ended += 1
async def main():
    wanted, gap = (3000, 0.002) if kind != "oversized" else (32, 0.005)
    running = set()
    asyncio.get_running_loop().call_later(float(sys.argv[3]), lambda: (print(f"{opened} connections, {ended} of them ended", flush=True), __import__("os")._exit(0)))
    turn = 0
    while True:
        if len(running) < wanted:
            task = asyncio.ensure_future(one(ports[turn % len(ports)]))
            turn += 1
            running.add(task)
            task.add_done_callback(running.discard)
        await asyncio.sleep(gap)
asyncio.run(main())
P

start_cluster
node=$(node_pid 1)
ports=$(option_of "$node" --port),$(option_of "$node" --peer-port),$(option_of "$node" --s3 | cut -d: -f2)
# The whole run: as long for puts as for gets; the windows are in the gets.
dfs bench --size 64KiB --concurrency 8 --duration 75s --json >"$work/bench.json" 2>"$work/bench.log" & bench=$!

# One connection that was there before the flood asks every time.
cat >"$work/rates.py" <<'P'
import http.client, re, subprocess, sys, time
port, ports, folder, node = int(sys.argv[1]), sys.argv[2], sys.argv[3], sys.argv[4]
node_page = http.client.HTTPConnection("127.0.0.1", port)
def gets():
    node_page.request("GET", "/metrics")
    page = node_page.getresponse().read().decode()
    return time.monotonic(), sum(float(line.rsplit(" ", 1)[1]) for line in page.splitlines() if re.match(r'dfs_operation_duration_seconds_count\{.*operation="get".*', line) and 'outcome="done"' in line)
def rate(seconds):
    (a, x), _, (b, y) = gets(), time.sleep(seconds), gets()
    return (y - x) / (b - a)
while rate(1) == 0: pass
rate(3)
bad = 0
for kind in ("idle", "slow", "oversized"):
    quiet, noisy = [], []
    for _ in range(3):
        quiet.append(rate(3))
        flood = subprocess.Popen(["nice", "-n", "19", sys.executable, folder + "/flood.py", kind, ports, "5"], stdout=subprocess.PIPE, text=True)
        time.sleep(1)
        noisy.append(rate(3))
        said = flood.communicate()[0].strip()
    quiet.append(rate(3))
    share = (sum(noisy) / len(noisy)) / (sum(quiet) / len(quiet))
    memory = int(re.search(r"VmHWM:\s+(\d+)", open(f"/proc/{node}/status").read())[1]) // 1024
    files = len(__import__("os").listdir(f"/proc/{node}/fd"))
    print(f"{kind}: {sum(quiet) / 4:.0f} gets/s without, {sum(noisy) / 3:.0f} with: {share:.0%}; {said} in 5 s; highest memory {memory} MiB, {files} files open", flush=True)
    bad += share < 0.8 or memory > 600
sys.exit(1 if bad else 0)
P
python3 "$work/rates.py" "${urls[0]##*:}" "$ports" "$work" "$node" || fail "gets do not keep 80 % of their rate, or memory is over 600 MiB"
wait "$bench" || fail "bench: $(cat "$work/bench.log")"
bench=
echo "OK"
