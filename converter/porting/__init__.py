"""A whole document into another: the query, the metadata, the list of what was lost, and the proof."""

from converter.porting.documents import port
from converter.porting.outcome import Loss, Port
from converter.porting.rule_query import rule_query
from converter.porting.stateful_meaning import stream_query

__all__ = ["Loss", "Port", "port", "rule_query", "stream_query"]
