"""Ports that every context shares. One port a file."""
