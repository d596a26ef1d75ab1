"""Requests for a process, from REST, forms or the shell: read, checked and refused in one way."""
