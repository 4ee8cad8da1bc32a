# SPDX-License-Identifier: Apache-2.0
"""Real gateways on loopback, driven by the real command line.

Nothing here sleeps for a time: everything waits for an event of the program
(a log line, a process's end, an answer), with a limit after which the test fails.
"""
import json
import os
import random
import re
import shutil
import signal
import socket
import subprocess
import threading
import time

TIELINE = os.environ.get("TIELINE", "build/src/tieline")
OPENSSL = os.environ.get("OPENSSL", "openssl")
SLOW = 5 if os.environ.get("TIELINE_SANITIZED") else 1
LIMIT = 60 * SLOW  # longer than the pauses that a few attempts make: only what never comes about takes it

DONE, REFUSED, USAGE, INPUT, TRUST, LATE, HOST = range(7)
AREAS = ("outage", "availability", "aggregation", "billing")


PORTS_OF_A_PROCESS = 500
_claims = []


def _ports_of_this_process():
    """Blocks of ports below those that the system gives to connections.  Files of tests run side by side: a name
    that one process at a time can have claims a block, and is free again however that process ends."""
    blocks = list(range(10000, 30000, PORTS_OF_A_PROCESS))
    random.shuffle(blocks)
    for first in blocks:
        claim = socket.socket(socket.AF_UNIX)
        try:
            claim.bind(f"\0tieline-test-ports-{first}")
        except OSError:
            claim.close()
            continue
        _claims.append(claim)
        yield from range(first, first + PORTS_OF_A_PROCESS)


_ports = _ports_of_this_process()


def free_port():
    """A port nobody gets by chance: of a block that is this process's, and never twice in a run.
    (A port the system gave us, let go until its server binds, may be any connection's by then.)"""
    for port in _ports:
        with socket.socket() as s:
            try:
                s.bind(("127.0.0.1", port))
            except OSError:
                continue
            return port
    raise AssertionError("no port is free")


def tieline(*args, check=DONE, stdin=None, timeout=None, env=None, user=None, text=True):
    """Runs a command; `check` is the exit code wanted, None for any."""
    result = subprocess.run([TIELINE, *map(str, args)], input=stdin, capture_output=True, text=text,
                            timeout=timeout or LIMIT, env=env, user=user, group=user,
                            extra_groups=[] if user else None)
    if check is not None:
        assert result.returncode == check, \
            f"tieline {' '.join(map(str, args))}: exit {result.returncode}\n{result.stdout}\n{result.stderr}"
    return result


class Gateway:
    """A party's home, and its gateway when started."""

    def __init__(self, directory, name, party_id, role, *, keys=None, user=None, policy="report"):
        self.home = os.path.join(directory, name.lower().replace(" ", "-"))
        self.name, self.id, self.role, self.user = name, party_id, role, user
        self.port = free_port()
        self.process = None
        self.lines = []
        self._changed = threading.Condition()
        extra = ["--keys", keys] if keys else []
        tieline("init", "--home", self.home, "--name", name, "--id", party_id, "--role", role,
                "--listen", f"127.0.0.1:{self.port}", *extra, user=user)
        if policy != "enforce":  # what `init` writes: most tests are about weaker things, too
            path = self.home + "/tieline.yaml"
            with open(path) as f:
                text = f.read()
            write(path, text.replace("policy: enforce", "policy: " + policy).encode())

    # --- commands ---

    def run(self, command, *args, **more):
        more.setdefault("user", self.user)
        return tieline(command, "--home", self.home, *args, **more)

    def json(self, command, *args):
        return json.loads(self.run(command, *args, "--json").stdout)

    def sheet(self):
        path = self.home + ".sheet"
        self.run("sheet", "-o", path)
        return path

    def fingerprint(self):
        pem = subprocess.run([OPENSSL, "x509", "-in", f"{self.home}/root.pem", "-noout", "-fingerprint", "-sha256"],
                             capture_output=True, text=True, check=True).stdout
        return pem.strip().split("=")[1]

    def knows(self, other, *args):
        self.run("partner", "add", other.sheet(), "--fingerprint", other.fingerprint(), *args)

    def root_of(self, other):
        path = f"{self.home}.{other.id}.pem"
        with open(path, "w") as out:
            out.write(self.run("partner", "show", other.id, "--pem").stdout)
        return path

    def send(self, to, area, path, *args, check=DONE, **more):
        return self.run("send", "--to", to.id if isinstance(to, Gateway) else to, "--area", area, *args, path,
                        check=check, **more)

    def send_id(self, to, area, path, *args, **more):
        return self.send(to, area, path, *args, **more).stdout.strip().splitlines()[0]

    def inbox(self):
        return self.json("list", "--inbox")

    def outbox(self):
        return self.json("list", "--outbox")

    def show(self, message_id):
        return self.json("show", message_id)

    def document(self, message_id):
        return self.run("get", message_id, text=False).stdout

    # --- the process ---

    def start_logging_to(self, path):
        """For measurements: the log goes to a file, and costs nobody else's time."""
        with open(path, "wb") as log:
            self.process = subprocess.Popen([TIELINE, "serve", "--home", self.home], stderr=log, stdout=subprocess.DEVNULL,
                                            start_new_session=True)

        def ready():
            with open(path, "rb") as log:
                return b"gateway-ready" in log.read()
        wait_until(ready)
        self._reader = threading.Thread()
        self._reader.run = lambda: None
        self._reader.start()
        return self

    def start(self, wait=True, env=None):
        assert self.process is None
        self.lines = []
        self.process = subprocess.Popen([TIELINE, "serve", "--home", self.home], stderr=subprocess.PIPE,
                                        stdout=subprocess.DEVNULL, text=True, errors="replace", start_new_session=True,
                                        env=env, user=self.user, group=self.user,
                                        extra_groups=[] if self.user else None)
        self._reader = threading.Thread(target=self._read, args=(self.process,), daemon=True)
        self._reader.start()
        if wait:
            self.wait_log("gateway-ready")
        return self

    def _read(self, process):
        for line in process.stderr:
            with self._changed:
                self.lines.append(line.rstrip("\n"))
                self._changed.notify_all()
        with self._changed:
            self._changed.notify_all()

    def wait_log(self, pattern, since=0, limit=None):
        """The first line from number `since` on that matches; fails when the process ends or the limit is over."""
        until = time.monotonic() + (limit or LIMIT)
        wanted = re.compile(pattern)
        with self._changed:
            at = since
            while True:
                while at < len(self.lines):
                    if wanted.search(self.lines[at]):
                        return self.lines[at]
                    at += 1
                left = until - time.monotonic()
                alive = self.process is not None and self.process.poll() is None
                assert left > 0 and (alive or self._reader.is_alive()), \
                    f"no log line matches {pattern!r}:\n" + "\n".join(self.lines[-40:])
                self._changed.wait(min(left, 0.2))

    def mark(self):
        return len(self.lines)

    def logged(self, pattern):
        return [line for line in self.lines if re.search(pattern, line)]

    def stop(self):
        if self.process is None:
            return None
        self.process.send_signal(signal.SIGTERM)
        return self._ended()

    def kill(self):
        self.process.send_signal(signal.SIGKILL)
        return self._ended()

    def _ended(self):
        code = self.process.wait(LIMIT)
        self._reader.join(LIMIT)
        self.process = None
        ours = [line for line in self.lines if "Sanitizer" in line or "runtime error:" in line or "bug in tieline" in line]
        assert not ours, "\n".join(self.lines[self.lines.index(ours[0]):][:60])
        return code

    def processes(self):
        """Role -> pids, from the kernel."""
        found = {}
        for pid in filter(str.isdigit, os.listdir("/proc")):
            try:
                with open(f"/proc/{pid}/stat") as f:
                    parent = int(f.read().rsplit(")", 1)[1].split()[1])
                if parent != self.process.pid:
                    continue
                with open(f"/proc/{pid}/cmdline") as f:
                    words = f.read().split("\0")
            except (FileNotFoundError, ProcessLookupError):
                continue
            if len(words) > 2 and words[1] == "role":
                found.setdefault(words[2], []).append(int(pid))
        return found


def wait_until(what, limit=None, pause=0.02):
    """Asks again until the answer is true: for states that only a question shows."""
    until = time.monotonic() + (limit or LIMIT)
    while True:
        value = what()
        if value:
            return value
        assert time.monotonic() < until, "it did not come about in time"
        time.sleep(pause)


def settled(gateway, message_id, limit=None):
    """The message once it has reached an end state."""
    final = ("delivered", "refused", "expired", "superseded")

    def look():
        message = gateway.show(message_id)
        return message if message["state"] in final else None
    return wait_until(look, limit)


def write(path, content):
    with open(path, "wb") as f:
        f.write(content)
    return str(path)


def rewrite(path, *changes):
    """Each (pattern, replacement) fits exactly one place of the file."""
    with open(path) as f:
        text = f.read()
    for pattern, replacement in changes:
        text, n = re.subn(pattern, replacement, text, flags=re.M)
        assert n == 1, pattern
    write(path, text.encode())


def receipts_later(one, to):
    """`one` asks `to` for receipts in connections of their own: more moments at which something can be lost."""
    rewrite(f"{one.home}/partners/{to.id}/agreement.yaml",
            ("receipt-delivery: synchronous", "receipt-delivery: asynchronous, receipt-wait: 5s"))


def have(tool):
    return shutil.which(tool) is not None
