"""The one guarded way out: requests to addresses that users name."""
