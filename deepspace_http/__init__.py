"""The HTTP shell: Litestar routes that decode, call one use case and encode."""
