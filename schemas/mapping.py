#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""mapping.py SCHEMA.json... --mappings MAPPING.json...: docs/coordination.md, on standard output.

Its X12 is what `tieline translate` writes, of mappings/; the rest are the schemas' x-maps.
tests/e2e/test_documents.py holds that page, the schemas and the mappings together.
"""
import argparse
import json

from subset import COMMON, Schemas, Where

HEAD = """# Our documents beside the standards of their neighbours

Made by `python3 schemas/mapping.py schemas/*.json --mappings mappings/*.json` of the `x-maps` in `schemas/`
and of `mappings/`: change them there. A
field stands here when a neighbour has something like it: OpenADR 3.1.0, IEEE 2030.5 (names of its 2023
schema; CSIP-AUS where it is named), IEC 61968-5 and the outage profiles of CIM, X12 004010, ESPI. Nothing here
says that two fields are the same: units, signs and the shape around them differ, and whoever converts needs the
list below. What has (?) behind it was not found in a schema or guide.

**X12** is what `tieline translate` writes: the set, the loops around the segment with what tells them apart, the
segment and its element, and in brackets what else that segment has to have: `814 LIN05 RESOURCE > REF02 (01 ZZ, 03
DER KIND)` is REF02 in the loop of the LIN whose element 05 is RESOURCE, in a REF whose elements 01 and 03 are ZZ
and DER KIND. A moment is three elements from there on: date, time and the code of its zone; BPT03 of an 867 is its
day only, beside the DTM that has all of it. After "hint:" stands
what the guides of retail electricity have, or a candidate where there is no guide: nothing of that is written.

* **Units.** Ours are kW, kWh, kvar, kVA, V, percent from 0 to 100, seconds. 2030.5 has watts with a
  power of ten, and percent in hundredths; OpenADR has a state of charge from 0 to 1; ESPI's amounts are
  hundred-thousandths; type N2 of X12 is cents without a point, type R has the point.
* **Signs.** Ours are positive with a direction, but for setpoints: positive is export or discharge, as
  in the DER controls of 2030.5. OpenADR's setpoints are about consumption, and in FlowReservation of
  2030.5 charging is positive: both are turned round.
* **Time.** Ours are UTC, intervals half-open from their start. ESPI's begin with their start, too. In an
  867 by the guides of retail electricity they are named by their end, in the time of the code beside it;
  in ours they have both.
* **Where nobody has it:** no award, invoice or registration decision is in OpenADR; no business answer
  in 2030.5 beyond its response status.
"""
COLUMNS = ["openadr", "sep2", "cim", "x12", "espi"]
TITLES = ["ours", "type, unit", "OpenADR 3.1", "IEEE 2030.5", "IEC 61968-5, CIM", "X12", "ESPI"]
# One value of a few members: X12 has it in one place, so it stands with the member that has it.
VALUES = {"money", "price", "measure", "reason"}
# What src/documents/translate/to_x12.c writes without a mapping.
ENVELOPE = {"document_type": ["ST01"], "sender_id": ["ISA06", "GS02"], "receiver_id": ["ISA08", "GS03"], "test": ["ISA15"]}
CONDITIONS = {"is", "not", "when", "has", "lacks"}


class Places:
    """Where X12 has each member: of (title of a table, member in it) the sets, by place."""

    def __init__(self, documents, header, shared):
        self.roots, self.header, self.found = {name: node.object for name, _, node in documents}, header, {}
        self.names = {id(o): name for name, o in shared.items() if o}
        self.interval = {p.name for p in shared["interval"].properties}

    def key(self, document, path):
        """As rows() calls it: a member of a shared object stands where that is described."""
        o, title, prefix = self.roots[document], document, ""
        if path[0] in {p.name for p in self.header.properties}:
            title = "header"
        for at, step in enumerate(path):
            p = o.properties[o.index(step)]
            name, node = prefix + step, p.node
            if prefix == "intervals[]." and step in self.interval:
                title, name = "interval", step
            more = "."
            if node and node.type == "array":
                node, more = node.items, "[]."
            shared = p.shared and node and node.object and self.names.get(id(node.object))
            if at + 1 == len(path) or shared in VALUES:
                return title, name
            o, title, prefix = node.object, shared or title, "" if shared else name + more

    def put(self, document, set_id, path, around, place, beside="", once=False):
        """The first place in a loop is where it stands; `once`: the first in the set."""
        places = self.found.setdefault(self.key(document, path), {})
        there = [at for at in places if (document, set_id) in places[at]]
        plain = " > ".join([*around, place])
        if not (once and there) and not any(at == plain or at.startswith(plain + " (") for at in there):
            places.setdefault(plain + beside, []).append((document, set_id))

    @staticmethod
    def constants(row):
        return {(int(n), words[1:]) for n, words in row["elements"].items() if words[0] in "=?~"}

    def common(self, rows):
        """What all of them have to have."""
        return set.intersection(*map(self.constants, rows))

    @staticmethod
    def choices(row, rows):
        """The rows of which one is written, as the document is: each for the same item, or the same segment."""
        return [row, *(r for r in rows if r["segment"] == row["segment"] and r.get("each") == row.get("each") and
                       not r.get("section") and not r.get("read") and not row.get("section") and
                       ("each" in r or any(words.startswith("is ") for words in r["elements"].values())))]

    def members(self, m, row, rows, inner, around, again):
        """What the row's elements say, and what its being chosen says."""
        document, set_id, segment, choices = m["document"], m["set"], row["segment"], self.choices(row, rows)
        for n, words in row["elements"].items():
            conversion, _, rest = words.partition(" ")
            if words[0] in "=?~" or conversion in CONDITIONS | {"ordinal", "qualifier"}:
                continue
            needed = sorted(self.common([r for r in choices if r["elements"].get(n) == words]))
            beside = ", ".join(f"{at:02} {text}" for at, text in needed if row["elements"][str(at)][0] in "=?")
            self.put(document, set_id, self.path(inner, rest.split(" ")[0]), around, f"{segment}{int(n):02}",
                     f" ({beside})" if beside else "", again)
        for words in row["elements"].values():
            for n, _ in sorted(self.constants(row) - self.common(choices)) if words.startswith("is ") else []:
                self.put(document, set_id, self.path(inner, words.split(" ")[1]), around, f"{segment}{n:02}", "", again)

    def row(self, m, row, rows, base, around, again):
        each, segment = row.get("each"), row["segment"]
        again = again or row.get("again", False)
        inner = self.path(base, each) if each else base
        if not row.get("read"):
            self.members(m, row, rows, inner, around, again)
            if each and not any(words.endswith(" .") and words != "ordinal ." for words in row["elements"].values()):
                self.put(m["document"], m["set"], inner, around, f"{segment} loop", "", True)
        if each or row.get("section"):
            last = max(self.common(self.choices(row, rows)), default=None)
            around = [*around, segment + (f"{last[0]:02} {last[1]}" if last else "")]
        for inside in row.get("body", []):
            self.row(m, inside, row["body"], inner, around, again)

    @staticmethod
    def path(base, pointer):
        steps = () if pointer == "." else tuple(pointer.strip("/").split("/"))
        return steps if pointer.startswith("/") else base + steps

    def read(self, file):
        with open(file, encoding="utf-8") as f:
            m = json.load(f)
        for name, places in ENVELOPE.items():
            for place in places:
                self.put(m["document"], m["set"], (name,), [], place)
        for row in m["rows"]:
            self.row(m, row, m["rows"], (), [], False)

    def cell(self, title, name, hint):
        """Places of the same sets together: "810, 820: REF02 (01 TN); 814: BGN02"."""
        by_sets = {}
        for place, sets in self.found.get((title, name), {}).items():
            by_sets.setdefault(", ".join(sorted({set_id for _, set_id in sets})), []).append(place)
        said = "; ".join(f"{sets} {', '.join(places)}" for sets, places in by_sets.items())
        return said or (f"hint: {hint}" if hint else "")


def cells(title, name, p, places):
    maps = dict(p.maps)
    if "csip" in maps:
        maps["sep2"] = "; ".join(filter(None, [maps.get("sep2"), f"CSIP-AUS: {maps['csip']}"]))
    maps["x12"] = places.cell(title, name, maps.get("x12", ""))
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


def rows(title, o, prefix, left_out, places):
    """The members below, those of shared objects where they are described themselves."""
    for p in o.properties:
        name = prefix + p.name
        if name in left_out:
            continue
        said = cells(title, name, p, places)
        if any(said):
            yield [f"`{name}`", kind(p) + (f", {p.unit}" if p.unit else ""), *said]
        node, more = p.node, "."
        if node and node.type == "array":
            node, more = node.items, "[]."
        if node and node.object and not p.shared:
            yield from rows(title, node.object, name + more, left_out, places)


def table(title, key, o, places, left_out=()):
    found = list(rows(key, o, "", left_out, places))
    if not found:
        return ""
    lines = [TITLES, ["---"] * len(TITLES), *found]
    return f"\n## {title}\n\n" + "".join("| " + " | ".join(line) + " |\n" for line in lines)


def page(files, mappings):
    schemas = Schemas(files)
    documents = schemas.documents()
    file, common = schemas.files[COMMON]
    shared = {name: schemas.node(part, Where(file, f"/$defs/{name}")).object for name, part in common["$defs"].items()}
    header = shared.pop("header")
    places = Places(documents, header, shared)
    for mapping in mappings:
        places.read(mapping)
    known = {p.name for p in header.properties} | {p.name for p in shared["interval"].properties}
    text = HEAD + table("Every document: the common header", "header", header, places)
    for name, _, node in documents:
        left_out = {p.name for p in header.properties} | {f"intervals[].{n}" for n in known}
        text += table(name, name, node.object, places, left_out)
    for name, o in shared.items():
        text += table(f"Shared: {name}", name, o, places) if o and not o.open else ""
    return text


if __name__ == "__main__":
    asked = argparse.ArgumentParser()
    asked.add_argument("schemas", nargs="+")
    asked.add_argument("--mappings", nargs="+", default=[])
    args = asked.parse_args()
    print(page(args.schemas, args.mappings), end="")
