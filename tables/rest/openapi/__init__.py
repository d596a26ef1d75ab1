"""The OpenAPI document: the operations of tables, and those that describe themselves."""
