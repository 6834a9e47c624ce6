"""The arguments of a command of the test interface, read one by one; what is amiss is the caller's mistake.

Implements the rules on values of the Test interface chapter: octets are lower-case hex, numbers are integers.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from coterie.crypto import suites
from coterie.errors import LocalError
from coterie.vocabulary import Address
from coterie.wire.fields import octets

JsonObject = dict[str, Any]
U16, U64 = 0xFFFF, 2**64 - 1


class Arguments:
    """A JSON object that is taken apart: `end` says whether anything is left that nobody asked for."""

    def __init__(self, given: Mapping[str, Any]) -> None:
        self._left = dict(given)

    def _take(self, name: str) -> Any:
        if name not in self._left:
            raise LocalError(
                f"the argument {name!r} is missing; the chapter on the test interface lists them"
            )
        return self._left.pop(name)

    def has(self, name: str) -> bool:
        """Whether an argument that may be left out is there."""
        return self._left.get(name) is not None

    def octets(self, name: str, size: int | None = None) -> bytes:
        """Octets, of exactly `size` where it is given."""
        found = octets(self._take(name), name)
        if size is not None and len(found) != size:
            raise LocalError(f"{name} must have {size} octets, not {len(found)}")
        return found

    def octets_list(self, name: str, size: int | None = None) -> list[bytes]:
        """An array of octets, each of `size` where it is given."""
        given = self._take(name)
        if not isinstance(given, list):
            raise LocalError(f"{name} must be an array")
        row = [Arguments({name: each}) for each in given]
        return [each.octets(name, size) for each in row]

    def integer(self, name: str, most: int = U64) -> int:
        """An integer from 0 to `most`."""
        found = self._take(name)
        if not isinstance(found, int) or isinstance(found, bool) or not 0 <= found <= most:
            raise LocalError(f"{name} must be an integer from 0 to {most}")
        return found

    def truth(self, name: str) -> bool:
        """A boolean."""
        found = self._take(name)
        if not isinstance(found, bool):
            raise LocalError(f"{name} must be true or false")
        return found

    def texts(self, name: str) -> list[str]:
        """An array of strings."""
        found = self._take(name)
        if not isinstance(found, list):
            raise LocalError(f"{name} must be an array")
        return [Arguments({name: each}).text(name) for each in found]

    def text(self, name: str) -> str:
        """A string."""
        found = self._take(name)
        if not isinstance(found, str):
            raise LocalError(f"{name} must be a string")
        return found

    def address(self, name: str) -> Address:
        """An address in its one canonical form."""
        text = self.text(name)
        found = Address.parse(text)
        if str(found) != text:
            raise LocalError(f"{name} must be written as {found}, the canonical form of {text}")
        return found

    def suite(self) -> suites.Suite:
        """The suite that the argument `suite` names."""
        return suites.suite(self.integer("suite", 0xFF))

    def object(self, name: str) -> JsonObject:
        """A JSON object."""
        found = self._take(name)
        if not isinstance(found, dict):
            raise LocalError(f"{name} must be an object")
        return found

    def objects(self, name: str) -> list[JsonObject]:
        """An array of JSON objects."""
        found = self._take(name)
        if not isinstance(found, list) or not all(isinstance(each, dict) for each in found):
            raise LocalError(f"{name} must be an array of objects")
        return found

    def integers(self, name: str) -> list[int]:
        """An array of integers."""
        found = self._take(name)
        if not isinstance(found, list):
            raise LocalError(f"{name} must be an array")
        return [Arguments({name: each}).integer(name) for each in found]

    def rest(self) -> JsonObject:
        """All that is left: for actions whose arguments are one object."""
        left, self._left = self._left, {}
        return left

    def end(self) -> None:
        """LocalError when something is left over."""
        if not self._left:
            return
        extra = min((name for name, value in self._left.items() if value is not None), default=None)
        if extra is not None:
            raise LocalError(f"this action has no argument {extra!r}; leave it out")
