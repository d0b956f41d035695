"""Why a decision was made: one frozen answer behind the API and the page."""

from governance.why.assembly import why
from governance.why.audience import AUDIENCES, for_audience
from governance.why.parts import Why

__all__ = ["AUDIENCES", "Why", "for_audience", "why"]
