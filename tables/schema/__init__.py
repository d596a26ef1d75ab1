"""What models declare: fields, names, columns, sections, parents, rules, conditions, problems."""
