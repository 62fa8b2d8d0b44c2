"""A suppression that says too little.

What: a comment `ruleproof: off …` without a reason, without a code, or with a code that does not exist. It suppresses
nothing.
Why: nobody can judge later whether what was accepted is still acceptable.
Example: `# ruleproof: off RP303`.
Instead: `# ruleproof: off RP303 the vendor asks for both names`.
"""

from __future__ import annotations

from converter.checks import Check

CHECK = Check("RP902", "wrong-suppression", "error")
