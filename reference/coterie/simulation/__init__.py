"""Whole peers in one thread, under a network, clocks and faults that a seed decides.

Implements the simulator: `draw` makes a plan of a seed, `simulate` runs it, `shrink` makes a failing one
small.
"""

from coterie.simulation.plan import Moment, Plan, Step
from coterie.simulation.schedule import draw
from coterie.simulation.shrink import shrink
from coterie.simulation.simulation import Outcome, simulate

__all__ = ["Moment", "Outcome", "Plan", "Step", "draw", "shrink", "simulate"]
