"""One module per format, in and out."""
