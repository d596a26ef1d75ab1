"""What a process was asked for, read and refused, whichever door it came in by."""
