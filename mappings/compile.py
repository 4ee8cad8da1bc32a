#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""compile.py --schemas SCHEMA.json... --mappings MAPPING.json... --output OUT.c: the tables of
src/documents/translate/mapping.h, which says what a mapping is made of.

Refused here, with the row: a pointer to no member, a code table of which one side is not a function,
a conversion that does not fit the member's type.
"""
import argparse
import json
import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "schemas"))
from subset import Schemas  # noqa: E402

# name: constant of the C table, formats and types of the members it is for (None: any scalar)
CONVERSIONS = {
    "text": ("TR_TEXT", {"string"}), "lines": ("TR_LINES", {"string"}), "date": ("TR_DATE", {"date"}),
    "decimal": ("TR_DECIMAL", {"decimal"}), "money": ("TR_MONEY", {"decimal"}), "cents": ("TR_CENTS", {"decimal"}),
    "integer": ("TR_INTEGER", {"integer"}), "day": ("TR_DAY", {"date-time"}), "end": ("TR_END", {"duration"}), "uuid": ("TR_UUID", {"uuid"}), "time": ("TR_TIME", {"date-time"}),
    "code": ("TR_CODE", None), "ordinal": ("TR_ORDINAL", {"object"}), "qualifier": ("TR_QUALIFIER", {"string"}), "is": ("TR_IS", None), "not": ("TR_NOT", None), "when": ("TR_WHEN", None), "has": ("TR_HAS", None), "lacks": ("TR_LACKS", None),
    "other": ("TR_OTHER", None),
}
CONSTANTS = {"=": "TR_CONSTANT", "?": "TR_OPTIONAL", "~": "TR_WRITTEN"}


LISTS_MAX = 16  # TRANSLATE_LISTS_MAX of mapping.h


class Refused(Exception):
    pass


def quoted(value):
    return 'S("' + value.replace("\\", "\\\\").replace('"', '\\"') + '")'


class Mapping:
    def __init__(self, at, source, documents, header):
        self.at, self.source, self.header, self.out = at, source, header, []
        self.root = documents[source["document"]]
        self.sections = {}
        self.lists, self.rows, self.nodes = [], [], {0: self.root}

    def refuse(self, where, why):
        raise Refused(f"{self.source['document']}-{self.source['set']}: {where}: {why}")

    def node(self, scope, pointer, where):
        """The schema's node at a pointer, through no list but those of the scope."""
        node = self.root if pointer.startswith("/") else self.nodes[scope]
        for step in [] if pointer == "." else pointer.strip("/").split("/"):
            at = node.object.index(step) if node and node.object else None
            if at is None:
                self.refuse(where, f"{pointer} is no member")
            node = node.object.properties[at].node
        return node

    def array(self, kind, name, rows):
        if not rows:
            return "NULL"
        name = f"{name}_{self.at}_{len(self.out)}"
        self.out.append(f"static const {kind} {name}[] = {{\n" + "".join(f"\t{row},\n" for row in rows) + "};")
        return name

    def codes(self, name, where):
        table = self.source.get("codes", {}).get(name)
        if not table or len(set(table.values())) != len(table):
            self.refuse(where, f"{name} is no table in which every code is once")
        return self.array("struct translate_code", "codes", [f"{{ {quoted(k)}, {quoted(v)} }}" for k, v in table.items()])

    def element(self, scope, number, words, where):
        if words[0] in CONSTANTS:
            return f"{{ {number}, {CONSTANTS[words[0]]}, TR_TOLD, false, S(\"\"), {quoted(words[1:])}, NULL, 0 }}"
        name, pointer, *rest = words.split(" ")
        if name not in CONVERSIONS or (name in ("code", "is", "not", "when", "end")) != (len(rest) == 1):
            self.refuse(where, f"{words}: no conversion")
        constant, types = CONVERSIONS[name]
        node = self.node(scope, pointer, where)
        if node is None or types and not {node.format or node.type, node.type if name == "text" else None} & types:
            self.refuse(where, f"{words}: not for a member of this type")
        codes, count = "NULL", 0
        if name == "code":
            codes, count = self.codes(rest[0], where), len(self.source["codes"][rest[0]])
        text = rest[0] if name in ("is", "not", "when", "end") else ""
        if name == "end":
            self.node(scope, text, where)
        return (f"{{ {number}, {constant}, {self.need(name, scope, pointer)}, {str(not pointer.startswith('/')).lower()}, {quoted(pointer)}, "
                f"{quoted(text)}, {codes}, {count} }}")

    def need(self, conversion, scope, pointer):
        """enum translate_need of a member: by its schema, and by what the mapping says is `loose`."""
        if conversion in ("ordinal", "qualifier") or self.full(scope, pointer) in self.source.get("loose", []):
            return "TR_TOLD"
        node, is_heard, is_needed = self.root, False, True
        for step in self.full(scope, pointer).strip("/").split("/") if self.full(scope, pointer) else []:
            o, name = node.object, step.removesuffix("[]")
            at = o.index(name)
            is_heard |= o.properties[at].fact is not None
            # An item that is there is what its list is of; a list's item itself is nothing that is missing.
            is_needed = step.endswith("[]") or is_needed and at in o.required
            node = o.properties[at].node.items if step.endswith("[]") else o.properties[at].node
        if pointer == ".":
            return "TR_HEARD" if is_heard or conversion == "other" else "TR_TOLD"
        return "TR_HEARD" if is_heard and not is_needed else "TR_NEEDED" if is_needed and conversion != "lines" else \
            "TR_HEARD" if is_heard else "TR_TOLD"

    def full(self, scope, pointer):
        """The pointer from the document on: "/lines[]/kind"."""
        if pointer.startswith("/"):
            return pointer
        path = "" if pointer == "." else f"/{pointer}"
        while scope:
            outer, name, is_section, _ = self.lists[scope - 1]
            path = path if is_section else f"{name if name.startswith('/') else '/' + name}[]{path}"
            scope = 0 if name.startswith("/") else outer
        return path

    def section(self, scope, name):
        """Rows that open a section of one name open the same one."""
        key = (scope, name) if isinstance(name, str) else (scope, len(self.lists))
        if key not in self.sections:
            self.lists.append((scope, "", True, False))
            self.sections[key] = len(self.lists)
            self.nodes[len(self.lists)] = self.nodes[scope]
        return self.sections[key]

    def list(self, scope, pointer, again, where):
        node = self.node(scope, pointer, where)
        if node is None or node.type != "array":
            self.refuse(where, f"{pointer} is no list")
        if (scope, pointer, False, again) not in self.lists:
            self.lists.append((scope, pointer, False, again))
        opened = self.lists.index((scope, pointer, False, again)) + 1
        self.nodes[opened] = node.items
        return opened

    def row(self, scope, row, loop):
        loop = row.get("in", loop)
        where = f"{loop}/{row['segment']}"
        opens = self.list(scope, row["each"], bool(row.get("again")), where) if "each" in row else 0
        opens = self.section(scope, row["section"]) if row.get("section") else opens
        inner = opens or scope
        elements = [self.element(inner, int(n), words, f"{where}{n}") for n, words in row["elements"].items()]
        if not row.get("read") and any(words.startswith("other ") for words in row["elements"].values()):
            self.refuse(where, "what others say is only read")
        flags = [str(bool(row.get(name))).lower() for name in ("read", "always")]
        self.rows.append(f"{{ {quoted(row['segment'])}, {quoted(loop)}, {scope}, {opens}, {', '.join(flags)}, "
                         f"{self.array('struct translate_element', 'elements', elements)}, {len(elements)} }}")
        for inside in row.get("body", []):
            self.row(inner, inside, loop)

    def compile(self):
        s = self.source
        for row in s["rows"]:
            self.row(0, row, "")
        for pointer in s.get("loose", []):
            self.list_of(pointer)
        self.node(0, s["currency"], "currency") if "currency" in s else None
        if len(self.lists) > LISTS_MAX:
            self.refuse("rows", f"more than {LISTS_MAX} lists and sections")
        lists = self.array("struct translate_list", "lists",
                           [f"{{ {scope}, {str(section).lower()}, {str(again).lower()}, {quoted(p)} }}"
                            for scope, p, section, again in self.lists])
        rows = self.array("struct translate_row", "rows", self.rows)
        defaults = [self.default(*p.partition(" if ")[::2], v) for p, v in s.get("defaults", {}).items()]
        defaults, count = self.array("struct translate_default", "defaults", defaults), len(defaults)
        hashes = [f"{{ {quoted(p)}, {quoted(of)} }}" for p, of in s.get("hashes", {}).items() if self.node(0, p, p) and self.node(0, of, of)]
        hashes, hash_count = self.array("struct translate_hash", "hashes", hashes), len(hashes)
        like = self.array("struct slice", "like", [quoted(n) for n in [*self.header, *s.get("like", [])] if self.node(0, f"/{n}", "like")])
        like_count = len(self.header) + len(s.get("like", []))
        restricted = self.array("struct slice", "restricted", [quoted(r) for r in s["restricted"]])
        return (f"{{ {quoted(s['document'])}, {quoted(s['set'])}, {quoted(s['group'])}, {quoted(s['version'])}, "
                f"{quoted(s['guide'])}, {quoted(s.get('currency', ''))}, {lists}, {len(self.lists)}, {rows}, {len(self.rows)}, "
                f"{defaults}, {count}, {hashes}, {hash_count}, {like}, {like_count}, {restricted}, {len(s['restricted'])} }}")

    def default(self, pointer, beside, text):
        scope, name = self.list_of(pointer), pointer.split("[]/")[-1]
        if beside:
            self.node(scope, beside, "defaults")
        return f"{{ {scope}, {quoted(name)}, {quoted(text)}, {quoted(beside)} }}"

    def list_of(self, pointer):
        """The scope of "/lines[]/kind"."""
        head, mark, rest = pointer.partition("[]/")
        scope = next(i for i, (_, p, _, again) in enumerate(self.lists, 1) if p == head and not again) if mark else 0
        self.node(scope, rest if mark else head, "defaults")
        return scope


def main():
    parser = argparse.ArgumentParser()
    for name in ("schemas", "mappings"):
        parser.add_argument(f"--{name}", nargs="+", required=True)
    parser.add_argument("--output", required=True)
    args = parser.parse_args()
    documents = {name: node for name, _, node in Schemas(args.schemas).documents()}
    common = next(file for file in args.schemas if pathlib.Path(file).name == "common.json")
    header = list(json.loads(pathlib.Path(common).read_text())["$defs"]["header"]["properties"])
    lines, rows = ["/* Made by mappings/compile.py. */", '#include "documents/translate/mapping.h"', ""], []
    for at, file in enumerate(args.mappings):
        mapping = Mapping(at, json.loads(pathlib.Path(file).read_text()), documents, header)
        rows.append(mapping.compile())
        lines += mapping.out
    lines += ["const struct translate_mapping translate_mappings[] = {", *[f"\t{row}," for row in rows], "};",
              f"const size_t translate_mapping_count = {len(rows)};", ""]
    pathlib.Path(args.output).write_text("\n".join(lines))


if __name__ == "__main__":
    try:
        main()
    except Refused as refused:
        sys.exit(f"mappings: {refused}")
