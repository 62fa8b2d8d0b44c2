"""Sigma's field names and log sources against ECS: one readable YAML file a platform under `data`.

A mapping says under which names and conditions a Sigma rule's events lie in Elasticsearch. It is taken as given: a
verdict that rests on it prints it.
"""

from converter.mapping.apply import Mapped, to_ecs
from converter.mapping.derive import Derived, derive
from converter.mapping.invert import Candidate, candidates, log_source_of
from converter.mapping.model import Entry, LogSource, Platform, find_log_source, platforms
from converter.mapping.portability import portability
from converter.mapping.relations import relations

__all__ = [
    "Candidate",
    "Derived",
    "Entry",
    "LogSource",
    "Mapped",
    "Platform",
    "candidates",
    "derive",
    "find_log_source",
    "log_source_of",
    "platforms",
    "portability",
    "relations",
    "to_ecs",
]
