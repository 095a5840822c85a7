"""Tools for writing source that backends share: planning definitions and loops, naming, and laying out text."""
