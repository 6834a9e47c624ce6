"""Records: what members say to each other under the key of their view.

Implements the Records chapter. `checks` has the rules of DATA, `memory` what a receiver keeps of each sender.
"""

from coterie.records.epoch import Epoch
from coterie.records.machine import Records

__all__ = ["Epoch", "Records"]
