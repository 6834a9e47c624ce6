"""The generator of the vectors: `python -m vectors.generator` in the checkout writes them, `--check`
compares.

One module a kind. Expected values come from the reference's table of tier 0, so a peer behind the test
interface and a vector cannot mean different functions. What is refused is refused for the reason that its
module states: the generator stops where the reference disagrees.
"""
