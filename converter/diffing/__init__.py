"""What a change of rules changes: which events are matched more and less, and which settings were changed."""

from converter.diffing.changes import RuleDiff, diff_documents
from converter.diffing.sources import Pair, pairs_of_paths, pairs_of_revisions

__all__ = ["Pair", "RuleDiff", "diff_documents", "pairs_of_paths", "pairs_of_revisions"]
