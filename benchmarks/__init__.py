"""What the reference peer costs, and what the same work costs by bare primitives in the same minute."""
