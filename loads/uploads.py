"""Accepts files from browsers: only on the upload page, from users who may load, and up to a size limit.

A file has no name on the disk, so no trace of it stays there.
"""

import tempfile
from typing import IO, Any, cast

from django.conf import settings
from django.core.files.uploadedfile import UploadedFile
from django.core.files.uploadhandler import FileUploadHandler, SkipFile, StopUpload

from loads.links import may_load
from tables.schema.registry import UnknownTable, table_named

TOO_LARGE = "_upload_too_large"


class Uploads(FileUploadHandler):
    """The only upload handler. It checks permissions itself, because forms are read before any view runs."""

    def new_file(self, *args: Any, **kwargs: Any) -> None:
        """Start a file. Raises SkipFile if the page or the user may not upload."""
        super().new_file(*args, **kwargs)
        if not self._is_wanted():
            raise SkipFile
        content = tempfile.TemporaryFile(prefix="vbaadmin-")  # noqa: SIM115 - closed with its request
        self.file: Any = UploadedFile(cast(IO[bytes], content), self.file_name, self.content_type)
        # The size of all files of the request together.
        self.size = getattr(self, "size", 0)

    def _is_wanted(self) -> bool:
        request: Any = self.request
        match = getattr(request, "resolver_match", None)
        if match is None or match.url_name != "load_file" or not request.user.is_staff:
            return False
        try:
            return may_load(request, table_named(match.kwargs["table"]))
        except UnknownTable:
            return False

    def receive_data_chunk(self, raw_data: bytes, start: int) -> bytes | None:
        """Store a piece. Raises StopUpload beyond the size limit."""
        self.size += len(raw_data)
        if self.size > settings.MAX_UPLOAD_BYTES:
            self.file.close()
            self.request.__dict__[TOO_LARGE] = True
            raise StopUpload
        self.file.write(raw_data)
        return None

    def file_complete(self, file_size: int) -> UploadedFile | None:
        """Return the complete file."""
        self.file.seek(0)
        self.file.size = file_size
        taken: UploadedFile = self.file
        return taken

    def upload_interrupted(self) -> None:
        """Close the incomplete file."""
        if (file := getattr(self, "file", None)) is not None:
            file.close()
