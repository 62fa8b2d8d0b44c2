"""The rule's side of a comparison: what its words mean on the fields of an index."""

from __future__ import annotations

import re
from dataclasses import replace

from converter.fields import Fields
from converter.matching.values import lowercase
from converter.tree import ANY_FIELD, NEVER, Field, Glob, Node, Regex, disj, transform

#: The only two characters outside ASCII whose lower case lies in it: with them a normaliser folds more than Sigma does,
#: in every rule with an i or a k.
GIVEN_LETTERS = "no value of a normalised field holds U+0130 or U+212A, which the normaliser takes for i and k"
GIVEN_TYPES = "fields of addresses, numbers and booleans hold such values only"

#: What the values of a type are written with.
_SIGNS = {
    "ip": re.compile(r"[0-9A-Fa-f:.]*"),
    "integer": re.compile(r"[-+.0-9Ee]*"),
    "float": re.compile(r"[-+.0-9EeINafinty]*"),
    "boolean": re.compile(r"[truefalsTRUEFALS]*"),
}


def within(tree: Node, fields: Fields) -> Node:
    """A search without a field as one over the fields that a closed schema has."""
    if not fields.closed:
        return tree
    own = [replace(field, type="keyword") for field in fields]

    def spread(node: Node) -> Node:
        if isinstance(node, Glob | Regex) and node.field == ANY_FIELD:
            return disj([replace(node, field=field) for field in own])
        return node

    return transform(tree, spread)


def through_normaliser(tree: Node, index: Fields) -> Node:
    """Text without case, over the normalised values: the same as over the values themselves, given `GIVEN_LETTERS`."""

    def lowered(node: Node) -> Node:
        if not isinstance(node, Glob) or not _normalised(node.field, index):
            return node
        literals = [token for token in node.tokens if isinstance(token, str)]
        if any(
            has_letters_outside(text) or (node.fold == "none" and text.lower() != text.upper()) for text in literals
        ):
            return node
        tokens = tuple(lowercase(token) if isinstance(token, str) else token for token in node.tokens)
        return replace(node, field=index.field(node.field.name), tokens=tokens, fold="none")

    return transform(tree, lowered)


def as_stored(tree: Node, index: Fields) -> Node:
    """A text that is part of no address, number or boolean is never found in a field of that type."""

    def impossible(node: Node) -> Node:
        if not isinstance(node, Glob) or node.field == ANY_FIELD or node.field.sort != "string":
            return node
        signs = _SIGNS.get(index.field(node.field.name).sort)
        text = "".join(token for token in node.tokens if isinstance(token, str))
        return node if signs is None or signs.fullmatch(text) else replace(NEVER, span=node.span)

    return transform(tree, impossible)


def has_letters_outside(text: str) -> bool:
    """Whether a letter outside ASCII has two cases."""
    return any(not sign.isascii() and sign.lower() != sign.upper() for sign in text)


def _normalised(field: Field, index: Fields) -> bool:
    return field != ANY_FIELD and index.field(field.name).type == "keyword_lowercase"
