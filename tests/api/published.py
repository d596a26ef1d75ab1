"""The published contract, and records made only from it: the shortest, the longest, and their answers."""

import json
from dataclasses import dataclass
from pathlib import Path

_ALL = json.loads((Path(__file__).parent.parent / "contract.json").read_text(encoding="utf-8"))
CONTRACT, CONTRACT_OPERATIONS, BODIES = _ALL["tables"], _ALL["operations"], _ALL["bodies"]
STAMPS = ("entry_Date", "entry_User", "update_Date", "update_User")
GROUPS = "/vbasoftware/groups"


@dataclass(frozen=True)
class Published:
    """A published table: the path of its list, and the own key of a made-up record."""

    name: str
    path: str
    key: dict[str, str]

    @property
    def fields(self):
        """The facts of each column, by its name."""
        return {field["name"]: field for field in CONTRACT[self.name]["fields"]}

    @property
    def written(self):
        """The facts of the columns that a client fills."""
        return {name: field for name, field in self.fields.items() if name not in STAMPS}

    @property
    def own_key(self):
        """The last column of the key, which the path of the list does not name."""
        return list(self.key)[-1]

    @property
    def one(self):
        """The path of the record with the made-up key."""
        return f"{self.path}/{self.key[self.own_key]}"

    def record(self, **values):
        """Return a record of the required columns, with the made-up key, and ``values``."""
        required = {name: field for name, field in self.written.items() if field["required"]}
        least = {name: False if field["type"] == "boolean" else 1 for name, field in required.items()}
        return {**least, **self.key, **values}

    def full(self, letter="x", **values):
        """Return a record that fills every column, the texts with as many of ``letter`` as they hold."""
        examples = {"boolean": True, "int32": 2**31 - 1, "number": 1234.5, "date-time": "2024-06-30"}
        filled = {
            name: examples.get(field["type"], letter * field.get("maxLength", 3000))
            for name, field in self.written.items()
        }
        return {**filled, **self.key, **values}

    def answer(self, record):
        """Return what the API answers for a record that was sent by the published names, but the stamps."""
        absent = {name: field.get("default") for name, field in self.written.items()}
        days = {name for name, field in self.written.items() if field["type"] == "date-time"}
        return {
            name: value[:10] + "T00:00:00Z" if name in days and value else None if value == "" else value
            for name, value in (absent | record).items()
        }


GROUP = Published("Groups", GROUPS, {"group_ID": "G1"})
DIVISION = Published("GroupDivision", f"{GROUPS}/G1/divisions", {"group_ID": "G1", "division_ID": "D1"})
PLAN_YEAR = Published(
    "GroupPlanYear",
    f"{GROUPS}/G1/divisions/D1/plan-years",
    {"group_ID": "G1", "division_ID": "D1", "plan_Year": "CY2024"},
)
TABLES = [GROUP, DIVISION, PLAN_YEAR]


def without_stamps(record):
    """Return an answered record without the columns that the server fills."""
    return {name: value for name, value in record.items() if name not in STAMPS}
