"""Whisper's text decoder over many windows at once, with key-value caches of its own.

The layers and their weights are openai-whisper's (whisper/model.py). Only the caches differ.
`whisper.decode` collects keys and values by hooks and copies all of them for every token. Here
those of the sound are computed once for all passes over a batch. Those of the text are written
where they stay, and a finished window gives its place away.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

from konspekt.transcribe.decode.prepacking import VOCABULARY

if TYPE_CHECKING:
    from torch import Tensor
    from whisper.model import Whisper

# n_text_ctx of every Whisper: positions of prompt, task and text together
CONTEXT = 448
_GROWTH = 64  # positions by which the cache of the text grows
Heads = Sequence[tuple[int, int]]  # (layer, head)


class CrossAttentionCache:
    """Keys and values of the windows' sound for each layer of the decoder.

    Each window has a slot, and `rows[slot]` is its row in the batch. Slots are exchanged so that
    the windows at work stand in front.
    """

    def __init__(
        self, whisper: Whisper, features: Iterable[Tensor], count: int
    ) -> None:
        """Take the encoder's features of `count` windows.

        `features` come in pieces `(windows, 1500, state)` of some windows each.
        """
        self.rows = list(range(count))
        # A layer's, (windows, heads, size, 1500). In this order a few texts read them as fast as
        # the memory gives them.
        self.keys: list[Tensor] = []
        self.values: list[Tensor] = []
        done = 0
        for piece in features:
            self._store(whisper, piece, done)
            done += len(piece)

    def bring_to_front(self, rows: Sequence[int]) -> list[int]:
        """Move the windows of these rows into the first slots; return their rows by slot."""
        wanted = set(rows)
        slots = compact_slots(
            [slot for slot, row in enumerate(self.rows) if row in wanted]
        )
        self.exchange(slots)
        return self.rows[: len(slots)]

    def exchange(self, slots: Sequence[int]) -> None:
        """Exchange slot `slots[i]` with slot `i`; `slots` are those of `compact_slots`."""
        for to, source in enumerate(slots):
            if to == source:
                continue
            for cache in (*self.keys, *self.values):
                cache[to], cache[source] = cache[source].clone(), cache[to].clone()
            self.rows[to], self.rows[source] = self.rows[source], self.rows[to]

    def _store(self, whisper: Whisper, features: Tensor, first: int) -> None:
        """Compute keys and values for the windows in the slots from `first` on."""
        for layer, block in enumerate(whisper.decoder.blocks):
            attention = block.cross_attn
            for caches, project in (
                (self.keys, attention.key),
                (self.values, attention.value),
            ):
                projected = _split_heads(project(features), attention.n_head).transpose(
                    -1, -2
                )
                if layer == len(caches):
                    caches.append(
                        projected.new_empty(len(self.rows), *projected.shape[1:])
                    )
                caches[layer][first : first + len(features)] = projected


def compact_slots(live: Sequence[int]) -> list[int]:
    """Return for each front slot the slot whose window it takes, with the fewest moves.

    After the moves the windows of the `live` slots fill the front.
    """
    holes = sorted(set(range(len(live))) - set(live))
    movers = sorted(slot for slot in live if slot >= len(live))
    moved = dict(zip(holes, movers, strict=True))
    return [moved.get(slot, slot) for slot in range(len(live))]


class Decoder:
    """Whisper's decoder over the windows in the first `count` slots of a cache.

    `group` is the number of texts of each window: 1, or the size of a beam.
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
        self.length = 0  # tokens read so far

    @property
    def texts(self) -> int:
        """Return how many texts the cache holds."""
        return len(self._keys[0])

    def forward(self, tokens: Tensor) -> Tensor:
        """Read `tokens` `(texts, tokens)`; return the state `(texts, tokens, state)` after each.

        They follow the tokens read before. Several tokens at once are read only at the start, where
        each window has one text, whatever the size of a group.
        """
        decoder = self._decoder
        length = self.length + tokens.shape[1]
        positions = decoder.positional_embedding[self.length : length]
        x = (decoder.token_embedding(tokens) + positions).to(self._dtype)
        slots = slice(0, self.count)
        for layer, block in enumerate(decoder.blocks):
            x = x + self._self_attention(layer, block.attn, block.attn_ln(x))
            mixed, _ = self._cross_attention(
                layer, block.cross_attn, block.cross_attn_ln(x), slots
            )
            x = x + block.cross_attn.out(mixed)
            x = x + block.mlp(block.mlp_ln(x))
        self.length = length
        return decoder.ln(x)  # type: ignore[no-any-return]

    def logits(self, state: Tensor) -> Tensor:
        """Return the logits `(texts, vocabulary)`, float32, of states `(texts, state)`."""
        if multiply := getattr(self._decoder, VOCABULARY, None):
            return multiply(state).float()  # type: ignore[no-any-return]
        weight = self._decoder.token_embedding.weight.to(state.dtype)
        # With the large matrix on the left a CPU is faster for few texts.
        return (weight @ state.T).T.float().contiguous()  # type: ignore[no-any-return]

    def keep_windows(self, slots: Sequence[int]) -> None:
        """Go on with the windows in these slots alone; `slots` are those of `compact_slots`."""
        self._sound.exchange(slots)
        for cache in (*self._keys, *self._values):
            for to, source in enumerate(slots):
                if to != source:
                    cache[self._texts_of(to)] = cache[self._texts_of(source)]
        self.count = len(slots)

    def rearrange(self, sources: Tensor) -> None:
        """Let text `i` go on from text `sources[i]`; this also makes a group of one text."""
        for caches in (self._keys, self._values):
            for layer, cache in enumerate(caches):
                caches[layer] = cache.index_select(0, sources)

    def align(
        self, tokens: Tensor, slots: slice, heads: Heads
    ) -> tuple[Tensor, Tensor]:
        """Read whole texts at once, without a cache, and watch some cross-attention heads.

        `tokens` `(texts, tokens)` belong to the windows in `slots`. Return the states `(texts,
        tokens, state)`, and the scores of `heads` before the softmax `(texts, heads, tokens,
        1500)`, float32.
        """
        import torch

        decoder = self._decoder
        scores_of: dict[tuple[int, int], Tensor] = {}
        positions = decoder.positional_embedding[: tokens.shape[1]]
        x = (decoder.token_embedding(tokens) + positions).to(self._dtype)
        for layer, block in enumerate(decoder.blocks):
            x = x + block.attn(block.attn_ln(x), mask=decoder.mask)[0]
            normed = block.cross_attn_ln(x)
            mixed, scores = self._cross_attention(
                layer, block.cross_attn, normed, slots
            )
            x = x + block.cross_attn.out(mixed)
            x = x + block.mlp(block.mlp_ln(x))
            watched = [head for at, head in heads if at == layer]
            scores_of |= {(layer, head): scores[:, head].float() for head in watched}
        return decoder.ln(x), torch.stack([scores_of[pair] for pair in heads], dim=1)

    def _texts_of(self, slot: int) -> slice:
        return slice(slot * self._group, (slot + 1) * self._group)

    def _self_attention(self, layer: int, attention: Any, x: Tensor) -> Tensor:
        """Return what the layer takes from the text, `(texts, tokens, state)`; add to its cache."""
        from torch.nn import functional

        heads = attention.n_head
        query = _split_heads(attention.query(x), heads)
        key = _split_heads(attention.key(x), heads)
        value = _split_heads(attention.value(x), heads)
        length = self.length + x.shape[1]
        keys = self._cache(self._keys, layer, key, length)
        values = self._cache(self._values, layer, value, length)
        keys[:, :, self.length :] = key
        values[:, :, self.length :] = value
        is_causal = x.shape[1] > 1
        mixed = functional.scaled_dot_product_attention(
            query, keys, values, is_causal=is_causal
        )
        joined = mixed.permute(0, 2, 1, 3).flatten(start_dim=2)
        return attention.out(joined)  # type: ignore[no-any-return]

    def _cache(
        self, caches: list[Tensor], layer: int, like: Tensor, length: int
    ) -> Tensor:
        """Return a view of the layer's cache over `length` positions, grown where it is shorter.

        `like` `(texts, heads, tokens, size)` gives the number of texts, the type and the device.
        """
        if layer == len(caches):
            caches.append(like[:, :, :0])
        if caches[layer].shape[2] < length:
            caches[layer] = _grow(caches[layer], length)
        return caches[layer][: len(like), :, :length]

    def _cross_attention(
        self, layer: int, attention: Any, x: Tensor, slots: slice
    ) -> tuple[Tensor, Tensor]:
        """Return what the layer takes from the sound, `(texts, tokens, state)`, and its scores.

        The texts of a window share its sound.
        """
        keys, values = self._sound.keys[layer][slots], self._sound.values[layer][slots]
        windows, heads, size = len(keys), attention.n_head, keys.shape[2]
        query = attention.query(x) * size**-0.5
        query = query.view(windows, -1, heads, size).transpose(1, 2)
        scores = query @ keys
        mixed = scores.float().softmax(-1).to(values.dtype) @ values.transpose(-1, -2)
        return mixed.transpose(1, 2).reshape(x.shape), scores


def _grow(cache: Tensor, length: int) -> Tensor:
    """Return a copy of a cache with room for `length` positions, in steps of `_GROWTH`."""
    texts, heads, capacity, size = cache.shape
    larger = min(CONTEXT, -(-length // _GROWTH) * _GROWTH)
    grown = cache.new_empty(texts, heads, larger, size)
    grown[:, :, :capacity] = cache
    return grown


def _split_heads(x: Tensor, heads: int) -> Tensor:
    """Return `(rows, positions, state)` as `(rows, heads, positions, size)`."""
    return x.view(*x.shape[:2], heads, -1).transpose(1, 2)
