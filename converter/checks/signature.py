"""What a rule must share with another one to hold it: a few events of its own, and what its condition needs.

Small, in plain JSON and kept in the cache: a changed rule is compared with thousands of others without reading them.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

from converter.checks.subject import Subject
from converter.proof.compare import condition_of, declared, predicate
from converter.proof.prover import Prover
from converter.tree import (
    ANY,
    ANY_FIELD,
    And,
    Cidr,
    Exists,
    Glob,
    Length,
    Node,
    Or,
    Phrase,
    Piped,
    Range,
    Regex,
    Sample,
    Single,
    Term,
    atoms,
)
from converter.tree import Sequence as EqlSequence

#: Events of its own that a rule is known by.
MAX_SAMPLES = 4
_ATOMS = Exists | Single | Glob | Regex | Term | Range | Cidr | Length | Phrase

#: (path, regular expressions of which one must fit a value; None: any value will do)
Need = tuple[str, list[str] | None]


def signature(subject: Subject) -> dict[str, Any] | None:
    """`samples` and `needs` of a condition on one event, or the `shape` of a sequence; None where neither is known."""
    query = subject.query
    if query is None:
        return None
    tree = condition_of(query)
    if tree is None:
        shape = shape_of(query.tree)
        return {"shape": shape} if shape else None
    samples = _samples(tree)
    if not samples:
        return None
    return {"samples": samples, "needs": _needs(tree)}


def shape_of(tree: Any) -> str | None:
    """A digest of all of a sequence but its conditions; None for what is none."""
    if isinstance(tree, Piped):
        return None
    if not isinstance(tree, EqlSequence | Sample):
        return None
    stages = [(s.keys, s.runs, s.missing, s.fork) for s in tree.stages]
    rest = (tree.by, getattr(tree, "maxspan", None), getattr(tree, "until", None) is not None)
    return hashlib.sha256(repr((type(tree).__name__, stages, rest)).encode()).hexdigest()[:24]


def _samples(tree: Node) -> list[dict[str, Any]]:
    """Events that the tree matches: one for each of its first alternatives."""
    prover = Prover(constraints=declared(tree))
    test = predicate(tree)
    whole = prover.literal(tree)
    from converter.matching import EventValues

    def accept(event: dict[str, Any]) -> bool:
        return test(EventValues(event))

    out: list[dict[str, Any]] = []
    for part in [None, *list(_alternatives(tree))[1:MAX_SAMPLES]]:
        found = prover.solve([whole, *([prover.literal(part)] if part is not None else [])], accept)
        if found.event is not None and found.event not in out:
            out.append(json.loads(json.dumps(found.event, default=str)))
        elif part is None:
            return []
    return out


def _alternatives(tree: Node) -> Iterator[Node]:
    """The alternatives of the widest `or` that must hold."""
    items = tree.items if isinstance(tree, And) else (tree,)
    widest = max((item for item in items if isinstance(item, Or)), key=lambda item: len(item.items), default=None)
    if widest is not None:
        step = max(1, len(widest.items) // MAX_SAMPLES)
        yield from widest.items[::step]


def _needs(node: Node) -> list[Need]:
    """What any event that the tree matches has: never more than that."""
    match node:
        case And(items=items):
            return [need for item in items for need in _needs(item)]
        case Or(items=items):
            return _common([_needs(item) for item in items])
    return _need(node) if isinstance(node, _ATOMS) else []


def _need(atom: Any) -> list[Need]:
    field = atom.field
    if field == ANY_FIELD or field.nested or field.copies or field.flattened or field.sort == "object":
        return []
    return [(field.path, [_pattern(atom)] if isinstance(atom, Glob) and field.sort == "string" else None)]


def _common(parts: list[list[Need]]) -> list[Need]:
    """What all alternatives need: a field, with the values of each where each names some."""
    if not parts:
        return []
    out: list[Need] = []
    for path in dict.fromkeys(path for path, _ in parts[0]):
        each = [[patterns for other, patterns in part if other == path] for part in parts]
        if not all(each):
            continue
        first = [patterns[0] for patterns in each]
        known = [item for patterns in first if patterns is not None for item in patterns]
        out.append((path, known if None not in first and len(known) <= 400 else None))
    return out


def _pattern(node: Glob) -> str:
    """A regular expression that fits at least what the glob does (case is ignored)."""
    return "".join(re.escape(t) if isinstance(t, str) else ".*" if t is ANY else "." for t in node.tokens)


class Needs:
    """Compiled needs: may an event fit?"""

    def __init__(self, needs: list[Need]) -> None:
        self.paths = frozenset(path for path, _ in needs)
        self._tests = [(path, patterns) for path, patterns in needs if patterns is not None]
        self._compiled: list[tuple[str, re.Pattern[str]]] | None = None

    def may_fit(self, event: Mapping[str, Any]) -> bool:
        """False only where the condition certainly does not hold."""
        if not self.paths <= event.keys():
            return False
        if self._compiled is None:
            self._compiled = [(path, re.compile("|".join(p), re.I | re.S)) for path, p in self._tests]
        return all(_any(test, event[path]) for path, test in self._compiled)


def _any(test: re.Pattern[str], value: Any) -> bool:
    values = value if isinstance(value, list) else [value]
    return any(test.fullmatch(str(v)) or test.fullmatch(str(v).lower()) for v in values)


def names_of(tree: Node) -> set[str]:
    """The paths that the tree reads."""
    return {field.path for item in atoms(tree) if (field := getattr(item, "field", None)) is not None}
