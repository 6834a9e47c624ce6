"""What can end a case early, each with the verdict that it means."""


class CaseEnd(Exception):  # noqa: N818 - an end, not always an error
    """A case goes no further. The text says why, for the report."""


class Unsupported(CaseEnd):
    """The peer does not declare what the case needs: not judged, and counted apart."""


class Inconclusive(CaseEnd):
    """The kit could not find out. Never a pass."""


class Stopped(CaseEnd):
    """A check failed whose result the rest of the case needs."""


class PeerFault(CaseEnd):
    """The peer broke the test interface: not JSON, not its schema, another sequence number, unasked lines."""

    def __init__(self, sentence: str, requirement: str = "REQ-TST-2") -> None:
        super().__init__(sentence)
        self.requirement = requirement


class Unreadable(CaseEnd):
    """Bytes that the draft refuses: the reason and the path of the field at fault."""

    def __init__(self, reason: str, path: str) -> None:
        super().__init__(f"{reason} at {path}")
        self.reason = reason
        self.path = path


class Crashed(CaseEnd):
    """The peer's process ended, closed its pipes, or had to be killed for what it took."""


class Hung(CaseEnd):
    """The peer did not answer before the deadline, and was killed."""


class KitError(Exception):
    """The kit itself, its data or the start of the adapter is broken: nothing is said about the peer."""


class UsageError(Exception):
    """The command was not used as it can be used. The text says what to do."""
