"""The reference peer beside other group communication systems: the same work, one run, one machine."""
