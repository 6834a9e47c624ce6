"""Views and their keys: INSTALL, and the run of UP, DOWN and CONFIRM that follows it.

Implements the Key run chapter. `states` has the table of a run, `order` the order of members, `proposal` the
rules of INSTALL, `checks` those of the flows, `contribution` what a member adds.
"""

from coterie.views.draft import Request, draft
from coterie.views.faults import RunError
from coterie.views.machine import Views
from coterie.views.proposal import Partner
from coterie.views.run import Run

__all__ = ["Partner", "Request", "Run", "RunError", "Views", "draft"]
