"""Rows in, text out."""
