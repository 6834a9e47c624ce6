"""Mutants of the chapter on sessions."""

from __future__ import annotations

from coterie.mutants.registry import Mutant

MUTANTS: tuple[Mutant, ...] = ()
