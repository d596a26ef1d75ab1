"""What a model says: fields, names, columns, sections, parents, rules, conditions, problems."""
