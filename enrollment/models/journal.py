"""What the processes keep: the journal of every row they change, warnings, and requests to billing."""

from django.db import models
from django.db.models.functions import Now


class EnrollmentRun(models.Model):
    """What a process did, and for which day. It stays when the process's own row is deleted, so that the
    disenrollment can still be reversed. ``written_at`` is when the changes were written, before the commit.
    """

    process_key = models.IntegerField(primary_key=True)
    is_disenroll = models.BooleanField()
    group_id = models.CharField("Group ID", max_length=20)
    division_id = models.CharField("Division ID", max_length=20, null=True)
    disenroll_date = models.DateField("Disenroll Date")
    written_at = models.DateTimeField("Written")
    user_name = models.CharField("User", max_length=150, default="")
    # How many people were covered before and after, by day (null: ever); see enrollment.engine.comparing.
    covered = models.JSONField("Covered before and after", null=True)

    class Meta:
        db_table = "enrollmentrun"
        verbose_name = "run of a disenrollment or reenrollment"
        verbose_name_plural = "runs of disenrollments and reenrollments"
        indexes = [models.Index(fields=["group_id", "disenroll_date"], name="enrollmentrun_group")]
        default_permissions = ("view",)

    def __str__(self) -> str:
        return f"process {self.process_key}, group {self.group_id}, {self.disenroll_date}"


class EnrollmentChange(models.Model):
    """One row that a process changed or created: its changed columns before and after.

    ``row_key`` is the row's primary key as text, or a division's division_ID. A change by an undo names the
    change that it ``reverses``. The keys of family and division are for searching and display.
    """

    id = models.BigAutoField(primary_key=True)
    process_key = models.IntegerField("Process")
    table_name = models.CharField("Table", max_length=32)
    row_key = models.CharField("Row", max_length=20)
    subscriber_id = models.CharField("Subscriber ID", max_length=9, null=True)
    member_seq = models.CharField("Member Seq", max_length=2, null=True)
    division_id = models.CharField("Division ID", max_length=20, null=True)
    before = models.JSONField(null=True)
    after = models.JSONField()
    reverses = models.BigIntegerField("Undoes change", null=True)

    class Meta:
        db_table = "enrollmentchange"
        verbose_name = "change by a process"
        verbose_name_plural = "changes by processes"
        # A process writes its rows one after the other, so the index only grows at its end.
        indexes = [
            models.Index(fields=["process_key", "table_name"], name="enrollmentchange_process"),
            models.Index(fields=["subscriber_id"], name="enrollmentchange_subscriber"),
        ]
        default_permissions = ("view",)

    def __str__(self) -> str:
        return f"{self.table_name} {self.row_key} by process {self.process_key}"


class EnrollmentWarning(models.Model):
    """A family, or one of its members or enrollments, that a process warned about, by its keys."""

    id = models.BigAutoField(primary_key=True)
    process_key = models.IntegerField("Process")
    text = models.CharField("Warning", max_length=100)
    subscriber_id = models.CharField("Subscriber ID", max_length=9)
    member_seq = models.CharField("Member Seq", max_length=2, null=True)
    division_id = models.CharField("Division ID", max_length=20, null=True)
    start_date = models.DateField("Start Date", null=True)

    class Meta:
        db_table = "enrollmentwarning"
        verbose_name = "warning of a process"
        verbose_name_plural = "warnings of processes"
        indexes = [models.Index(fields=["process_key"], name="enrollmentwarning_process")]
        default_permissions = ("view",)

    def __str__(self) -> str:
        return f"{self.text}: {self.subscriber_id}, process {self.process_key}"


class InvoiceRequest(models.Model):
    """A reenrollment's request to billing to make invoices for a subscriber, a division or a group."""

    id = models.BigAutoField(primary_key=True)
    process_key = models.IntegerField("Process")
    group_id = models.CharField("Group ID", max_length=20)
    division_id = models.CharField("Division ID", max_length=20, null=True)
    subscriber_id = models.CharField("Subscriber ID", max_length=9, null=True)
    invoice_date = models.DateField("Invoice Date")
    requested_at = models.DateTimeField("Requested", db_default=Now())

    class Meta:
        db_table = "invoicerequest"
        verbose_name = "invoice request"
        indexes = [models.Index(fields=["process_key"], name="invoicerequest_process")]
        default_permissions = ("view",)

    def __str__(self) -> str:
        return f"group {self.group_id} of {self.invoice_date} by process {self.process_key}"
