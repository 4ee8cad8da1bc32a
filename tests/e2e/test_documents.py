# SPDX-License-Identifier: Apache-2.0
"""Documents of our own in files: schema, new, check, show; and what schemas may not say."""
import datetime
import hashlib
import json
import os
import random
import re
import subprocess
import sys

import pytest

from gateway import DONE, INPUT, USAGE, tieline, write

SCHEMAS = os.path.join(os.path.dirname(__file__), "..", "..", "schemas")
NAMES = sorted(name[:-len(".json")] for name in os.listdir(SCHEMAS) if name.endswith(".json") and name != "common.json")


def new(*name):
    return json.loads(tieline("new", *name).stdout)


def check(document, *options, code=INPUT):
    text = document if isinstance(document, str) else json.dumps(document)
    return tieline("check", *options, "-", stdin=text, check=code).stdout


def test_schemas_are_published_as_they_are():
    assert [row["name"] for row in json.loads(tieline("schema", "--json").stdout)] == NAMES
    assert tieline("schema").stdout.splitlines()[0].split() == ["NAME", "AREA", "TITLE"]
    for name in ["common", *NAMES]:
        with open(os.path.join(SCHEMAS, f"{name}.json"), encoding="utf-8") as file:
            assert tieline("schema", name).stdout == file.read()
    assert "no schema nothing" in tieline("schema", "nothing", check=INPUT).stderr


def kinds():
    """[NAME] and [NAME, KIND] of all of them, from the schemas."""
    for name in NAMES:
        with open(os.path.join(SCHEMAS, f"{name}.json"), encoding="utf-8") as file:
            yield from [[name], *([name, kind] for kind in json.load(file).get("x-kinds", {}))]


@pytest.mark.parametrize("name", list(kinds()), ids=" ".join)
def test_a_new_document_is_valid_and_of_now(name, tmp_path):
    path = str(tmp_path / "new.json")
    tieline("new", *name, "-o", path)
    assert ": valid: " in tieline("check", path).stdout
    with open(path, encoding="utf-8") as file:
        document, other = json.load(file), new(*name)
    assert document["document_id"] != other["document_id"]
    made = datetime.datetime.fromisoformat(document["created_at"].replace("Z", "+00:00"))
    assert abs((datetime.datetime.now(datetime.timezone.utc) - made).total_seconds()) < 600
    assert ("in_reply_to" not in document) or document["in_reply_to"] == document["correlation_id"]


def test_new_lists_what_there_is():
    rows = json.loads(tieline("new", "--list", "--json").stdout)
    assert sorted([row["name"], row["kind"]] if row["kind"] else [row["name"]] for row in rows) == sorted(
        kind for kind in kinds() if len(kind) > 1 or kind not in [[row["name"]] for row in rows if row["kind"] and row["default"]])
    assert [row["name"] for row in rows if row["default"]] == NAMES and all(row["says"] for row in rows)
    lines = [line.split(None, 3) for line in tieline("new", "--list").stdout.splitlines()]
    assert lines[0][:3] == ["NAME", "KIND", "DEFAULT"] and len(lines) == len(rows) + 1
    assert ["outage_notice", "unplanned", "yes", "An outage that nobody planned."] in lines
    for bad, code in ((["nothing"], INPUT), (["outage_notice", "nothing"], INPUT), (["remittance", "planned"], INPUT), ([], USAGE),
                      (["outage_notice", "planned", "restoration"], USAGE)):
        assert "see `tieline" in tieline("new", *bad, check=code).stderr or code == USAGE, bad


@pytest.mark.parametrize("name, kind, says", [
    ("aggregation_registration", "withdraw", {"action": "withdraw"}),
    ("outage_notice", "planned", {"notice": "planned", "actual_start": None}),
    ("outage_notice", "unplanned", {"notice": "unplanned", "estimated_start": None}),
    ("outage_notice", "restoration", {"notice": "restoration", "status": "restored", "export_allowed": True}),
    ("composition_change", "emergency", {"emergency": True}), ("operating_limit", "emergency", {"basis": "emergency"}),
    ("service_award", "not_awarded", {"result": "not_awarded", "intervals": None}), ("invoice", "credit_note", {"kind": "credit_note"})])
def test_a_kind_is_what_it_is_called(name, kind, says):
    document = new(name, kind)
    assert {member: document.get(member) for member in says} == says


def test_a_new_consent_is_all_that_changes():
    changed, = new("composition_change", "consent")["changes"]
    before, = [r for r in new("aggregation_registration")["resources"] if r["resource_id"] == changed["resource_id"]]
    assert changed["operation"] == "modify" and changed["resource"].pop("consent_until")
    assert before.keys() == changed["resource"].keys()
    assert {k for k in before if before[k] != changed["resource"][k]} == {"consent_reference"}


def test_a_summary_is_of_the_lines_that_are_there(tmp_path):
    document = new("invoice")
    lines = json.dumps(document["lines"], sort_keys=True, separators=(",", ":"))
    assert document["summary_hash"] == hashlib.sha256(lines.encode()).hexdigest()
    document["lines"][0]["description"] = "Ünergy"
    path = write(tmp_path / "i.json", json.dumps(document, indent=1, ensure_ascii=False).encode())
    at = next(i for i, text in enumerate(open(path), 1) if '"summary_hash"' in text)
    finding, verdict = tieline("check", path, check=INPUT).stdout.splitlines()
    lines = json.dumps(document["lines"], sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    made = hashlib.sha256(lines.encode()).hexdigest()
    assert finding == f"{path}:{at}:18: /summary_hash: another hash: expected {made}: of what is there (der.check.hash)"
    assert "not valid: invoice, confidential; 1 error" in verdict
    rows = [json.loads(line) for line in tieline("check", "--json", path, check=INPUT).stdout.splitlines()]
    assert rows[0]["schema"] is False and rows[1]["schema-valid"] is True and rows[1]["valid"] is False
    document["summary_hash"] = made
    assert ": valid: " in check(document, code=DONE)
    document["line_count"] = 7  # where something else is wrong, that is told
    document["summary_hash"] = 64 * "0"
    assert "der.check.count" in check(document) and "der.check.hash" not in check(document)


def test_check_says_what_where_and_what_was_expected(tmp_path):
    document = new("availability")
    document["intervals"][1]["up_kw"] = 3
    path = write(tmp_path / "a.json", json.dumps(document, indent=1).encode())
    line, verdict = tieline("check", path, check=INPUT).stdout.splitlines()
    at = next(i for i, text in enumerate(open(path), 1) if '"up_kw": 3,' in text)
    assert line.startswith(f"{path}:{at}:13: /intervals/1/up_kw: a number: expected a text in quotes")
    assert line.endswith("(der.type)") and verdict == f"{path}: not valid: availability, confidential; 1 error"
    assert tieline("check", "-q", path, check=INPUT).stdout == verdict + "\n"


def test_a_value_that_another_member_rules_out_is_told_where_it_stands():
    text = json.dumps({**new("outage_notice"), "der_action": "none"}, indent=2)
    finding, _ = map(json.loads, check(text, "--json").splitlines())
    line = text[:text.index('"der_action"')].count("\n") + 1
    assert (finding["code"], finding["pointer"], finding["line"]) == ("der.enum", "/der_action", line)


def test_check_for_programs():
    document = new("invoice")
    document["line_count"] = 7
    finding, verdict = map(json.loads, check(document, "--json").splitlines())
    assert finding["code"] == "der.check.count" and finding["pointer"] == "/line_count"
    assert finding["schema"] is False and finding["line"] == 1 and finding["expected"].endswith(": 1")
    assert verdict == {"file": "standard input", "valid": False, "schema-valid": True, "document-type": "invoice",
                       "sensitivity": "confidential", "errors": 1}


@pytest.mark.parametrize("text, code", [
    ("", "json.end"), ("{}", "der.document-type"), ("[]", "der.document-type"), ('{"document_type": "nothing"}', "der.document-type"),
    ('{"document_type": "invoice", "document_type": "invoice"}', "json.name-twice"), ("\ufeff{}", "json.mark"),
    ("[" * 100000, "json.depth")])
def test_what_is_no_document(text, code):
    assert code in check(text)


def test_several_files_and_x12(tmp_path):
    good = write(tmp_path / "good.json", json.dumps(new("dispute")).encode())
    bill = write(tmp_path / "bill.x12", b"ISA*00*          *00*          *01*1              *01*2              *240102*0304*U*00401"
                 b"*000000001*0*T*>~IEA*0*000000001~")
    assert tieline("check", good, bill).stdout.count(": valid: ") == 2
    assert tieline("check", good, "/nowhere", check=INPUT).stdout.count(": valid: ") == 1
    write(tmp_path / "bill.x12", b"ISA*00*")
    assert "not valid" in tieline("check", bill, good, check=INPUT).stdout


def test_show_is_for_people_and_hides_what_is_restricted(tmp_path):
    document = new("aggregation_registration")
    document["resources"][0]["customer_name"] = "A. \u202e Person"
    path = write(tmp_path / "r.json", json.dumps(document).encode())
    shown = tieline("show", path)
    assert tieline("show", "-", stdin=json.dumps(document)).stdout == shown.stdout
    assert "0988888888" not in shown.stdout and "Person" not in shown.stdout and "--reveal" in shown.stderr
    assert any(line.split() == ["max", "export", "kw", "4800", "kW"] for line in shown.stdout.splitlines())
    shown = tieline("show", "--reveal", path).stdout
    assert "0988888888" in shown and "Person" in shown and "\u202e" not in shown
    document["resource_count"] = 5
    write(tmp_path / "r.json", json.dumps(document).encode())
    assert "der.check.count" in tieline("show", path, check=INPUT).stderr
    assert "no document of ours" in tieline("show", write(tmp_path / "x", b"<xml/>"), check=INPUT).stderr


def test_a_list_of_100000_is_checked(tmp_path):
    document = new("operating_limit")
    document["target_ids"] = [f"R-{i * 7919 % 100000:06}" for i in range(100000)]
    assert ": valid: " in check(document, code=DONE)
    document["target_ids"].append(document["target_ids"][50000])
    assert "der.items" in check(document)
    del document["target_ids"][0:2]
    assert "der.duplicate" in check(document)


PAGE = os.path.join(SCHEMAS, "..", "docs", "coordination.md")


def test_the_page_about_the_neighbours_is_of_these_schemas_and_mappings():
    at = os.path.join(SCHEMAS, "..", "mappings")
    files, mappings = ([os.path.join(folder, name) for name in sorted(os.listdir(folder)) if name.endswith(".json")] for folder in (SCHEMAS, at))
    made = subprocess.run([sys.executable, "-B", os.path.join(SCHEMAS, "mapping.py"), *files, "--mappings", *mappings],
                          capture_output=True, text=True, check=True)
    with open(PAGE, encoding="utf-8") as page:
        assert page.read() == made.stdout, "run: python3 schemas/mapping.py schemas/*.json --mappings mappings/*.json >docs/coordination.md"


def page_places(title, set_id):
    """Of a table of the page: by member its kind, and where that set has it: (segment, element, {element: constant})."""
    with open(PAGE, encoding="utf-8") as page:
        part = re.search(rf"^## {re.escape(title)}\n\n(.*?)(?=^## |\Z)", page.read(), re.M | re.S).group(1)
    found = {}
    for line in part.strip().splitlines()[2:]:
        name, kind, *_, x12, _ = [cell.strip() for cell in re.split(r"(?<!\\)\|", line)[1:-1]]
        for sets, said in re.findall(r"(\d{3}(?:, \d{3})*) ([A-Z].*?)(?=; \d{3}|$)", x12):
            for place in re.findall(r"(?:[^,(]|\([^)]*\))+", said) if set_id in sets.split(", ") else []:
                segment, number, beside = re.fullmatch(r"([A-Z0-9]{2,3}?)(\d\d| loop)(?: \((.*)\))?", place.split(" > ")[-1].strip()).groups()
                if number != " loop":
                    wanted = {int(c[:2]): c[3:] for c in (beside or "").split(", ") if c}
                    found.setdefault(name.strip("`"), (kind, []))[1].append((segment, int(number), wanted))
    return found


@pytest.mark.parametrize("name, set_id", [
    ("aggregation_registration", "814"), ("composition_change", "814"), ("registration_decision", "814"), ("invoice", "810"),
    ("remittance", "820"), ("business_response", "824"), ("outage_notice", "650"), ("service_performance", "867")])
def test_the_page_says_where_translate_writes_it(tmp_path, name, set_id):
    """Of the members of the document itself; what has a text stands there as it is."""
    made = new(name)
    if name == "service_performance":  # which it replaces is said of one that replaces another
        made.update(data_version="revised", revision=2, supersedes="0197c650-0000-7000-8000-000000000009")
    done = tieline("translate", write(tmp_path / "d.json", json.dumps(made).encode()), check=None).stdout
    segments = [dict(enumerate(s.split("*"))) for s in done.split("~")]
    places = {**page_places("Every document: the common header", set_id), **page_places(name, set_id)}
    looked = 0
    for member, (kind, where) in places.items():
        if member not in made or isinstance(made[member], (list, dict)):
            continue
        values = [s[n] for segment, n, wanted in where for s in segments
                  if s[0] == segment and all(s.get(at) == text for at, text in wanted.items()) and s.get(n)]
        assert values, (member, where)
        assert kind != "text" or member == "document_type" or made[member] in [v.strip() for v in values], (member, values)
        looked += 1
    assert looked >= 12, places


# --- the subset ------------------------------------------------------------------------------


def at(schema, path):
    for step in path:
        schema = schema[step]
    return schema


BAD = [
    (["properties", "line_count"], {"multipleOf": 2}, "/properties/line_count/multipleOf: this keyword is not in the subset"),
    (["properties", "line_count"], {"type": ["integer", "null"]}, "/properties/line_count/type: one type"),
    (["properties", "line_count"], {"type": "number"}, "/properties/line_count/type: one type"),
    (["properties", "terms"], {"$ref": "urn:tieline:schema:common:1#/$defs/nothing"}, "/properties/terms/$ref: "),
    (["properties", "terms"], {"$ref": "https://example.org/x"}, "is in no file"),
    (["properties", "terms"], {"x-sensitivity": "S"}, "one of P, I, C, R"),
    (["properties", "terms"], {"x-maps": {"edifact": "x"}}, "/x-maps/edifact"),
    (["properties", "terms"], {"x-fact": "mood"}, "/properties/terms/x-fact: one of type"),
    (["properties", "terms"], {"x-fact": "amount"}, "amount is said as decimal"),
    (["properties", "line_count"], {"x-fact": "invoice"}, "invoice is said as text"),
    (["properties", "adjustments"], {"x-fact": "amount"}, "amount is said as decimal"),
    (["properties", "usage_references"], {"x-facts-of": "crowd"}, "a list is of one of interval"),
    (["properties", "terms"], {"x-facts-of": "line"}, "a list is of one of interval"),
    (["properties"], {"more": {"type": "string"}}, "/properties/more: a string has a bound"),
    (["properties"], {"more": {"type": "integer", "minimum": 0}}, "an integer has minimum and maximum"),
    (["properties"], {"more": {"type": "array", "items": {"type": "boolean"}}}, "an array has items and maxItems"),
    (["properties"], {"more": {"type": "object", "properties": {}}}, "additionalProperties or unevaluatedProperties: false"),
    (["properties"], {"more": {"type": "object"}}, "an open object has maxProperties"),
    (["properties"], {"more": {"type": "string", "pattern": "^\\d$"}}, "\\d is not in the subset"),
    (["properties"], {"more": {"type": "string", "pattern": "[0-9]"}}, "begins with ^ and ends with $"),
    (["properties"], {"more": {"type": "string", "pattern": "^(?=a)$"}}, "/properties/more/pattern: "),
    (["properties"], {"more": {"type": "string", "pattern": "^[a-z]{300}$"}}, "is the most"),
    (["properties"], {"more": {"type": "string", "pattern": "^a$"}}, "/properties/more/not: "),
    (["properties"], {"more": {"type": "string", "pattern": "^a$", "not": {"pattern": "b"}}}, "is wanted: some engines' $"),
    (["properties"], {"more": {"type": "string", "maxLength": 9, "not": {"pattern": "b"}}}, "/properties/more/not: only beside a pattern"),
    (["properties"], {"more": {"type": "string", "pattern": "^[a\n]*b$"}}, "/properties/more/pattern: a line may end within"),
    (["properties"], {"area": {"const": "everything"}}, "can only be narrowed"),
    (["allOf", 0], {"if": {"not": {}}}, "/allOf/0/if/not: "),
    (["allOf", 0, "then"], {"minProperties": 2}, "/allOf/0/then/minProperties: "),
    (["allOf", 0, "if"], {"properties": {"kind": {"const": "unheard"}}}, "values that the member can have"),
    (["x-checks", 0], {"check": "magic"}, "check is one of count"),
    (["x-checks", 0], {"of": ["created_at", "nowhere"]}, "nowhere is no member"),
    ([], {"unevaluatedProperties": True}, "a document is the header"),
    ([], {"examples": []}, "a document has an example"),
    ([], {"x-kinds": {"Odd name": {"says": "x", "changes": {}}}}, "/x-kinds/Odd name: a kind has a name"),
    ([], {"x-kinds": {"odd": {"changes": {}}}}, "/x-kinds/odd: a kind has a name"),
    ([], {"x-kinds": {"odd": {"says": "x", "changes": {"nowhere": 1}}}}, "/x-kinds/odd/changes/nowhere: no member"),
    ([], {"x-kinds": {"odd": {"says": "x", "changes": {"terms": None}}}}, "/changes/terms: no member, or none of the example"),
    ([], {"$schema": "http://json-schema.org/draft-07/schema#"}, "$schema that of 2020-12"),
]


def patterned(schema):
    """(pattern, what it may not have in it) of all schemas within."""
    if isinstance(schema, dict):
        if isinstance(schema.get("pattern"), str) and schema["pattern"].startswith("^"):
            yield schema["pattern"], schema.get("not", {}).get("pattern", "(?!)")
        schema = list(schema.values())
    for part in schema if isinstance(schema, list) else []:
        yield from patterned(part)


def test_patterns_mean_what_other_engines_read():
    """As Python has them, $ and all; and of Java's only that before more ends of a line."""
    sys.path.insert(0, SCHEMAS)
    import pattern
    chance, found = random.Random(1), set()
    for name in ["common", *NAMES]:
        with open(os.path.join(SCHEMAS, f"{name}.json"), encoding="utf-8") as file:
            found |= set(patterned(json.load(file)))
    for text, never in sorted(found):
        table = pattern.compile(text)
        as_java = text[:-1] + "(?=(\r\n|[\n\r\u0085\u2028\u2029])?\\Z)"
        samples = [re.sub(r"[\\^$()|{}*+?\[\]]", "", text)[:40], "0.5", "-1", "100", "2026-07-01", "PT5M", "a@b.c", "US-PA", "", "A/b", "+1234567"]
        for _ in range(3000):
            sample = "".join(chance.choice([c, c, c, "", chance.choice("09azAZ.-:/_+@\u00e9 T")]) for c in chance.choice(samples))
            assert pattern.matches(table, sample) == bool(re.fullmatch(text[1:-1], sample)), (text, sample)
            for end in ("\n", "\r", "\r\n", "\n\n", "\u0085", "\u2028"):
                if text.startswith("^(/") and end >= "\x80":  # where there is no text before it, only Java is wrong
                    continue
                for engine in (text, as_java):
                    theirs = re.search(engine, sample + end) and not re.search(never, sample + end)
                    assert pattern.matches(table, sample + end) == bool(theirs), (engine, sample + end)
    assert len(found) > 20


@pytest.mark.parametrize("path, change, why", BAD, ids=[why for _, _, why in BAD])
def test_what_leaves_the_subset_is_refused(path, change, why, tmp_path):
    with open(os.path.join(SCHEMAS, "invoice.json"), encoding="utf-8") as file:
        schema = json.load(file)
    at(schema, path).update(change)
    bad = write(tmp_path / "invoice.json", json.dumps(schema).encode())
    done = subprocess.run([sys.executable, "-B", os.path.join(SCHEMAS, "compile.py"), os.path.join(SCHEMAS, "common.json"), bad,
                           str(tmp_path / "out.c")], capture_output=True, text=True)
    assert done.returncode == 1 and why in done.stderr and "Traceback" not in done.stderr, done.stderr
    assert not (tmp_path / "out.c").exists()


def odd(path):
    """A name that is no UTF-8."""
    return str(path) + os.fsdecode(b"/bad\xff")


def test_a_name_on_this_disk_may_have_any_bytes(tmp_path):
    """JSON stays JSON, and says which file as well as it can."""
    contents = [json.dumps(new("dispute")).encode(),
                b"ISA*00*          *00*          *01*1              *01*2              *240102*0304*U*00401"
                b"*000000001*0*T*>~IEA*0*000000001~"]
    for content in contents:
        path = write(odd(tmp_path), content)
        lines = tieline("check", "--json", path).stdout.splitlines()
        assert [json.loads(line)["file"] for line in lines] == [str(tmp_path) + "/bad\ufffd"]


def test_a_backup_may_have_a_name_of_any_bytes(world, tmp_path):
    g = world.gateway("Utility", "007909411", "utility").start()
    made = json.loads(g.run("backup", "--to", odd(tmp_path), "--json").stdout)
    assert made["backup"].endswith("/bad\ufffd")
    back = json.loads(tieline("restore", "--home", odd(tmp_path) + "2", "--from", odd(tmp_path), "--json").stdout)
    assert back["home"].endswith("/bad\ufffd2")


def test_what_is_no_file_to_read_is_named(tmp_path):
    for words in (["check"], ["translate"], ["x12", "check"]):
        said = tieline(*words, tmp_path, check=INPUT).stderr
        assert f"{tmp_path}: Is a directory (file.open)" in said


@pytest.mark.skipif(os.getuid() != 0, reason="root becomes another user")
def test_what_this_user_may_not_read_is_wrong_input(public_path):
    path = write(public_path + "/d.json", b"{}")
    os.chmod(path, 0o600)
    for words in (["check"], ["translate"], ["x12", "check"]):
        said = tieline(*words, path, user=65534, check=INPUT).stderr
        assert "d.json: Permission denied" in said
