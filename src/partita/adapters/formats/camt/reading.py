"""Read camt messages of any version: XML in, statements out, one at a time.

The versions differ in where a few things stand (a status as text or as a code, a party's name one
level deeper), so each is looked for in the places where versions 1 to 12 have it. What is not
understood is left out; what is understood and wrong, above all an amount, refuses the file.
"""

from collections.abc import Iterator, Mapping
from datetime import date, datetime
from typing import IO
from xml.etree.ElementTree import Element

import msgspec

from partita.adapters.formats.camt.message import (
    Balance,
    Direction,
    Entry,
    Kind,
    Party,
    Payment,
    Statement,
)
from partita.adapters.formats.xml_stream import XmlRefused, subtrees
from partita.kernel.amount import from_decimal
from partita.kernel.currencies import ISO_4217

_KINDS = {kind.value: kind for kind in Kind}
_SCALES = {code: scale for code, (scale, _number, _name) in ISO_4217.items()}
_SIDES = {Direction.IN: "Dbtr", Direction.OUT: "Cdtr"}
"""Who the other one is: of money that comes in, the debtor."""


class CamtRefused(ValueError):
    """The message cannot be taken in; the text says which statement, what is wrong, and where."""


def read(stream: IO[bytes], scales: Mapping[str, int] = _SCALES) -> Iterator[Statement]:
    """The statements of one document. `scales` tells the decimals of each asset.

    Raises:
        CamtRefused: an amount is missing, unreadable, below zero or finer than its asset; a
            currency is not known; or it is no XML that is read here.
    """
    try:
        for namespace, element in subtrees(stream, _KINDS):
            yield _statement(element, namespace.rpartition(":")[2], scales)
    except XmlRefused as error:
        raise CamtRefused(str(error)) from None


def _statement(element: Element, message: str, scales: Mapping[str, int]) -> Statement:
    id = _text(element, "Id") or ""
    # An account whose currency is not told has that of its figures.
    figure = element.find(".//Amt[@Ccy]")
    try:
        return Statement(
            kind=_KINDS[element.tag],
            message=message,
            id=id,
            account=_text(element, "Acct/Id/IBAN", "Acct/Id/Othr/Id", "Acct/Id/PrtryAcct/Id") or "",
            asset=_text(element, "Acct/Ccy") or (None if figure is None else figure.get("Ccy")),
            balances=tuple(_balance(each, scales) for each in element.iterfind("Bal")),
            entries=tuple(_entry(each, scales) for each in element.iterfind("Ntry")),
        )
    except ValueError as error:
        raise CamtRefused(f"{element.tag} {id}: {error}") from None


def _balance(element: Element, scales: Mapping[str, int]) -> Balance:
    code = _text(element, "Tp/CdOrPrtry/Cd", "Tp/Cd")
    amount, asset = _amount(element, scales, "Amt")
    return Balance(
        type=code or _text(element, "Tp/CdOrPrtry/Prtry", "Tp/Prtry") or "",
        amount=amount,
        asset=asset,
        # Some banks leave it out of a balance, and mean one in credit.
        direction=_direction(element) if element.find("CdtDbtInd") is not None else Direction.IN,
        day=_day(element, "Dt"),
        is_coded=code is not None,
    )


def _entry(element: Element, scales: Mapping[str, int]) -> Entry:
    amount, asset = _amount(element, scales, "Amt")
    whole = Entry(
        amount=amount,
        asset=asset,
        direction=_direction(element),
        status=_text(element, "Sts/Cd", "Sts") or "",
        booked_on=_day(element, "BookgDt"),
        value_on=_day(element, "ValDt"),
        reference=_text(element, "AcctSvcrRef", "NtryRef"),
        is_reversal=_text(element, "RvslInd") == "true",
    )
    found = element.iterfind("NtryDtls/TxDtls")
    payments = tuple(_payment(each, whole, scales) for each in found)
    return msgspec.structs.replace(whole, payments=payments)


def _payment(element: Element, entry: Entry, scales: Mapping[str, int]) -> Payment:
    """A payment; what it does not say of amount and direction is what its entry says."""
    amount, asset = entry.amount, entry.asset
    for path in ("Amt", "AmtDtls/TxAmt/Amt"):
        if element.find(path) is not None:
            amount, asset = _amount(element, scales, path)
            break
    direction = entry.direction if element.find("CdtDbtInd") is None else _direction(element)
    return Payment(
        amount=amount,
        asset=asset,
        direction=direction,
        references={
            each.tag: (each.text or "").strip()
            for each in element.iterfind("Refs/*")
            if (each.text or "").strip()
        },
        counterparty=_counterparty(element, _SIDES[direction]),
        settled_on=_day(element, "RltdDts/IntrBkSttlmDt", itself=True),
        remittance=_text(element, "RmtInf/Ustrd", "RmtInf/Strd/CdtrRefInf/Ref"),
    )


def _counterparty(element: Element, side: str) -> Party:
    parties, agents = f"RltdPties/{side}", f"RltdAgts/{side}Agt/FinInstnId"
    return Party(
        name=_text(element, f"{parties}/Pty/Nm", f"{parties}/Nm"),
        account=_text(element, f"{parties}Acct/Id/IBAN", f"{parties}Acct/Id/Othr/Id"),
        bank=_text(element, f"{agents}/BICFI", f"{agents}/BIC"),
    )


def _amount(element: Element, scales: Mapping[str, int], path: str) -> tuple[int, str]:
    found = element.find(path)
    if found is None:
        raise ValueError(f"{element.tag} has no {path}")
    asset, text = found.get("Ccy", ""), (found.text or "").strip()
    if asset not in scales:
        raise ValueError(f"{element.tag} is in {asset!r}, which is no currency that is known here")
    # XML Schema lets a decimal begin with its point: `.5`.
    amount = from_decimal(f"0{text}" if text.startswith(".") else text, scales[asset])
    if amount < 0:
        raise ValueError(f"{element.tag} has the amount {text}; the sign belongs to CdtDbtInd")
    return amount, asset


def _direction(element: Element) -> Direction:
    text = _text(element, "CdtDbtInd")
    if text not in ("CRDT", "DBIT"):
        raise ValueError(f"{element.tag} has CdtDbtInd {text!r}; it must be CRDT or DBIT")
    return Direction(text)


def _day(element: Element, path: str, *, itself: bool = False) -> date | None:
    """A day, given as such or as the start of a moment; in the bank's own time zone."""
    text = _text(element, path) if itself else _text(element, f"{path}/Dt", f"{path}/DtTm")
    if text is None:
        return None
    try:
        return datetime.fromisoformat(text).date()
    except ValueError:
        raise ValueError(f"{element.tag} has the day {text!r}, which is none") from None


def _text(element: Element, *paths: str) -> str | None:
    """The first text that is not empty at one of these places."""
    for path in paths:
        text = (element.findtext(path) or "").strip()
        if text:
            return text
    return None
