"""The kinds of employers in the example data: their names, and how they divide their staff."""

from typing import NamedTuple

from making.vocabulary import listed


class Branch(NamedTuple):
    """A kind of employer: its share of all employers, and its habits."""

    share: int
    # The usual number of employees of a division.
    size: int
    # {p} stands for a place, {s} and {t} for surnames, {w} for a word, {n} for a number.
    names: tuple[str, ...]
    # Code, name and description of each division, the largest first.
    divisions: tuple[tuple[str, ...], ...]
    titles: tuple[str, ...]
    # The months in which plan years start; usual months come several times.
    starts: tuple[int, ...]
    domain: str


OFFICE = "OFFICE; Office; Office and clerical staff"
FULL_TIME = "FT; Full-time; Employees of 30 or more hours a week"
PART_TIME = "PT; Part-time; Employees of 20 to 29 hours a week"
MANAGERS = "MGMT; Management; Managers and executives"
RETIREES = "RET; Retirees; Retirees and their survivors, not yet on Medicare"
LOCAL = "L{n}; Union Local {n}; Bargaining unit, by the labor agreement"

PERSONNEL = listed("HR Director; Benefits Manager; HR Generalist; Human Resources Mgr; Payroll Manager")
OWNER = listed("Owner; Office Manager; Bookkeeper; Controller; President")
PUBLIC = listed("Business Manager; Treasurer; HR Director; Clerk; Benefits Coordinator")


def _divisions(*lines: str) -> tuple[tuple[str, ...], ...]:
    return tuple(listed(line) for line in lines)


BRANCHES = {
    "manufacturer": Branch(
        46,
        50,
        listed("""
            {s} Tool & Die Co.; {s} Castings Inc.; {p} Gear Works; {w} Plastics LLC; {p} Paper Mill; {s} &
            {t} Fasteners; {w} Bearings Corporation; {s} Boat Builders; {s} Furniture, Inc.
        """),
        _divisions(
            "HRLY; Hourly; Hourly production employees",
            "SAL; Salaried; Salaried employees, exempt",
            LOCAL,
            RETIREES,
            "PLT2/N; Plant 2/North; Employees of the north plant",
            PART_TIME,
        ),
        PERSONNEL,
        (1, 1, 1, 1, 1, 1, 7, 4),
        "example.com",
    ),
    "schools": Branch(
        38,
        55,
        listed("""
            {p} Unified School District; {p} Community Schools; {p} Independent School District; {s}
            Valley Charter School; {p} Consolidated School District {n}; {p} Area Vocational Center
        """),
        _divisions(
            "CERT; Certificated; Teachers and other certificated staff",
            "CLASS; Classified; Aides, cooks, custodians and office staff",
            "ADMIN; Administrators; Principals and central office",
            RETIREES,
            "TRAN; Transportation; Bus drivers and mechanics",
            LOCAL,
        ),
        PUBLIC,
        (7, 7, 7, 9, 9, 1),
        "example.org",
    ),
    "hospital": Branch(
        24,
        60,
        listed("""
            {p} Regional Hospital; {p} Memorial Hospital; {s} Orthopedic Clinic; {p} Health System; {w}
            Home Health; {s} & {t} Family Dentistry; {p} Nursing Home
        """),
        _divisions(
            "NURS; Nursing; Registered and practical nurses",
            "SUPP; Support Staff; Kitchen, cleaning, records and billing",
            "PHYS; Physicians; Employed physicians",
            "PRN; PRN & Weekend; Staff called as needed",
            RETIREES,
            MANAGERS,
        ),
        PERSONNEL,
        (1, 1, 1, 7, 10),
        "example.org",
    ),
    "government": Branch(
        30,
        45,
        listed("""
            City of {p}; {p} County; Village of {p}; {p} Water & Sewer District; {p} Public Library; {p}
            Fire Protection District; {p} Transit Authority; Housing Authority of {p}
        """),
        _divisions(
            "GEN; General; General employees",
            "POL&F; Police & Fire; Sworn officers and firefighters",
            "PW; Public Works; Streets, water and parks",
            RETIREES,
            LOCAL,
            "ELEC; Elected; Elected and appointed officials",
        ),
        PUBLIC,
        (1, 1, 1, 7, 7, 10),
        "example.net",
    ),
    "finance": Branch(
        18,
        20,
        listed("{p} Teachers Credit Union; {w} Credit Union; {p} Farmers Bank; {s} Title & Escrow"),
        _divisions(FULL_TIME, PART_TIME, MANAGERS, RETIREES),
        PERSONNEL,
        (1, 1, 1, 1, 4),
        "example.com",
    ),
    "farm": Branch(
        22,
        15,
        listed("""
            {s} Brothers Farms; {s} Orchards; {p} Dairy Cooperative; {s} & Sons Ranch; {p} Grain Elevator;
            {s} Egg Farm; {p} Nurseries
        """),
        _divisions(
            "YEAR; Year-round; Farm hands employed all year",
            "SEAS; Seasonal; Seasonal workers, covered from May to October",
            OFFICE,
            "PACK; Packing House; Packers and drivers",
            MANAGERS,
        ),
        OWNER,
        (1, 1, 1, 3, 11),
        "example.net",
    ),
    "professionals": Branch(
        18,
        9,
        listed("""
            {s} & {t} LLP; {s}, {t} & Associates, P.C.; {s} Accounting PLLC; {s} {t} Architects; Law
            Offices of {s}; {s} Veterinary Clinic
        """),
        _divisions(
            "STAFF; Staff; Paralegals, assistants and office staff",
            "ASSOC; Associates; Associates and other professionals",
            "PART; Partners; Equity partners",
        ),
        OWNER,
        (1, 1, 1, 6, 10),
        "example.com",
    ),
    "union": Branch(
        16,
        70,
        listed("""
            {p} Electrical Workers Welfare Fund; {p} Carpenters Health Trust; {p} Bricklayers Local {n};
            {p} Plumbers & Pipefitters Local {n}; {p} Stagehands Benefit Fund
        """),
        _divisions(
            "JRNY; Journeymen; Journeymen working under the agreement",
            "APPR; Apprentices; Registered apprentices",
            RETIREES,
            "SELFPAY; Self-Pay; Members between jobs who pay for themselves",
            OFFICE,
        ),
        listed("Fund Administrator; Trust Administrator; Business Agent"),
        (1, 4, 6, 6, 7),
        "example.org",
    ),
    "contractor": Branch(
        22,
        20,
        listed("""
            {s} Roofing & Sheet Metal; {s} Paving Inc.; {p} Ready-Mix; {s} Electric Co.; {w} Builders LLC;
            {s} Plumbing & Heating; {s} Landscape Co.
        """),
        _divisions("FIELD; Field; Crews in the field", OFFICE, "SHOP; Shop; Shop and yard", LOCAL, MANAGERS),
        OWNER,
        (1, 1, 1, 3, 5),
        "example.com",
    ),
    "trucking": Branch(
        16,
        26,
        listed("{s} Trucking; {p} Freight Lines; {w} Logistics LLC; {s} Bus & Charter; {p} Moving & Storage"),
        _divisions(
            "OTR; Over the Road; Long-haul drivers",
            "WHSE; Warehouse; Warehouse and dock",
            "DISP/OFC; Dispatch/Office; Dispatch and office",
            "LOCAL; Local Drivers; Drivers who are home every night",
            MANAGERS,
        ),
        OWNER,
        (1, 1, 1, 2, 8),
        "example.com",
    ),
    "college": Branch(
        8,
        60,
        listed("{p} College; {s} School of the Arts; {p} Technical Institute; {s} Seminary"),
        _divisions(
            "FAC; Faculty; Full-time faculty",
            "STAFF; Staff; Administrative and support staff",
            RETIREES,
            "ADJ; Adjuncts; Adjunct faculty of at least three courses",
            MANAGERS,
        ),
        PERSONNEL,
        (7, 7, 1, 9),
        "example.org",
    ),
    "nonprofit": Branch(
        18,
        16,
        listed("""
            {p} Community Action Agency; {p} Children's Home; {s} Foundation; {p} Area Food Bank; {p}
            Symphony; {p} Art Museum; Diocese of {p}
        """),
        _divisions(FULL_TIME, PART_TIME, "PROG; Programs; Staff paid from grants", MANAGERS),
        listed("Executive Director; Office Manager; HR Director"),
        (1, 1, 7, 10),
        "example.org",
    ),
    "retail": Branch(
        20,
        21,
        listed("""
            {s} Family Grocers; {s} Auto Parts; {p} Hardware & Supply; {w} Coffee Roasters; {s} Motors;
            {p} Lumber Co.; {s} Pharmacies; {p} Inn & Suites
        """),
        _divisions(FULL_TIME, PART_TIME, "STORE; Store Managers; Managers of stores", OFFICE),
        OWNER,
        (1, 1, 1, 1, 2),
        "example.com",
    ),
    "technology": Branch(
        10,
        24,
        listed("{w} Software Inc.; {w} Labs; {w} Analytics; {w} Networks, Inc."),
        _divisions(FULL_TIME, "REMOTE; Remote; Employees working from home in other states", MANAGERS),
        listed("People Operations; HR Director; COO"),
        (1, 1, 1, 12),
        "example.net",
    ),
}

# Employers whose IDs test a program: blanks, accents, reserved characters, case, the full length.
UNUSUAL = (
    ("WLK100", "Walkerby Tool & Die Co.", "manufacturer"),
    ("wlk100", "Walkerby Lake Campground", "retail"),
    ("R&D/7", "Rasmer & Dolvander LLP", "professionals"),
    ("Zoë 12", "Zoë Lindqvar Dance Studios", "nonprofit"),
    ("O'Dellin 9", "O'Dellin Brothers Orchards", "farm"),
    ("Ñandú 3", "Ñandú Produce Packers", "farm"),
    ("Brøndvig-4", "Brøndvig Creamery", "farm"),
    ("TRN/LOC 419", "Tarnbrook Drivers Local 419 Health Fund", "union"),
    ("a+b 21", "Abernoth + Balquist Architects", "professionals"),
    ("#1044", "Pruddock Hardware & Supply", "retail"),
    ("50%CU", "Fifty Percent Credit Union", "finance"),
    ("K.C. 88", "Kesselby Construction Supply", "contractor"),
    ("Élan/2", "Élan Calvexa Salons", "retail"),
    ("CITY OF TARNBROOK", "City of Tarnbrook", "government"),
    ("UMBER-VALLEY-GROWERS", "Umber Valley Consolidated Fruit and Berry Growers", "farm"),
)
