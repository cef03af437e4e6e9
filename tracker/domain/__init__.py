"""What the words mean: pure values and functions, no SQL, no input or output, no clock."""
