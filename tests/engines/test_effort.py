"""Which expressions a real node refuses as too complex, against our count of its work."""

from __future__ import annotations

import random

from converter.engines.elasticsearch import Cluster, Refused
from converter.fields import Fields
from converter.matching.effort import text_too_complex

_WORDS = ["cmd", "copy", "ab", "aab", "[a-z]", "[cC][mM]", "\\d", "\\w", "[^ ]", ".", " ", "\\."]
_ANY_OF = [".", "[a-z]", "\\w", "[^ ]", "(ab|a)"]


def expression(rnd: random.Random) -> str:
    """One whose work is near the limit more often than not."""
    if rnd.random() < 0.3:
        return "|".join(f".*{_row(rnd, 1)}{rnd.choice(['.*', ''])}" for _ in range(rnd.randint(2, 12)))
    return f".*{_row(rnd, 0)}.*"


def _row(rnd: random.Random, depth: int) -> str:
    return "".join(_part(rnd, depth) for _ in range(rnd.randint(1, 3 if depth else 5)))


def _part(rnd: random.Random, depth: int) -> str:
    kind = rnd.random()
    if kind < 0.4:
        return "".join(rnd.choice(_WORDS) for _ in range(rnd.randint(1, 4)))
    if kind < 0.6:
        return ".*"
    if kind < 0.75 and depth < 2:
        return "(" + "|".join(_row(rnd, depth + 1) for _ in range(rnd.randint(2, 6))) + ")"
    low = rnd.randint(0, 30)
    return f"{rnd.choice(_ANY_OF)}{{{low},{low + rnd.randint(0, 30)}}}"


def refuses(cluster: Cluster, name: str, pattern: str) -> bool:
    try:
        cluster.call("POST", f"/{name}/_search", {"size": 0, "query": {"regexp": {"f": {"value": pattern}}}})
    except Refused as error:
        assert "more than 10000 effort" in str(error)
        return True
    return False


def test_a_node_refuses_the_expressions_that_we_say_it_does(cluster: Cluster) -> None:
    rnd = random.Random(19)
    patterns = [pattern for pattern in (expression(rnd) for _ in range(24)) if len(pattern) < 1000]
    with cluster.index([{"f": "a"}], ["f"], Fields({}, closed=False)) as index:
        found = {pattern: refuses(cluster, index.name, pattern) for pattern in patterns}
    assert 4 < sum(found.values()) < len(found) - 4
    assert found == {pattern: text_too_complex(pattern) for pattern in patterns}
