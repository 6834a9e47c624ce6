"""Mutants of the chapter on records."""

from __future__ import annotations

from coterie.mutants.registry import Mutant

MUTANTS: tuple[Mutant, ...] = ()
