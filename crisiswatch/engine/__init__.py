"""The shell: everything that waits, reads, writes and counts."""
