"""The tools of the draft: what is generated from its tables, what is checked against them, and the rendering."""
