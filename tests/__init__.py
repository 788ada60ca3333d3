"""What the project promises, checked; `src` is mirrored in `unit`."""
