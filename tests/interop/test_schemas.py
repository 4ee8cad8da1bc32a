# SPDX-License-Identifier: Apache-2.0
"""Our verdict on a document is that of any validator of JSON Schema 2020-12: here PyPI's jsonschema."""
import json
import os
import random
import subprocess

import pytest

from gateway import tieline
from schema_documents import Maker

PEER = os.path.join(os.path.dirname(__file__), "schema_peer.py")
SEED = os.environ.get("TIELINE_SCHEMA_SEED", "1")
COUNT = int(os.environ.get("TIELINE_SCHEMA_COUNT", "300"))  # of each type
NAMES = [row["name"] for row in json.loads(tieline("schema", "--json").stdout)]
AT_ONCE = 50


@pytest.fixture(scope="module")
def schemas(tmp_path_factory):
    found = {name: json.loads(tieline("schema", name).stdout) for name in ["common", *NAMES]}
    path = tmp_path_factory.mktemp("schemas") / "all.json"
    path.write_text(json.dumps(found))
    return found, str(path)


def ours(directory, texts):
    """What `tieline check` says of each."""
    paths = [directory / f"{at}.json" for at in range(len(texts))]
    for path, text in zip(paths, texts):
        path.write_text(text, encoding="utf-8")
    verdicts = {}
    for at in range(0, len(paths), AT_ONCE):
        for line in tieline("check", "--json", *paths[at:at + AT_ONCE], check=None).stdout.splitlines():
            row = json.loads(line)
            if "valid" in row:
                verdicts[row["file"]] = row["schema-valid"]
    return [verdicts[str(path)] for path in paths]


@pytest.mark.parametrize("name", NAMES)
def test_verdicts_agree(name, schemas, schema_python, tmp_path):
    found, path = schemas
    maker = Maker(found, name, SEED)
    escape = random.Random(SEED)
    texts = [json.dumps(maker.mutated(maker.document()), ensure_ascii=escape.random() < 0.5) for _ in range(COUNT)]
    # What says it is of another type, or of none, is told so by us, and not by the schema of this one.
    texts = [t for t in texts if (d := json.loads(t)).get("document_type") == name]
    kinds = [tieline("new", name, kind).stdout.replace("\n", " ") for kind in found[name].get("x-kinds", {})]
    texts += [*kinds, json.dumps(found[name]["examples"][0])]
    lines = tmp_path / "lines"
    lines.write_text("".join(f"{name} {t}\n" for t in texts), encoding="utf-8")
    done = subprocess.run([schema_python, PEER, path, str(lines)], capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    theirs = done.stdout.splitlines()
    wrong = [f"ours {'valid' if our else 'invalid'}, jsonschema {their}\n{text}"
             for text, our, their in zip(texts, ours(tmp_path, texts), theirs, strict=True) if our != (their == "valid")]
    assert not wrong, f"seed {SEED}: {len(wrong)} of {len(texts)} differ; the first:\n{wrong[0]}"
    right = theirs.count("valid")
    assert set(theirs[-1 - len(kinds):]) == {"valid"} and 10 < right < len(theirs) - 50, f"seed {SEED}: {right} of {len(theirs)} are valid: no test"
