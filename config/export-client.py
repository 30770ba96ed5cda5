#!/usr/bin/env python3
"""Exports a Group and downloads its files, with nothing but Python's own library (3.8 or later).

    TOKEN=... python3 export-client.py http://localhost:8080/fhir/Group/example-group/\\$export?_type=Patient [directory]

Polls as often as the server asks for, resumes downloads that break, verifies each file's digest and number of lines, and
deletes the export when all files are there. Get a new token before the old one expires if an export takes longer.
"""
import hashlib
import json
import os
import sys
import time
import urllib.error
import urllib.request

TOKEN = os.environ["TOKEN"]
ATTEMPTS = 5


def ask(url, method="GET", **headers):
    """The answer, whatever its status. Reads nothing of the body."""
    request = urllib.request.Request(url, method=method)
    request.add_header("Authorization", "Bearer " + TOKEN)
    for name, value in headers.items():
        request.add_header(name.replace("_", "-"), value)
    try:
        return urllib.request.urlopen(request, timeout=60)
    except urllib.error.HTTPError as answer:
        return answer


def refused(answer):
    outcome = json.loads(answer.read() or b"{}")
    texts = [issue.get("diagnostics", "") for issue in outcome.get("issue", [])]
    return SystemExit("%d: %s (X-Request-ID %s)" % (answer.status, " ".join(texts), answer.headers["X-Request-ID"]))


def kick_off(url):
    while True:
        answer = ask(url, Prefer="respond-async")
        if answer.status == 202:
            return answer.headers["Content-Location"]
        if answer.status not in (429, 503):
            raise refused(answer)
        time.sleep(int(answer.headers.get("Retry-After", 10)))


def manifest(status_url):
    while True:
        answer = ask(status_url)
        if answer.status == 200:
            return json.load(answer)
        if answer.status not in (202, 429, 503):
            raise refused(answer)
        time.sleep(int(answer.headers.get("Retry-After", 10)))


def download(file, path):
    """Appends to what is there. The entity tag makes sure that it is of the same file."""
    tag = None
    for attempt in range(ATTEMPTS):
        have = os.path.getsize(path) if os.path.exists(path) else 0
        if have == file["fileSize"]:
            return
        headers = {"Range": "bytes=%d-" % have, "If_Range": tag} if have and tag else {}
        answer = ask(file["url"], **headers)
        if answer.status in (429, 503):
            time.sleep(int(answer.headers.get("Retry-After", 10)))
            continue
        if answer.status not in (200, 206):
            raise refused(answer)
        tag = answer.headers["ETag"]
        with open(path, "ab" if answer.status == 206 else "wb") as out:
            try:
                for block in iter(lambda: answer.read(1 << 16), b""):
                    out.write(block)
            except OSError:
                time.sleep(1 + attempt)
    raise SystemExit("%s is not whole after %d attempts" % (path, ATTEMPTS))


def verify(file, path):
    digest, lines = hashlib.sha256(), 0
    with open(path, "rb") as content:
        for block in iter(lambda: content.read(1 << 16), b""):
            digest.update(block)
            lines += block.count(b"\n")
    if digest.hexdigest() != file["extension"]["sha256"] or lines != file["count"]:
        raise SystemExit("%s is not what the server has" % path)


def main():
    directory = sys.argv[2] if len(sys.argv) > 2 else "."
    status_url = kick_off(sys.argv[1])
    export = manifest(status_url)
    for kind in ("output", "deleted", "error"):
        for number, file in enumerate(export.get(kind, [])):
            path = os.path.join(directory, "%s-%s-%d.ndjson" % (kind, file["type"], number + 1))
            download(file, path)
            verify(file, path)
            print(path, file["count"], "lines")
    print("the next increment: _since=" + export["transactionTime"])
    ask(status_url, method="DELETE")


main()
