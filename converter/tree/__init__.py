"""The predicate tree: one meaning for every language.

Every language's parser writes its own rules (case folding, wildcards, missing fields, arrays, anchoring) into these
nodes, so that nothing downstream asks which language a tree came from.
"""

from converter.tree.expr import (
    Arithmetic,
    Call,
    Expr,
    FieldValue,
    Literal,
    Logical,
    Negation,
)
from converter.tree.field import ANY_FIELD, Field
from converter.tree.glob import ANY, ONE, Fold, Token, Wild, glob, literal, merge_tokens, text_of
from converter.tree.nodes import (
    ALWAYS,
    NEVER,
    And,
    Bound,
    Category,
    Cidr,
    Const,
    DateMath,
    Exists,
    Glob,
    Length,
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
    conj,
    disj,
    negate,
)
from converter.tree.stateful import Key, Pipe, Piped, Sample, Sequence, Stage
from converter.tree.walk import atoms, children, fields_of, replace_children, transform, walk, with_field

__all__ = [
    "ALWAYS", "ANY", "ANY_FIELD", "NEVER", "ONE", "And", "Arithmetic", "Bound", "Call", "Category", "Cidr", "Const",
    "DateMath", "Exists", "Expr", "Field", "FieldValue", "Fold", "Glob", "Key", "Length", "Literal", "Logical",
    "Negation", "Nested", "Node", "Not", "Or", "Phrase", "Pipe", "Piped", "Range", "Regex", "Sample", "Script",
    "Sequence", "Single", "Stage", "Term", "Token", "Wild", "atoms", "children", "conj", "disj", "fields_of", "glob",
    "literal", "merge_tokens", "negate", "replace_children", "text_of", "transform", "walk", "with_field",
]  # fmt: skip
