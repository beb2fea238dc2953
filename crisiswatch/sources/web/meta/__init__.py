"""Facebook, Instagram and Threads: three networks behind one Graph API. What they share is in `graph.py`."""
