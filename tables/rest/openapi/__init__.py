"""The OpenAPI document of tables and of operations that belong to none."""
