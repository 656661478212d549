"""A member that floods a ledger: run as a process of its own, so that it slows nobody else.

    python flooder.py URL FILE SECONDS CONNECTIONS

Sends the raw transactions of FILE (one in hex a line), in batches, until the time is up; what is
refused is sent again at once. With several
connections each sends all of them. Prints how many were sent and taken.
"""

from __future__ import annotations

import http.client
import json
import sys
import threading
import time
from pathlib import Path
from urllib.parse import urlparse

BATCH = 25


def flood(url: str, raws: list[str], until: float, counts: list[int]) -> None:
    place = urlparse(url)
    connection = http.client.HTTPConnection(place.hostname or "", place.port, timeout=30)
    at = 0
    while time.monotonic() < until:
        batch = [
            {"jsonrpc": "2.0", "id": 1, "method": "eth_sendRawTransaction", "params": [raw]}
            for raw in raws[at : at + BATCH]
        ]
        connection.request("POST", "/", json.dumps(batch))
        answers = json.loads(connection.getresponse().read())
        taken = sum("result" in answer for answer in answers)
        counts[0] += len(batch)
        counts[1] += taken
        at = (at + taken) % len(raws)


def main(url: str, file: str, seconds: str, connections: str) -> None:
    raws = Path(file).read_text().split()
    until = time.monotonic() + float(seconds)
    counts = [0, 0]
    threads = [
        threading.Thread(target=flood, args=(url, raws, until, counts))
        for _ in range(int(connections))
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    sys.stdout.write(f"{counts[0]} {counts[1]}\n")


if __name__ == "__main__":
    main(*sys.argv[1:])
