"""Raw Windows events: as Sigma names them (`native`), and as Winlogbeat or the Elastic Agent writes them (`to_ecs`).

Both views come from one record, and the ECS names from the mapping files that port Sigma rules: a proof under the
mapping and a replay of a real event can not disagree about what a field is called.
"""

from converter.normalise.ecs import to_ecs
from converter.normalise.facts import log_sources
from converter.normalise.record import Record, is_raw, read
from converter.normalise.sigma import belongs, completed, native
from converter.normalise.views import View, speaks_native, view_for

__all__ = [
    "Record",
    "View",
    "belongs",
    "completed",
    "is_raw",
    "log_sources",
    "native",
    "read",
    "speaks_native",
    "to_ecs",
    "view_for",
]
