# SPDX-License-Identifier: Apache-2.0
"""What `./dev fuzz --long` counts of what a fuzzer says: no gateway and no fuzzer takes part."""
import csv
import os
import shutil
import subprocess

import pytest

LONG = os.path.join(os.path.dirname(__file__), "..", "fuzz", "long")
HEAD = "target\tcpu_s\texecutions\tedges_first\tedges\tidle_s\tsaturated\n"
LIMIT_S = 60

# Says what libFuzzer would, with CPU time between, until it is interrupted; the second of them ends by itself.
FUZZER = """#!/usr/bin/env python3
import os, signal, sys, time
def end(*_):
    print("stat::number_of_executed_units: 700", file=sys.stderr)
    sys.exit(72)
if "-set_cover_merge=1" in sys.argv:
    sys.exit(0)
if os.path.exists(__file__ + ".ran"):
    sys.exit(1)
open(__file__ + ".ran", "w").close()
signal.signal(signal.SIGINT, end)
for line in LINES:
    print(line, file=sys.stderr, flush=True)
    until = time.process_time() + 0.1
    while time.process_time() < until:
        pass
while True:
    pass
"""

SAID = {
    "the corpus is read slowly": (["#512 pulse  cov: 613 ft: 1", "#598 INITED cov: 644 ft: 2", "#600 REDUCE cov: 644 ft: 2"], True),
    "the corpus is read in steps": (["#2 READ   cov: 600 ft: 1", "#598 INITED cov: 644 ft: 2"], True),
    "nothing but features is new": (["#598 INITED cov: 644 ft: 2", "#600 NEW    cov: 644 ft: 3"], True),
    "an edge is new": (["#512 pulse  cov: 613 ft: 1", "#598 INITED cov: 644 ft: 2", "#600 NEW    cov: 645 ft: 3"], False),
}


@pytest.mark.parametrize("name", SAID)
def test_time_without_a_new_edge(tmp_path, name):
    """Before: all but a tenth of a second of it.  An edge that is new has it begin again, and a corpus that is read does not."""
    lines, saturated = SAID[name]
    fuzz, build = tmp_path / "tests" / "fuzz", tmp_path / "build"
    program = build / "tests" / "fuzz" / "fuzz_one"
    for folder in (fuzz, program.parent, tmp_path / "docs"):
        folder.mkdir(parents=True)
    shutil.copy(LONG, fuzz / "long")
    (fuzz / "fuzz_one.c").touch()
    (fuzz / "effort.tsv").write_text(HEAD + "one\t1800\t1\t598\t644\t599.9\tno\n")
    program.write_text(FUZZER.replace("LINES", repr(lines)))
    program.chmod(0o755)
    subprocess.run([fuzz / "long", build, "one", "--slice", "3"], timeout=LIMIT_S, check=False, stdout=subprocess.DEVNULL)
    with open(fuzz / "effort.tsv", newline="") as file:
        row, = csv.DictReader(file, delimiter="\t")
    assert (row["edges_first"], row["edges"]) == ("598", lines[-1].split()[3])
    assert (row["saturated"] == "yes") == saturated
    assert (float(row["idle_s"]) >= 600) == saturated
