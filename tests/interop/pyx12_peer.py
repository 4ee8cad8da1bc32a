# SPDX-License-Identifier: Apache-2.0
"""What pyx12 says of X12 files: by its map where it has one for the group, else by what its reader counts.

    PYTHON pyx12_peer.py <FILES     a line of JSON for each line of FILES
"""
import io
import json
import logging
import re
import sys

import pyx12.errors
import pyx12.params
import pyx12.x12file
import pyx12.x12n_document

SAID = re.compile(r"Line:(\d+) (\w+):(\w+) - (.*)", re.S)


class Listener(logging.Handler):
    """Its findings come as lines of its log."""

    def __init__(self):
        super().__init__()
        self.findings, self.other = [], []

    def emit(self, record):
        said = SAID.match(record.getMessage())
        if said:
            self.findings.append({"segment": int(said[1]), "id": said[2], "code": said[3], "text": said[4]})
        else:
            self.other.append(record.getMessage())


def by_map(path):
    """None: no map for a group of it."""
    listener = Listener()
    logger = logging.getLogger("pyx12")
    logger.addHandler(listener)
    try:
        valid = pyx12.x12n_document.x12n_document(pyx12.params.ParamsBase(), path, None, None, fd_json=io.StringIO())
    except pyx12.errors.EngineError as error:
        if "Map not found" in str(error):
            return None
        raise
    finally:
        logger.removeHandler(listener)
    if not valid and not listener.findings:
        listener.findings.append({"segment": 0, "id": "", "code": "unread", "text": " ".join(listener.other)})
    return listener.findings


def by_reader(path):
    findings = []

    def take(reader):
        findings.extend({"segment": line or reader.get_cur_line(), "id": kind.upper(), "code": code, "text": text}
                        for kind, code, text, _, line in reader.pop_errors())

    with pyx12.x12file.X12Reader(path) as reader:
        for _ in reader:
            take(reader)
        reader.cleanup()
        take(reader)
    return findings


def tried(judge, path):
    """What it raises is its verdict, too: it reads no further."""
    try:
        return judge(path)
    except Exception as error:  # of any kind: pyx12 raises what Python raises
        return [{"segment": 0, "id": "", "code": type(error).__name__, "text": str(error)}]


def judged(path):
    envelopes, mapped = tried(by_reader, path), tried(by_map, path)
    return {"file": path, "envelopes": envelopes, "mapped": mapped is not None, "findings": envelopes if mapped is None else mapped}


def main():
    logging.getLogger("pyx12").propagate = False
    for line in sys.stdin:
        print(json.dumps(judged(line.rstrip("\n"))), flush=True)


if __name__ == "__main__":
    main()
