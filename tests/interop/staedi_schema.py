# SPDX-License-Identifier: Apache-2.0
"""The plain standard's guides as StAEDI's schemas, so that both check the same.

The standard's guides have no variants and no rules: positions, elements, lengths and the conditions of segments are all there is.
"""
import os
from xml.sax.saxutils import quoteattr

import yaml

GUIDES = os.path.join(os.path.dirname(__file__), "..", "..", "guides")
ANY = "999999"
BASES = {"AN": "string", "ID": "identifier", "DT": "date", "TM": "time", "R": "decimal", "B": "binary"}
CONDITIONS = {"P": "paired", "R": "required", "E": "exclusion", "C": "conditional", "L": "list"}


def parsed(name):
    with open(os.path.join(GUIDES, name + ".yaml")) as f:
        return yaml.load(f, Loader=yaml.BaseLoader)


def tag(name, inner=None, /, **attributes):
    words = "".join(f" {key}={quoteattr(str(value))}" for key, value in attributes.items())
    return f"<{name}{words}/>" if inner is None else f"<{name}{words}>{''.join(inner)}</{name}>"


def times(position):
    """A loop is there as often as the segment it begins with."""
    most = position.get("max", "1")
    return {"minOccurs": int(position.get("use") == "required"), "maxOccurs": ANY if most == "any" else most}


def positions(body, names):
    for position in body:
        if "segment" in position:
            yield tag("segment", type=position["segment"], **times(position))
            continue
        names.append(position["loop"])
        inner = list(positions([{**position["body"][0], "use": "optional"}, *position["body"][1:]], names))
        yield tag("loop", [tag("sequence", inner)], code=f"{position['loop']}-{len(names)}", **times(position))


def element_type(number, element):
    least, _, most = element["length"].partition("-")
    kind = element["type"]
    base = {"base": "numeric", "scale": kind[1]} if kind[0] == "N" else {"base": BASES[kind]}
    return tag("elementType", name="E" + number, code=number, minLength=least, maxLength=most or least, **base)


def listed(elements):
    """"373 required repeat 3" as StAEDI says it."""
    for words in map(str.split, elements):
        repeat = words[words.index("repeat") + 1] if "repeat" in words else "1"
        what, kind = ("E" + words[0], "element") if words[0].isdigit() else (words[0], "composite")
        yield tag(kind, type=what, minOccurs=int("required" in words), maxOccurs=repeat)


def condition(text):
    places = [text[i:i + 2] for i in range(1, len(text), 2)]
    return tag("syntax", [tag("position", [str(int(place))]) for place in places], type=CONDITIONS[text[0]])


def type_of(kind, name, said):
    return tag(kind, [tag("sequence", listed(said["elements"])), *map(condition, said.get("conditions", []))], name=name)


def schema(guide):
    """The text of a schema for one guide of the standard; and of which version and set."""
    said = parsed(guide)
    words = parsed("x12-" + said["version"])
    envelope = ("ST", "SE")  # the control schema has them
    parts = [tag("transaction", [tag("sequence", positions(said["body"], []))]),
             *(element_type(*each) for each in words["elements"].items()),
             *(type_of("compositeType", *each) for each in words.get("composites", {}).items()),
             *(type_of("segmentType", *each) for each in words["segments"].items() if each[0] not in envelope)]
    return said["version"], said["set"], tag("schema", parts, xmlns="http://xlate.io/EDISchema/v4")


def write(directory):
    """VERSION-SET.xml for every guide of the standard; how many there are."""
    names = [name[:-5] for name in sorted(os.listdir(GUIDES)) if name.startswith("x12-") and name.count("-") == 2]
    os.makedirs(directory, exist_ok=True)
    for name in names:
        version, kind, text = schema(name)
        with open(os.path.join(directory, f"{version}-{kind}.xml"), "w") as f:
            f.write(text)
    return len(names)
