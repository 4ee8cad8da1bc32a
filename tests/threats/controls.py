# SPDX-License-Identifier: Apache-2.0
"""The controls against what may come: the list, what removes each, and the page that is made of it.

controls.toml says of each control which threat it answers, in which function it stands, what text takes the place of
which when it is removed, and the test that must fail then.  All of it may be wrong after any change of the code, so
complaints() looks at everything that can be seen without a compiler.
"""
import pathlib
import re
import tomllib

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parents[1]
PAGE = ROOT / "docs" / "threat-model.md"
FIELDS = {"id", "group", "threat", "asset", "promises", "file", "function", "was", "now", "test"}
OPTIONAL = {"field"}


class Broken(Exception):
    """The list does not fit the code."""


def load():
    return tomllib.loads((HERE / "controls.toml").read_text())


# --- the edit ---

TOKEN = re.compile(r"""//[^\n]*|/\*.*?\*/|"(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*'|[{}();=]""", re.S)


def definition_end(text, begin):
    """Where a definition at the beginning of a line ends; None: it is a declaration or a use."""
    depth, is_value = 0, False
    for token in TOKEN.finditer(text, begin):
        kind = token[0]
        is_value |= kind == "=" and depth == 0
        depth += (kind in "{(") - (kind in ")}")
        if depth == 0 and kind == ";":
            return token.end() if is_value else None
        if depth == 0 and kind == "}" and not is_value:
            return token.end()
    return None


def body_of(text, name):
    """Where the definition called `name` stands in a C file: a function, a table or a macro."""
    macro = re.search(rf"^#\s*define {re.escape(name)}\b.*$", text, re.M)
    if macro:
        return macro.span()
    for line in re.finditer(rf"^[A-Za-z_][^\n;]*\b{re.escape(name)}\b|^\}} {re.escape(name)}\[", text, re.M):
        begin = text.rfind("\nstatic const struct {", 0, line.start()) if line[0].startswith("}") else line.start()
        end = definition_end(text, begin) if begin >= 0 else None
        if end:
            return begin, end
    raise Broken(f"nothing called {name} is defined there")


def removed(text, control):
    """The file's text without the control.  What is to be replaced must be there exactly once."""
    begin, end = body_of(text, control["function"])
    body = text[begin:end]
    found = body.count(control["was"])
    if found != 1:
        raise Broken(f"what is to be replaced is {found} times in {control['function']}, not once")
    if control["was"] == control["now"]:
        raise Broken("it replaces something by itself")
    return text[:begin] + body.replace(control["was"], control["now"]) + text[end:]


# --- the test ---

def test_path(test):
    file = test.partition("::")[0]
    return ROOT / "tests" / ("e2e" if file.endswith(".py") else "unit") / file


def test_stands(test):
    path, name = test_path(test), test.partition("::")[2]
    if not name or not path.exists():
        return False
    text = path.read_text()
    return bool(re.search(rf"(?:^def |\(|^\t*){re.escape(name)}\b", text, re.M)) or f'"{name}"' in text


# --- what is wrong with the list ---

def complaints_of(control):
    if set(control) - OPTIONAL != FIELDS:
        yield f"has {sorted(set(control) ^ FIELDS)} too much or too little"
        return
    path = ROOT / control["file"]
    if not path.exists():
        yield f"there is no {control['file']}"
        return
    try:
        removed(path.read_text(), control)
    except Broken as why:
        yield f"{control['file']}: {why}"
    if not test_stands(control["test"]):
        yield f"there is no test {control['test']}"


def complaints(book):
    seen, kept = set(), set()
    groups, promises, asked = (set(book[name]) for name in ("groups", "promises", "field"))
    for control in book["control"]:
        name = control.get("id", "?")
        for words in complaints_of(control):
            yield f"{name}: {words}"
        if name in seen:
            yield f"{name}: there are two of this name"
        seen.add(name)
        served = {str(n) for n in control.get("promises", [])}
        kept |= served
        unknown = (served - promises) | (set(control.get("field", [])) - asked) | ({control.get("group")} - groups)
        if unknown:
            yield f"{name}: nothing is known of {sorted(map(str, unknown))}"
    for number in sorted(promises - kept, key=int):
        yield f"promise {number} has no adversary"


# --- the page ---

def place(control):
    return f"`{control['file'].removeprefix('src/')}` `{control['function']}`"


def rows(book, group):
    for c in book["control"]:
        if c["group"] == group:
            serves = ", ".join([str(n) for n in c["promises"]] + c.get("field", []))
            yield f"| {c['id']} | {c['threat']} | {c['asset']} | {serves} | {place(c)} | {c['test']} |"


def page(book):
    lines = [book["preface"].strip(), ""]
    for group, words in book["groups"].items():
        lines += [f"## {words}", "", "| id | what an attacker or fate does | to what | serves | control | fails without it |",
                  "|---|---|---|---|---|---|", *rows(book, group), ""]
    lines += ["## What is promised", "", "| promise | |", "|---|---|"]
    lines += [f"| {number} | {words} |" for number, words in book["promises"].items()]
    lines += ["", "## What the field asks for", "", "| | |", "|---|---|"]
    lines += [f"| {name} | {words} |" for name, words in book["field"].items()]
    return "\n".join(lines) + "\n"
