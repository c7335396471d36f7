"""Rules: what a payment costs, gives back, holds and refuses, as documents and not as code.

    document ─► compiling ─► Rule ─► apply_rules(rules, occasion) ─► Applied

A document (`document.py`) is attached to an event of a payment's life (`on: payment.captured`),
may ask a question first (`when`, in CEL), and has one effect of a closed set: a fee, a tax, a
reward, a hold on funds, a refusal, or postings by a template that was proved to balance.
`applying.py` runs the rules in force over one occasion. What comes out can only add moves, each of
which debits as much as it credits: so no rule can unbalance anything.
"""
