"""The log: its tables, its codec, its one lock."""
