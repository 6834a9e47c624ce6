"""Overlays without views, simulated: whole peers that keep values for each other.

Implements the scenes of such overlays, judged by what was published; each follows from its seed, bit for bit.
"""

from coterie.simulation.overlays.plan import Plan
from coterie.simulation.overlays.scenes import FAULTS, SCENES, play
from coterie.simulation.overlays.stage import Outcome

__all__ = ["FAULTS", "SCENES", "Outcome", "Plan", "play"]
