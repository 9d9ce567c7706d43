"""openai-whisper as an engine: a batch is encoded once, and all else works on its features.

`whisper.transcribe` is not used. It decodes one window after another, conditions each on the text
of the last (so that a loop goes on), and needs the whole recording in memory. Nor is
`whisper.decode`, whose results these are. It takes one temperature, prompt and list of languages
for a whole batch, one window only for a beam search, and no window ends before the last.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from konspekt.course.settings import USUAL_ENGINE
from konspekt.models.whisper import LoadedWhisper, WhisperChoice, load
from konspekt.transcribe.decode.alignment import (
    AlignmentRequest,
    Words,
    align_words,
)
from konspekt.transcribe.decode.attention import measure_moves
from konspekt.transcribe.decode.decoder import CrossAttentionCache
from konspekt.transcribe.decode.language import LanguageProbs, detect_languages
from konspekt.transcribe.decode.loop import DecodingRequest, decode_windows
from konspekt.transcribe.decode.options import DecodingOptions
from konspekt.transcribe.decode.prepacking import prepack_weights
from konspekt.transcribe.decode.result import DecodingResult
from konspekt.transcribe.engines.batch import (
    ENCODED_TOGETHER,
    BatchEngine,
    EncodedBatch,
    batched,
    spectrograms,
)
from konspekt.transcribe.engines.engine import EngineKind
from konspekt.transcribe.speech.windows import Window

if TYPE_CHECKING:
    from torch import Tensor


# Parts of a batch on a CPU, side by side: each reads all weights at every token.
MAX_WORKERS = 4


class WhisperEngine(BatchEngine):
    """A Whisper of openai-whisper, in memory."""

    def __init__(self, model: LoadedWhisper) -> None:
        super().__init__(model.choice, model.whisper)
        self._model = model

    def _encode(self, windows: Sequence[Window]) -> EncodedBatch:
        """Return the cross-attention's keys and values; the encoder's features are not kept."""
        whisper, dtype = self._model.whisper, self._model.dtype
        features = (
            whisper.encoder(log_mel(self._model, piece).to(dtype))
            for piece in batched(windows, ENCODED_TOGETHER[self._choice.device])
        )
        return _TorchBatch(CrossAttentionCache(whisper, features, len(windows)))

    def _count_workers(self) -> int:
        import torch

        on_cpu = self._choice.device == "cpu"
        return min(MAX_WORKERS, torch.get_num_threads()) if on_cpu else 1


@dataclass(frozen=True, slots=True)
class _TorchBatch:
    """A batch, for openai-whisper's layers."""

    sound: CrossAttentionCache

    def detect_languages(self, among: Sequence[str]) -> dict[int, LanguageProbs]:
        return detect_languages(self.sound, among)

    def decode(
        self, requests: Mapping[int, DecodingRequest], options: DecodingOptions
    ) -> dict[int, DecodingResult]:
        return decode_windows(self.sound, requests, options)

    def align_words(self, requests: Mapping[int, AlignmentRequest]) -> dict[int, Words]:
        return align_words(self.sound, requests)

    def measure_moves(
        self, requests: Mapping[int, AlignmentRequest]
    ) -> dict[int, float]:
        return measure_moves(self.sound, requests)


def load_whisper_engine(choice: WhisperChoice) -> WhisperEngine:
    """Return the chosen Whisper in memory. Raises ModelError."""
    model = load(choice)
    if choice.device == "cpu":
        prepack_weights(model.whisper)
    return WhisperEngine(model)


def log_mel(model: LoadedWhisper, windows: Sequence[Window]) -> Tensor:
    """Return the windows' spectrograms `(windows, n_mels, 3000)`, on the model's device."""
    return spectrograms(windows, model.whisper.dims.n_mels).to(model.choice.device)


ENGINE = EngineKind(
    USUAL_ENGINE, "PyTorch", choose=lambda choice: choice, load=load_whisper_engine
)
