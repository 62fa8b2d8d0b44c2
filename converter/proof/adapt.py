"""Other values for the fields of scripts: what a script computes is not reasoned about, only tried out."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import islice, product
from typing import Any

from converter.proof.tests import NOW
from converter.tree import Arithmetic, Call, Expr, Field, FieldValue, Literal, Logical, Negation

MAX_VARIANTS = 600
_MISSING = object()


def variants(event: dict[str, Any], scripts: Sequence[Expr]) -> Iterator[dict[str, Any]]:
    """The event with other values in the fields that the scripts read, at most `MAX_VARIANTS` of them."""
    fields: dict[str, Field] = {}
    literals: dict[Any, None] = {}
    for script in scripts:
        _collect(script, fields, literals)
    present = [event[path] for path in fields if path in event and not isinstance(event[path], list)]
    choices = [_choices(field, list(literals), present, event.get(path, _MISSING)) for path, field in fields.items()]
    for combination in islice(_near_first(choices), MAX_VARIANTS):
        changed = {name: value for name, value in event.items() if name not in fields}
        changed.update({path: v for path, v in zip(fields, combination, strict=True) if v is not _MISSING})
        yield changed


def _collect(expr: Expr, fields: dict[str, Field], literals: dict[Any, None]) -> None:
    match expr:
        case Literal(value=value):
            if value is not None:
                literals[value] = None
        case FieldValue(field=field):
            fields.setdefault(field.path, field)
        case Call(args=items) | Logical(items=items):
            for item in items:
                _collect(item, fields, literals)
        case Arithmetic(left=left, right=right):
            _collect(left, fields, literals)
            _collect(right, fields, literals)
        case Negation(item=item):
            _collect(item, fields, literals)


def _choices(field: Field, literals: list[Any], present: list[Any], now: Any) -> list[Any]:
    """Values to try in one field, the one that it has first."""
    texts = [value for value in literals if isinstance(value, str)]
    numbers = [value for value in literals if isinstance(value, int | float) and not isinstance(value, bool)]
    match field.sort:
        case "integer" | "float":
            near = [n + d for n in numbers for d in (0, 1, -1)]
            made: list[Any] = [0, 1, *near]
        case "boolean":
            made = [True, False]
        case "ip":
            made = ["10.0.0.1", "192.168.1.7", "::1"]
        case "date":
            from converter.matching.dates import text_of

            made = [text_of(NOW), text_of(NOW + 1000)]
        case _:
            long = ["a" * max(0, int(n) + d) for n in numbers if -2 < n < 5000 for d in (0, 1, -1)]
            other = [v.upper() if v.islower() else v.lower() for v in (*texts, *present) if isinstance(v, str)]
            made = [*texts, *(v for v in present if isinstance(v, str)), "a", "b", "A", "", *other, *long]
            made += [f"{x}{y}" for x in texts[:4] for y in ("a", *texts[:3])] + [f"a{x}" for x in texts[:4]]
    out: list[Any] = [now]
    for value in [*made, _MISSING]:
        if not any(value is old or (type(value) is type(old) and value == old) for old in out):
            out.append(value)
    return out


def _near_first(choices: list[list[Any]]) -> Iterator[tuple[Any, ...]]:
    """All combinations, those with one field changed first."""
    base = tuple(choice[0] for choice in choices)
    for i, choice in enumerate(choices):
        for value in choice[1:]:
            yield (*base[:i], value, *base[i + 1 :])
    yield from product(*(choice[:12] for choice in choices))
