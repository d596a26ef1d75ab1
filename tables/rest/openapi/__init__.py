"""The OpenAPI document: the operations of tables, and operations with their own descriptions."""
