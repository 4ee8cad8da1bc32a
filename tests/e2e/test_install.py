# SPDX-License-Identifier: Apache-2.0
"""`meson install` puts where a packager looks for it: the program, its manual pages, the unit, the documents."""
import os
import shutil
import subprocess

import pytest

ROOT = os.path.join(os.path.dirname(__file__), "..", "..")
BUILD = os.environ.get("TIELINE_BUILD")


@pytest.mark.skipif(not BUILD or not shutil.which("meson"), reason="no build directory, or no meson")
def test_what_is_installed(tmp_path):
    subprocess.run(["meson", "install", "-C", BUILD, "--no-rebuild", "--destdir", tmp_path], check=True, capture_output=True)
    found = {os.path.relpath(os.path.join(place, name), tmp_path) for place, _, names in os.walk(tmp_path) for name in names}
    prefix = next(path for path in found if path.endswith("bin/tieline")).removesuffix("bin/tieline")
    for page in os.listdir(os.path.join(ROOT, "man")):
        assert f"{prefix}share/man/man{page[-1]}/{page}" in found
    for document in ("README.md", "LICENSE", "docs/operations.md"):
        assert f"{prefix}share/doc/tieline/{document}" in found
    (unit,) = (path for path in found if path.endswith("systemd/system/tieline.service"))
    with open(tmp_path / unit) as f:
        assert f"ExecStart=/{prefix}bin/tieline serve\n" in f.read()
