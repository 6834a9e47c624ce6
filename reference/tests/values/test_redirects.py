"""Lookups that went round in circles, or on for ever."""

from __future__ import annotations

import pytest

from coterie.errors import RemoteError
from coterie.values import Chain


def chain(names: str) -> Chain:
    found = Chain(names[0].encode())
    for target in names[1:]:
        found.follow(target.encode())
    return found


@pytest.mark.parametrize("names", ["a", "ab", "abcde"])
def test_a_short_chain_was_not_followed(names: str) -> None:
    assert chain(names).name == names[-1].encode()


@pytest.mark.parametrize("names", ["aa", "aba", "abcb", "abcdd", "abcdea"])
def test_a_lookup_came_by_a_name_twice(names: str) -> None:
    with pytest.raises(RemoteError, match="redirect-loop"):
        chain(names)


@pytest.mark.parametrize("names", ["abcdef", "abcdefg"])
def test_a_lookup_followed_a_fifth_redirect(names: str) -> None:
    with pytest.raises(RemoteError, match="redirect-depth"):
        chain(names)


def test_a_refused_redirect_moved_the_lookup() -> None:
    found = chain("ab")

    with pytest.raises(RemoteError):
        found.follow(b"a")

    assert found.name == b"b"
    found.follow(b"c")
    assert found.name == b"c"
