"""Whisper's text decoder over many windows at once, with a memory of its own.

The layers and their weights are openai-whisper's own (whisper/model.py). What is done differently
is where keys and values are kept: `whisper.decode` collects them by hooks and copies all of them
for every token; here those of the sound are computed once for all passes over a batch, those of the
text are written where they stay, and a window that is done gives its place away.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

from konspekt.transcribe.decode.prepacking import VOCABULARY

if TYPE_CHECKING:
    from torch import Tensor
    from whisper.model import Whisper

CONTEXT = 448  # n_text_ctx of every Whisper: positions of prompt, task and text together
_GROWTH = 64  # positions by which the memory of the text grows
Heads = Sequence[tuple[int, int]]  # (layer, head)


class CrossAttentionCache:
    """Keys and values of the windows' sound for each layer of the decoder.

    A window's lie in a slot; slots are exchanged so that those at work stand in front. `rows[slot]`
    is the window.
    """

    def __init__(self, whisper: Whisper, features: Iterable[Tensor], count: int) -> None:
        """Takes the encoder's `(windows, 1500, state)`, in pieces of some windows each, `count` in
        all.
        """
        self.rows = list(range(count))
        # A layer's, (windows, heads, size, 1500): in this order few texts read them as fast as
        # memory gives them.
        self.keys: list[Tensor] = []
        self.values: list[Tensor] = []
        done = 0
        for piece in features:
            for layer, block in enumerate(whisper.decoder.blocks):
                attention = block.cross_attn
                key = _split_heads(attention.key(piece), attention.n_head).transpose(-1, -2)
                value = _split_heads(attention.value(piece), attention.n_head).transpose(-1, -2)
                if not done:
                    self.keys.append(key.new_empty(count, *key.shape[1:]))
                    self.values.append(value.new_empty(count, *value.shape[1:]))
                self.keys[layer][done : done + len(piece)] = key
                self.values[layer][done : done + len(piece)] = value
            done += len(piece)

    def bring(self, rows: Sequence[int]) -> list[int]:
        """Brings these windows into the first slots; the order in which they stand there."""
        slots = compact_slots([slot for slot, row in enumerate(self.rows) if row in set(rows)])
        self.keep(slots)
        return self.rows[: len(slots)]

    def keep(self, slots: Sequence[int]) -> None:
        """Exchanges slot `slots[i]` and slot `i`, for a list of `compact_slots`."""
        for to, source in enumerate(slots):
            if to != source:
                for kept in (*self.keys, *self.values):
                    kept[to], kept[source] = kept[source].clone(), kept[to].clone()
                self.rows[to], self.rows[source] = self.rows[source], self.rows[to]


def compact_slots(live: Sequence[int]) -> list[int]:
    """Which slot moves to the front ones, so that the `live` slots fill them with the fewest
    moves.
    """
    holes = sorted(set(range(len(live))) - set(live))
    movers = iter(sorted(slot for slot in live if slot >= len(live)))
    moved = dict(zip(holes, movers, strict=True))
    return [moved.get(slot, slot) for slot in range(len(live))]


class Decoder:
    """The decoder over the first `count` slots of a `CrossAttentionCache`, `group` texts to each window (1, or a
    beam).
    """

    def __init__(
        self, whisper: Whisper, sound: CrossAttentionCache, count: int, group: int = 1
    ) -> None:
        self._decoder = whisper.decoder
        self._sound = sound
        self._dtype = sound.keys[0].dtype
        self._group = group
        self._keys: list[Tensor] = []  # a layer's, (texts, heads, capacity, size)
        self._values: list[Tensor] = []
        self.count = count
        self.length = 0

    @property
    def texts(self) -> int:
        """How many texts the memory holds."""
        return len(self._keys[0])

    def read(self, tokens: Tensor) -> Tensor:
        """The state `(texts, tokens, state)` after each of `tokens` `(texts, tokens)`, which follow
        what was read.

        More than one token at once only at the beginning, where the texts of a group are still one:
        `texts` is then the number of windows.
        """
        decoder, length = self._decoder, self.length + tokens.shape[1]
        x = decoder.token_embedding(tokens) + decoder.positional_embedding[self.length : length]
        x = x.to(self._dtype)
        for layer, block in enumerate(decoder.blocks):
            x = x + self._listen_to_text(layer, block.attn, block.attn_ln(x))
            x = x + block.cross_attn.out(
                self._listen_to_sound(layer, block.cross_attn, block.cross_attn_ln(x))[0]
            )
            x = x + block.mlp(block.mlp_ln(x))
        self.length = length
        return decoder.ln(x)  # type: ignore[no-any-return]

    def logits(self, state: Tensor) -> Tensor:
        """Logits `(texts, vocabulary)`, float32, of states `(texts, state)`."""
        if multiply := getattr(self._decoder, VOCABULARY, None):
            return multiply(state).float()  # type: ignore[no-any-return]
        weight = self._decoder.token_embedding.weight.to(state.dtype)
        # This way round the large matrix is the left one, which is faster for few texts on a
        # processor.
        return (weight @ state.T).T.float().contiguous()  # type: ignore[no-any-return]

    def keep(self, slots: Sequence[int]) -> None:
        """Goes on with these windows alone, which move to the front; a list of `compact_slots`."""
        self._sound.keep(slots)
        for kept in (*self._keys, *self._values):
            for to, source in enumerate(slots):
                if to != source:
                    kept[to * self._group : (to + 1) * self._group] = kept[
                        source * self._group : (source + 1) * self._group
                    ]
        self.count = len(slots)

    def follow(self, sources: Tensor) -> None:
        """Text `i` goes on from what text `sources[i]` has read; after the beginning also makes a
        group of one text.
        """
        for kept in (self._keys, self._values):
            for layer, tensor in enumerate(kept):
                kept[layer] = tensor.index_select(0, sources)

    def align(self, tokens: Tensor, slots: slice, heads: Heads) -> tuple[Tensor, Tensor]:
        """Whole texts at once, without a memory, and where some heads of the decoder listen while
        they read them.

        `tokens` `(texts, tokens)` to the windows in `slots`. States `(texts, tokens, state)`, and
        the heads' scores before the softmax `(texts, heads, tokens, 1500)`, float32.
        """
        import torch

        decoder, watched = self._decoder, dict[tuple[int, int], Any]()
        x = (decoder.token_embedding(tokens) + decoder.positional_embedding[: tokens.shape[1]]).to(
            self._dtype
        )
        for layer, block in enumerate(decoder.blocks):
            x = x + block.attn(block.attn_ln(x), mask=decoder.mask)[0]
            mixed, scores = self._listen_to_sound(
                layer, block.cross_attn, block.cross_attn_ln(x), slots
            )
            x = x + block.cross_attn.out(mixed)
            x = x + block.mlp(block.mlp_ln(x))
            watched |= {(at, head): scores[:, head].float() for at, head in heads if at == layer}
        return decoder.ln(x), torch.stack([watched[pair] for pair in heads], dim=1)

    def _listen_to_text(self, layer: int, attention: Any, x: Tensor) -> Tensor:
        from torch.nn import functional

        query, key, value = (
            _split_heads(project(x), attention.n_head)
            for project in (attention.query, attention.key, attention.value)
        )
        length = self.length + x.shape[1]
        self._make_room(layer, key, length)
        keys, values = (
            self._keys[layer][: len(x), :, :length],
            self._values[layer][: len(x), :, :length],
        )
        keys[:, :, self.length :] = key
        values[:, :, self.length :] = value
        mixed = functional.scaled_dot_product_attention(
            query, keys, values, is_causal=x.shape[1] > 1
        )
        return attention.out(mixed.permute(0, 2, 1, 3).flatten(start_dim=2))  # type: ignore[no-any-return]

    def _make_room(self, layer: int, key: Tensor, length: int) -> None:
        for kept in (self._keys, self._values):
            if layer == len(kept):
                kept.append(key.new_empty(*key.shape[:2], 0, key.shape[3]))
            room = kept[layer].shape[2]
            if room < length:
                larger = min(CONTEXT, -(-length // _GROWTH) * _GROWTH)
                grown = key.new_empty(*kept[layer].shape[:2], larger, key.shape[3])
                grown[:, :, :room] = kept[layer]
                kept[layer] = grown

    def _listen_to_sound(
        self, layer: int, attention: Any, x: Tensor, slots: slice | None = None
    ) -> tuple[Tensor, Tensor]:
        """What a layer hears `(texts, tokens, state)`, and its scores; the texts of a window share
        its sound.
        """
        slots = slice(0, self.count) if slots is None else slots
        keys, values = self._sound.keys[layer][slots], self._sound.values[layer][slots]
        windows, heads, size = len(keys), attention.n_head, keys.shape[2]
        query = attention.query(x) * size**-0.5
        query = query.view(windows, -1, heads, size).transpose(1, 2)
        scores = query @ keys
        mixed = scores.float().softmax(-1).to(values.dtype) @ values.transpose(-1, -2)
        return mixed.transpose(1, 2).reshape(x.shape), scores


def _split_heads(x: Tensor, heads: int) -> Tensor:
    """`(rows, positions, state)` as `(rows, heads, positions, size)`."""
    return x.view(*x.shape[:2], heads, -1).transpose(1, 2)
