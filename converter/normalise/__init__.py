"""Raw Windows events: as Sigma names them (`native`), and as Winlogbeat or the Elastic Agent writes them (`to_ecs`).

Both views come from one record, and the ECS names from the mapping files that port Sigma rules: a proof under the
mapping and a replay of a real event can not disagree about what a field is called.
"""

from converter.normalise.ecs import to_ecs
from converter.normalise.facts import log_sources
from converter.normalise.record import Record, is_raw, read
from converter.normalise.sigma import belongs, native

__all__ = ["Record", "belongs", "is_raw", "log_sources", "native", "read", "to_ecs"]
