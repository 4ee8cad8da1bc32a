# SPDX-License-Identifier: Apache-2.0
"""The forms that the ledger has had, read from its source: what each version's SQL says, and how to take it back."""
import os
import re

SOURCE = os.path.join(os.path.dirname(__file__), "..", "..", "src", "ledger", "schema.c")
MADE = re.compile(r"ALTER TABLE (\w+) ADD COLUMN (\w+)|CREATE TABLE (\w+)|CREATE (?:UNIQUE )?INDEX (\w+)")


def migrations():
    """The SQL of each version, the first first."""
    with open(SOURCE) as f:
        text = f.read().split("migrations[LEDGER_SCHEMA_VERSION] = {", 1)[1].split("\n};", 1)[0]
    all_of_them = [""]
    for literal, end in re.findall(r'"((?:[^"\\]|\\.)*)"\)?(,)?|/\*.*?\*/', text, flags=re.S):
        all_of_them[-1] += literal
        if end:
            all_of_them.append("")
    assert all_of_them.pop() == "", "schema.c is written in another way"
    return all_of_them


def undone(version):
    """SQL that takes the tables, indexes and columns away which came after a version."""
    undo = []
    for column_of, column, table, index in MADE.findall("".join(migrations()[version:])):
        if table:
            undo.append(f"DROP TABLE {table}")
        elif index:
            undo.append(f"DROP INDEX {index}")
        else:
            undo.append(f"ALTER TABLE {column_of} DROP COLUMN {column}")
    return undo[::-1]
