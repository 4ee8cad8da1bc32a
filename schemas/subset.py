# SPDX-License-Identifier: Apache-2.0
"""The subset of JSON Schema 2020-12 that schemas are written in: read, resolved, refused where they leave it.

What is built here are plain objects that compile.py writes down as C and mapping.py as a table.  The subset is what
one pass over a document can check, and what every validator understands the same.
"""
import json
import pathlib

import pattern

COMMON = "urn:tieline:schema:common:1"
ANNOTATIONS = {"title", "description", "examples", "format", "$comment",
               "x-unit", "x-sensitivity", "x-maps", "x-max-bytes", "x-fact", "x-facts-of"}
BY_TYPE = {
    "string": {"minLength", "maxLength", "pattern", "not"},
    "integer": {"minimum", "maximum"},
    "boolean": set(),
    "array": {"items", "minItems", "maxItems", "uniqueItems"},
    "object": {"properties", "required", "additionalProperties", "unevaluatedProperties", "maxProperties", "allOf", "anyOf"},
}
ROOT = {"$schema", "$id", "$defs", "x-area", "x-checks", "x-kinds"}
FORMATS = {"uuid", "date-time", "date", "duration", "decimal"}
SENSITIVITIES = ["P", "I", "C", "R"]
MAPS = ["openadr", "sep2", "csip", "cim", "x12", "espi"]
# What the register of aggregations has to know (src/exchange/facts.h), and as what it can be said.
TEXT, DECIMAL, TIME, DATE, DURATION, INTEGER, BOOLEAN = "text", "decimal", "date-time", "date", "duration", "integer", "boolean"
FACTS = {
    **dict.fromkeys(
        ["type", "id", "correlation", "reply", "supersedes", "sender_role", "program", "action", "cause", "aggregation",
         "name",
         "resource", "premise", "feeder", "der_kind", "consent", "rejected", "registration", "request", "offer", "award",
         "dispatch", "performance", "invoice", "outage", "limit", "subject", "sender", "receiver", "behalf", "addressee", "creditor",
         "debtor", "payee", "trace", "currency", "measure", "override", "direction", "baseline", "excluded",
         "dispute", "bank", "account", "summary", "product", "window", "place", "spot"], {TEXT}),
    **dict.fromkeys(
        ["export_kw", "import_kw", "up_kw", "down_kw", "inject_kvar", "absorb_kvar", "energy_kwh", "quantity_kw",
         "quantity_kvar", "amount", "ceiling", "price", "invoiced", "quantity", "committed", "change_kw", "awarded_kw",
         "awarded_kvar", "percent", "fallback_export", "fallback_import", "cap_kw", "least_kw", "step_kw", "drop_kw",
         "headroom_kwh", "shed_kw", "generation_kw"],
        {DECIMAL}),
    **dict.fromkeys(
        ["created", "expires", "last", "from", "until", "start", "consent_until", "review_started", "review_due",
         "next_update", "began", "ended", "final"],
        {TIME, DATE}),
    **dict.fromkeys(["revision", "sequence", "basis", "count", "clock_stopped", "uncertainty", "primacy"], {INTEGER}),
    "kind": {TEXT, BOOLEAN},
    "test": {BOOLEAN},
    **dict.fromkeys(["bank_changed", "notice_met", "attested", "net_metering", "attested_once", "whole"], {BOOLEAN}),
    "seconds": {DURATION, INTEGER},
}
FACT_LISTS = ["interval", "resource", "line", "condition", "area", "feeder"]
PROPERTIES_MAX, WATCHES_MAX, LITERALS_MAX = 128, 8, 64


class Refused(Exception):
    def __init__(self, where, why):
        super().__init__(f"{where}: {why}")


class Where:
    """A file and a JSON pointer in it."""

    def __init__(self, file, pointer=""):
        self.file, self.pointer = file, pointer

    def __truediv__(self, name):
        return Where(self.file, f"{self.pointer}/" + str(name).replace("~", "~0").replace("/", "~1"))

    def __str__(self):
        return f"{self.file}#{self.pointer}"


class Property:
    def __init__(self, name, node, schema, target):
        said = {**target, **schema}
        self.name, self.node = name, node
        self.title = said.get("title", name.replace("_", " "))
        self.unit = said.get("x-unit", "")
        self.sensitivity = said.get("x-sensitivity")
        self.maps = said.get("x-maps", {})
        self.description = said.get("description", "")
        self.watch = None
        self.fact, self.facts_of = schema.get("x-fact"), schema.get("x-facts-of")
        items = schema.get("items") if schema.get("type") == "array" else schema
        self.shared = "$ref" in items and "properties" not in items  # described in common.json


class Object:
    def __init__(self):
        self.properties, self.required, self.conditions, self.alternatives, self.watches = [], [], [], [], []
        self.open, self.max_properties, self.max_bytes = False, None, None
        self.partial = False  # left open for whoever refers to it with members of his own, and closes it

    def index(self, name):
        return next((i for i, p in enumerate(self.properties) if p.name == name), None)


class Node:
    def __init__(self, type):
        self.type, self.format, self.pattern, self.literals = type, None, None, None
        self.limits, self.words = {}, None
        self.unique, self.items, self.object = False, None, None


class Condition:
    """tests, all of which hold: (property, literals or None for being there)."""

    def __init__(self, words):
        self.words, self.tests = words, []
        self.then, self.otherwise = Effect(), Effect()


class Effect:
    def __init__(self):
        self.required, self.forbidden, self.limited, self.alternatives = [], [], [], []


class Schemas:
    def __init__(self, files):
        self.files, self.text, self.nodes, self.cache, self.patterns = {}, {}, [], {}, {}
        for file in map(pathlib.Path, files):
            self.text[file.stem] = file.read_text()
            root = json.loads(self.text[file.stem], object_pairs_hook=lambda pairs: self.once(file, pairs))
            self.files[root.get("$id")] = (file, root)
            wanted = f"urn:tieline:schema:{file.stem}:1"
            if root.get("$id") != wanted or root.get("$schema") != "https://json-schema.org/draft/2020-12/schema":
                raise Refused(Where(file), f"$id is {wanted}, $schema that of 2020-12")

    @staticmethod
    def once(file, pairs):
        found = dict(pairs)
        if len(found) != len(pairs):
            raise Refused(Where(file), f"a name twice among {', '.join(found)}")
        return found

    # --- references ---------------------------------------------------------------------------

    def resolve(self, ref, where):
        base, _, pointer = ref.partition("#")
        if base and base not in self.files:
            raise Refused(where / "$ref", f"{ref} is in no file")
        file, schema = self.files[base] if base else next(v for v in self.files.values() if v[0] == where.file)
        there = Where(file)
        for step in pointer.split("/")[1:]:
            if step not in schema:
                raise Refused(where / "$ref", f"{ref} leads nowhere")
            schema, there = schema[step], there / step
        return schema, there

    def check_words(self, schema, allowed, where):
        if not isinstance(schema, dict):
            raise Refused(where, "an object is expected here")
        for word, value in schema.items():
            if word not in allowed:
                raise Refused(where / word, "this keyword is not in the subset here")
        self.check_annotations(schema, where)

    def check_annotations(self, schema, where):
        if schema.get("format", "uuid") not in FORMATS:
            raise Refused(where / "format", "an unknown format")
        if schema.get("x-sensitivity", "P") not in SENSITIVITIES:
            raise Refused(where / "x-sensitivity", f"one of {', '.join(SENSITIVITIES)}")
        for name in schema.get("x-maps", {}):
            if name not in MAPS:
                raise Refused(where / "x-maps" / name, f"one of {', '.join(MAPS)}")

    @staticmethod
    def said_as(node):
        """As what a fact of this node is said; of a list that of its items, of money that of its amount."""
        node = node.items if node and node.type == "array" else node
        if node and node.object and node.object.index("amount") is not None:
            node = node.object.properties[node.object.index("amount")].node
        if node is None or node.type == "string":
            return node and (TEXT if node.format in (None, "uuid") else node.format)
        return node.type

    def check_facts(self, p, where):
        if p.fact is not None and p.fact not in FACTS:
            raise Refused(where / "x-fact", f"one of {', '.join(FACTS)}")
        if p.fact is not None and self.said_as(p.node) not in FACTS[p.fact]:
            raise Refused(where / "x-fact", f"{p.fact} is said as {' or '.join(sorted(FACTS[p.fact]))}")
        if p.facts_of is not None and (p.facts_of not in FACT_LISTS or not p.node or p.node.type != "array"):
            raise Refused(where / "x-facts-of", f"a list is of one of {', '.join(FACT_LISTS)}")

    @staticmethod
    def facts_once(o, own):
        """What a document says itself, its header need not."""
        said = {o.properties[o.index(name)].fact for name in own}
        for p in o.properties:
            if p.name not in own and p.fact in said:
                p.fact = None

    # --- nodes --------------------------------------------------------------------------------

    def node(self, schema, where):
        """The node of a schema, one for all that say the same."""
        key = str(where)
        if key in self.cache:
            if self.cache[key] is None:
                raise Refused(where, "a schema may not contain itself")
            return self.cache[key]
        self.cache[key] = None
        self.cache[key] = node = self.build(schema, where)
        return node

    def whole(self, schema, where):
        node = self.node(schema, where)
        if node and node.object and node.object.partial:
            raise Refused(where, "an object with members says additionalProperties or unevaluatedProperties: false")
        return node

    def build(self, schema, where):
        if schema is True:
            return None
        if "$ref" in schema and "properties" not in schema:
            self.check_words(schema, ANNOTATIONS | {"$ref"}, where)
            return self.node(*self.resolve(schema["$ref"], where))
        type = "object" if "$ref" in schema else schema.get("type") or self.type_of(schema)
        if not isinstance(type, str) or type not in BY_TYPE:
            raise Refused(where / "type", f"one type of {', '.join(BY_TYPE)}")
        values = set() if type in ("object", "array") else {"enum", "const"}
        self.check_words(schema, ANNOTATIONS | BY_TYPE[type] | values | {"type"} |
                         ({"$ref"} if type == "object" else set()) | (ROOT if not where.pointer else set()), where)
        node = Node(type)
        node.format, node.words = schema.get("format"), schema.get("description")
        node.literals = self.literals(schema, type, where)
        getattr(self, "build_" + type)(node, schema, where)
        self.nodes.append(node)
        return node

    @staticmethod
    def type_of(schema):
        values = schema.get("enum", [schema["const"]] if "const" in schema else [])
        types = {{str: "string", bool: "boolean", int: "integer"}.get(type(v)) for v in values}
        return types.pop() if len(types) == 1 else None

    def literals(self, schema, type, where):
        if "const" in schema and "enum" in schema:
            raise Refused(where, "enum or const")
        values = schema.get("enum", [schema["const"]] if "const" in schema else None)
        if values is None:
            return None
        if not values or len(values) > LITERALS_MAX or any(self.type_of({"const": v}) != type for v in values):
            raise Refused(where, f"1 to {LITERALS_MAX} values of type {type}")
        return values

    def limit(self, node, schema, where, *names, least=0):
        for name in names:
            if name in schema:
                value = schema[name]
                if type(value) is not int or value < least or abs(value) >= 2 ** 53:
                    raise Refused(where / name, "a whole number, and below 2^53")
                node.limits[name] = value

    def build_string(self, node, schema, where):
        self.limit(node, schema, where, "minLength", "maxLength")
        if "pattern" in schema:
            try:
                table = self.patterns.setdefault(schema["pattern"], pattern.compile(schema["pattern"]))
                line_ends = pattern.line_ends(table)
            except pattern.Bad as bad:
                raise Refused(where / "pattern", bad)
            node.pattern = schema["pattern"]
            self.check_not(schema, line_ends, where)
        elif "not" in schema:
            raise Refused(where / "not", "only beside a pattern")
        if not node.literals and not node.pattern and "maxLength" not in schema:
            raise Refused(where, "a string has a bound: maxLength, pattern or enum")

    @staticmethod
    def check_not(schema, line_ends, where):
        """What the table refuses anyhow, and not every engine: so nothing is made of it."""
        wanted = {"pattern": f"[{line_ends}]"} if line_ends else None
        if schema.get("not") != wanted:
            raise Refused(where / "not", f"{json.dumps(wanted)} is wanted: some engines' $ is before a line's end, too")

    def build_integer(self, node, schema, where):
        self.limit(node, schema, where, "minimum", "maximum", least=-2 ** 53)
        if not node.literals and len(node.limits) != 2:
            raise Refused(where, "an integer has minimum and maximum")

    def build_boolean(self, node, schema, where):
        pass

    def build_array(self, node, schema, where):
        self.limit(node, schema, where, "minItems", "maxItems")
        if "items" not in schema or "maxItems" not in schema:
            raise Refused(where, "an array has items and maxItems")
        node.items = self.whole(schema["items"], where / "items")
        node.unique = schema.get("uniqueItems", False)
        if node.unique and node.items.type != "string":
            raise Refused(where / "uniqueItems", "only of strings")

    # --- objects ------------------------------------------------------------------------------

    def build_object(self, node, schema, where):
        """Its own members, and those of what it refers to (the header of every document)."""
        node.object = o = Object()
        parts = [(schema, where)]
        if "$ref" in schema:
            parts.insert(0, self.resolve(schema["$ref"], where))
        closed = schema.get("additionalProperties", schema.get("unevaluatedProperties"))
        o.partial = closed is not False and "properties" in schema
        o.open = closed is not False and not o.partial
        for part, there in parts:
            self.check_words(part, ANNOTATIONS | BY_TYPE["object"] | ROOT | {"type", "$ref"}, there)
            self.members(o, part, there)
        if not where.pointer:
            self.facts_once(o, schema.get("properties", {}))
        for part, there in parts:
            self.demands(o, part, there)
        o.max_properties, o.max_bytes = schema.get("maxProperties"), schema.get("x-max-bytes")
        if o.open and (o.max_properties is None or o.max_bytes is None):
            raise Refused(where, "an open object has maxProperties and x-max-bytes")
        if len(o.properties) > PROPERTIES_MAX:
            raise Refused(where, f"more than {PROPERTIES_MAX} members")

    def members(self, o, schema, where):
        for name, member in schema.get("properties", {}).items():
            there = where / "properties" / name
            target = self.resolve(member["$ref"], there)[0] if "$ref" in member else {}
            before = o.index(name)
            if before is None:
                o.properties.append(Property(name, self.whole(member, there), member, target))
                self.check_facts(o.properties[-1], there)
                continue
            old = o.properties[before]
            node = self.node(member, there)
            if not node.literals or not all(self.fits(old.node, v) for v in node.literals):
                raise Refused(there, "a member that is there already can only be narrowed to const or enum")
            old.node = node

    def fits(self, node, value):
        return self.type_of({"const": value}) == node.type and (not node.literals or value in node.literals) and (
            not node.pattern or pattern.matches(self.patterns[node.pattern], value))

    def names(self, o, names, where):
        found = [o.index(name) for name in names]
        if None in found or not names:
            raise Refused(where, "not all of these are members")
        return found

    def demands(self, o, schema, where):
        if "required" in schema:
            o.required += [i for i in self.names(o, schema["required"], where / "required") if i not in o.required]
        o.alternatives += self.choices(o, schema, where)
        for at, one in enumerate(schema.get("allOf", [])):
            there = where / "allOf" / at
            self.check_words(one, {"if", "then", "else", "$comment"}, there)
            if "if" not in one or "then" not in one:
                raise Refused(there, "if and then are needed")
            o.conditions.append(self.condition(o, one, there))

    def choices(self, o, schema, where):
        found = []
        for at, choice in enumerate(schema.get("anyOf", [])):
            there = where / "anyOf" / at
            self.check_words(choice, {"required"}, there)
            found.append(self.names(o, choice["required"], there))
        return found

    def condition(self, o, one, where):
        test = one["if"]
        there = where / "if"
        self.check_words(test, {"properties", "required"}, there)
        named = test.get("properties", {})
        if not set(named) <= set(test.get("required", [])):
            raise Refused(there, "what is compared is required there, too")
        condition = Condition("")
        words = []
        for name in test["required"]:
            at = self.names(o, [name], there)[0]
            values = self.values(o, at, named[name], there / "properties" / name) if name in named else None
            condition.tests.append((at, self.watch(o, at, values, there) if values else None))
            words.append(f"{name} is " + (" or ".join(map(self.word, values)) if values else "there"))
        condition.words = " and ".join(words)
        self.effect(o, condition.then, one["then"], where / "then")
        self.effect(o, condition.otherwise, one.get("else", {}), where / "else")
        return condition

    @staticmethod
    def word(value):
        return value if isinstance(value, str) else json.dumps(value)

    def values(self, o, at, schema, where):
        self.check_words(schema, {"const", "enum"}, where)
        values = self.literals(schema, o.properties[at].node.type, where)
        if not values or not all(self.fits(o.properties[at].node, v) for v in values):
            raise Refused(where, "const or enum of values that the member can have")
        return values

    def watch(self, o, at, values, where):
        """(watch, mask) of these values of the member."""
        row = o.properties[at]
        if row.watch is None:
            row.watch = len(o.watches)
            o.watches.append((at, []))
        known = o.watches[row.watch][1]
        known += [v for v in values if v not in known]
        if len(o.watches) > WATCHES_MAX or len(known) > LITERALS_MAX:
            raise Refused(where, "too many members are compared")
        return row.watch, sum(1 << known.index(v) for v in values)

    def effect(self, o, effect, schema, where):
        self.check_words(schema, {"required", "properties", "anyOf"}, where)
        effect.alternatives = self.choices(o, schema, where)
        if "required" in schema:
            effect.required = self.names(o, schema["required"], where / "required")
        for name, member in schema.get("properties", {}).items():
            at = self.names(o, [name], where / "properties")[0]
            if member is False:
                effect.forbidden.append(at)
                continue
            values = self.values(o, at, member, where / "properties" / name)
            effect.limited.append((at, self.watch(o, at, values, where), " or ".join(map(self.word, values))))
        if not schema and where.pointer.endswith("then"):
            raise Refused(where, "nothing follows")

    # --- documents ----------------------------------------------------------------------------

    def documents(self):
        """(name, root schema, node) of each but the common one."""
        found = []
        for id, (file, root) in sorted(self.files.items()):
            if id == COMMON:
                self.check_common(root, Where(file))
                continue
            where = Where(file)
            if root.get("$ref") != COMMON + "#/$defs/header" or root.get("unevaluatedProperties") is not False:
                raise Refused(where, "a document is the header, its own members, and nothing else")
            found.append((file.stem, root, self.node(root, where)))
        return found

    def check_common(self, root, where):
        self.check_words(root, ANNOTATIONS | ROOT, where)
        for name, schema in root.get("$defs", {}).items():
            self.node(schema, where / "$defs" / name)
