#!/usr/bin/env bash
# 10,000 connections that say nothing at a node's http port, then at its port of S3. Meanwhile one client gets a file over a connection that it keeps, and one over a new connection each time: every get has to be answered.
# Shows how long those took without and with them, the node's memory and open files, and that nothing is left of them when they have gone.
# Run by hand: Dfs.Tests/Scripts/idle-connections.sh [FOLDER [COUNT]]; needs python3, and `ulimit -n` above COUNT. The last result stands in docs/reliability.md.
cd "$(dirname "$0")/../.."
. Dfs.Tests/Scripts/cluster.sh "${1:-}"
count=${2:-10000}
ulimit -n "$((count + 1000))" 2>/dev/null || (($(ulimit -n) > count + 500)) || fail "ulimit -n is $(ulimit -n)"
cat >"$work/idle.py" <<'P'
import asyncio, http.client, os, re, sys, threading, time
host, port, path, header, count, node = sys.argv[1], int(sys.argv[2]), sys.argv[3], sys.argv[4], int(sys.argv[5]), sys.argv[6]
headers = dict([header.split(": ", 1)]) if header else {}
stop, phase = threading.Event(), "quiet"
took, failures = {"quiet": [], "crowd": []}, []
def ask(connection):
    began, was = time.monotonic(), phase
    connection.request("GET", path, headers=headers)
    answer = connection.getresponse()
    body = answer.read()
    if answer.status != 200 or not body:
        raise OSError(f"{answer.status}: {body[:200]}")
    return was, time.monotonic() - began
def client(kept):
    connection = None
    while not stop.is_set():
        try:
            connection = connection if kept and connection else http.client.HTTPConnection(host, port, timeout=30)
            took[phase].append(ask(connection)[1])
            if not kept:
                connection.close()
        except (OSError, http.client.HTTPException) as error:
            failures.append(f"{'kept' if kept else 'new'} connection, {phase}: {error!r}")
            connection = None
        stop.wait(0.05)
def status():
    text = open(f"/proc/{node}/status").read()
    return int(re.search(r"VmRSS:\s+(\d+)", text)[1]) // 1024, len(os.listdir(f"/proc/{node}/fd"))
def said(times): return f"{len(times)} gets, median {sorted(times)[len(times) // 2] * 1000:.0f} ms, longest {max(times) * 1000:.0f} ms"
async def main():
    global phase
    threads = [threading.Thread(target=client, args=(kept,)) for kept in (True, False)]
    for thread in threads: thread.start()
    await asyncio.sleep(5)
    before, phase = status(), "crowd"
    ended = 0
    async def idle():
        nonlocal ended
        for _ in range(5):
            try:
                reader, writer = await asyncio.open_connection(host, port)
                break
            except OSError:
                await asyncio.sleep(1)
        else:
            failures.append("an idle connection could not be opened")
            return
        try: await reader.read()
        except OSError: pass
        finally: writer.close()
        ended += 1
    began = time.monotonic()
    tasks = []
    for _ in range(count):
        tasks.append(asyncio.ensure_future(idle()))
        await asyncio.sleep(0.001)
    opened = time.monotonic() - began
    await asyncio.sleep(10)
    during, open_now = status(), count - ended
    for task in tasks: task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    phase = "quiet"
    deadline = time.monotonic() + 30
    while status()[1] > before[1] + 10 and time.monotonic() < deadline: await asyncio.sleep(0.2)
    stop.set()
    for thread in threads: thread.join()
    after = status()
    print(f"{count} connections within {opened:.0f} s, {open_now} of them open 10 s later, the node closed the others; memory {before[0]}, {during[0]}, {after[0]} MiB and open files {before[1]}, {during[1]}, {after[1]} before, with, after them")
    print(f"  without: {said(took['quiet'])}; with: {said(took['crowd'])}; not answered: {len(failures)} {failures[:5]}", flush=True)
    sys.exit(1 if failures or during[0] > 600 or after[1] > before[1] + 10 else 0)
asyncio.run(main())
P
start_cluster
node=$(node_pid 1)
s3=$(option_of "$node" --s3)
head -c 200000 /dev/urandom >"$work/content"
dfs put "$work/content" content >/dev/null 2>&1 || fail "no put"
dfs keys s3 create >"$work/key" 2>&1 || fail "no key: $(cat "$work/key")"
pair=$(s3_pair <"$work/key")
presigned=$(python3 - "$s3" "${pair%%:*}" "${pair#*:}" <<'P'
import datetime, hashlib, hmac, sys, urllib.parse
host, key, secret = sys.argv[1:]
now = datetime.datetime.now(datetime.timezone.utc).strftime("%Y%m%dT%H%M%SZ")
scope = f"{now[:8]}/us-east-1/s3/aws4_request"
query = urllib.parse.urlencode(sorted({"X-Amz-Algorithm": "AWS4-HMAC-SHA256", "X-Amz-Credential": f"{key}/{scope}", "X-Amz-Date": now, "X-Amz-Expires": "3600", "X-Amz-SignedHeaders": "host"}.items()), quote_via=urllib.parse.quote, safe="")
request = f"GET\n/files/content\n{query}\nhost:{host}\n\nhost\nUNSIGNED-PAYLOAD"
text = f"AWS4-HMAC-SHA256\n{now}\n{scope}\n{hashlib.sha256(request.encode()).hexdigest()}"
signer = ("AWS4" + secret).encode()
for part in scope.split("/"): signer = hmac.new(signer, part.encode(), hashlib.sha256).digest()
print(f"/files/content?{query}&X-Amz-Signature={hmac.new(signer, text.encode(), hashlib.sha256).hexdigest()}")
P
)
echo "http:"
python3 "$work/idle.py" 127.0.0.1 "${urls[0]##*:}" "/v1/file?bucket=files&key=content" "Authorization: Bearer $(cat "$work/data/node-1/admin.token")" "$count" "$node" || fail "http"
echo "S3:"
python3 "$work/idle.py" 127.0.0.1 "${s3#*:}" "$presigned" "" "$count" "$node" || fail "S3"
echo "passed"
