"""Mutants of the chapter on keyrun."""

from __future__ import annotations

from coterie.mutants.registry import Mutant

MUTANTS: tuple[Mutant, ...] = ()
