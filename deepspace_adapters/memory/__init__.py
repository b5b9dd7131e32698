"""The in-memory twin of every repository: for embedding the library, and for the contract tests."""
