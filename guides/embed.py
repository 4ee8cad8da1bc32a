#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""embed.py GUIDE.yaml... OUTPUT.c: the guides as constants, for src/documents/x12/guide_shipped.h."""
import pathlib
import sys

*guides, output = map(pathlib.Path, sys.argv[1:])
lines = ["/* Made by guides/embed.py. */", '#include "documents/x12/guide_shipped.h"', ""]
rows = []
for at, guide in enumerate(sorted(guides)):
    data = guide.read_bytes()
    lines += [f"static const uint8_t text_{at}[] = {{"]
    lines += [",".join(map(str, data[i:i + 32])) + "," for i in range(0, len(data), 32)] + ["};"]
    rows += [f'\t{{ "{guide.name}", {{ text_{at}, {len(data)} }} }},']
lines += ["const struct guide_shipped guide_shipped[] = {", *rows, "};",
          f"const size_t guide_shipped_count = {len(rows)};", ""]
output.write_text("\n".join(lines))
