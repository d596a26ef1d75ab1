"""Every page of a mirrored table in the admin, and the page of the history."""
