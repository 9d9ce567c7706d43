"""Whisper's text decoder over many windows at once, with key-value caches of its own.

The layers and their weights are openai-whisper's (whisper/model.py). Only the caches differ.
`whisper.decode` collects keys and values by hooks and copies all of them for every token. Here
those of the sound are computed once for all passes over a batch. Those of the text are written
where they stay, and a finished window gives its place away.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from typing import TYPE_CHECKING, Any

from konspekt.transcribe.decode.prepacking import VOCABULARY

if TYPE_CHECKING:
    import torch
    from torch import Tensor
    from whisper.model import Whisper

# n_text_ctx of every Whisper: positions of prompt, task and text together
CONTEXT = 448
_GROWTH = 64  # positions by which the cache of the text grows


class CrossAttentionCache:
    """Keys and values of the windows' sound for each layer of a Whisper's decoder.

    Each window has a slot, and `rows[slot]` is its row in the batch. Slots are exchanged so that
    the windows at work stand in front.
    """

    def __init__(
        self, whisper: Whisper, features: Iterable[Tensor], count: int
    ) -> None:
        """Take the encoder's features of `count` windows.

        `features` come in pieces `(windows, 1500, state)` of some windows each.
        """
        self.whisper = whisper
        self.rows = list(range(count))
        # A layer's, (windows, heads, size, 1500). In this order a few texts read them as fast as
        # the memory gives them.
        self.keys: list[Tensor] = []
        self.values: list[Tensor] = []
        first = 0
        for piece in features:
            self._store(piece, first)
            first += len(piece)

    @property
    def device(self) -> torch.device:
        """Return where the caches lie."""
        return self.keys[0].device

    def bring_to_front(self, rows: Collection[int]) -> list[int]:
        """Move the windows of these rows into the first slots; return their rows by slot."""
        live = [slot for slot, row in enumerate(self.rows) if row in rows]
        self.exchange(compact_slots(live))
        return self.rows[: len(live)]

    def exchange(self, slots: Sequence[int]) -> None:
        """Exchange slot `slots[i]` with slot `i`; `slots` are those of `compact_slots`."""
        for to, source in enumerate(slots):
            if to == source:
                continue
            for cache in (*self.keys, *self.values):
                cache[to], cache[source] = cache[source].clone(), cache[to].clone()
            self.rows[to], self.rows[source] = self.rows[source], self.rows[to]

    def _store(self, features: Tensor, first: int) -> None:
        """Compute keys and values for the windows in the slots from `first` on."""
        for layer, block in enumerate(self.whisper.decoder.blocks):
            attention = block.cross_attn
            self._write(self.keys, layer, attention.key(features), first)
            self._write(self.values, layer, attention.value(features), first)

    def _write(
        self, caches: list[Tensor], layer: int, projected: Tensor, first: int
    ) -> None:
        """Write a layer's keys or values `(windows, 1500, state)`, from the slot `first` on."""
        heads = self.whisper.dims.n_text_head
        written = _split_heads(projected, heads).transpose(-1, -2)
        if layer == len(caches):
            caches.append(written.new_empty(len(self.rows), *written.shape[1:]))
        caches[layer][first : first + len(written)] = written


def compact_slots(live: Sequence[int]) -> list[int]:
    """Return for each front slot the slot whose window it takes, with the fewest moves.

    After the moves the windows of the `live` slots fill the front.
    """
    holes = sorted(set(range(len(live))) - set(live))
    movers = sorted(slot for slot in live if slot >= len(live))
    moved = dict(zip(holes, movers, strict=True))
    return [moved.get(slot, slot) for slot in range(len(live))]


class Decoder:
    """Whisper's decoder over the windows in some slots of a cache.

    `group` is the number of texts of each window: 1, or the size of a beam.
    """

    def __init__(
        self, sound: CrossAttentionCache, slots: slice, group: int = 1
    ) -> None:
        self._decoder = sound.whisper.decoder
        self._sound = sound
        self._slots = slots
        self._group = group
        self._keys: list[Tensor] = []  # a layer's, (texts, heads, capacity, size)
        self._values: list[Tensor] = []
        self._length = 0  # tokens read so far

    @property
    def texts(self) -> int:
        """Return how many texts the cache holds."""
        return len(self._keys[0])

    def forward(self, tokens: Tensor) -> Tensor:
        """Read `tokens` `(texts, tokens)`; return the state `(texts, tokens, state)` after each.

        They follow the tokens read before. Several tokens at once are read only at the start, where
        each window has one text, whatever the size of a group.
        """
        x = self._embed(tokens)
        for layer, block in enumerate(self._decoder.blocks):
            x = x + self._self_attention(layer, block.attn, block.attn_ln(x))
            x, _ = self._attend_to_sound(layer, block, x)
        self._length += tokens.shape[1]
        return self._decoder.ln(x)  # type: ignore[no-any-return]

    def align(self, tokens: Tensor) -> tuple[Tensor, Tensor]:
        """Read whole texts `(windows, tokens)` at once, without a cache.

        Return the states `(windows, tokens, state)`, and the scores of the heads that follow the
        sound, before the softmax, `(windows, heads, tokens, 1500)`, float32.
        """
        import torch

        # (layers, heads), bool; a GPU takes this index from the CPU, too
        heads = self._sound.whisper.alignment_heads.cpu().to_dense()
        watched = []
        x = self._embed(tokens)
        for layer, block in enumerate(self._decoder.blocks):
            x = x + block.attn(block.attn_ln(x), mask=self._decoder.mask)[0]
            x, scores = self._attend_to_sound(layer, block, x)
            watched.append(scores[:, heads[layer]].float())
        return self._decoder.ln(x), torch.cat(watched, dim=1)

    def logits(self, state: Tensor) -> Tensor:
        """Return the logits `(texts, vocabulary)`, float32, of states `(texts, state)`."""
        if multiply := getattr(self._decoder, VOCABULARY, None):
            return multiply(state).float()  # type: ignore[no-any-return]
        weight = self._decoder.token_embedding.weight.to(state.dtype)
        # With the large matrix on the left a CPU is faster for few texts.
        return (weight @ state.T).T.float().contiguous()  # type: ignore[no-any-return]

    def keep_windows(self, slots: Sequence[int]) -> list[int]:
        """Go on with the windows in these slots alone, those of `compact_slots`.

        Return the number that each text of theirs had before.
        """
        self._sound.exchange(slots)
        for cache in (*self._keys, *self._values):
            for to, source in enumerate(slots):
                if to != source:
                    cache[self._texts_of(to)] = cache[self._texts_of(source)]
        self._slots = slice(0, len(slots))
        texts = range(self.texts)
        return [text for slot in slots for text in texts[self._texts_of(slot)]]

    def rearrange(self, sources: Tensor) -> None:
        """Let text `i` go on from text `sources[i]`; this also makes a group of one text."""
        for caches in (self._keys, self._values):
            for layer, cache in enumerate(caches):
                caches[layer] = cache.index_select(0, sources)

    def _embed(self, tokens: Tensor) -> Tensor:
        """Return the embeddings of the next tokens, `(texts, tokens, state)`."""
        decoder = self._decoder
        end = self._length + tokens.shape[1]
        positions = decoder.positional_embedding[self._length : end]
        embedded = decoder.token_embedding(tokens) + positions
        return embedded.to(self._sound.keys[0].dtype)  # type: ignore[no-any-return]

    def _texts_of(self, slot: int) -> slice:
        return slice(slot * self._group, (slot + 1) * self._group)

    def _self_attention(self, layer: int, attention: Any, x: Tensor) -> Tensor:
        """Return what the layer takes from the text, `(texts, tokens, state)`; add to its cache."""
        from torch.nn import functional

        query, key, value = (
            _split_heads(project(x), attention.n_head)
            for project in (attention.query, attention.key, attention.value)
        )
        keys = self._extend(self._keys, layer, key)
        values = self._extend(self._values, layer, value)
        mixed = functional.scaled_dot_product_attention(
            query, keys, values, is_causal=x.shape[1] > 1
        )
        joined = mixed.transpose(1, 2).flatten(start_dim=2)
        return attention.out(joined)  # type: ignore[no-any-return]

    def _extend(self, caches: list[Tensor], layer: int, added: Tensor) -> Tensor:
        """Add `(texts, heads, tokens, size)` to a layer's cache; return a view of the whole.

        The cache grows where it is too short.
        """
        end = self._length + added.shape[2]
        if layer == len(caches):
            caches.append(added[:, :, :0])
        if caches[layer].shape[2] < end:
            caches[layer] = _grow(caches[layer], end)
        held = caches[layer][: len(added), :, :end]
        held[:, :, self._length :] = added
        return held

    def _attend_to_sound(
        self, layer: int, block: Any, x: Tensor
    ) -> tuple[Tensor, Tensor]:
        """Return the layer's output after its self-attention, and the cross-attention's scores."""
        attention = block.cross_attn
        query = attention.query(block.cross_attn_ln(x))
        mixed, scores = self._cross_attention(layer, query)
        x = x + attention.out(mixed)
        return x + block.mlp(block.mlp_ln(x)), scores

    def _cross_attention(self, layer: int, query: Tensor) -> tuple[Tensor, Tensor]:
        """Return the mixed values `(texts, tokens, state)`, and the scores before the softmax.

        The texts of a window share its sound.
        """
        keys = self._sound.keys[layer][self._slots]
        values = self._sound.values[layer][self._slots]
        windows, heads, size = keys.shape[:3]
        scaled = query * size**-0.5
        scores = scaled.view(windows, -1, heads, size).transpose(1, 2) @ keys
        weights = scores.float().softmax(-1).to(values.dtype)
        mixed = weights @ values.transpose(-1, -2)
        return mixed.transpose(1, 2).reshape(query.shape), scores


def _grow(cache: Tensor, length: int) -> Tensor:
    """Return a copy of a cache with room for `length` positions, in steps of `_GROWTH`."""
    from torch.nn.functional import pad

    room = min(CONTEXT, -(-length // _GROWTH) * _GROWTH)
    return pad(cache, (0, 0, 0, room - cache.shape[2]))


def _split_heads(x: Tensor, heads: int) -> Tensor:
    """Return `(rows, positions, state)` as `(rows, heads, positions, size)`."""
    return x.view(*x.shape[:2], heads, -1).transpose(1, 2)
