# SPDX-License-Identifier: Apache-2.0
"""Patterns as tables: a subset of ECMA-262 that every regular expression engine reads the same, made deterministic.

Characters are 0 to 127 and OTHER, which stands for all above; tables have a row a state and a column a class of
characters that no state tells apart.  State 0 is the one nothing leads out of.
"""

OTHER = 128
EVERY = frozenset(range(OTHER + 1))
STATES_MAX = 255
# Before which of them, at the end of a text, some engine's $ is, too: Python's before the first, Java's before all.
LINE_ENDS = "\n\r\u0085\u2028\u2029"


class Bad(Exception):
    pass


class Parser:
    """Thompson's construction: edges[state] is a list of (characters or None, state)."""

    def __init__(self, text):
        if not (text.startswith("^") and text.endswith("$")) or text.endswith("\\$"):
            raise Bad("a pattern begins with ^ and ends with $")
        self.text, self.at, self.edges = text[1:-1], 0, []
        self.begin, self.end = self.choice()
        if self.at != len(self.text):
            raise Bad(f"{self.text[self.at:]!r} is not understood")

    def state(self):
        self.edges.append([])
        return len(self.edges) - 1

    def join(self, a, b):
        self.edges[a].append((None, b))

    def peek(self):
        return self.text[self.at:self.at + 1]

    def choice(self):
        begin, end = self.state(), self.state()
        while True:
            first, last = self.sequence()
            self.join(begin, first)
            self.join(last, end)
            if self.peek() != "|":
                return begin, end
            self.at += 1

    def sequence(self):
        first = last = self.state()
        while self.peek() not in ("", "|", ")"):
            a, b = self.repeated()
            self.join(last, a)
            last = b
        return first, last

    def repeated(self):
        start = self.at
        a, b = self.atom()
        end = self.at
        least, most = self.quantifier()
        if (least, most) == (1, 1):
            return a, b
        first = last = self.state()
        after = self.at
        final = self.state()
        for number in range(max(least, most or least + 1)):
            self.at = start
            a, b = self.atom()
            if number >= least:
                self.join(last, final)
            self.join(last, a)
            if most is None and number >= least:
                self.join(b, a)
            last = b
        assert self.at == end
        self.at = after
        self.join(last, final)
        return first, final

    def quantifier(self):
        simple = {"?": (0, 1), "*": (0, None), "+": (1, None)}
        c = self.peek()
        if c in simple and c:
            self.at += 1
            return simple[c]
        if c != "{":
            return 1, 1
        inside, brace, _ = self.text[self.at + 1:].partition("}")
        least, comma, most = inside.partition(",")
        if not brace or not least.isdigit() or not (most.isdigit() or not most):
            raise Bad("a repetition is {n}, {n,} or {n,m}")
        self.at += len(inside) + 2
        return int(least), int(most) if most else None if comma else int(least)

    def atom(self):
        c = self.peek()
        if c == "(":
            self.at += 3 if self.text.startswith("(?:", self.at) else 1
            pair = self.choice()
            if self.peek() != ")":
                raise Bad("a group is not closed")
            self.at += 1
            return pair
        characters = self.bracket() if c == "[" else frozenset([self.literal(".?*+{}^$")])
        a, b = self.state(), self.state()
        self.edges[a].append((characters, b))
        return a, b

    def literal(self, refused):
        """One character, perhaps behind a backslash; only punctuation may be: \\d and the like differ between engines."""
        c = self.peek()
        if c == "\\":
            c = self.text[self.at + 1:self.at + 2]
            if not c or c.isalnum():
                raise Bad(f"\\{c} is not in the subset")
            self.at += 1
        elif not c or c in refused:
            raise Bad(f"{c!r} is not in the subset here")
        if ord(c) >= OTHER:
            raise Bad("characters above 127 can only be meant by [^...]")
        self.at += 1
        return ord(c)

    def bracket(self):
        self.at += 1
        negated = self.peek() == "^"
        self.at += negated
        characters = set()
        while self.peek() != "]":
            low = high = self.literal("[")
            if self.peek() == "-" and self.text[self.at + 1:self.at + 2] != "]":
                self.at += 1
                high = self.literal("[")
            if high < low:
                raise Bad("a range runs backwards")
            characters.update(range(low, high + 1))
        self.at += 1
        return frozenset(EVERY - characters if negated else characters)


def closure(edges, states):
    found, stack = set(states), list(states)
    while stack:
        for characters, to in edges[stack.pop()]:
            if characters is None and to not in found:
                found.add(to)
                stack.append(to)
    return frozenset(found)


def compile(text):
    """(classes of the 129 characters, rows of next states, which states accept); the first state is 1."""
    nfa = Parser(text)
    sets = {c for row in nfa.edges for c, _ in row if c is not None}
    signature = [tuple(c in s for s in sorted(sets, key=sorted)) for c in range(OTHER + 1)]
    kinds = list(dict.fromkeys(signature))
    classes = [kinds.index(s) for s in signature]
    start = closure(nfa.edges, [nfa.begin])
    numbers, rows, queue = {frozenset(): 0, start: 1}, [[0] * len(kinds)], [start]
    for states in queue:
        row = []
        for kind in range(len(kinds)):
            character = classes.index(kind)
            to = closure(nfa.edges, {t for s in states for c, t in nfa.edges[s] if c is not None and character in c})
            if to not in numbers:
                numbers[to] = len(numbers)
                queue.append(to)
            row.append(numbers[to])
        rows.append(row)
    if len(rows) > STATES_MAX:
        raise Bad(f"the pattern needs {len(rows)} states, {STATES_MAX} is the most")
    accepts = [nfa.end in states for states in [frozenset(), *queue]]
    return classes, rows, accepts


def next_state(table, state, character):
    classes, rows, _ = table
    return rows[state][classes[min(ord(character), OTHER)]]


def matches(table, text):
    state = 1
    for c in text:
        state = next_state(table, state, c)
    return table[2][state]


def never_in(table, character):
    """No text that matches has it."""
    _, rows, accepts = table
    alive = {state for state, accepted in enumerate(accepts) if accepted}
    while more := {state for state, row in enumerate(rows) if alive & set(row)} - alive:
        alive |= more
    return not any(next_state(table, state, character) in alive for state in range(len(rows)))


def line_ends(table):
    """Those that an engine may let through behind a text, and that are in none: what has to be ruled out beside it."""
    accepts = table[2]
    wrong = [c for c in LINE_ENDS if any(a and not accepts[next_state(table, state, c)] for state, a in enumerate(accepts))]
    if any(ord(c) < OTHER and not never_in(table, c) for c in wrong):
        raise Bad("a line may end within a text and not behind it: engines differ about $ there")
    return "".join(c for c in wrong if never_in(table, c))
