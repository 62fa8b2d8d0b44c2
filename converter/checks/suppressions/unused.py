"""A suppression suppresses nothing.

What: a comment `ruleproof: off …` or a `[[suppress]]` of `ruleproof.toml` fits no finding any more.
Why: it would hide the next finding of that kind, for a reason that was given for another one.
Example: `# ruleproof: off RP303 kept for readers` in a rule where nothing is idle.
Instead: take it away. A `[[suppress]]` is judged only in a run over all of the configuration's `paths`.
"""

from __future__ import annotations

from converter.checks import Check

CHECK = Check("RP901", "unused-suppression", "warning")
