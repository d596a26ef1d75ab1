"""Requests for a process from REST, forms or the shell: all are read, checked and refused here."""
