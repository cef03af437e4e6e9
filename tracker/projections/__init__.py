"""Read tables, all of them disposable, and the questions asked of them."""
