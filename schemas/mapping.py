#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""mapping.py SCHEMA.json...: docs/coordination.md, on standard output; made of the schemas' x-maps.

tests/e2e/test_documents.py holds that page and the schemas together.
"""
import sys

from subset import COMMON, Schemas, Where

HEAD = """# Our documents beside the standards of their neighbours

Made by `python3 schemas/mapping.py schemas/*.json` of the `x-maps` in `schemas/`: change them there. A
field stands here when a neighbour has something like it: OpenADR 3.1.0, IEEE 2030.5 (names of its 2023
schema; CSIP-AUS where it is named), IEC 61968-5 and the outage profiles of CIM, X12 004010 (by the guides
of retail electricity; candidates where there is no guide), ESPI. Nothing here says that two fields are
the same: units, signs and the shape around them differ, and whoever converts needs the list below. What
`tieline translate` writes and reads, element by element, is in `mappings/`. What has
(?) behind it was not found in a schema or guide.

* **Units.** Ours are kW, kWh, kvar, kVA, V, percent from 0 to 100, seconds. 2030.5 has watts with a
  power of ten, and percent in hundredths; OpenADR has a state of charge from 0 to 1; ESPI's amounts are
  hundred-thousandths; type N2 of X12 is cents without a point, type R has the point.
* **Signs.** Ours are positive with a direction, but for setpoints: positive is export or discharge, as
  in the DER controls of 2030.5. OpenADR's setpoints are about consumption, and in FlowReservation of
  2030.5 charging is positive: both are turned round.
* **Time.** Ours are UTC, intervals half-open from their start. ESPI's begin with their start, too, those
  of an 867 are named by their end, in the time of the code beside it.
* **Where nobody has it:** no award, invoice or registration decision is in OpenADR; no business answer
  in 2030.5 beyond its response status.
"""
COLUMNS = ["openadr", "sep2", "cim", "x12", "espi"]
TITLES = ["ours", "type, unit", "OpenADR 3.1", "IEEE 2030.5", "IEC 61968-5, CIM", "X12", "ESPI"]


def cells(p):
    maps = dict(p.maps)
    if "csip" in maps:
        maps["sep2"] = "; ".join(filter(None, [maps.get("sep2"), f"CSIP-AUS: {maps['csip']}"]))
    return [maps.get(name, "").replace("|", "\\|") for name in COLUMNS]


def kind(p):
    node = p.node
    if node is None:
        return "any"
    if node.type == "array":
        return f"list of {node.limits.get('maxItems')}"
    if node.type == "object":
        return "object"
    known = {"uuid": "uuid", "date-time": "time", "date": "date", "duration": "duration", "decimal": "decimal"}
    return known.get(node.format) or ("code" if node.literals else "text" if node.type == "string" else node.type)


def rows(o, prefix, left_out):
    """The members below, those of shared objects where they are described themselves."""
    for p in o.properties:
        name = prefix + p.name
        if name in left_out:
            continue
        if p.maps:
            yield [f"`{name}`", kind(p) + (f", {p.unit}" if p.unit else ""), *cells(p)]
        node, more = p.node, "."
        if node and node.type == "array":
            node, more = node.items, "[]."
        if node and node.object and not p.shared:
            yield from rows(node.object, name + more, left_out)


def table(title, o, left_out=()):
    found = list(rows(o, "", left_out))
    if not found:
        return ""
    lines = [TITLES, ["---"] * len(TITLES), *found]
    return f"\n## {title}\n\n" + "".join("| " + " | ".join(line) + " |\n" for line in lines)


def page(files):
    schemas = Schemas(files)
    documents = schemas.documents()
    file, common = schemas.files[COMMON]
    shared = {name: schemas.node(part, Where(file, f"/$defs/{name}")).object for name, part in common["$defs"].items()}
    header = shared.pop("header")
    known = {p.name for p in header.properties} | {p.name for p in shared["interval"].properties}
    text = HEAD + table("Every document: the common header", header)
    for name, _, node in documents:
        text += table(name, node.object, {p.name for p in header.properties} | {f"intervals[].{n}" for n in known})
    for name, o in shared.items():
        text += table(f"Shared: {name}", o) if o and not o.open else ""
    return text


if __name__ == "__main__":
    print(page(sys.argv[1:]), end="")
