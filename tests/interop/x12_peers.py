# SPDX-License-Identifier: Apache-2.0
"""StAEDI (Maven Central) and pyx12 (PyPI): installed by name into the build directory, and asked about files."""
import functools
import json
import os
import shutil
import subprocess

HERE = os.path.dirname(os.path.abspath(__file__))
PLACE = os.path.join(os.environ.get("TIELINE_BUILD", "/tmp"), "peers")


class Missing(Exception):
    """A peer cannot be had here; says why."""


def run(words, what):
    if not shutil.which(words[0]):
        raise Missing(f"{what} cannot be installed: there is no {words[0]} (./dev interop installs it)")
    done = subprocess.run(words, capture_output=True, text=True)
    if done.returncode != 0:
        raise Missing(f"{what} cannot be installed: {' '.join(words)}\n{done.stdout}{done.stderr}")


def install(name, wanted, *commands):
    """Once for each content of the file `wanted`; the directory."""
    place, wanted = os.path.join(PLACE, name), os.path.join(HERE, wanted)
    stamp = os.path.join(place, os.path.basename(wanted))
    if not os.path.exists(stamp) or open(stamp).read() != open(wanted).read():
        for words in commands:
            run([word.format(place=place, wanted=wanted) for word in words], name)
        shutil.copyfile(wanted, stamp)
    return place


def staedi():
    """The command that runs a Java program of ours beside StAEDI: the program's file follows."""
    if not shutil.which("javac"):
        raise Missing("StAEDI cannot be asked: there is no javac (./dev interop installs it)")
    place = install("staedi", "staedi-pom.xml", ["mvn", "-B", "-q", "-f", "{wanted}", "-Dmaven.repo.local={place}/repository",
                                                 "dependency:copy-dependencies", "-DoutputDirectory={place}/lib"])
    quiet = os.path.join(place, "logging.properties")  # it tells at length which parts of its own schemas nobody uses
    with open(quiet, "w") as f:
        f.write(".level = WARNING\n")
    return ["java", f"-Djava.util.logging.config.file={quiet}", "-cp", os.path.join(place, "lib", "*")]


def staedi_schemas():
    """Our guides of the plain standard as StAEDI's schemas; the directory."""
    import staedi_schema

    place = os.path.join(PLACE, "staedi-schemas")
    staedi_schema.write(place)
    return place


def pyx12():
    """The interpreter of an environment that has pyx12."""
    python = "{place}/bin/python"
    place = install("pyx12", "pyx12-requirements.txt", ["/usr/bin/python3", "-m", "venv", "--clear", "{place}"],
                    [python, "-m", "pip", "install", "-q", "-r", "{wanted}"])
    return python.format(place=place)


def asked(words, paths):
    """One object for each path, in their order."""
    done = subprocess.run(words, input="".join(path + "\n" for path in paths), capture_output=True, text=True, check=True)
    answers = [json.loads(line) for line in done.stdout.splitlines()]
    assert [answer["file"] for answer in answers] == list(paths)
    return answers


def askers():
    """{name: function from paths to what it says of each}; raises Missing."""
    return {"staedi": functools.partial(asked, [*staedi(), os.path.join(HERE, "StaediPeer.java"), staedi_schemas()]),
            "pyx12": functools.partial(asked, [pyx12(), os.path.join(HERE, "pyx12_peer.py")])}
