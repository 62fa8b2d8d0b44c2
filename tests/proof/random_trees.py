"""Random predicate trees and events over a few fields of every type, built to come close to each other."""

from __future__ import annotations

from random import Random
from typing import Any

from converter.tree import (
    ALWAYS,
    ANY,
    ANY_FIELD,
    NEVER,
    ONE,
    And,
    Arithmetic,
    Call,
    Cidr,
    Exists,
    Field,
    FieldValue,
    Glob,
    Length,
    Literal,
    Nested,
    Node,
    Not,
    Or,
    Phrase,
    Range,
    Regex,
    Script,
    Single,
    Term,
    merge_tokens,
)

X, XL, XT = Field("x"), Field("x.caseless", "keyword_lowercase", "x"), Field("x.text", "text", "x")
XI = Field("x.short", "keyword", "x", ignore_above=2)
Y, S = Field("y"), Field("s", "text")
N, F, B = Field("n", "long"), Field("f", "double"), Field("b", "boolean")
NF = Field("n.float", "double", "n")
IP, D, V = Field("ip", "ip"), Field("d", "date"), Field("v", "version")
OB, OK = Field("o", "object"), Field("o.k")
NK, NN = Field("obj.k", nested="obj"), Field("obj.n", "long", nested="obj")
C = Field("c", copies=("y",))
Z = Field("z", null_value="a")
U = Field("u", "unmapped")

_STRINGS = [X, X, X, XL, XI, Y, Y, OK, C, Z, ANY_FIELD, OB, V]
_LETTERS = "aAbkK1"


def _tokens(rnd: Random, lower: bool = False) -> tuple[Any, ...]:
    parts: list[Any] = []
    for _ in range(rnd.randint(0, 3)):
        kind = rnd.random()
        if kind < 0.35:
            parts.append(ANY)
        elif kind < 0.45:
            parts.append(ONE)
        else:
            parts.append("".join(rnd.choice(_LETTERS) for _ in range(rnd.randint(1, 2))))
    return merge_tokens(p.lower() if lower and isinstance(p, str) else p for p in parts)


_LUCENE = [
    "a+",
    "[ab]*",
    ".*a.*",
    "a|b",
    "(a|A)b?",
    "~(a)",
    "a.*&.*b",
    "[^a]",
    "a{2}",
    "k?",
    ".",
    ".*",
    "[a-b]+",
    "",
    "<1-11>",
]
_PCRE = ["a", "^a", "a$", "^a+$", r"\ba\b", "a|^b", "[ab]", "(?i)k", "a.b", r"^\w*$", r"\d", "", "^$"]


def atom(rnd: Random, wide: bool) -> Node:
    kind = rnd.randint(0, 24 if wide else 9)
    field = rnd.choice(_STRINGS if wide else [X, X, X, XL, Y])
    match kind:
        case 0 | 1 | 2 | 3 | 4:
            fold = rnd.choice(["none", "ascii", "lower"])
            return Glob(field, _tokens(rnd, fold == "lower"), fold)  # type: ignore[arg-type]
        case 5:
            return Exists(rnd.choice([field, N, B, IP, OB, XT, U]) if wide else field)
        case 6:
            return Single(rnd.choice([X, XL, Y, N, B, IP, XT, XI]) if wide else rnd.choice([X, Y, XL]))
        case 7:
            return Regex(field, rnd.choice(_LUCENE), "lucene", rnd.choice(["none", "ascii"]))  # type: ignore[arg-type]
        case 8:
            return Regex(field, rnd.choice(_PCRE), "pcre", rnd.choice(["none", "ascii"]), True)  # type: ignore[arg-type]
        case 9:
            low = rnd.choice([None, 0, 1, 2])
            return Length(field, low, rnd.choice([None, 1, 2, 3]))
        case 10 | 11:
            return Term(N, rnd.randint(0, 3)) if rnd.random() < 0.7 else Term(F, rnd.choice([0, 1, 1.5]))
        case 12 | 13:
            numeric = rnd.choice([N, N, F, NF])
            ends = rnd.choice([(1, None), (None, 2), (1, 2), (0, 3), (1.5, None), (2, 1)])
            return Range(numeric, ends[0], ends[1], rnd.random() < 0.5, rnd.random() < 0.5)
        case 14:
            return Term(B, rnd.random() < 0.5)
        case 15 | 16:
            return Cidr(
                rnd.choice([IP, IP, Y]), rnd.choice(["10.0.0.0/8", "10.0.0.0/9", "10.128.0.0/9", "::/0", "10.0.0.1"])
            )
        case 17:
            return Range(rnd.choice([X, Y, XL, XT]), rnd.choice([None, "a", "ab"]), rnd.choice([None, "b", "K"]), True)
        case 18:
            return Range(D, rnd.choice([None, 0, 1000]), rnd.choice([None, 1000, 2000]), False, rnd.random() < 0.5)
        case 19:
            return Glob(rnd.choice([XT, S]), _tokens(rnd, True), "lower")
        case 20:
            words = tuple(rnd.choice(["a", "b", "k"]) for _ in range(rnd.randint(1, 3)))
            return Phrase(rnd.choice([XT, S, S]), words, rnd.random() < 0.4)
        case 21 | 22:
            inner = [Glob(NK, _tokens(rnd)), Term(NN, rnd.randint(0, 2)), Exists(NK), Not(Glob(NK, ("a",)))]
            picked = rnd.sample(inner, 2)
            return Nested("obj", rnd.choice([picked[0], And(tuple(picked)), Or(tuple(picked)), Not(picked[0])]))
        case 23:
            return Script(
                rnd.choice(
                    [
                        Arithmetic("==", FieldValue(X), FieldValue(Y)),
                        Arithmetic(">", FieldValue(N), Literal(1)),
                        Call("startsWith", (FieldValue(X), FieldValue(Y))),
                        Arithmetic("!=", Call("length", (FieldValue(X),)), Literal(1)),
                    ]
                )
            )
    return Range(V, "1.2.0", rnd.choice([None, "1.10.0"]))


def tree(rnd: Random, depth: int, wide: bool) -> Node:
    if depth == 0 or rnd.random() < 0.2:
        if rnd.random() < 0.02:
            return rnd.choice([ALWAYS, NEVER])
        found = atom(rnd, wide)
        return Not(found) if rnd.random() < 0.3 else found
    kind = rnd.random()
    items = tuple(tree(rnd, depth - 1, wide) for _ in range(rnd.randint(2, 3)))
    if kind < 0.45:
        return And(items)
    return Or(items) if kind < 0.9 else Not(items[0])


def near(rnd: Random, node: Node, wide: bool) -> Node:
    """The tree with one place changed."""
    if isinstance(node, And | Or):
        items = list(node.items)
        at = rnd.randrange(len(items))
        if rnd.random() < 0.2 and len(items) > 1:
            del items[at]
        elif rnd.random() < 0.15:
            return (Or if isinstance(node, And) else And)(tuple(items))
        else:
            items[at] = near(rnd, items[at], wide)
        return type(node)(tuple(items))
    if isinstance(node, Not):
        return node.item if rnd.random() < 0.2 else Not(near(rnd, node.item, wide))
    return node if rnd.random() < 0.3 else atom(rnd, wide)


def _values(rnd: Random, make: Any) -> Any:
    count = rnd.choice([0, 1, 1, 1, 1, 2, 2, 3])
    found = [make() for _ in range(count)]
    if rnd.random() < 0.05:
        found.append(None)
    return found[0] if len(found) == 1 else found


def _text(rnd: Random) -> str:
    length = rnd.choice([0, 1, 1, 1, 2, 2, 3, 4])
    return "".join(rnd.choice(_LETTERS if rnd.random() < 0.95 else " \n\u212aé.") for _ in range(length))


def event(rnd: Random, wide: bool) -> dict[str, Any]:
    made: dict[str, Any] = {
        "x": _values(rnd, lambda: " ".join(_text(rnd) for _ in range(rnd.choice([1, 1, 2, 3])))),
        "y": _values(rnd, lambda: rnd.choice([_text(rnd), _text(rnd), "10.0.0.1", "::1", "10.200.0.0"])),
    }
    if wide:
        made |= {
            "n": _values(rnd, lambda: rnd.choice([0, 1, 2, 3, 1.5, 2.7, -1])),
            "f": _values(rnd, lambda: rnd.choice([0, 1, 2, 1.5, 1.7])),
            "b": _values(rnd, lambda: rnd.random() < 0.5),
            "ip": _values(rnd, lambda: rnd.choice(["10.0.0.1", "10.0.0.2", "10.200.0.1", "::1", "9.9.9.9"])),
            "d": _values(rnd, lambda: rnd.choice([0, 999, 1000, 1500, 2000, 3000])),
            "v": _values(rnd, lambda: rnd.choice(["1.2.0", "1.10.0", "1.3.1", "a"])),
            "s": _values(rnd, lambda: " ".join(rnd.choice(["a", "b", "k", "ab"]) for _ in range(rnd.randint(0, 4)))),
            "o.k": _values(rnd, lambda: _text(rnd)),
            "o.other": _values(rnd, lambda: _text(rnd)),
            "z": _values(rnd, lambda: rnd.choice(["a", "b", None])),
            "c": _values(rnd, lambda: _text(rnd)),
            "obj": [
                {key: value for key, value in (("k", _text(rnd)), ("n", rnd.randint(0, 2))) if rnd.random() < 0.7}
                for _ in range(rnd.randint(0, 2))
            ],
        }
    return {path: value for path, value in made.items() if value != [] and (not wide or rnd.random() < 0.55)}
