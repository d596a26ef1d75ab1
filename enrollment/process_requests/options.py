"""Whose coverage a disenrollment ends or a reenrollment brings back: the choices, in words."""

from enrollment.engine.parameters import DisenrollFamily, ReenrollFamily

DISENROLL_FAMILY = {
    DisenrollFamily.FAMILY: (
        "Subscriber and Family",
        "Ends the coverage of the subscriber and all dependents.",
    ),
    DisenrollFamily.SUBSCRIBER_ONLY: (
        "Subscriber Only",
        "Ends the subscriber's coverage. The dependents stay covered.",
    ),
    DisenrollFamily.DEPENDENTS_ONLY: (
        "Dependents Only",
        "Ends the dependents' coverage. The subscriber stays covered.",
    ),
}
REENROLL_FAMILY = {
    ReenrollFamily.FAMILY: (
        "Subscriber and Family",
        "Brings back the subscriber and all dependents.",
    ),
    ReenrollFamily.SUBSCRIBER_ONLY: (
        "Subscriber Only",
        "Brings back the subscriber, without the dependents.",
    ),
    ReenrollFamily.DEPENDENTS_ONLY: (
        "Dependents Only",
        "Brings back the dependents of an enrollment that is still active.",
    ),
    ReenrollFamily.SELECTED_MEMBERS: (
        "Selected Members",
        "Brings back the members of one family that memberSeqCriterias lists.",
    ),
}
