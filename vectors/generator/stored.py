"""Vectors of the names that values are stored under, and of redirects from one to the next."""

from vectors.generator.book import Book, Fault, Json

NOT_NFC = "Cafe\u0301".encode()


def keys() -> list[Json]:
    """Resource keys."""
    book = Book("resource-key")
    page = book.page("resource.key", reqs=["VAL-1"])
    twin = page.accept("info", {"kind": "group-info", "name": b"Vectors".hex()})
    page.accept("members", {"kind": "group-members", "name": b"Vectors".hex()}, variation="members")
    listed = page.accept("list", {"kind": "group-list", "name": ""}, variation="list")
    for word, name in {"octets-1": b"V", "octets-255": b"x" * 255, "binary": b"\xff\x00"}.items():
        page.accept(f"info-{word}", {"kind": "group-info", "name": name.hex()}, variation="other-name")
    empty = Fault("group-empty", "bad-group-id", ["NAM-3", "VAL-4"])
    for kind in ("group-info", "group-members"):
        page.refuse(f"{kind}-empty", twin, empty, {"kind": kind, "name": ""})
    page.refuse(
        "octets-256",
        twin,
        Fault("group-too-long", "bad-group-id", ["NAM-3", "VAL-4"]),
        {"name": bytes(256).hex()},
    )
    page.refuse(
        "not-nfc", twin, Fault("group-not-nfc", "bad-group-id", ["NAM-3", "VAL-4"]), {"name": NOT_NFC.hex()}
    )
    for word, name in {"named": b"Vectors", "named-zero": b"\x00", "named-octets-256": bytes(256)}.items():
        page.refuse(
            f"list-{word}", listed, Fault("list-with-name", "bad-group-id", ["VAL-4"]), {"name": name.hex()}
        )
    wrong = Fault("argument-of-no-size", "usage", ["VAL-1"])
    kinds: Json = {"unknown": "group-friends", "number": 1, "empty": ""}
    for word, kind in kinds.items():
        page.misuse(f"kind-{word}", twin, wrong, {"kind": kind})
    return book.vectors


def redirects() -> list[Json]:
    """Chains of redirects."""
    book = Book("redirects")
    page = book.page("redirects.follow", reqs=["VAL-18"])
    twin = page.accept("one", _chain("ab"))
    good = {"none": "a", "two": "abc", "three": "abcd", "four": "abcde", "case": "aA"}
    for word, chain in good.items():
        page.accept(word, _chain(chain), variation=f"chain-of-{len(chain) - 1}")
    longest = {"names": [(letter * 255).encode().hex() for letter in "abcde"]}
    page.accept("longest-names", longest, variation="longest-names")
    binary = {"names": ["ff", "ff00", "00ff"]}
    page.accept("binary-names", binary, variation="binary-names")
    loop = Fault("redirect-back", "redirect-loop", ["VAL-18"])
    loops = {
        "itself": "aa", "back": "aba", "back-to-second": "abcb", "last-of-three": "abcc",
        "back-at-fourth": "abcda", "back-at-fifth": "abcdea", "itself-at-fifth": "abcdee",
        "back-and-on": "abac", "back-and-too-far": "abacdefg",
    }  # fmt: skip
    for word, chain in loops.items():
        page.refuse(f"loop-{word}", twin, loop, _chain(chain))
    deep = Fault("redirect-on", "redirect-depth", ["VAL-18"])
    for word, chain in {
        "five": "abcdef",
        "six": "abcdefg",
        "fifteen": "abcdefghijklmnop",
        "then-back": "abcdefa",
    }.items():
        page.refuse(f"depth-{word}", twin, deep, _chain(chain))
    wrong = Fault("argument-of-no-size", "usage", ["VAL-18"])
    for word, names in {
        "no-names": [], "names-17": [f"{octet:02x}" for octet in range(17)], "name-empty": ["61", ""],
        "name-256": ["61", "78" * 256],
    }.items():  # fmt: skip
        page.misuse(word, twin, wrong, {"names": names})
    return book.vectors


def _chain(letters: str) -> Json:
    return {"names": [letter.encode().hex() for letter in letters]}
