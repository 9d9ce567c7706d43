"""Muon: momentum whose matrices are made orthogonal before they are applied.

K. Jordan, "Muon: an optimizer for hidden layers in neural networks" (2024); the scale of a step as
in J. Liu et al., "Muon is scalable for LLM training" (2025). torch's own works in bfloat16, which a
processor without it computes thirty times slower than float32.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable

import torch
from torch import Tensor, nn

MOMENTUM = 0.95
TURNS = 5  # of Newton and Schulz
QUINTIC = (3.4445, -4.7750, 2.0315)
SIZE = 0.4  # root mean square of a step over the learning rate; AdamW's lies between 0.2 and 0.4


class Muon(torch.optim.Optimizer):
    """For matrices only: biases, tables and convolutions belong to another optimizer."""

    def __init__(
        self, matrices: Iterable[nn.Parameter], lr: float, weight_decay: float
    ) -> None:
        super().__init__(matrices, {"lr": lr, "weight_decay": weight_decay})

    @torch.no_grad()
    def step(self, closure: None = None) -> None:  # type: ignore[override]  # noqa: ARG002
        """One step; matrices of one shape are made orthogonal together."""
        for group in self.param_groups:
            alike: dict[tuple[int, ...], list[tuple[nn.Parameter, Tensor]]] = (
                defaultdict(list)
            )
            for matrix in group["params"]:
                momentum = self.state[matrix].setdefault(
                    "momentum", torch.zeros_like(matrix)
                )
                momentum.lerp_(matrix.grad, 1 - MOMENTUM)
                ahead = matrix.grad.lerp(momentum, MOMENTUM)
                wide = ahead if ahead.shape[0] <= ahead.shape[1] else ahead.T
                alike[tuple(wide.shape)].append((matrix, wide))
            for shape, pairs in alike.items():
                steps = orthogonal(torch.stack([wide for _, wide in pairs])) * (
                    SIZE * shape[1] ** 0.5
                )
                for (matrix, _), update in zip(pairs, steps, strict=True):
                    matrix.mul_(1 - group["lr"] * group["weight_decay"])
                    matrix.sub_(
                        update if matrix.shape == update.shape else update.T,
                        alpha=group["lr"],
                    )


def orthogonal(wide: Tensor) -> Tensor:
    """Matrices `(n, rows, columns)`, no taller than wide, with their singular values brought near 1
    (0.7 to 1.2).
    """
    first, third, fifth = QUINTIC
    found: Tensor = wide / wide.norm(dim=(1, 2), keepdim=True).clamp(min=1e-7)
    for _ in range(TURNS):
        square = found @ found.mT
        found = torch.baddbmm(
            found,
            torch.baddbmm(square, square, square, beta=third, alpha=fifth),
            found,
            beta=first,
        )
    return found
