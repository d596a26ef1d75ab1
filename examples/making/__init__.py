"""How the example data are made up."""
