"""torch.einsum: the reading of its equation, and whether the operands fit it."""

from __future__ import annotations

from typing import Any

from refnn.autograd.base import TensorBase
from refnn.ops import linalg as ops
from refnn.ops.shape import diagonal

_LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"  # in the order of an output that is not written
_DOTS = "..."


def einsum(*args: Any) -> Any:
    """Σ of products over the letters that the output lacks, e.g. einsum('ij,jk->ik', x, y).

    An ellipsis stands for any dimensions; a dimension of length 1 goes with any length. Without an equation each
    operand is followed by the numbers of its dimensions: einsum(x, [0, 1], y, [1, 2], [0, 2]). Raises RuntimeError for
    an equation that cannot be read, or that the operands do not fit.
    """
    if len(args) < 2:
        raise ValueError(
            "einsum(): must specify the equation string and at least one operand, or at least one operand and its "
            "subscripts list"
        )
    equation, *operands = args
    if isinstance(equation, TensorBase):
        equation, operands = _from_sublists(args)
    tensors = list(operands[0]) if len(operands) == 1 and isinstance(operands[0], (tuple, list)) else list(operands)
    left, arrow, right = equation.partition("->")
    terms = _read_inputs(left, len(tensors))
    dotted = max(map(_count_dotted, terms, tensors, range(len(tensors))))
    output = _read_output(right, len(left) + 2, terms) if arrow else _implied(terms)
    spare = [c for c in _LETTERS if c not in "".join(map("".join, terms))][:dotted]  # for an ellipsis' dimensions
    inputs = [_spread(term, spare, x._data.ndim - len(term) + 1) for term, x in zip(terms, tensors, strict=True)]
    cleaned = [_take_diagonals(x, s, k) for k, (x, s) in enumerate(zip(tensors, inputs, strict=True))]
    _check_lengths([x for x, _ in cleaned], [s for _, s in cleaned], spare)
    return ops.einsum(
        *[x for x, _ in cleaned], inputs=tuple(s for _, s in cleaned), output=_spread(output, spare, dotted)
    )


def _from_sublists(args: tuple[Any, ...]) -> tuple[str, list[Any]]:
    """einsum(x, [0, 1], y, [1, 2], [0, 2]) as an equation and its operands."""

    def letter(place: Any) -> str:
        if place is Ellipsis:
            return _DOTS
        if not 0 <= place < len(_LETTERS):
            raise ValueError("einsum(): subscript in subscript list is not within the valid range [0, 52)")
        return _LETTERS[place]

    pairs = len(args) // 2
    equation = ",".join("".join(map(letter, args[2 * k + 1])) for k in range(pairs))
    if len(args) % 2:
        equation += f"->{''.join(map(letter, args[-1]))}"
    return equation, [args[2 * k] for k in range(pairs)]


def _read(text: str, start: int, where: str, again: str, stray: str) -> list[str]:
    """The letters of a term, with an ellipsis as one of them; start is its place in the equation."""
    term: list[str] = []
    i = 0
    while i < len(text):
        c = text[i]
        if c == ".":
            if _DOTS in term:
                raise RuntimeError(f"einsum(): found '.' for {where} {again}")
            if not text.startswith(_DOTS, i):
                raise RuntimeError(f"einsum(): found '.' for {where} that is not part of any {stray}")
            term.append(_DOTS)
            i += 2
        elif c in _LETTERS:
            term.append(c)
        elif c != " ":
            raise RuntimeError(
                f"einsum(): invalid subscript given at index {start + i} in the equation string, subscripts must be in "
                "[a-zA-Z]"
            )
        i += 1
    return term


def _read_inputs(text: str, count: int) -> list[list[str]]:
    terms: list[list[str]] = []
    start = 0
    for part in text.split(","):
        if len(terms) == count:
            raise RuntimeError("einsum(): fewer operands were provided than specified in the equation")
        where = f"operand {len(terms)}"
        terms.append(_read(part, start, where, "for which an ellipsis was already found", "ellipsis"))
        start += len(part) + 1
    if len(terms) < count:
        raise RuntimeError("einsum(): more operands were provided than specified in the equation")
    return terms


def _count_dotted(term: list[str], x: Any, which: int) -> int:
    """How many dimensions of an operand its ellipsis stands for. Raises RuntimeError where the letters do not fit."""
    letters, ndim = len([c for c in term if c != _DOTS]), x._data.ndim
    if _DOTS in term:
        if letters <= ndim:
            return int(ndim - letters)
        what, end = "is more than", ""
    elif letters == ndim:
        return 0
    else:
        what, end = "does not match", " and no ellipsis was given"
    raise RuntimeError(
        f"einsum(): the number of subscripts in the equation ({letters}) {what} the number of dimensions ({ndim}) for "
        f"operand {which}{end}"
    )


def _read_output(text: str, start: int, terms: list[list[str]]) -> list[str]:
    output = _read(text, start, "output", "but an ellipsis (...) was already found", "ellipsis (...)")
    for place, c in enumerate(output):
        if c in output[:place]:
            raise RuntimeError(f"einsum(): output subscript {c} appears more than once in the output")
        if c != _DOTS and all(c not in term for term in terms):
            raise RuntimeError(f"einsum(): output subscript {c} does not appear in the equation for any input operand")
    return output


def _implied(terms: list[list[str]]) -> list[str]:
    """The output of an equation without an arrow: an ellipsis, and the letters that stand once, in order."""
    every = [c for term in terms for c in term]
    return [_DOTS, *(c for c in _LETTERS if every.count(c) == 1)]


def _spread(term: list[str], spare: list[str], count: int) -> str:
    """A term with the last of the spare letters for its ellipsis."""
    return "".join("".join(spare[len(spare) - count :]) if c == _DOTS else c for c in term)


def _take_diagonals(x: Any, subscript: str, which: int) -> tuple[Any, str]:
    """An operand in which no letter stands twice."""
    for letter in dict.fromkeys(subscript):
        while subscript.count(letter) > 1:
            first = subscript.index(letter)
            second = subscript.index(letter, first + 1)
            n, m = x._data.shape[first], x._data.shape[second]
            if n != m:
                raise RuntimeError(
                    f"einsum(): subscript {letter} is repeated for operand {which} but the sizes don't match, "
                    f"{m} != {n}"
                )
            x = diagonal(x, offset=0, dim1=first, dim2=second)
            subscript = subscript[:first] + subscript[first + 1 : second] + subscript[second + 1 :] + letter
    return x, subscript


def _check_lengths(tensors: list[Any], inputs: list[str], spare: list[str]) -> None:
    """Raise RuntimeError where a letter has two lengths, neither of them 1."""
    lengths: dict[str, int] = {}
    for which, (x, subscript) in enumerate(zip(tensors, inputs, strict=True)):
        for c, n in zip(subscript, x._data.shape, strict=True):
            before = lengths.get(c, 1)
            if 1 not in (n, before) and n != before:
                if c in spare:
                    place = [d for d in subscript if d in spare].index(c)
                    raise RuntimeError(
                        f"einsum(): dimension {place} covered by ellipsis in operand {which}has size {n} which "
                        f"does not broadcast with previously seen ellipsis with size {before} for the respective "
                        "dimension"
                    )
                raise RuntimeError(
                    f"einsum(): subscript {c} has size {n} for operand {which} which does not broadcast with "
                    f"previously seen size {before}"
                )
            lengths[c] = max(n, before) if n and before else 0
