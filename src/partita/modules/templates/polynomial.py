"""Polynomials: the normal form of amounts in which sums can be compared for certain.

An amount is a sum of products of atoms with exact coefficients. Atoms are parameters, and whatever
arithmetic cannot look into: something rounded, a smallest or largest, a quotient by something
variable. Two atoms are one if they are the same function of the same polynomials. If the normal
form of debits minus credits is empty, they are equal whatever the arguments; if it is not, nothing
is known, and the template is refused.
"""

from fractions import Fraction
from typing import assert_never

from partita.modules.templates.expression import (
    Called,
    Joined,
    NameRead,
    Number,
    Operator,
    Tree,
)
from partita.modules.templates.typing import AmountType, type_of

MOST_TERMS, HIGHEST_DEGREE, MOST_BITS = 100, 8, 1_024
MOST_WORK = 100_000
"""Terms that may be joined with terms for one template: some tenths of a second."""
_LONGEST_ATOM = 80
Monomial = tuple[int, ...]
"""A product of atoms, by their numbers in order; () is 1."""
Polynomial = dict[Monomial, Fraction]
_Key = tuple[object, ...]


class TooComplicated(ValueError):
    """The amount has more terms than anybody could check."""

    def __init__(self) -> None:
        """Say so."""
        super().__init__("this is more arithmetic than can be proved; split it into definitions")


class Atoms:
    """The atoms of one template, each with a number; the same atom has the same number."""

    def __init__(self) -> None:
        """None are known yet."""
        self._numbers: dict[_Key, int] = {}
        self._texts: list[str] = []

    def of(self, key: _Key, text: str) -> Polynomial:
        """The polynomial that is one atom; `text` is how findings call it."""
        number = self._numbers.setdefault(key, len(self._numbers))
        if number == len(self._texts):
            # Cut, since atoms stand within atoms and would double their texts each time.
            cut = text if len(text) <= _LONGEST_ATOM else f"{text[: _LONGEST_ATOM - 1]}…"
            self._texts.append(cut)
        return {(number,): Fraction(1)}

    def said(self, polynomial: Polynomial, most: int = 6) -> str:
        """A polynomial as people write it; long ones are cut."""
        terms = [self._term(m, c) for m, c in sorted(polynomial.items())]
        text = " ".join(terms[:most]) + (" …" if len(terms) > most else "")
        return text.removeprefix("+ ") or "0"

    def _term(self, monomial: Monomial, coefficient: Fraction) -> str:
        sign, size = ("-" if coefficient < 0 else "+"), abs(coefficient)
        factors = [self._texts[number] for number in monomial]
        if size != 1 or not factors:
            factors.insert(0, str(size))
        return f"{sign} {' × '.join(factors)}"


def add(left: Polynomial, right: Polynomial, times: int = 1) -> Polynomial:
    """`left + times × right`."""
    result = dict(left)
    for monomial, coefficient in right.items():
        total = result.get(monomial, Fraction(0)) + times * coefficient
        if total:
            result[monomial] = total
        else:
            result.pop(monomial, None)
    return _checked(result)


def multiply(left: Polynomial, right: Polynomial) -> Polynomial:
    """The product, multiplied out."""
    result: Polynomial = {}
    for m, c in left.items():
        for n, d in right.items():
            monomial = tuple(sorted(m + n))
            result[monomial] = result.get(monomial, Fraction(0)) + c * d
    return _checked({monomial: c for monomial, c in result.items() if c})


def _checked(polynomial: Polynomial) -> Polynomial:
    if len(polynomial) > MOST_TERMS:
        raise TooComplicated
    for monomial, c in polynomial.items():
        bits = c.numerator.bit_length() + c.denominator.bit_length()
        if len(monomial) > HIGHEST_DEGREE or bits > MOST_BITS:
            raise TooComplicated
    return polynomial


class NormalForm:
    """Takes trees apart into polynomials, over names whose polynomials are known."""

    def __init__(self, atoms: Atoms) -> None:
        """Begin without any name."""
        self.atoms = atoms
        self.types: dict[str, AmountType] = {}
        self._names: dict[str, Polynomial] = {}
        self._work = 0

    def know_parameter(self, name: str, kind: AmountType) -> None:
        """Take in a parameter: an atom of its own."""
        self.types[name] = kind
        self._names[name] = self.atoms.of(("name", name), name)

    def know_definition(self, name: str, kind: AmountType, polynomial: Polynomial) -> None:
        """Take in a definition: what it is made of."""
        self.types[name] = kind
        self._names[name] = polynomial

    def of(self, tree: Tree) -> Polynomial:
        """The polynomial of a tree that has a type.

        Raises:
            TooComplicated: it has more terms than can be checked.
        """
        match tree:
            case Number(value):
                return _checked({(): value} if value else {})
            case NameRead(name):
                return self._names[name]
            case Joined(operator, left, right):
                return self._joined(operator, self.of(left), self.of(right))
            case Called():
                return self._called(tree)
            case _:
                assert_never(tree)

    def _joined(self, operator: Operator, left: Polynomial, right: Polynomial) -> Polynomial:
        self._work += len(left) * len(right) + len(left) + len(right)
        if self._work > MOST_WORK:
            raise TooComplicated
        match operator:
            case Operator.ADD:
                return add(left, right)
            case Operator.SUBTRACT:
                return add(left, right, -1)
            case Operator.MULTIPLY:
                return multiply(left, right)
            case Operator.DIVIDE:
                return multiply(left, self._inverse(right))
            case _:
                assert_never(operator)

    def _inverse(self, divisor: Polynomial) -> Polynomial:
        if not divisor:
            raise ValueError("this divides by 0")
        if set(divisor) == {()}:
            return {(): 1 / divisor[()]}
        # Sound for every divisor but 0, and then nothing is rendered at all.
        return self.atoms.of(("inverse", _key(divisor)), f"1/({self.atoms.said(divisor)})")

    def _called(self, tree: Called) -> Polynomial:
        function, arguments = tree.function, [self.of(each) for each in tree.arguments]
        if function.rounds and type_of(tree.arguments[0], self.types).is_whole:
            return arguments[0]
        text = f"{function.value}({', '.join(map(self.atoms.said, arguments))})"
        return self.atoms.of((function.value, *map(_key, arguments)), text)


def _key(polynomial: Polynomial) -> frozenset[tuple[Monomial, Fraction]]:
    return frozenset(polynomial.items())
