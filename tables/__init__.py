"""The machinery that every mirrored table shares, in seven rooms; it knows no table."""
