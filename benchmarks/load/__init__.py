"""Who carries how much of what a group says: in an overlay of its own, and through the main overlay."""
