"""Fixtures of the unit tests of files."""

import pytest


@pytest.fixture
def file_of(tmp_path):
    """Write a file of the given bytes and return its path."""

    def write(content, name="clients.csv"):
        path = tmp_path / name
        path.write_bytes(content)
        return str(path)

    return write
