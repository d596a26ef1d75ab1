"""Do the tests notice? Small changes to the heart of the product, one at a time, each run against its tests.

A mutant is one small change: another operator, constant or word, a dropped predicate, lock or call. Tests
that fail have killed it; where none fails it survives, and a test is missing, or the change is none
(``may_live.toml`` lists those, with the reason). Not part of ``make test`` nor of CI::

    .venv/bin/python -m tests.mutants --help
    .venv/bin/python -m tests.mutants --list --only enrollment/sql/undo.py     # look at them, run nothing
    nice .venv/bin/python -m tests.mutants --sample 160 --seed 1
    nice .venv/bin/python -m tests.mutants --sample 160 --seed 1 --resume      # go on after a Ctrl-C
    .venv/bin/python -m tests.mutants --report                                 # the table of what was run

Results are lines of JSON (``--out``, var/mutants.jsonl), one a mutant, written when it is done.

How it works: ``making`` finds the mutants, ``covering`` says which tests may kill them, ``bench`` is a copy
of the tree with a PostgreSQL of its own, where tests run (the checkout is never touched). Databases are
made anew for each mutant: from templates, unless its code is baked into them. ``running`` takes the benches
through the mutants, ``results`` keeps and tells what came of it. Tests that killed a mutant of a file are
the first for its next one. The tests must be green without any change: that is seen first.

A test that does not end (``--silence``) has killed its mutant, too; that is told apart. "Trouble" is a run
of which nothing can be said, as when the machine had no memory left: run it again by ``--resume``.

Why not a library: mutmut and cosmic-ray change Python alone, and most rules of this product are SQL in
strings of Python, which they cannot see. Tools for SQL change ``.sql`` files; ours is composed by
f-strings.
"""
