"""What the example data is made of: invented names and words, and the facts of real towns."""

from typing import NamedTuple


class Town(NamedTuple):
    """A real town, with the parts of an address that belong together (county is the five-digit FIPS code)."""

    city: str
    state: str
    zip_code: str
    county: str
    area_code: str
    region: str


def listed(text: str) -> tuple[str, ...]:
    """Return the parts of a text that are separated by semicolons."""
    return tuple(" ".join(part.split()) for part in text.split(";"))


TOWNS = (
    Town("Dayton", "OH", "45402", "39113", "937", "MIDWEST"),
    Town("Toledo", "OH", "43604", "39095", "419", "MIDWEST"),
    Town("Grand Rapids", "MI", "49503", "26081", "616", "MIDWEST"),
    Town("Fort Wayne", "IN", "46802", "18003", "260", "MIDWEST"),
    Town("Peoria", "IL", "61602", "17143", "309", "MIDWEST"),
    Town("Davenport", "IA", "52801", "19163", "563", "MIDWEST"),
    Town("Green Bay", "WI", "54301", "55009", "920", "MIDWEST"),
    Town("Duluth", "MN", "55802", "27137", "218", "MIDWEST"),
    Town("Fargo", "ND", "58102", "38017", "701", "PLAINS"),
    Town("Sioux Falls", "SD", "57104", "46099", "605", "PLAINS"),
    Town("Lincoln", "NE", "68508", "31109", "402", "PLAINS"),
    Town("Wichita", "KS", "67202", "20173", "316", "PLAINS"),
    Town("Springfield", "MO", "65806", "29077", "417", "PLAINS"),
    Town("Tulsa", "OK", "74103", "40143", "918", "SOUTH"),
    Town("Little Rock", "AR", "72201", "05119", "501", "SOUTH"),
    Town("Lubbock", "TX", "79401", "48303", "806", "SOUTH"),
    Town("Waco", "TX", "76701", "48309", "254", "SOUTH"),
    Town("Chattanooga", "TN", "37402", "47065", "423", "SOUTH"),
    Town("Macon", "GA", "31201", "13021", "478", "SOUTH"),
    Town("Asheville", "NC", "28801", "37021", "828", "SOUTH"),
    Town("Santa Fe", "NM", "87501", "35049", "505", "WEST"),
    Town("Tucson", "AZ", "85701", "04019", "520", "WEST"),
    Town("Boise", "ID", "83702", "16001", "208", "WEST"),
    Town("Spokane", "WA", "99201", "53063", "509", "WEST"),
    Town("Salem", "OR", "97301", "41047", "503", "WEST"),
    Town("Fresno", "CA", "93721", "06019", "559", "WEST"),
    Town("Scranton", "PA", "18503", "42069", "570", "EAST"),
    Town("Rochester", "NY", "14604", "36055", "585", "EAST"),
    Town("Burlington", "VT", "05401", "50007", "802", "EAST"),
    Town("Portland", "ME", "04101", "23005", "207", "EAST"),
    Town("Worcester", "MA", "01608", "25027", "508", "EAST"),
)
NO_WAGE_TAX = ("SD", "TN", "TX", "WA")

# Invented; each lies near one of the towns, always the same (see employers.py).
PLACES = listed("""
    Tarnbrook; Quillhaven; Brindle Creek; Harrow Falls; Pellam Ridge; Cold Ferry; Dunmarrow; Sable
    Prairie; Verdan Springs; Kettle Bend; Larkmoor; Wend River; Ashgrove Mills; Copper Hollow; Gullhaven;
    Northam Flats; Ridley Point; Saint Orlo; Temperance Lake; Umber Valley; Winnashee; Yellow Fork; Zephyr
    Bluff; Amber Notch; Bellmarsh; Cinder Gap; Dovecroft; Elk Lantern; Fallow Junction; Granite Ford;
    Hazelmarch; Ironwell; Juniper Landing; Kestrel Heights; Lowmeadow; Millrace Bend; New Corvane; Orchard
    Steppe; Pinecaster; Quarry Narrows; Rookford; Silverthaw; Three Wells; Upper Brill; Vinegar Run; West
    Mardell; Thistlegate; Osprey Narrows; Cranbeck; Wolfstead
""")
SURNAMES = listed("""
    Abernoth; Ardivale; Balquist; Bramstead; Cardwyne; Corlazzo; Dolvander; Drummick; Esterhold; Fallowby;
    Farnsett; Gallenby; Garrundo; Hestrand; Ibarendo; Jantzwell; Kesselby; Kowalenka; Lindqvar; Lomberry;
    Marchellin; Mbekwa; Nakaruma; Noltmann; Okonwei; Ostrandel; Pembrill; Petrosik; Quimbrel; Raskett;
    Rasmer; Reyandro; Selworth; Stavrin; Tolmey; Trandinh; Ulverson; Vandeker; Villanzo; Walkerby;
    Wexlade; Yarnwick; Zellhart; Zubrikov; Birchnall; Castrovel; Delacorro; Eikstad; Fentrice; Grindahl;
    Hatchwell; Inglemoor; Kirchweil; Lanterby; Moldvanyi; Norrquay; Orlandez; Pruddock; Rostvig;
    Sundquarry; Tachibori; Umbrecht; Vosslick; Whitterby; Zanettin
""")
FIRST_NAMES = listed("""
    Alicia; Amir; Beatriz; Bernard; Carla; Cheng; Colleen; Dale; Darnell; Denise; Elena; Emeka; Frank;
    Gail; Gloria; Hana; Howard; Ines; Jamal; Janet; Jörg; Karen; Keisha; Lars; Linh; Luis; Marlene; Mateo;
    Nadia; Noel; Olga; Owen; Patrice; Priya; Quinn; Ramón; Renée; Rosa; Sam; Tanya; Tomás; Vera; Wade;
    Yusuf
""")
# For companies whose name is an invented word.
WORDS = listed("""
    Ostrion; Calvexa; Nuvarra; Pelitho; Quorvane; Tessavo; Zembrix; Halvexo; Brontiva; Ligatra; Morvanta;
    Ruvello; Sentiqua; Trovanta; Vexolar; Wyndara; Kelvoro; Arctelo; Dynoxa; Fabrello; Glintex; Orvessa
""")
STREETS = listed("""
    Main St; N 3rd Ave; Industrial Pkwy; State Route 48; Commerce Dr; Old Mill Rd; W Market St; Depot St;
    County Road 12; Courthouse Sq; River Rd; E Washington Blvd; Airport Way; Elm St
""")
SECOND_LINES = listed("Suite 210; PO Box 417; Bldg C; Attn: Human Resources; 2nd Floor; Unit 4-B; Room 106")
ACCOUNT_MANAGERS = listed("""
    Denise Grindahl; Owen Tachibori; Marlene Birchnall; Yusuf Okonwei; Renée Castrovel; Howard Lanterby
""")
PRODUCERS = listed("""
    Hollenmark & Daughters Benefits; Pruddock Insurance Services; Three Wells Brokerage; Cold Ferry Agency
    LLC; Lanterby Consulting Group; Eikstad Benefit Advisors; Marchellin & Tolmey; House account
""")
CAPTIVES = listed("Cold Ferry Employers Captive; Eastern School Pool; Three Wells Mutual Cell 4")
# Name, BIN, PCN, the desk that members call and its number.
PHARMACY_MANAGERS = (
    listed("Larkfield Rx; 999901; LKF; Larkfield member desk; 800-555-0171"),
    listed("Corvane Script Services; 999902; CSSPCN1; Corvane customer care; 888-555-0163"),
    listed("Umbrella Grove Pharmacy Benefit; 999917; UGPB; Grove help line; (866) 555-0108"),
    listed("Prairie Pill Cooperative; 999930; PPC/RX; Pill Co-op, weekdays; 877-555-0190"),
)
GROUP_NOTES = (
    "Converted from the old system; enrollment before that day is on paper only.",
    'Owner wants the "big envelope" sent to her home.\nDo not mail to the plant.',
    "Ended twice for non-payment and brought back; ask the account manager first.",
    "Bill is split: 60 % company, 40 % association.",
)
DIVISION_NOTES = (
    "Opened when the second site was bought.",
    "Members moved here from division 002 at renewal.",
    "Rates differ from the rest of the group; see the signed rate sheet.",
)
