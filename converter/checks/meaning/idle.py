"""The idle parts of a rule's conditions, found once for the checks that speak of them."""

from __future__ import annotations

from collections.abc import Iterator

from converter.checks.subject import Subject
from converter.proof.compare import compare, example, implies
from converter.proof.idle import idle_parts
from converter.proof.mutants import Mutant
from converter.tree import And, Const, Exists, Node, Not, Or, Single, atoms, children, conj, disj, replace_children
from converter.tree.describe import describe


def parts(subject: Subject) -> list[list[Mutant]]:
    """For each condition (of a sequence each stage's) its idle parts; none of a condition that never holds."""
    found: list[list[Mutant]] | None = subject.__dict__.get("idle_parts")
    if found is None:
        found = []
        for query in subject.conditions:
            mutants = list(idle_parts(query))
            sound = mutants and example(query).status == "sat"
            found.append(_as_written(mutants, subject.document.language) if sound else [])
        subject.__dict__["idle_parts"] = found
    return found


def _as_written(mutants: list[Mutant], language: str | None) -> list[Mutant]:
    """Those that are a part of the text: not what the language adds, and what stands at several places of the tree (a
    Sigma selection that is named twice) only if it is idle at all of them."""
    out: list[Mutant] = []
    seen: set[frozenset[object]] = set()
    for item in mutants:
        own = texts(dropped(item))
        if not own:
            if language != "esql" and not is_made(item) and not isinstance(dropped(item), Const):
                out.append(item)
            continue
        if not _only_here(item.root, dropped(item)):
            if own in seen or language == "esql" or not _idle_everywhere(item, own):
                continue
            seen.add(own)
        out.append(item)
    return out


def texts(node: Node) -> frozenset[object]:
    """The atoms of a part, each with its place in the text; what the language adds has none."""
    return frozenset((atom.span, atom) for atom in atoms(node) if atom.span is not None)


def _only_here(tree: Node, node: Node) -> bool:
    """Whether some of the part's text stands for nothing else in the tree."""
    return any(_count(tree, frozenset([one])) == _count(node, frozenset([one])) for one in texts(node))


def _count(tree: Node, own: frozenset[object]) -> int:
    return sum((atom.span, atom) in own for atom in atoms(tree))


def sites(node: Node, path: tuple[int, ...] = ()) -> Iterator[tuple[tuple[int, ...], Node]]:
    """All that is joined by `and` or `or`, outermost first, with its path."""
    for number, child in enumerate(children(node)):
        if isinstance(node, And | Or):
            yield (*path, number), child
        yield from sites(child, (*path, number))


def _idle_everywhere(item: Mutant, own: frozenset[object]) -> bool:
    """Proven: without the part at all of its places the rule is the same, and then nothing of it is left."""
    rest = without(item.root, (), {path for path, node in sites(item.root) if texts(node) == own})
    return _count(rest, own) == 0 and compare(item.root, rest).relation == "equivalent"


def without(node: Node, path: tuple[int, ...], gone: set[tuple[int, ...]]) -> Node:
    kept = [without(child, (*path, i), gone) for i, child in enumerate(children(node)) if (*path, i) not in gone]
    match node:
        case And():
            return conj(kept)
        case Or():
            return disj(kept)
    return replace_children(node, tuple(kept)) if kept else node


def parent(mutant: Mutant) -> Node:
    node = mutant.root
    for step in mutant.path:
        node = children(node)[step]
    return node


def dropped(mutant: Mutant) -> Node:
    """The part that can go."""
    assert mutant.dropped is not None
    return children(parent(mutant))[mutant.dropped]


def named(mutant: Mutant) -> Node:
    """The part that can go, without what is also said elsewhere and stays there."""
    node = dropped(mutant)
    if not isinstance(node, And | Or):
        return node
    own = [item for item in node.items if _only_here(mutant.root, item)]
    return (conj(own) if isinstance(node, And) else disj(own)) if own else node


def negated(mutant: Mutant) -> bool:
    """Whether the part stands below an odd number of negations."""
    node, count = mutant.root, 0
    for step in mutant.path:
        count += isinstance(node, Not)
        node = children(node)[step]
    return bool(count % 2)


def is_exclusion(mutant: Mutant) -> bool:
    """A whole `not …` that is joined by `and`."""
    return isinstance(dropped(mutant), Not) and isinstance(parent(mutant), And) and not negated(mutant)


def narrows(mutant: Mutant) -> bool:
    """Whether the part asks for more beside others, or is one of several things that are shut out."""
    return isinstance(parent(mutant), And) != negated(mutant)


def is_covered(group: list[Mutant]) -> bool:
    """Whether what is left of their list takes all that these values take."""
    whole = parent(group[0])
    if not isinstance(whole, Or) or any(children(dropped(item)) for item in group):
        return False
    gone = {item.dropped for item in group}
    left = [item for number, item in enumerate(whole.items) if number not in gone]
    return implies(disj([dropped(item) for item in group]), disj(left)) is True


def is_made(mutant: Mutant) -> bool:
    """A part that the language's meaning adds (ES|QL's "one value"), not the writer."""
    node = dropped(mutant)
    return isinstance(node, Exists | Single) and node.span is None


def said(node: Node) -> str:
    """A part in a few words."""
    items = children(node)
    if isinstance(node, And | Or):
        return f"({said(items[0])} {'and' if isinstance(node, And) else 'or'} {len(items) - 1} more)"
    text = describe(node) if not items else f"not {said(items[0])}"
    return text if len(text) < 120 else text[:117] + "..."
