"""A tree over parts of fields (`process.name`) as an equal tree over the fields that they are parts of.

Each rewriting is an equality under the relation that the mapping data declares, atom by atom: the values of the whole
field whose part passes the test are a regular set, which is written as an expression (`exact`) and, where that is the
same, as a plain pattern (`short`). Whoever takes the short tree proves it against the exact one under `constraints`.
"""

from __future__ import annotations

import re
import string
from collections.abc import Callable
from dataclasses import dataclass, field

from converter.diagnostics import ConverterError, Span
from converter.fields import Fields
from converter.mapping.relations import Part, Relations, Same, Together, Valued, plain_text
from converter.tree import (
    ANY,
    ONE,
    Cidr,
    Exists,
    Field,
    Fold,
    Glob,
    Length,
    Node,
    Range,
    Regex,
    Single,
    Term,
    Token,
    Wild,
    conj,
    disj,
    fields_of,
    merge_tokens,
    text_of,
    transform,
    with_field,
)
from converter.tree.charset import single, subtract, union
from converter.tree.regex import (
    NOTHING,
    ONE_CHAR,
    Alt,
    Both,
    Cat,
    Compl,
    Repeat,
    Rx,
    from_glob,
    map_chars,
    nullable,
    parse_text,
    whole_value,
)
from converter.tree.regex_automaton import Automaton, is_empty
from converter.tree.regex_render import pcre_part


@dataclass
class Derived:
    """`exact` and `short` are the tree without the parts. `constraints` hold of every event under `said`; `blocked`
    names what has no exact form, with the reason. `unless`: conditions under which nothing is claimed; the caller
    proves that the tree never holds where one of them does. `origins`: the part that a rewritten test was of, by its
    span."""

    exact: Node
    short: Node
    said: list[str] = field(default_factory=list)
    constraints: list[Node] = field(default_factory=list)
    blocked: dict[str, str] = field(default_factory=dict)
    unless: list[Node] = field(default_factory=list)
    origins: dict[Span, str] = field(default_factory=dict)


def derive(
    tree: Node, relations: Relations, fields: Fields, kept: Callable[[str], bool] = lambda name: False
) -> Derived:
    """The tree under the relations. Fields that `kept` names have a name of their own and stay."""
    rewriter = _Rewriter(relations, fields, kept)
    exact = transform(tree, rewriter.exact)
    short = transform(tree, rewriter.short)
    out = Derived(exact, short, blocked=rewriter.blocked, origins=rewriter.origins)
    for used in rewriter.used.values():
        out.said.append(used.said)
        if isinstance(used, Part):
            out.constraints.append(used.holds_of(fields))
        elif isinstance(used, Valued) and used.unless is not None:
            where = fields.field(used.unless[0])
            out.unless.append(conj([Glob(where, (used.unless[1],)), Single(where)]))
    named = {item.name for item in fields_of(tree)}
    for group in relations.together:
        if named & set(group.fields):
            out.said.append(group.said)
            out.constraints.append(group.holds(fields))
    return out


@dataclass
class _Rewriter:
    relations: Relations
    fields: Fields
    kept: Callable[[str], bool]
    used: dict[str, Part | Same | Together | Valued] = field(default_factory=dict)
    blocked: dict[str, str] = field(default_factory=dict)
    origins: dict[Span, str] = field(default_factory=dict)

    def exact(self, node: Node) -> Node:
        return self._node(node, _exact)

    def short(self, node: Node) -> Node:
        return self._node(node, _short)

    def _node(self, node: Node, form: Callable[[Node, Part, Field], Node]) -> Node:
        own = getattr(node, "field", None)
        if not isinstance(own, Field) or self.kept(own.name):
            return node
        if own.name in self.relations.same and isinstance(
            node, Glob | Regex | Exists | Single | Term | Range | Length | Cidr
        ):
            return self._same(node, own, self.relations.same[own.name])
        if own.name in self.relations.values:
            return self._valued(node, self.relations.values[own.name])
        part = self.relations.parts.get(own.name)
        if part is None:
            return node
        whole = self.fields.field(part.of)
        if not (plain_text(own) and plain_text(whole)):
            return self._block(node, own.name, f"{own.name} or {whole.name} holds no plain text here")
        try:
            found = form(node, part, whole)
        except _NotExact as error:
            return self._block(node, own.name, str(error))
        except ConverterError as error:
            return self._block(node, own.name, error.diagnostics[0].message)
        self.used[own.name] = part
        if node.span is not None:
            self.origins[node.span] = own.name
        return found

    def _same(self, node: Node, own: Field, same: Same) -> Node:
        other = self.fields.field(same.of)
        if other.type != own.type:
            return self._block(node, own.name, f"{own.name} and {other.name} are of different types")
        self.used[own.name] = same
        return with_field(node, other)

    def _valued(self, node: Node, valued: Valued) -> Node:
        found = None
        if isinstance(node, Glob) and (text := text_of(node.tokens)) is not None:
            found = valued.meaning(text if node.fold == "none" else text.lower(), self.fields)
        if found is None:
            return self._block(node, valued.field, f"only a value of {valued.field} by itself has a meaning")
        self.used[valued.field] = valued
        return found

    def _block(self, node: Node, name: str, reason: str) -> Node:
        self.blocked.setdefault(name, reason)
        return node


class _NotExact(Exception):
    """A test of a part that no test of the whole field equals, or none that can be written."""


def _exact(node: Node, part: Part, whole: Field) -> Node:
    """The values of the whole field whose part passes, as an expression."""
    _refuse_strays(node, part)
    if isinstance(node, Exists | Single):
        return _exists(node, part, whole)
    rx, fold = _meaning(node)
    pattern = _body(rx, node, part)
    sep = _escaped(part.separator)
    match part.part:
        case "name":
            found = rf"(?:^|{sep}){pattern}$" if part.bare else rf"{sep}{pattern}$"
        case "extension":
            found = rf"\.{pattern}$"
        case "directory":
            found = rf"^{pattern}{sep}[^{sep}]+$"
    return Regex(whole, found, "pcre", fold, search=True, span=node.span)


def _exists(node: Node, part: Part, whole: Field) -> Node:
    match part.part:
        case "name":
            return Exists(whole, span=node.span)
        case "extension":
            raise _NotExact(f"whether a name that ends in a dot has a {part.field} is not declared")
    raise _NotExact(f"whether a file in a root has a {part.field} is not declared")


def _refuse_strays(node: Node, part: Part) -> None:
    """Nothing, if no value that the part may have whatever its whole is passes, and no case of letters matters."""
    if part.differs and _minds_case(node):
        raise _NotExact(f"in {part.differs[0]} {part.field} and {part.of} may differ in the case of letters")
    for stray in part.stray:
        values = parse_text(stray.values)
        if isinstance(node, Exists | Single) or not is_empty(Both((_folded(node), values))):
            raise _NotExact(stray.why)


def _minds_case(node: Node) -> bool:
    match node:
        case Glob(tokens=tokens, fold="none"):
            return any(isinstance(token, str) and token.upper() != token.lower() for token in tokens)
        case Regex(fold="none"):
            return True
    return False


def _folded(node: Node) -> Rx:
    """The values of the part that pass."""
    if isinstance(node, Glob):
        return from_glob(node.tokens, node.fold)
    return _meaning(node)[0]


def _meaning(node: Node) -> tuple[Rx, Fold]:
    """The values of the part that pass, up to the fold."""
    match node:
        case Glob(tokens=tokens, fold="none" | "ascii" as fold):
            return from_glob(tokens, "none"), fold
        case Regex(fold="none" | "ascii" as fold):
            return whole_value(node.pattern, node.flavour, fold, node.search, node.multiline, node.dotall), "none"
        case Length(low=low, high=high):
            return Repeat(ONE_CHAR, low or 0, high), "none"
    raise _NotExact("a test of this kind has no counterpart on the whole value")


def _body(rx: Rx, node: Node, part: Part) -> str:
    """The expression within the characters that the part can have, as text."""
    if _combines(rx):
        raise _NotExact("a complement or an intersection in a regular expression")
    if part.part == "directory":
        if _takes_a_root(node, part.separator):
            raise _NotExact(f"a root is among the values, and it is spelled in more than one way in {part.field}")
        return pcre_part(rx)
    taken = union(single(part.separator), *([single(".")] if part.part == "extension" else []))
    rx = map_chars(rx, lambda chars: subtract(chars, taken))
    if rx == NOTHING:
        raise _NotExact(f"no {part.field} has this value")
    if nullable(rx) and part.part == "extension":
        raise _NotExact("an empty extension is none")
    return pcre_part(rx)


def _combines(rx: Rx) -> bool:
    match rx:
        case Cat(items=items) | Alt(items=items):
            return any(_combines(item) for item in items)
        case Repeat(item=item):
            return _combines(item)
    return isinstance(rx, Compl | Both)


def _takes_a_root(node: Node, separator: str) -> bool:
    """Whether a test of a directory takes a spelling of a root: nothing, the separator, a drive with or without it."""
    test = Automaton(_folded(node))
    drives = [letter + ":" for letter in string.ascii_letters] if separator == "\\" else []
    return any(test.matches(root + end) for root in ("", *drives) for end in ("", separator))


def _escaped(separator: str) -> str:
    return re.escape(separator)


def _short(node: Node, part: Part, whole: Field) -> Node:
    """A pattern in place of the expression, where it says the same."""
    tokens = _short_tokens(node, part) if isinstance(node, Glob) else None
    if tokens is None:
        return _exact(node, part, whole)
    _exact(node, part, whole)  # the reasons to refuse are the same
    assert isinstance(node, Glob)
    found = Glob(whole, merge_tokens(tokens), node.fold, span=node.span)
    text = text_of(node.tokens)
    if part.part == "name" and part.bare and text and "." not in text:
        return disj([found, Glob(whole, node.tokens, node.fold, span=node.span)])
    return found


def _short_tokens(node: Glob, part: Part) -> tuple[Token, ...] | None:
    tokens, sep = node.tokens, part.separator
    text = text_of(tokens)
    match part.part:
        case "name" if text:
            return (ANY, sep + text)
        case "name":
            match tokens:
                case (Wild.ANY, str()):
                    return tokens
                case (str() as head, Wild.ONE) if not part.bare:  # the last character is no separator
                    return (ANY, sep + head, ONE)
        case "extension" if text:
            return (ANY, "." + text)
        case "directory" if tokens and tokens[-1] is ANY:
            return (*tokens, sep, ANY)
    return None
