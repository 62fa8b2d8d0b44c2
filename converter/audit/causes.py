"""Why an emitted query differs from its rule: the smallest set of known mistakes that accounts for all of it.

Each mistake is a change of the rule's tree (or a restriction of the events that are looked at) under which the rule
means what the mistaken query does. The causes are found by proof: the set of all mistakes that may play a part must
make both equivalent, and then each that is not needed is dropped.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from converter.audit import regexes
from converter.audit.readings import has_letters_outside
from converter.fields import Fields
from converter.matching import EventValues
from converter.matching.values import lowercase
from converter.proof import Verdict, compare
from converter.proof.compare import predicate
from converter.tree import (
    ANY,
    ANY_FIELD,
    NEVER,
    Exists,
    Field,
    Glob,
    Node,
    Not,
    Regex,
    Script,
    Single,
    atoms,
    disj,
    fields_of,
    merge_tokens,
    transform,
    walk,
)
from converter.tree.expr import Arithmetic, Call

CASE = "case"
MULTIPLE = "multi-valued field"
MISSING = "missing field under not"
CASED = "normaliser folds what the rule takes case-sensitively"
OUTSIDE = "normaliser folds letters outside ASCII"
NUMBER = "keyword search for a number takes the whole value"
LIKE = "backslash in LIKE"
TEXT_ON_IP = "string predicate on an ip field"
FIRST_ONLY = "not binds only the first alternative"
EQUALS = "== takes wildcards as letters"
FOLDED = "regex~ ignores case"
SPLIT = "a tab or line break splits an unquoted value"
OPERATOR = "< or > before an unquoted value is an operator"
MODIFIER = "pySigma reads a modifier otherwise than the specification"
OTHER = "other"


@dataclass(frozen=True)
class Case:
    """A rule's tree and an emitted one; `index` types the fields of the latter.

    `expands`: one value of the rule stands for several; `numbers` are those that it looks for in any field."""

    rule: Node
    emitted: Node
    language: str
    index: Fields
    expands: bool = False
    numbers: frozenset[str] = frozenset()


def explain(case: Case, verdict: Verdict) -> tuple[str, ...]:
    """The causes of a difference; `other` where the known ones do not account for it."""
    possible = list(_possible(case))
    if not _accounts(case, possible):
        for cause in possible:  # one that plays no part may stand in the way
            fewer = [item for item in possible if item != cause]
            if _accounts(case, fewer):
                return tuple(_needed(case, fewer, fewer, verdict))
        if not _accounts(case, possible, lucene=True):
            return _guess(case)
        needless = [cause for cause in possible if not cause.startswith("regex")]
        return tuple(_needed(case, possible, needless, verdict, lucene=True))
    return tuple(_needed(case, possible, possible, verdict))


def _needed(
    case: Case, possible: list[str], candidates: Sequence[str], verdict: Verdict, lucene: bool = False
) -> list[str]:
    left = list(possible)
    events = [EventValues(event) for event in _near(verdict)]
    found = [predicate(case.emitted)(event) for event in events]
    for cause in list(candidates):
        fewer = [item for item in left if item != cause]
        if not _told(case, fewer, events, found, lucene) and _accounts(case, fewer, lucene):
            left = fewer
    return [*reversed(left)]


def _told(case: Case, causes: Sequence[str], events: list[EventValues], found: list[bool], lucene: bool) -> bool:
    """Whether one of the events shows at once that these mistakes are not all."""
    rule = predicate(_mistaken(case, causes, lucene))
    limits = [predicate(node) for node in _restrictions(case, causes)]
    return any(
        rule(event) != hit and all(limit(event) for limit in limits) for event, hit in zip(events, found, strict=True)
    )


def _near(verdict: Verdict) -> Iterable[dict[str, Any]]:
    """The counterexamples and events beside them: several values in one, in other case, one value more, a field less.

    What tells at once spares a search for a word that holds all that a rule asks of one value."""
    for found in verdict.counterexamples.values():
        if found is None:
            continue
        joined = {name: _joined(value) for name, value in found.items()}
        for event in [dict(found)] + [joined] * (joined != found):
            yield event
            for turn in (str.lower, str.upper, str.swapcase):
                yield {name: _turned(value, turn) for name, value in event.items()}
            for name, value in event.items():
                more = "zz" if isinstance(value, str) else value
                yield {**event, name: [*value, more] if isinstance(value, list) else [value, more]}
                yield {key: held for key, held in event.items() if key != name}


def _joined(value: Any) -> Any:
    if isinstance(value, list):
        return " ".join(value) if all(isinstance(item, str) for item in value) else value[0]
    return value


def _turned(value: Any, turn: Callable[[str], str]) -> Any:
    if isinstance(value, list):
        return [_turned(item, turn) for item in value]
    return turn(value) if isinstance(value, str) else value


def _accounts(case: Case, causes: Sequence[str], lucene: bool = False) -> bool:
    """Whether the rule with these mistakes is the emitted query, on every event."""
    mistaken = _mistaken(case, causes, lucene)
    constraints = list(_restrictions(case, causes))
    return compare(mistaken, case.emitted, constraints=constraints).relation == "equivalent"


def _guess(case: Case) -> tuple[str, ...]:
    """Where proof finds no set: slips of the back ends that no change of the rule's tree says."""
    literals = [t for atom in atoms(case.rule) if isinstance(atom, Glob) for t in atom.tokens if isinstance(t, str)]
    if case.language in ("lucene", "dsl"):
        if any(sign in text for text in literals for sign in "\t\r\n"):
            return (SPLIT,)
        if any(text.startswith(("<", ">")) for text in literals):
            return (OPERATOR,)
    if case.expands and case.language == "esql" and any(isinstance(node, Not) for node in walk(case.rule)):
        return (FIRST_ONLY,)
    return (OTHER,)


def _possible(case: Case) -> Iterable[str]:
    """Mistakes that may play a part, the least likely first."""
    found: dict[str, None] = {}
    regex_traits: dict[str, None] = {}
    for atom in atoms(case.rule):
        match atom:
            case Regex():
                regex_traits.update(dict.fromkeys(regexes.traits(atom)))
                if _normalised(atom.field, case.index):
                    found[CASED] = None
                elif case.language == "eql":
                    found[FOLDED] = None
                if case.index.field(atom.field.name).sort == "ip":
                    found[TEXT_ON_IP] = None
            case Glob():
                found.update(dict.fromkeys(_of_glob(atom, case)))
            case Script():
                found[CASE] = None
    found.update(regex_traits)
    if case.language == "esql":
        negated = any(isinstance(node, Not) for node in walk(case.rule))
        found |= {MISSING: None, MULTIPLE: None} if negated else {MULTIPLE: None}
    order = (LIKE, FOLDED, EQUALS, NUMBER, TEXT_ON_IP, OUTSIDE, CASED, CASE)
    first = [cause for cause in order if cause in found]
    return [*first, *(cause for cause in found if cause not in first)]


def _of_glob(atom: Glob, case: Case) -> Iterable[str]:
    literals = [token for token in atom.tokens if isinstance(token, str)]
    index = case.index.field(atom.field.name)
    if index.sort == "ip":
        yield TEXT_ON_IP
    if _normalised(atom.field, case.index):
        if any(has_letters_outside(token) for token in literals):
            yield OUTSIDE
        if _cased(atom):
            yield CASED
    elif atom.fold != "none":
        yield CASE
    if _number(atom) in case.numbers:
        yield NUMBER
    if case.language == "eql" and _cased(atom) and len(literals) < len(atom.tokens):
        yield EQUALS
    if case.language == "esql" and any("\\" in token for token in literals) and _needs_like(atom):
        yield LIKE


def _cased(atom: Glob) -> bool:
    """The rule wants these letters as they are written."""
    return atom.fold == "none" and any(
        sign.isascii() and sign.isalpha() for token in atom.tokens if isinstance(token, str) for sign in token
    )


def _normalised(field: Field, index: Fields) -> bool:
    if field == ANY_FIELD:
        return any(other.type == "keyword_lowercase" for other in index)
    return index.field(field.name).type == "keyword_lowercase"


def _number(atom: Glob) -> str | None:
    """The digits that a keyword looks for."""
    match atom.tokens:
        case (first, str() as text, last) if first is ANY and last is ANY and text.lstrip("-").isdecimal():
            return text
    return None


def _needs_like(atom: Glob) -> bool:
    """Not a plain value, beginning or end: the ES|QL back end writes those with functions."""
    wild = [at for at, token in enumerate(atom.tokens) if not isinstance(token, str)]
    return bool(wild) and not (len(wild) == 1 and atom.tokens[wild[0]] is ANY and wild[0] in (0, len(atom.tokens) - 1))


def _mistaken(case: Case, causes: Sequence[str], lucene: bool) -> Node:
    return transform(case.rule, lambda node: _changed(node, case, causes, lucene))


def _changed(node: Node, case: Case, causes: Sequence[str], lucene: bool) -> Node:
    match node:
        case Regex():
            return _regex(node, case, causes, lucene)
        case Glob():
            return _glob(node, case, causes)
        case Script(expr=Arithmetic() | Call() as expr) if CASE in causes:
            return replace(node, expr=replace(expr, fold="none"))
    return node


def _regex(node: Regex, case: Case, causes: Sequence[str], lucene: bool) -> Node:
    if TEXT_ON_IP in causes and case.index.field(node.field.name).sort == "ip":
        return NEVER
    changed = regexes.as_lucene(node) if lucene else regexes.misread(node, causes)
    if not isinstance(changed, Regex):
        return changed
    if FOLDED in causes:
        changed = replace(changed, fold="ascii")
    if CASED in causes and _normalised(node.field, case.index):
        changed = replace(changed, field=case.index.field(node.field.name), pattern=lowercase(changed.pattern))
    return regexes.readable(changed)


def _glob(node: Glob, case: Case, causes: Sequence[str]) -> Node:
    index = case.index.field(node.field.name)
    if TEXT_ON_IP in causes and index.sort == "ip":
        return NEVER
    if NUMBER in causes and (text := _number(node)) in case.numbers:
        node = replace(node, tokens=(text,))
    if EQUALS in causes and _cased(node):
        text = "".join(token if isinstance(token, str) else token.value for token in node.tokens)
        node = replace(node, tokens=(text,))
    if LIKE in causes and _needs_like(node):
        node = replace(node, tokens=_like(node.tokens))
    if not _normalised(node.field, case.index):
        return replace(node, fold="none") if CASE in causes else node
    if (CASED if _cased(node) else OUTSIDE) in causes and node.field != ANY_FIELD:
        lowered = tuple(lowercase(token) if isinstance(token, str) else token for token in node.tokens)
        return replace(node, field=index, tokens=lowered, fold="none")
    return node


def _like(tokens: tuple[Any, ...]) -> tuple[Any, ...]:
    """Literal parts whose backslashes were not escaped for LIKE: each takes the next sign as it is."""
    out: list[Any] = []
    escaped = False
    for token in tokens:
        if not isinstance(token, str):
            out.append(token.value if escaped else token)
            escaped = False
            continue
        for sign in token:
            if sign == "\\" and not escaped:
                escaped = True
                continue
            out.append(sign)
            escaped = False
    return merge_tokens(tuple(out))


def _restrictions(case: Case, causes: Sequence[str]) -> Iterable[Node]:
    """Events on which a mistake shows no effect."""
    fields = {field.name: field for field in fields_of(case.rule) if field != ANY_FIELD}
    for name in fields:
        field = case.index.field(name)
        if MULTIPLE in causes:
            yield disj([Not(Exists(field)), Single(field)])
        if MISSING in causes:
            yield Exists(field)
