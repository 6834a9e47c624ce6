"""The tools of the draft: generate from its tables, check against them, render."""
