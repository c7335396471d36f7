"""Lines: a document's items compiled one by one, and kept for the proof of balance."""

import re
from collections.abc import Callable
from contextlib import AbstractContextManager
from fractions import Fraction

from partita.engine.plain_documents import Finding, step
from partita.kernel.account import Side, check_path
from partita.kernel.asset import check_code
from partita.kernel.posting_rules import MOST_POSTINGS
from partita.modules.templates.arithmetic import Arithmetic
from partita.modules.templates.balancing import OneSided, unproved
from partita.modules.templates.conditions import Conditions
from partita.modules.templates.document import Item, ParameterType, Part
from partita.modules.templates.expression import Tree, read_expression
from partita.modules.templates.patterns import Filling, names, split
from partita.modules.templates.polynomial import Polynomial
from partita.modules.templates.scope import Scope
from partita.modules.templates.sides import AnySide, Place, Single, Split, Whither
from partita.modules.templates.template import Guard, Line
from partita.modules.templates.typing import AmountType, said, type_of

At = Callable[[str], AbstractContextManager[None]]
_WORD = re.compile(r"[A-Za-z_][A-Za-z0-9_]*", re.ASCII)
_IN_PATHS = {
    ParameterType.ACCOUNT, ParameterType.ASSET, ParameterType.TEXT, ParameterType.INTEGER,
    ParameterType.DATE,
}  # fmt: skip
# `dyn` would put off the check of types until values are there.
_UNCHECKED = re.compile(r"\bdyn\b")


class LineCompiler:
    """Compiles items in their order; findings go where `at` leads."""

    def __init__(self, scope: Scope, conditions: Conditions, at: At) -> None:
        """All names are in scope already."""
        self._scope, self._conditions, self._at = scope, conditions, at
        self._arithmetic = Arithmetic(scope.slots, scope.forms.types)
        self._one_sided: list[OneSided] = []
        self._standing: dict[tuple[str, str | None], tuple[Side, str]] = {}
        self._legs = 0
        self.found: tuple[Line, ...] = ()

    def lines(self, items: list[Item]) -> "LineCompiler":
        """Compile all items; the lines are in `found`, if nothing was wrong."""
        found = []
        for n, item in enumerate(items):
            with self._at(step("postings", n)):
                found.append(self._line(item, step("postings", n)))
        with self._at("/postings"):
            if self._legs > MOST_POSTINGS:
                raise ValueError(f"a transaction has at most {MOST_POSTINGS} postings")
        self.found = tuple(found)
        return self

    def unproved(self) -> list[Finding]:
        """What cannot be shown to balance."""
        return unproved(self._one_sided, self._scope.forms.atoms)

    def _line(self, item: Item, pointer: str) -> Line:
        tree, kind = self._amount(item.amount)
        asset = self._asset(item, kind)
        sides = []
        for side, written in ((Side.DEBIT, item.debit), (Side.CREDIT, item.credit)):
            if written is not None:
                with self._at(f"{pointer}/{side.value}"):
                    where = f"{pointer}/{side.value}"
                    sides.append(
                        (side, self._side(written, AmountType(asset, is_whole=True), where))
                    )
                    self._stand(item, side, where)
        if item.debit is None and item.credit is None:
            raise ValueError("say whom to debit, whom to credit, or both")
        if item.debit is None or item.credit is None:
            self._keep_for_proof(item, asset, pointer, self._scope.forms.of(tree))
        guard = None if item.when is None else self._guard(item.when)
        filling = Filling(asset, self._scope.slots)
        amount = self._arithmetic.whole(tree)
        return Line(pointer, amount, filling, tuple(sides), guard, item.skip_if_zero)

    def _amount(self, text: str) -> tuple[Tree, AmountType]:
        tree = read_expression(text)
        kind = type_of(tree, self._scope.forms.types)
        if not kind.is_whole:
            raise ValueError(
                f"{text!r} may have a fraction: round it by floor, ceiling, half_even or half_up"
            )
        return tree, kind

    def _asset(self, item: Item, kind: AmountType) -> str:
        if item.asset is None:
            if not kind.counts_an_asset:
                raise ValueError(f"{item.amount!r} is {said(kind)}: say its `asset`")
            return kind.unit
        asset = item.asset if item.asset.startswith("{") else check_code(item.asset)
        found = names(asset)
        if found and (
            asset != f"{{{found[0]}}}"
            or self._scope.parameter_type(found[0]) is not ParameterType.ASSET
        ):
            raise ValueError(
                f"{asset!r} is neither an asset's code nor a {{parameter}} of that type"
            )
        if kind.counts_an_asset and kind.unit != asset:
            raise ValueError(f"{item.amount!r} is {said(kind)}, not of {asset}")
        return asset

    def _side(self, written: str | list[Part], whole: AmountType, pointer: str) -> AnySide:
        if isinstance(written, str):
            self._legs += 1
            return Single(self._place(written, pointer))
        self._legs += len(written)
        parts, constants, are_whole = [], [], True
        for n, part in enumerate(written):
            with self._at(pointer + step(n)):
                parts.append(self._part(part, whole, pointer + step(n)))
                if part.share is not None:
                    tree = read_expression(part.share)
                    are_whole &= type_of(tree, self._scope.forms.types).is_whole
                    constants.append(self._scope.forms.of(tree))
        rests = sum(part.rest for part in written)
        if rests > 1 or (rests == 0 and not constants):
            raise ValueError("one part must take what is left: give it a `share` or `rest: true`")
        _check_shares(constants, has_rest=rests == 1, are_weights=are_whole and rests == 0)
        return Split(parts, are_weights=are_whole and rests == 0, pointer=pointer)

    def _part(self, part: Part, whole: AmountType, pointer: str) -> Whither:
        if (part.amount is not None) + (part.share is not None) + part.rest != 1:
            raise ValueError("a part has either an `amount`, a `share`, or `rest: true`")
        place = self._place(part.account, pointer)
        if part.amount is not None:
            tree, kind = self._amount(part.amount)
            if kind.counts_an_asset and kind != whole:
                raise ValueError(f"{part.amount!r} is {said(kind)}, not of {whole.unit}")
            return Whither(place, self._arithmetic.whole(tree), None, part.skip_if_zero)
        if part.share is None:
            return Whither(place, None, None, part.skip_if_zero)
        tree = read_expression(part.share)
        kind = type_of(tree, self._scope.forms.types)
        if kind.counts_an_asset:
            raise ValueError(f"a share is a number such as 1/3, not {said(kind)}")
        return Whither(place, None, self._arithmetic.exact(tree), part.skip_if_zero)

    def _place(self, pattern: str, pointer: str) -> Place:
        pieces = split(pattern)
        slots: list[int] = []
        for name in pieces[1::2]:
            kind = self._scope.parameter_type(name)
            if kind not in _IN_PATHS:
                raise ValueError(f"{name!r} cannot stand in an account's path")
            if kind is ParameterType.TEXT:
                slots.append(self._scope.slots[name])
        is_reference = pieces[0::2] == ["", ""] and (
            self._scope.parameter_type(pieces[1]) is ParameterType.ACCOUNT
        )
        if not is_reference:
            check_path("x".join(pieces[0::2]))
        filling = Filling(pattern, self._scope.slots)
        return Place(filling, is_reference or filling.is_constant, tuple(slots), pointer)

    def _guard(self, text: str) -> Guard:
        if _UNCHECKED.search(text):
            raise ValueError("a condition without `dyn` can be checked now; leave it out")
        compiled = self._conditions.compile(text, self._scope.variables)
        mentioned = set(_WORD.findall(text)) & self._scope.variables.keys()
        return Guard(compiled, tuple((name, self._scope.slots[name]) for name in sorted(mentioned)))

    def _keep_for_proof(self, item: Item, asset: str, pointer: str, polynomial: Polynomial) -> None:
        side, written = (
            (Side.CREDIT, item.credit) if item.debit is None else (Side.DEBIT, item.debit)
        )
        account = written if isinstance(written, str) else "several accounts"
        assert account is not None, "an item without any side was refused"
        self._one_sided.append(
            OneSided(pointer, side, account, item.amount, polynomial, asset, item.when)
        )

    def _stand(self, item: Item, side: Side, pointer: str) -> None:
        """Refuse an account on both sides, which the ledger would refuse at every posting."""
        if item.skip_if_zero:
            return  # one of the two may be left out
        written = item.debit if side is Side.DEBIT else item.credit
        places = [written] if isinstance(written, str) else [p.account for p in written or ()]
        for account in places:
            other, where = self._standing.setdefault((account, item.when), (side, pointer))
            if other is not side:
                raise ValueError(f"{account} stands on the other side already, at {where}")


def _check_shares(shares: list[Polynomial], *, has_rest: bool, are_weights: bool) -> None:
    """Refuse constant shares that are no parts of a whole; those of arguments are checked later."""
    if any(set(share) - {()} for share in shares):
        return
    values = [share.get((), Fraction(0)) for share in shares]
    if any(value < 0 for value in values):
        raise ValueError("a share is less than 0")
    total = sum(values)
    if has_rest and total > 1:
        raise ValueError(f"the shares add up to {total}, which leaves no rest")
    if not has_rest and not are_weights and total != 1:
        raise ValueError(f"the shares add up to {total}, not 1; add a `rest`, or use whole weights")
    if not has_rest and total == 0:
        raise ValueError("all shares are 0")
