# SPDX-License-Identifier: Apache-2.0
"""schema_peer.py SCHEMAS DOCUMENTS: the verdict of PyPI's jsonschema on each line of DOCUMENTS, "NAME DOCUMENT"."""
import json
import sys

from jsonschema import Draft202012Validator
from referencing import Registry, Resource

schemas = json.load(open(sys.argv[1]))
registry = Registry().with_resources((s["$id"], Resource.from_contents(s)) for s in schemas.values())
validators = {}
for name, schema in schemas.items():
    Draft202012Validator.check_schema(schema)
    validators[name] = Draft202012Validator(schema, registry=registry)
for line in open(sys.argv[2], encoding="utf-8"):
    name, document = line.split(" ", 1)
    error = next(validators[name].iter_errors(json.loads(document)), None)
    print("valid" if error is None else f"invalid: /{'/'.join(map(str, error.path))}: {error.message}".replace("\n", " ")[:300])
