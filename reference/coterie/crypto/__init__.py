"""Names, leaves, signatures, suites and secrets: the only part that imports `cryptography`.

One module a noun of the draft. Everything is a pure function of its arguments: nothing here reads a clock or
draws randomness. Hostile bytes raise `RemoteError`, a caller's mistake `LocalError`.
"""
