# SPDX-License-Identifier: Apache-2.0
"""Documents made of the published schemas, right and wrong ones, the same for the same seed."""
import copy
import random

# What is right for each of the common types that are patterns.
RIGHT = {
    "string": ["x", "A line", "\u00e9\U0001f600" * 20, "a" * 255], "text": ["x\ny", "\U0001f600" * 4000],
    "id": ["F-07", "a" * 64, "A.b_c:d"], "uuid": ["0197c650-0000-7000-8000-000000000001", "0197c650-ffff-7abc-bfff-0123456789ab"],
    "time": ["2026-07-01T16:41:07.250Z", "2028-02-29T23:59:59.999Z"], "date": ["2026-07-01", "2028-02-29"],
    "duration": ["PT15M", "P1DT2H", "PT1H30M5S", "P9999D"], "dec": ["0", "12.5", "999999999999.999999"],
    "sdec": ["-1.5", "0", "7"], "percent": ["0", "100", "100.00", "99.999999"], "percent_of": ["98.02", "120"],
    "amount": ["465.60", "-0.01", "0"], "unit_amount": ["0.38000", "12"], "currency": ["USD", "EUR"],
    "sha256": ["0f" * 32], "fingerprint": ["0F" * 20], "territory": ["US-PA"], "zone": ["America/New_York", "UTC"],
    "fips": ["42101"], "latitude": ["40.0", "-90"], "longitude": ["-75.1", "180.000000"], "phone": ["+12155550100"],
    "email": ["a.b@example.org"], "file_name": ["notes.pdf"], "media_type": ["application/pdf"], "reason_code": ["other", "a.b-c_1"],
    "pointer": ["", "/lines/0/quantity"], "last4": ["4417"], "geojson": ['{"type":"Point"}'], "document_type": ["invoice"],
}
WRONG = ["", " ", "x" * 65, "\u00e9" * 256, "x" * 4001, "\x07", "0", "-1", "1e3", "01", "+1", "NaN", "2026-07-01", "2026-13-01",
         "2026-07-01T16:41:07Z", "usd", "USDX", "P1M", "PT", "/", "a/b", "\u0661", "100.5", "A\u0301", "F\u201307"]
NUMBERS = [-1, 0, 1, 1.0, 2.0, 1.5, 100.0, 2, 255, 256, 1440, 86400, 86401, 100000, 100001, 1000000, 1000001, 2 ** 31, 2 ** 53 - 1,
           2 ** 53, 10 ** 20, -0.5]


class Maker:
    """Knows the schemas, by name, as they are printed by `tieline schema`."""

    def __init__(self, schemas, name, seed):
        self.defs, self.root = schemas["common"]["$defs"], schemas[name]
        self.random = random.Random(f"{name} {seed}")
        self.words = sorted({w for w in self.find_words(self.root)})

    def find_words(self, schema):
        if isinstance(schema, dict):
            yield from (w for w in schema.get("enum", []) if isinstance(w, str))
            for part in schema.values():
                yield from self.find_words(part)
        elif isinstance(schema, list):
            for part in schema:
                yield from self.find_words(part)

    # --- right documents -------------------------------------------------------------------

    def document(self):
        kind = self.random.random()
        made = copy.deepcopy(self.root["examples"][0]) if kind < 0.5 else self.value(self.root)
        if kind < 0.3:
            name = self.random.choice(sorted(self.root["properties"]))
            made[name] = self.value(self.root["properties"][name])
        return made

    def value(self, schema):
        ref = schema.get("$ref", "").rpartition("/")[2]
        if ref in RIGHT and "properties" not in schema:
            return self.random.choice(RIGHT[ref])
        if "const" in schema or "enum" in schema:
            return self.random.choice(schema.get("enum") or [schema["const"]])
        if ref and "properties" not in schema:
            return self.value(self.defs[ref])
        return getattr(self, "a_" + schema.get("type", "object"))(schema)

    def a_boolean(self, schema):
        return self.random.random() < 0.5

    def a_integer(self, schema):
        return self.random.choice([schema["minimum"], schema["maximum"], self.random.randint(schema["minimum"], schema["maximum"])])

    def a_array(self, schema):
        least = schema.get("minItems", 0)
        return [self.value(schema["items"]) for _ in range(self.random.randint(least, max(least, 2)))]

    def a_object(self, schema):
        if "properties" not in schema and "$ref" not in schema:
            return {"vendor": {"x": [1, None, "y"]}}
        parts = ([self.defs[schema["$ref"].rpartition("/")[2]]] if "$ref" in schema else []) + [schema]
        members = {name: part for p in parts for name, part in p["properties"].items()}
        needed = {name for p in parts for name in p.get("required", [])}
        wanted = self.random.choice([0.0, 0.1, 0.5])
        return {name: self.value(part) for name, part in members.items() if name in needed or self.random.random() < wanted}

    # --- and what becomes of them ----------------------------------------------------------

    def places(self, value, found):
        """(container, key) of every value below."""
        for key in list(value) if isinstance(value, dict) else range(len(value)):
            found.append((value, key))
            if isinstance(value[key], (dict, list)):
                self.places(value[key], found)
        return found

    def drop(self, container, key):
        del container[key]

    def line_end(self, container, key):
        """Behind a text: where some engines' $ is, too."""
        if isinstance(container[key], str):
            container[key] += self.random.choice(["\n", "\n", "\r", "\r\n", "\n\n", "\u2028"])

    def null(self, container, key):
        container[key] = None

    def other_type(self, container, key):
        container[key] = self.random.choice(["x", 1, 1.0, True, {}, [], [{}], "1", {"x": 1}])

    def wrong_text(self, container, key):
        container[key] = self.random.choice(WRONG)

    def word(self, container, key):
        container[key] = self.random.choice(self.words or ["x"])

    def number(self, container, key):
        container[key] = self.random.choice(NUMBERS)

    def extra(self, container, key):
        if isinstance(container, dict):
            container[self.random.choice(["extra", "x", "", "Area", "ext", "ext "])] = self.random.choice([1, {}, {"a": None}, "x"])
        else:
            container.append(copy.deepcopy(container[key]))

    def toggle(self, container, key):
        value = container[key]
        if isinstance(value, bool):
            container[key] = not value
        elif isinstance(value, int):
            container[key] = self.random.choice([value + 1, value - 1, float(value), str(value)])
        elif isinstance(value, str) and value:
            at = self.random.randrange(len(value))
            container[key] = value[:at] + self.random.choice("0aZ-._:T\u00e9/ ") + value[at + self.random.randint(0, 1):]
        elif isinstance(value, list):
            container[key] = self.random.choice([[], value * 2, value * 30])

    def known(self, container, key):
        """A member that the schema knows, somewhere."""
        name = self.random.choice(sorted(self.root["properties"]))
        if isinstance(container, dict):
            container[name] = self.value(self.root["properties"][name])

    def mutated(self, document):
        steps = [self.drop, self.line_end, self.null, self.other_type, self.wrong_text, self.word, self.number, self.extra,
                 self.toggle, self.known]
        for _ in range(self.random.choice([0, 1, 1, 1, 2, 3])):
            places = self.places(document, [])
            if places:
                self.random.choice(steps)(*self.random.choice(places))
        return document
