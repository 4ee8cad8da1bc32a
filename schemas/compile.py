#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""compile.py SCHEMA.json... OUTPUT.c: our documents' schemas as the constants of src/documents/der/schema.h.

What leaves the subset (subset.py) is refused here, with file and JSON pointer: no table is made of half a schema.
"""
import json
import pathlib
import re
import sys

from subset import FACT_LISTS, FACTS, Refused, Schemas, SENSITIVITIES, Where

OPERANDS_MAX, PATH_MAX = 6, 4
TYPES = {t: f"DER_{t.upper()}" for t in ("string", "integer", "boolean", "object", "array")}
FORMATS = {None: "DER_PLAIN", "uuid": "DER_UUID", "date-time": "DER_TIME", "date": "DER_DATE",
           "duration": "DER_DURATION", "decimal": "DER_DECIMAL"}
SENSITIVE = dict(zip([None, *SENSITIVITIES],
                     ("DER_AS_PARENT", "DER_PUBLIC", "DER_INTERNAL", "DER_CONFIDENTIAL", "DER_RESTRICTED")))
FACT = {None: "FACT_DOCUMENT", **{name: f"FACT_{name.upper()}" for name in FACTS}}
FACTS_OF = {None: "FACT_OF_DOCUMENT", **{name: f"FACT_OF_{name.upper()}" for name in FACT_LISTS}}
AREAS = {"billing": "AREA_BILLING", "outage": "AREA_OUTAGE", "aggregation": "AREA_AGGREGATION",
         "availability": "AREA_AVAILABILITY", "any": "AREAS"}


def text(value):
    """A C string: bytes that are not printable ASCII as octal escapes."""
    if value is None:
        return "NULL"
    return '"' + "".join(f"\\{b:03o}" if b < 0x20 or b > 0x7e or b in b'"\\?' else chr(b) for b in value.encode()) + '"'


def name_slice(value):
    return f"S({text(value)})"


def name_hash(name):
    """json_text_hash()."""
    value, text = 0, name.encode()
    for at in range(0, len(text), 8):
        value = (value ^ int.from_bytes(text[at:at + 8], "little")) * 0x9e3779b97f4a7c15 % 2 ** 64
        value ^= value >> 32
    return value % 2 ** 32


class Output:
    def __init__(self):
        self.lines, self.numbers = [], {}

    def name(self, kind):
        self.numbers[kind] = self.numbers.get(kind, -1) + 1
        return f"{kind}_{self.numbers[kind]}"

    def array(self, type, kind, rows):
        """A constant array; its name and length, or NULL and 0."""
        if not rows:
            return "NULL", 0
        name = self.name(kind)
        self.lines += [f"static const {type} {name}[] = {{", *[f"\t{row}," for row in rows], "};"]
        return name, len(rows)

    def numbers_of(self, type, kind, data):
        rows = [",".join(map(str, data[i:i + 32])) for i in range(0, len(data), 32)]
        return self.array(type, kind, rows)[0]

    def bytes(self, kind, data):
        return self.numbers_of("uint8_t", kind, data)


class Compiler:
    def __init__(self, schemas):
        self.schemas, self.out, self.done, self.patterns = schemas, Output(), {}, {}
        self.operands = set()  # (object, which property): what a rule asks for

    def pattern(self, source):
        if source is None:
            return "NULL"
        if source not in self.patterns:
            classes, rows, accepts = self.schemas.patterns[source]
            width = len(rows[0]) + 1
            states = [[*(s * width for s in row), int(a)] for row, a in zip(rows, accepts)]
            parts = [self.out.bytes("classes", classes), self.out.numbers_of("uint16_t", "next", [s for row in states for s in row])]
            name = self.out.name("pattern")
            self.out.lines.append(f"static const struct der_pattern {name} = {{ {', '.join(parts)}, {width}, {width - 1} }};")
            self.patterns[source] = name
        return "&" + self.patterns[source]

    def literals(self, values):
        rows = []
        for v in values or []:
            kind = "string" if isinstance(v, str) else "boolean" if isinstance(v, bool) else "integer"
            shown = v if isinstance(v, str) else json.dumps(v)
            rows.append(f"{{ {TYPES[kind]}, {name_slice(shown)}, {0 if isinstance(v, str) else int(v)} }}")
        return self.out.array("struct der_literal", "literals", rows)

    @staticmethod
    def choices(values):
        shown = [v if isinstance(v, str) else json.dumps(v) for v in values or []]
        return text(", ".join(shown[:-1]) + " or " + shown[-1] if len(shown) > 1 else shown[0]) if shown else "NULL"

    def node(self, node):
        if node is None:
            return "NULL"
        if node not in self.done:
            literals, count = self.literals(node.literals)
            limits = node.limits
            members = {
                "type": TYPES[node.type], "format": FORMATS[node.format], "pattern": self.pattern(node.pattern),
                "literals": literals, "literal_count": count, "choices": self.choices(node.literals), "words": text(node.words),
                "least": limits.get("minLength", limits.get("minItems", 0)),
                "most": limits.get("maxLength", limits.get("maxItems", 0)),
                "minimum": limits.get("minimum", 0), "maximum": limits.get("maximum", 0),
                "is_unique": str(node.unique).lower(), "items": self.node(node.items), "object": self.object(node.object),
            }
            name = self.out.name("node")
            self.out.lines += [f"static const struct der_node {name} = {{",
                               "\t" + ", ".join(f".{k} = {v}" for k, v in members.items() if v not in (0, "NULL", "false")),
                               "};"]
            self.done[node] = name
        return "&" + self.done[node]

    @staticmethod
    def bits(indexes):
        words = [0, 0]
        for i in indexes:
            words[i // 64] |= 1 << i % 64
        return f"{{ {{ UINT64_C({words[0]:#x}), UINT64_C({words[1]:#x}) }} }}"

    @staticmethod
    def test(at, watched):
        watch, mask = watched or (0, 0)
        return f"{{ {at}, {watch}, UINT64_C({mask:#x}) }}"

    def effect(self, e):
        limits, count = self.out.array("struct der_limit", "limits",
                                       [f"{{ {self.test(at, watched)}, {text(words)} }}" for at, watched, words in e.limited])
        choices = self.out.array("struct der_bits", "alternatives", [self.bits(a) for a in e.alternatives])
        parts = [self.bits(e.required), self.bits(e.forbidden), limits, count, *choices]
        return f"{{ {', '.join(map(str, parts))} }}"

    def condition(self, c):
        tests, count = self.out.array("struct der_test", "tests", [self.test(*t) for t in c.tests])
        return f"{{ {text(c.words)}, {tests}, {count}, {self.effect(c.then)}, {self.effect(c.otherwise)} }}"

    def slots(self, o):
        size = 1
        while size < 2 * len(o.properties) or size < 2:
            size *= 2
        table = [0] * size
        for at, p in enumerate(o.properties):
            slot = name_hash(p.name) % size
            while table[slot]:
                slot = (slot + 1) % size
            table[slot] = at + 1
        return self.out.bytes("slots", table), size

    def object(self, o):
        if o is None:
            return "NULL"
        rows = [f"{{ {name_slice(p.name)}, {self.node(p.node)}, {text(p.title)}, {text(p.unit)}, "
                f"{SENSITIVE[p.sensitivity]}, {0 if p.watch is None else p.watch + 1}, {FACT[p.fact]}, "
                f"{FACTS_OF[p.facts_of]}, {str((o, at) in self.operands).lower()} }}" for at, p in enumerate(o.properties)]
        properties, count = self.out.array("struct der_property", "properties", rows)
        conditions = self.out.array("struct der_condition", "conditions", [self.condition(c) for c in o.conditions])
        alternatives = self.out.array("struct der_bits", "alternatives", [self.bits(a) for a in o.alternatives])
        watches = self.out.array("struct der_watch", "watches",
                                 [f"{{ {', '.join(map(str, self.literals(values)))} }}" for _, values in o.watches])
        slots = self.slots(o)
        name = self.out.name("object")
        parts = [properties, count, *slots, self.bits(o.required), *conditions, *alternatives, *watches,
                 str(o.open).lower(), o.max_properties or 0, o.max_bytes or 0]
        self.out.lines.append(f"static const struct der_object {name} = {{ {', '.join(map(str, parts))} }};")
        return "&" + name

    # --- x-checks -----------------------------------------------------------------------------

    @staticmethod
    def steps(root, words, where):
        """Of "lines[].amount": (object, which property) on the way, through lists and into amounts of money."""
        path, node = [], root
        for step in words.lstrip("-").replace("[]", "").split("."):
            node = node.items if node and node.type == "array" else node
            at = node.object.index(step) if node and node.object else None
            if at is None:
                raise Refused(where, f"{words}: {step} is no member")
            path.append((node.object, at))
            node = node.object.properties[at].node
        if node and node.type == "object" and node.object.index("amount") is not None:
            path.append((node.object, node.object.index("amount")))
        return path

    def operand(self, root, words, list_name, where):
        path = [at for _, at in self.steps(root, words, where)]
        if len(path) > PATH_MAX:
            raise Refused(where, f"{words} is too deep")
        item = str(bool(list_name) and words.lstrip("-").startswith(f"{list_name}[].")).lower()
        if list_name and "[]" in words and item == "false":
            raise Refused(where, f"{words} is not of the list {list_name}")
        return (f"{{ {{ {', '.join(map(str, path))} }}, {len(path)}, {item}, {str(words.startswith('-')).lower()}, "
                f"{text(words.lstrip('-'))} }}")

    KINDS = {"count": 1, "sum": 2, "product": 3, "order": 2, "rising": 1, "intervals": 2, "unique": 1, "currency": 0,
             "energy": 3, "within": 3, "needed": 2, "same": 2, "parts": 2, "once": 1}

    def rule(self, root, rule, where):
        for word in set(rule) - {"check", "list", "of", "values", "strict", "says"}:
            raise Refused(where / word, "this keyword is not in the subset here")
        kind, of, list_name = rule.get("check"), rule.get("of", []), rule.get("list")
        if kind not in self.KINDS or not self.KINDS[kind] <= len(of) <= OPERANDS_MAX or not rule.get("says"):
            raise Refused(where, "check is one of " + ", ".join(self.KINDS) + ", with its operands, and says something")
        at = root.object.index(list_name) if list_name else 0
        if at is None or list_name and root.object.properties[at].node.type != "array":
            raise Refused(where / "list", "no list of the document")
        operands, count = self.out.array("struct der_operand", "operands",
                                         [self.operand(root, words, list_name, where) for words in of])
        literals, values = self.literals(rule.get("values"))
        return (f"{{ DER_{kind.upper()}, {str(bool(list_name)).lower()}, {at}, {str(rule.get('strict', False)).lower()}, "
                f"{operands}, {count}, {literals}, {values}, {text(rule['says'])} }}")

    # --- documents ----------------------------------------------------------------------------

    @staticmethod
    def merged(node, value, changes, where):
        """RFC 7396: null takes a member out; the schema's order."""
        found = dict(value)
        for name, change in changes.items():
            if node.object is None or node.object.index(name) is None or change is None and name not in value:
                raise Refused(where / name, "no member, or none of the example")
            member = node.object.properties[node.object.index(name)].node
            if isinstance(change, dict) and isinstance(value.get(name), dict):
                change = Compiler.merged(member, value[name], change, where / name)
            found[name] = change
        return {name: found[name] for name in sorted(found, key=node.object.index) if found[name] is not None}

    def kind(self, name, said, example, node, where):
        if not re.fullmatch("[a-z_]{1,64}", name) or set(said) != {"says", "changes"} or not said["says"]:
            raise Refused(where, "a kind has a name of a-z and _, and says and changes")
        changes = said["changes"]
        shown = self.text_of(self.merged(node, example, changes, where / "changes") if changes else example)
        return f"{{ {text(name)}, {text(said['says'])}, {shown}, {str(not changes).lower()} }}"

    def text_of(self, document):
        data = (json.dumps(document, indent=2, ensure_ascii=False) + "\n").encode()
        return f"{{ {self.out.bytes('text', list(data))}, {len(data)} }}"

    def document(self, name, root, node):
        where = Where(f"{name}.json")
        if not root.get("examples") or root.get("x-area") not in AREAS:
            raise Refused(where, f"a document has an example, and an x-area of {', '.join(AREAS)}")
        example = root["examples"][0]
        kinds, kind_count = self.out.array("struct der_kind", "kinds",
                                           [self.kind(n, said, example, node, where / "x-kinds" / n)
                                            for n, said in root.get("x-kinds", {}).items()])
        rules, count = self.out.array("struct der_rule", "rules",
                                      [self.rule(node, r, where / "x-checks" / i)
                                       for i, r in enumerate(root.get("x-checks", []))])
        data = self.schemas.text[name].encode()
        source, shown = f"{{ {self.out.bytes('text', list(data))}, {len(data)} }}", self.text_of(example)
        return (f"{{ {text(name)}, {text(root.get('title', name))}, {AREAS[root['x-area']]}, {source}, {shown}, {kinds}, {kind_count}, "
                f"{self.node(node)}, {rules}, {count} }}")

    def compile(self):
        documents = list(self.schemas.documents())
        for name, root, node in documents:
            for i, rule in enumerate(root.get("x-checks", [])):
                for words in rule.get("of", []):
                    self.operands.add(self.steps(node, words, Where(f"{name}.json") / "x-checks" / i)[-1])
        rows = [self.document(*d) for d in documents]
        common = list(self.schemas.text["common"].encode())
        return "\n".join(["/* Made by schemas/compile.py. */", '#include "documents/der/schema.h"', "",
                          *(line for line in self.finish(rows, common)), ""])

    def finish(self, rows, common):
        name = self.out.bytes("text", common)
        yield from self.out.lines
        yield from ["const struct der_schema der_schemas[] = {", *[f"\t{row}," for row in rows], "};",
                    f"const size_t der_schema_count = {len(rows)};",
                    f"const struct slice der_common_text = {{ {name}, {len(common)} }};"]


if __name__ == "__main__":
    *files, output = sys.argv[1:]
    try:
        made = Compiler(Schemas(files)).compile()
    except Refused as refused:
        sys.exit(f"schemas: {refused}")
    pathlib.Path(output).write_text(made)
