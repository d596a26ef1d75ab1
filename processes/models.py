"""The models of processes: what runs, its log and its parameters."""

from django.db import models

from processes import sql
from processes.process_run import ProcessRun as ProcessRun  # Django finds the models of an app here.
from tables.schema.fields import (
    NextVal,
    day,
    flag,
    key_integer,
    key_text,
    memo,
    moment,
    required_text,
    text,
)
from tables.schema.models import ParentKey, Section, Table


class VBAProcess(Table):
    """One process: requested, then running, then ended with a result."""

    key = ("vbaprocess_key", "vbaprocess_type")
    findings = (sql.UNFINISHED, sql.FAILED)
    assigned = "vbaprocess_key"
    tabs = ("Process",)

    _process = Section("Process")
    vbaprocess_key = key_integer(
        "VBAProcess Key",
        "Number of the process. Leave it empty to get the next one.",
        blank=True,
        db_default=NextVal("vbaprocess_key_seq"),
    )
    vbaprocess_type = key_text("VBAProcess Type", 32, "Kind of process, such as GROUPDISENROLL.")
    description = text("Description", 512, "What the process is for, in words.")
    process_user = text("Process User", 20, "User for whom the process runs.")
    process_start = moment("Process Start", "When the process started (UTC); empty while it waits.")
    process_end = moment("Process End", "When the process ended (UTC); empty until then.")
    process_result = text("Process Result", 32, "How the process ended; empty until then.")

    class Meta(Table.Meta):
        db_table = "vbaprocess"
        verbose_name = "process"
        verbose_name_plural = "processes"
        ordering = ["vbaprocess_key", "vbaprocess_type"]
        constraints = [
            models.UniqueConstraint(fields=["vbaprocess_key", "vbaprocess_type"], name="vbaprocess_unique")
        ]

    def __str__(self) -> str:
        return f"{self.vbaprocess_key} · {self.vbaprocess_type}"


class VBAProcessLog(Table):
    """One line of a process's log, with up to five references to what it is about."""

    key = ("vbaprocess_key", "vbaprocess_type", "vbaprocesslog_key")
    assigned = "vbaprocesslog_key"
    tabs = ("Log", "References")

    _log = Section("Log")
    vbaprocess_key = key_integer("VBAProcess Key", "Number of the process that the line belongs to.")
    vbaprocess_type = key_text("VBAProcess Type", 32, "Kind of the process that the line belongs to.")
    vbaprocesslog_key = key_integer(
        "VBAProcessLog Key",
        "Number of the line within the process. Leave it empty to get the next one.",
        blank=True,
    )
    log_type = text("Log Type", 32, "Kind of line, such as START, WARNING, ERROR or END.")
    log_message = memo("Log Message", "The text of the line.")
    log_result = text("Log Result", 32, "Result of the step that the line reports.")

    _references = Section("References")
    log_reference_column1 = text(
        "Log Reference Column1", 128, "Kind of the first reference, such as Subscriber."
    )
    log_reference_value1 = memo("Log Reference Value1", "Value of the first reference.")
    log_reference_column2 = text(
        "Log Reference Column2", 128, "Kind of the second reference, such as Subscriber."
    )
    log_reference_value2 = memo("Log Reference Value2", "Value of the second reference.")
    log_reference_column3 = text(
        "Log Reference Column3", 128, "Kind of the third reference, such as Subscriber."
    )
    log_reference_value3 = memo("Log Reference Value3", "Value of the third reference.")
    log_reference_column4 = text(
        "Log Reference Column4", 128, "Kind of the fourth reference, such as Subscriber."
    )
    log_reference_value4 = memo("Log Reference Value4", "Value of the fourth reference.")
    log_reference_column5 = text(
        "Log Reference Column5", 128, "Kind of the fifth reference, such as Subscriber."
    )
    log_reference_value5 = memo("Log Reference Value5", "Value of the fifth reference.")

    process = models.ForeignObject(
        VBAProcess,
        on_delete=models.PROTECT,
        from_fields=["vbaprocess_key", "vbaprocess_type"],
        to_fields=["vbaprocess_key", "vbaprocess_type"],
        related_name="logs",
    )

    class Meta(Table.Meta):
        db_table = "vbaprocesslog"
        verbose_name = "process log line"
        verbose_name_plural = "process logs"
        ordering = ["vbaprocess_key", "vbaprocess_type", "vbaprocesslog_key"]
        constraints = [
            models.UniqueConstraint(
                fields=["vbaprocess_key", "vbaprocess_type", "vbaprocesslog_key"], name="vbaprocesslog_unique"
            ),
            ParentKey(
                parent="processes.VBAProcess",
                columns=["vbaprocess_key", "vbaprocess_type"],
                name="vbaprocesslog_process",
            ),
        ]

    def __str__(self) -> str:
        return " / ".join(map(str, self.key_values()))


class VBAProcessParameter(Table):
    """One parameter of a process: a name, a type, and up to 13 values."""

    key = ("vbaprocess_key", "vbaprocess_type", "vbaprocessparameter_key")
    assigned = "vbaprocessparameter_key"
    tabs = ("Parameter", "Further values")

    _parameter = Section("Parameter")
    vbaprocess_key = key_integer("VBAProcess Key", "Number of the process that the parameter belongs to.")
    vbaprocess_type = key_text("VBAProcess Type", 32, "Kind of the process that the parameter belongs to.")
    vbaprocessparameter_key = key_integer(
        "VBAProcessParameter Key",
        "Number of the parameter within the process. Leave it empty to get the next one.",
        blank=True,
    )
    parameter_name = required_text("Parameter Name", 64, "Name of the parameter, such as disenroll_Date.")
    parameter_type = required_text("Parameter Type", 32, "Type of its values, such as string or int32.")
    parameter_value1 = memo("Parameter Value1", "The value, or the first of several.")
    process_automation = flag("Process Automation", "The parameter belongs to an automated process.")
    start_date = day("Start Date", "First day on which the parameter applies.")
    end_date = day("End Date", "Last day on which the parameter applies.")

    _further = Section("Further values")
    parameter_value2 = memo("Parameter Value2", "The second value, if there are several.")
    parameter_value3 = memo("Parameter Value3", "The third value, if there are several.")
    parameter_value4 = memo("Parameter Value4", "The fourth value, if there are several.")
    parameter_value5 = memo("Parameter Value5", "The fifth value, if there are several.")
    parameter_value6 = memo("Parameter Value6", "The sixth value, if there are several.")
    parameter_value7 = memo("Parameter Value7", "The seventh value, if there are several.")
    parameter_value8 = memo("Parameter Value8", "The eighth value, if there are several.")
    parameter_value9 = memo("Parameter Value9", "The ninth value, if there are several.")
    parameter_value10 = memo("Parameter Value10", "The tenth value, if there are several.")
    parameter_value11 = memo("Parameter Value11", "The eleventh value, if there are several.")
    parameter_value12 = memo("Parameter Value12", "The twelfth value, if there are several.")
    parameter_value13 = memo("Parameter Value13", "The thirteenth value, if there are several.")

    process = models.ForeignObject(
        VBAProcess,
        on_delete=models.PROTECT,
        from_fields=["vbaprocess_key", "vbaprocess_type"],
        to_fields=["vbaprocess_key", "vbaprocess_type"],
        related_name="parameters",
    )

    class Meta(Table.Meta):
        db_table = "vbaprocessparameter"
        verbose_name = "process parameter"
        verbose_name_plural = "process parameters"
        ordering = ["vbaprocess_key", "vbaprocess_type", "vbaprocessparameter_key"]
        constraints = [
            models.UniqueConstraint(
                fields=["vbaprocess_key", "vbaprocess_type", "vbaprocessparameter_key"],
                name="vbaprocessparameter_unique",
            ),
            ParentKey(
                parent="processes.VBAProcess",
                columns=["vbaprocess_key", "vbaprocess_type"],
                name="vbaprocessparameter_process",
            ),
        ]

    def __str__(self) -> str:
        return " / ".join(map(str, self.key_values()))
