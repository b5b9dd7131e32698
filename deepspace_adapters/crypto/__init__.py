"""Passwords and tokens: hashing, verification, constant-time comparison."""
