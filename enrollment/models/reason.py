"""The reason: why coverage ends, and how long it can continue under COBRA."""

from tables.schema.fields import integer, key_integer, text
from tables.schema.models import Section, Table


class Reason(Table):
    """One reason why coverage can end."""

    key = ("reason_id",)
    tabs = ("Reason",)

    _reason = Section("Reason")
    reason_id = key_integer("Reason ID", "The reason's number; it never changes.", primary_key=True)
    description = text("Description", 50, "The reason in words.")
    reason_type = text("Reason Type", 32, "Your own code for the type of reason.")
    cobra_length = integer("COBRA Length", "How long COBRA can last after this reason. Empty: no COBRA.")
    cobra_length_type = text("COBRA Length Type", 32, "Unit of COBRA Length: Days, Months or Years.")
    hipaa_code = text("HIPAA Code", 8, "Maintenance reason code in 834 files.")
    hsrs_code = text("HSRS Code", 2, "Code of the reason in HSRS reports.")

    class Meta(Table.Meta):
        db_table = "reasons"
        verbose_name = "reason"
        verbose_name_plural = "reasons"
        ordering = ["reason_id"]

    def __str__(self) -> str:
        return f"{self.reason_id} · {self.description}" if self.description else str(self.reason_id)
