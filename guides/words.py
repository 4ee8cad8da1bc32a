#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""words.py WORDS.txt OUTPUT.c: the words as a table in order, for src/documents/x12/words.h."""
import pathlib
import sys

source, output = map(pathlib.Path, sys.argv[1:])
CODE_MAX = 8  # X12_CODE_MAX
rows, number = {}, 0
for at, line in enumerate(source.read_text(encoding="ascii").splitlines(), 1):
    if not line.strip() or line.startswith("#"):
        continue
    code, _, words = line.strip().partition(" ")
    if not line.startswith("\t"):
        number = 10000 + int(code[1:]) if code.startswith("I") else int(code)  # X12_WORDS_I
        continue
    key = (number, int.from_bytes(code.encode().ljust(CODE_MAX, b"\0"), "big"))
    if not number or not words or len(code) > CODE_MAX or '"' in words or "\\" in words or key in rows:
        sys.exit(f"{source}:{at}: want a code of {number}, once, and its words")
    rows[key] = words
lines = ["/* Made by guides/words.py. */", '#include "documents/x12/words.h"', "",
         "const struct x12_word x12_words[] = {",
         *(f'\t{{ {number}, UINT64_C({packed}), "{rows[number, packed]}" }},' for number, packed in sorted(rows)), "};",
         f"const size_t x12_word_count = {len(rows)};", ""]
output.write_text("\n".join(lines))
