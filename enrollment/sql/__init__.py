"""The SQL of enrollment, by purpose. A comment above each statement says what it does."""
