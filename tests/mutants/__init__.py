"""Mutation tests: make one small change to the product at a time, and check that a test fails.

A mutant is one small change: another operator, constant or word, or a dropped predicate, lock or call. A
test that fails kills the mutant. If no test fails, the mutant survives: a test is missing, or the change has
no effect (``may_live.toml`` lists these, with the reason). This is not part of ``make test`` or CI::

    .venv/bin/python -m tests.mutants --help
    .venv/bin/python -m tests.mutants --list --only enrollment/sql/undo.py     # list mutants, run nothing
    nice .venv/bin/python -m tests.mutants --sample 160 --seed 1
    nice .venv/bin/python -m tests.mutants --sample 160 --seed 1 --resume      # go on after a Ctrl-C
    .venv/bin/python -m tests.mutants --report                                 # the table of what was run

Each result is a line of JSON (``--out``, var/mutants.jsonl), written when the mutant is done.

How it works: ``making`` finds the mutants. ``covering`` says which tests may kill them. ``bench`` is a copy
of the tree with its own PostgreSQL, where the tests run; the checkout is never changed. Each mutant gets new
databases: from templates, unless the databases contain the changed code. ``running`` runs the mutants on the
benches. ``results`` keeps and reports the results. Tests that killed a mutant of a file run first for the
next one. First of all, the tests must pass without any change.

A test that does not end (``--silence``) also kills its mutant, and is reported separately. "Trouble" is a run
without a result, for example because the machine had no memory left. Run it again with ``--resume``.

Why not a library: mutmut and cosmic-ray change only Python, and most rules of this product are SQL in strings
of Python, which they do not see. Tools for SQL change ``.sql`` files; f-strings compose ours.
"""
