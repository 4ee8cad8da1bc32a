# SPDX-License-Identifier: Apache-2.0
"""What a newcomer runs first: ./dev demo plays its day to the end, whatever became of the documents it shows."""
import os
import subprocess

RUN = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "demo", "run")


def test_the_demo_plays_its_day():
    played = subprocess.run([RUN], capture_output=True, text=True, timeout=240)
    assert played.returncode == 0, played.stdout + played.stderr
    assert "CMS Verification successful" in played.stdout and "Both gateways stopped." in played.stdout
