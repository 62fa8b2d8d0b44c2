"""What the leaves of a query_string mean on the fields that they name.

Lenient, as a rule's query is: what a field's type cannot take is false. Source: `QueryStringQueryParser` of
Elasticsearch 8.19 as documented, and the answers of a node.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field, replace

from converter.diagnostics import FieldTypeError, ParseError, Span, UnsupportedError
from converter.fields import Fields
from converter.matching import typed
from converter.matching.names import Names
from converter.matching.text import analyse
from converter.matching.values import lowercase
from converter.tree import (
    ALWAYS,
    ANY,
    ANY_FIELD,
    NEVER,
    ONE,
    Field,
    Glob,
    Node,
    Phrase,
    Regex,
    Token,
    conj,
    disj,
    literal,
    merge_tokens,
)

#: A word with a mistake anywhere is four patterns a character.
_LONGEST_FUZZY = 200
_FLOAT = re.compile(r"([-+]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][-+]?[0-9]+)?)[fFdD]?")
Leaf = Callable[[Field], Node | None]


def java_float(text: str) -> float | None:
    """A number as Java reads a float; None where it is none."""
    found = _FLOAT.fullmatch(text)
    return float(found.group(1)) if found else None


@dataclass
class Meaning:
    """Builds the leaves of one query. `every`: the default operator is AND. `defaults`: the fields of a value without
    one (None: all), `listed` where they come from a list, which knows no `>=10`. `zone` is where days begin. `suffix`
    is added to the names of quoted values where that is a field. `phrase`: words are phrases."""

    fields: Fields
    every: bool = False
    lenient: bool = True
    defaults: tuple[str, ...] | None = None
    listed: bool = False
    zone: str | None = None
    slop: int = 0
    suffix: str | None = None
    phrase: bool = False
    names: dict[str, Span] = field(default_factory=dict)
    look_up: Names = field(init=False)

    def __post_init__(self) -> None:
        self.look_up = Names(self.fields)

    def value(self, name: str | None, text: str, span: Span, quoted: bool = False, slop: int = 0) -> Node | None:
        """A term or phrase; `>=10` unquoted is a range. None where analysed text has no words."""
        if name == "_exists_":
            return self.exists(text, span)
        if (name is not None or not self.listed) and not quoted and len(text) > 1 and text[0] in "<>":
            inclusive = text[1] == "=" and len(text) > 2
            end = text[2:] if inclusive else text[1:]
            low, high = (end, None) if text[0] == ">" else (None, end)
            return self.range(name, low, high, not inclusive, not inclusive, span)
        phrase = quoted or self.phrase

        def leaf(held: Field) -> Node | None:
            if held == ANY_FIELD:
                return Glob(held, literal(text), span=span)
            if slop and held.sort == "text" and len(analyse(text)) > 1:
                raise UnsupportedError(
                    "words at a distance (`\"…\"~n`) have no form in the predicate tree", span=span,
                    help="search for the phrase, or for each word",
                )  # fmt: skip
            return typed.match_words(held, text, span, every=self.every, phrase=phrase, zone=self.zone)

        return self._over(name, span, leaf, quoted)

    def splits(self, name: str | None) -> bool:
        """Whether several words on the field are clauses of their own."""
        fields = self._fields(name, None)
        return fields is not None and len(fields) == 1 and fields[0].sort == "text"

    def wildcard(self, name: str | None, image: str, span: Span) -> Node | None:
        """A value with wildcards as it is written; a lone `*` is exists."""
        if image == "*":
            if name == "*" or (name is None and self.defaults is None):
                return replace(ALWAYS, span=span)
            if name is not None:
                return self.exists(name, span)

        def leaf(held: Field) -> Node | None:
            if image == "*":
                return self.look_up.has(held, span)
            lowers = held.sort == "text" or held.type == "keyword_lowercase"
            tokens = typed.wildcard_tokens(image, "plain" if lowers else "no")
            if held == ANY_FIELD:
                return Glob(held, tokens, span=span)
            if held.flattened is not None:
                return self._keyed(held, tokens, span)
            # the escaped characters of the pattern stay as they are, even where values are lowered
            if held.type == "keyword_lowercase" and tokens != (ANY,):
                return Glob(held, tokens, span=span)
            return typed.pattern(held, tokens, span=span)

        return self._over(name, span, leaf)

    def prefix(self, name: str | None, text: str, span: Span) -> Node | None:
        """`text*`. On analysed text each word of it counts, the last as a beginning."""

        def leaf(held: Field) -> Node | None:
            if held == ANY_FIELD:
                return Glob(held, merge_tokens([text, ANY]), span=span)
            if held.sort != "text":
                return typed.prefix(held, text, span=span)
            tokens = analyse(text)
            if not tokens:
                return None
            items: list[Node] = [Phrase(held, (token,), span=span) for token in tokens[:-1]]
            items.append(typed.prefix(held, tokens[-1], span=span))
            return (conj if self.every else disj)(items, span)

        return self._over(name, span, leaf)

    def regex(self, name: str | None, text: str, span: Span) -> Node | None:
        """`/text/`, the whole value (or word)."""

        def leaf(held: Field) -> Node | None:
            if held == ANY_FIELD:
                typed.regexp(Field("*"), text, span=span)
                return Regex(held, text, span=span)
            return typed.regexp(held, text, span=span)

        return self._over(name, span, leaf)

    def range(
        self, name: str | None, low: str | None, high: str | None, low_open: bool, high_open: bool, span: Span
    ) -> Node | None:
        """`[low TO high]`; `*` is no end."""
        low, high = (None if end == "*" else end for end in (low, high))

        def leaf(held: Field) -> Node | None:
            if held == ANY_FIELD:
                raise UnsupportedError(
                    "a range over all fields has no meaning where the schema is open", span=span, help="name the field"
                )
            if low is None and high is None and (held.sort == "text" or held.flattened is not None):
                return typed.pattern(held, (ANY,), span=span)
            return typed.between(held, low, high, low_open, high_open, span, zone=self.zone, lower=True)

        return self._over(name, span, leaf)

    def fuzzy(self, name: str | None, text: str, distance: str, span: Span) -> Node | None:
        """`text~`: up to one letter more, less, other, or two exchanged."""
        edits = 0 if len(text) < 3 else 1 if len(text) < 6 else 2
        if distance.upper() not in ("", "AUTO"):
            number = java_float(distance)
            if number not in (0, 1, 2):
                raise FieldTypeError(f"`~{distance}` is no edit distance", span=span, help="write ~0, ~1 or ~2")
            edits = int(number)

        def leaf(held: Field) -> Node | None:
            if held.sort not in ("string", "text") or held.flattened is not None:
                raise FieldTypeError(f"`{held.name}` of type {held.type} takes no fuzziness", span=span)
            if edits == 0:
                term = lowercase(text) if held.sort == "text" else text
                return typed.equals(held, term, span=span)
            if len(text) > _LONGEST_FUZZY:
                raise UnsupportedError(f"a fuzzy word of {len(text)} characters is too long to write out", span=span)
            if edits > 1:
                raise UnsupportedError(
                    f"`{text}~2` takes every word that is two letters away", span=span,
                    help="a distance of 1 (`~1`) can be written out; or use wildcards",
                )  # fmt: skip
            return self._near(held, text, span)

        return self._over(name, span, leaf)

    def _near(self, held: Field, text: str, span: Span) -> Node:
        self.look_up.note("fuzzy", "an index looks up at most 50 of the words that are one letter away", span)
        text = lowercase(text) if held.sort == "text" else text
        near: dict[tuple[Token, ...], None] = {literal(text): None}
        for i in range(len(text) + 1):
            head, tail = text[:i], text[i:]
            near[merge_tokens([head, ONE, tail])] = None
            if tail:
                near[merge_tokens([head, tail[1:]])] = None
                near[merge_tokens([head, ONE, tail[1:]])] = None
            if len(tail) > 1:
                near[literal(head + tail[1] + tail[0] + tail[2:])] = None
        found = [typed.pattern(held, t, span=span) if t else typed.equals(held, "", span=span) for t in near]
        return disj(dict.fromkeys(found), span)

    def exists(self, name: str, span: Span) -> Node:
        """`_exists_:name` and `name:*`. Raises `FieldTypeError` for all fields, where Elasticsearch fails."""
        if name == "*":
            raise FieldTypeError("`_exists_` of all fields is no query", span=span, help="write `*` for every event")
        return self.look_up.exists(name, span)

    def _keyed(self, held: Field, tokens: tuple[Token, ...], span: Span) -> Node:
        """A wildcard on a key of a flattened field runs over key + value of every key: only one that begins with `*`
        and goes on with plain text means the value."""
        root = self.fields.field(held.flattened or held.name)
        self.look_up.note(
            "flattened-wildcard",
            f"a pattern on `{held.name}` is matched against `key` + value of every key of `{root.name}`: one that "
            "begins with `*` finds the value under any key",
            span,
        )
        if typed.tells_values(tokens):
            return typed.pattern(root, tokens, span=span)
        return Glob(typed.keyed(root), tokens, span=span)

    # Fields

    def _over(self, name: str | None, span: Span, leaf: Leaf, quoted: bool = False) -> Node | None:
        """The leaf on each field that the name stands for; any of them may hold."""
        fields = self._fields(name, span, quoted)
        out: list[Node] = []
        words = False
        for held in fields:
            node = self._try(held, leaf)
            if node is None:
                continue
            words = True
            if node != NEVER:
                out.append(node)
        if fields and not words:
            return None
        return disj(dict.fromkeys(out), span) if out else replace(NEVER, span=span)

    def _try(self, held: Field, leaf: Leaf) -> Node | None:
        try:
            return leaf(held)
        except UnsupportedError:
            raise
        except (FieldTypeError, ParseError):
            if self.lenient or not held.mapped:
                return NEVER
            raise

    def _fields(self, name: str | None, span: Span | None, quoted: bool = False) -> list[Field]:
        if self.defaults is None and name in (None, "*"):
            return self.look_up.all(span)
        names = self.defaults if name is None else (name,)
        place = self.names.get(name or "", span)
        return self.look_up.some(names or (), place, self.suffix if quoted else None)
