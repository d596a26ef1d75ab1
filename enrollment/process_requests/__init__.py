"""Requests for a process from REST, forms or the shell: how they are read, checked and refused."""
