"""Reading eight thousand tests makes objects that all stay: to look for garbage among them frees nothing."""

import gc


def pytest_collection() -> None:
    """Before tests are read."""
    gc.disable()


def pytest_collection_finish() -> None:
    """After they were read: what is there stays, and is not looked at again."""
    gc.freeze()
    gc.enable()
