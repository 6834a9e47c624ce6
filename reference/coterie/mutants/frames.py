"""Mutants of the chapter on frames."""

from __future__ import annotations

from coterie.mutants.registry import Mutant

MUTANTS: tuple[Mutant, ...] = ()
