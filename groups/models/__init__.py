"""The models of employer groups: one file for each wide model, one for what they share."""

from groups.models.contract import GroupContract
from groups.models.contract_plan import GroupContractPlan
from groups.models.division import GroupDivision
from groups.models.group import Group

__all__ = ["Group", "GroupContract", "GroupContractPlan", "GroupDivision"]
