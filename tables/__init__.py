"""The code that all mirrored tables share, in seven packages. It knows no particular table."""
