"""Whose cover a disenroll ends or a reenroll brings back: the choices, in words."""

from enrollment.engine.parameters import DisenrollFamily, ReenrollFamily

DISENROLL_FAMILY = {
    DisenrollFamily.FAMILY: (
        "Subscriber and Family",
        "Ends the enrollment for the insured and all dependants.",
    ),
    DisenrollFamily.SUBSCRIBER_ONLY: (
        "Subscriber Only",
        "Ends the cover of the insured; the enrollment goes on for the dependants.",
    ),
    DisenrollFamily.DEPENDANTS_ONLY: (
        "Dependants Only",
        "Ends the cover of the dependants; the enrollment goes on for the insured.",
    ),
}
REENROLL_FAMILY = {
    ReenrollFamily.FAMILY: (
        "Subscriber and Family",
        "Brings back the enrollment for the insured and all dependants.",
    ),
    ReenrollFamily.SUBSCRIBER_ONLY: (
        "Subscriber Only",
        "Brings back the enrollment for the insured alone.",
    ),
    ReenrollFamily.DEPENDANTS_ONLY: (
        "Dependants Only",
        "Brings back the dependants of an enrollment that is still in force.",
    ),
    ReenrollFamily.SELECTED_MEMBERS: (
        "Selected Members",
        "Brings back the members of one family that memberSeqCriterias names.",
    ),
}
