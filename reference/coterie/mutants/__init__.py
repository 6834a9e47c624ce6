"""Mutants: variants of the reference peer, each with one rule dropped or computed wrongly.

Imported by the harness alone, when `--mutant` or `--list-mutants` asks for it. The product has no hooks: a
mutant replaces one function from outside (`spec/decisions/0001-mutants-patch-from-outside.md`).
"""

from coterie.mutants.registry import Mutant, apply, by_name, listing

__all__ = ["Mutant", "apply", "by_name", "listing"]
