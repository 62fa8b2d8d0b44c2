"""Mutants: a tree with one small mistake in it, of the kinds that people make when they write or port a rule."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from converter.tree import (
    ALWAYS,
    ANY,
    NEVER,
    ONE,
    And,
    Cidr,
    Const,
    Exists,
    Field,
    Glob,
    Length,
    Node,
    Not,
    Or,
    Phrase,
    Range,
    Regex,
    Single,
    Term,
    Wild,
    children,
    conj,
    disj,
    merge_tokens,
    negate,
    replace_children,
    text_of,
)
from converter.tree.describe import describe, pattern, quoted, test


@dataclass(frozen=True, slots=True)
class Mutant:
    """A mistake: `changed` in place of the node at `path` (child numbers from the root), or there without one child.

    `family` is the kind, `reason` what an event that tells it from the rule shows.
    """

    root: Node
    path: tuple[int, ...]
    changed: Node
    family: str
    reason: str
    dropped: int | None = None

    @property
    def tree(self) -> Node:
        """The whole tree with the mistake."""
        return _put(self.root, self.path, self.changed)


def mutants(tree: Node) -> Iterator[Mutant]:
    """All mutants of a tree, in the order of its text; none is the tree itself."""
    for path, node in _places(tree, ()):
        if isinstance(node, And | Or):
            yield from (Mutant(tree, path, *found) for found in _drops(node))
        for family, reason, changed in _changes(node):
            if changed != node:
                yield Mutant(tree, path, changed, family, reason)


def _places(node: Node, path: tuple[int, ...]) -> Iterator[tuple[tuple[int, ...], Node]]:
    yield path, node
    for i, child in enumerate(children(node)):
        yield from _places(child, (*path, i))


def _put(tree: Node, path: tuple[int, ...], changed: Node) -> Node:
    if not path:
        return changed
    items = list(children(tree))
    items[path[0]] = _put(items[path[0]], path[1:], changed)
    return replace_children(tree, tuple(items))


def _drops(node: And | Or) -> Iterator[tuple[Node, str, str, int]]:
    """The node without each of its children."""
    items = node.items
    join = conj if isinstance(node, And) else disj
    says = "all but one condition holds: {} does not" if join is conj else "of the alternatives only {} holds"
    for i, item in enumerate(items):
        yield join((*items[:i], *items[i + 1 :])), "stuck", says.format(_said(item)), i


def _changes(node: Node) -> Iterator[tuple[str, str, Node]]:
    """Family, reason and the node with the mistake."""
    match node:
        case Not(item=item):
            yield "negation", f"the exclusion {_said(item)} decides", item
            field = _field(item)
            if field is not None and not isinstance(item, Exists):
                yield "missing", f"`{field.name}` missing, under a negation", conj([Exists(field), node])
        case And() | Or() | Const():
            return
        case _:
            yield "stuck", f"{_said(node)} decides", ALWAYS
            yield "stuck", f"{_said(node)} decides", NEVER
            yield from _atom(node)


def _atom(node: Node) -> Iterator[tuple[str, str, Node]]:
    field = _field(node)
    if field is not None and not isinstance(node, Exists | Single):
        yield "array", f"one of several values of `{field.name}`", conj([node, Single(field)])
        yield "missing", f"`{field.name}` missing", disj([node, negate(Exists(field))])
    match node:
        case Glob():
            yield from _glob(node)
        case Regex(field=field, fold=fold, search=search):
            yield "case", f"`{field.name}` in other case", replace(node, fold="none" if fold == "ascii" else "ascii")
            yield "anchor", f"more around the match in `{field.name}`", replace(node, search=not search)
        case Term(field=field, value=value) if isinstance(value, bool):
            yield "value", f"`{field.name}` is {str(not value).lower()}", replace(node, value=not value)
        case Term(field=field, value=value):
            yield "value", f"`{field.name}` one more than {test(node)}", replace(node, value=value + 1)
            yield "value", f"`{field.name}` one less than {test(node)}", replace(node, value=value - 1)
        case Range(field=field):
            yield from _range(node)
        case Cidr(field=field, network=network):
            address, _, bits = network.partition("/")
            wide = 128 if ":" in address else 32
            width = int(bits) if bits else wide
            for step in (1, -1):
                if 0 <= width + step <= wide:
                    near = "inside" if step > 0 else "outside"
                    yield (
                        "network",
                        f"`{field.name}` just {near} {network}",
                        replace(node, network=f"{address}/{width + step}"),
                    )
        case Length(field=field, low=low, high=high):
            if low is not None:
                yield "length", f"`{field.name}` at its least length", replace(node, low=low + 1)
                yield "length", f"`{field.name}` shorter than its least length", replace(node, low=max(0, low - 1))
            if high is not None:
                yield "length", f"`{field.name}` longer than its greatest length", replace(node, high=high + 1)
        case Phrase(field=field, tokens=tokens) if len(tokens) > 1:
            yield "phrase", f"`{field.name}` without the phrase's last word", replace(node, tokens=tokens[:-1])


def _glob(node: Glob) -> Iterator[tuple[str, str, Node]]:
    field, tokens = node.field, node.tokens
    letters = any(c.isascii() and c.isalpha() for t in tokens if isinstance(t, str) for c in t)
    if letters and node.fold in ("none", "ascii"):
        yield "case", f"`{field.name}` in other case", replace(node, fold="none" if node.fold == "ascii" else "ascii")
    if not tokens:
        yield "wildcard", f"`{field.name}` not empty", replace(node, tokens=(ANY,))
        return
    ends = (("front", 0), ("end", -1))
    for where, at in ends:
        if tokens[at] is ANY and len(tokens) > 1:
            shorter = tokens[1:] if at == 0 else tokens[:-1]
            yield (
                "wildcard",
                f"more at the {where} of `{field.name}` than {_pattern(tokens)}",
                replace(node, tokens=shorter),
            )
        elif tokens[at] is not ANY:
            longer = merge_tokens((ANY, *tokens) if at == 0 else (*tokens, ANY))
            yield (
                "wildcard",
                f"more at the {where} of `{field.name}` than {_pattern(tokens)} allows",
                replace(node, tokens=longer),
            )
    for i, token in enumerate(tokens):
        if isinstance(token, str):
            if len(token) > 1 or len(tokens) > 1:
                cut = merge_tokens((*tokens[:i], token[:-1], *tokens[i + 1 :]))
                yield "letter", f"`{field.name}` lacks a character of {quoted(token)}", replace(node, tokens=cut)
        elif 0 < i < len(tokens) - 1 or token is ONE:
            other = ONE if token is ANY else ANY
            swapped = merge_tokens((*tokens[:i], other, *tokens[i + 1 :]))
            yield (
                "wildcard",
                f"`{field.name}`: how many characters `{token.value}` stands for",
                replace(node, tokens=swapped),
            )


def _range(node: Range) -> Iterator[tuple[str, str, Node]]:
    name = node.field.name
    if isinstance(node.low, int | float):
        yield "bound", f"`{name}` one below its lower bound", replace(node, low=node.low - 1)
    if isinstance(node.high, int | float):
        yield "bound", f"`{name}` one above its upper bound", replace(node, high=node.high + 1)
    if node.low is not None:
        yield "bound", f"`{name}` at its lower bound", replace(node, low_open=not node.low_open)
        if node.high is not None:
            yield "bound", f"`{name}` below its lower bound", replace(node, low=None)
    if node.high is not None:
        yield "bound", f"`{name}` at its upper bound", replace(node, high_open=not node.high_open)
        if node.low is not None:
            yield "bound", f"`{name}` above its upper bound", replace(node, high=None)


def _field(node: Node) -> Field | None:
    found = getattr(node, "field", None)
    return found if isinstance(found, Field) and found.sort != "any" else None


def _pattern(tokens: tuple[str | Wild, ...]) -> str:
    text = text_of(tokens)
    return quoted(text) if text is not None else pattern(tokens)


def _said(node: Node) -> str:
    """A node in a few words."""
    items = children(node)
    if not items:
        text = describe(node)
    else:
        first = _said(items[0])
        text = first if len(items) == 1 else f"{first} (and {len(items) - 1} more)"
        text = f"not {text}" if isinstance(node, Not) else text
    return text if len(text) < 100 else text[:97] + "..."
