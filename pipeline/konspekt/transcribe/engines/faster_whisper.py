"""CTranslate2, the library that faster-whisper computes with, as an engine.

Of faster-whisper itself nothing is used: its batches know one temperature and none of the rules
against loops and silence. CTranslate2 computes what `engines.whisper` does, by the same prompts,
rules and figures; in float32 it gives the same tokens. Three things differ.

- A text that loops is noticed when it is complete, not while it is decoded.
- One time stamp limits where all texts of a batch may begin. They are decoded without a limit, and
  those that begin too late once more with it. The avg_logprob of the others differs by what the
  limit adds to the first stamp's probability.
- Random numbers can be seeded only for a model that was just loaded, so each window that is
  sampled loads one.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

from konspekt.data import DecodedWindow
from konspekt.errors import ModelError, name_setting
from konspekt.models import converted
from konspekt.models.tokenizer import possible_languages, tokenizer_of
from konspekt.models.whisper import (
    WhisperChoice,
    as_openai,
    load,
    load_vocabulary,
    weights_sha256,
)
from konspekt.transcribe.decode.alignment import (
    ALIGNED_TOGETHER,
    SECONDS_PER_POSITION,
    AlignmentRequest,
    Words,
    time_words,
)
from konspekt.transcribe.decode.dictionary import (
    TokenSpeller,
    choose_spelling,
)
from konspekt.transcribe.decode.language import LanguageProbs, rank_languages
from konspekt.transcribe.decode.logit_filter import suppressed_tokens
from konspekt.transcribe.decode.loop import DecodingRequest, as_result, max_text_tokens
from konspekt.transcribe.decode.options import DecodingOptions
from konspekt.transcribe.decode.result import (
    DecodedText,
    DecodingResult,
    ends_in_loop,
    text_tokens,
)
from konspekt.transcribe.engines.batch import (
    ENCODED_TOGETHER,
    BatchEngine,
    EncodedBatch,
    batched,
    spectrograms,
)
from konspekt.transcribe.engines.ctranslate import (
    check_precision,
    library,
    precision_of,
    refusals,
)
from konspekt.transcribe.engines.engine import EngineKind, EngineOptions
from konspekt.transcribe.speech.windows import Window

LAST_STAMP = 1500  # of a window of 30 s
SPECTROGRAM_RATE = 100  # frames a second
ALL_TOKENS = 0  # may be sampled


class FasterEngine(BatchEngine):
    """A Whisper that CTranslate2 computes, in memory."""

    def __init__(self, choice: WhisperChoice, folder: Path) -> None:
        """Load the converted model in `folder`. Raises ModelError."""
        self._reload = partial(_load, choice, folder)
        self._whisper = self._reload()
        load_vocabulary(self._whisper)
        super().__init__(choice, self._whisper)

    def decode(
        self, windows: Sequence[Window], options: EngineOptions
    ) -> list[DecodedWindow]:
        with refusals():
            return super().decode(windows, options)

    def _encode(self, windows: Sequence[Window]) -> EncodedBatch:
        import numpy as np

        features: list[Any] = []
        for piece in batched(windows, ENCODED_TOGETHER[self._choice.device]):
            mels = spectrograms(piece, self._whisper.n_mels)
            encoded = self._whisper.encode(_as_view(mels.numpy()), to_cpu=True)
            features.append(np.array(encoded))
        return _CTranslate2Batch(self._whisper, np.concatenate(features), self._reload)


class _CTranslate2Batch:
    """A batch, for CTranslate2: the features of each window `(windows, 1500, state)`."""

    def __init__(self, whisper: Any, features: Any, reload: Callable[[], Any]) -> None:
        self._whisper = whisper
        self._features = features
        self._reload = reload  # the model once more
        self._tokenizer = tokenizer_of(whisper)

    def detect_languages(self, among: Sequence[str]) -> dict[int, LanguageProbs]:
        rows = range(len(self._features))
        codes = possible_languages(self._whisper, among)
        if len(codes) == 1:
            return dict.fromkeys(rows, dict.fromkeys(codes, 1.0))
        found = self._whisper.detect_language(self._of(rows))
        return {row: _rank_among(found[row], codes) for row in rows}

    def decode(
        self, requests: Mapping[int, DecodingRequest], options: DecodingOptions
    ) -> dict[int, DecodingResult]:
        if options.temperature > 0:
            return {
                row: self._sample(row, request, options)
                for row, request in requests.items()
            }
        found = self._generate(self._whisper, requests, options, LAST_STAMP)
        late = defaultdict[int, dict[int, DecodingRequest]](dict)
        for row, request in requests.items():
            if self._begins_late(found[row], request):
                late[request.latest][row] = request
        for latest, some in late.items():
            found |= self._generate(self._whisper, some, options, latest)
        return found

    def _begins_late(self, result: DecodingResult, request: DecodingRequest) -> bool:
        """Return whether a text begins after the latest time stamp that may begin it."""
        if not result.tokens:
            return False
        stamp: int = result.tokens[0] - self._tokenizer.timestamp_begin
        return stamp > request.latest

    def _sample(
        self, row: int, request: DecodingRequest, options: DecodingOptions
    ) -> DecodingResult:
        library().set_random_seed(request.seed)
        latest = request.latest
        return self._generate(self._reload(), {row: request}, options, latest)[row]

    def _generate(
        self,
        whisper: Any,
        requests: Mapping[int, DecodingRequest],
        options: DecodingOptions,
        latest: int,
    ) -> dict[int, DecodingResult]:
        """Return the results of windows whose texts may all begin up to one time stamp."""
        prefixes = [list(request.prefix) for request in requests.values()]
        limit = max_text_tokens(prefixes[0])
        generated = whisper.generate(
            self._of(list(requests)),
            prefixes,
            beam_size=options.texts,
            num_hypotheses=options.texts,
            sampling_topk=ALL_TOKENS if options.temperature else 1,
            sampling_temperature=options.temperature or 1,
            max_length=2 * limit,  # a text takes up to half of it
            suppress_tokens=suppressed_tokens(self._tokenizer),
            max_initial_timestamp_index=latest,
            return_scores=True,
            return_no_speech_prob=True,
        )
        return {
            row: self._result(result, requests[row], options, limit)
            for row, result in zip(requests, generated, strict=True)
        }

    def _result(
        self,
        result: Any,
        request: DecodingRequest,
        options: DecodingOptions,
        limit: int,
    ) -> DecodingResult:
        """Return a result of CTranslate2, which cuts a text at `limit`, in Whisper's terms."""
        speller = TokenSpeller(self._tokenizer, request.dictionary)
        texts = map(tuple, result.sequences_ids)
        tokens, score = choose_spelling(
            list(zip(texts, result.scores, strict=True)), speller
        )
        is_full = len(tokens) >= limit
        is_looping = is_full and ends_in_loop(text_tokens(tokens, self._tokenizer.eot))
        # CTranslate2 divides by the length without the end of text.
        sum_logprob = score * len(tokens)
        is_cut = is_full and not is_looping
        text = DecodedText(tokens, sum_logprob, is_cut, is_looping)
        no_speech_prob = result.no_speech_prob
        return as_result(self._tokenizer, text, request, options, no_speech_prob)

    def align_words(self, requests: Mapping[int, AlignmentRequest]) -> dict[int, Words]:
        words: dict[int, Words] = dict.fromkeys(requests, ())
        alike = defaultdict[str, list[int]](list)
        for row, request in requests.items():
            if request.tokens:
                alike[request.language].append(row)
        for language, rows in alike.items():
            for some in batched(rows, ALIGNED_TOGETHER):
                words |= self._align(language, {row: requests[row] for row in some})
        return words

    def measure_moves(
        self,
        requests: Mapping[int, AlignmentRequest],  # noqa: ARG002 - an engine's interface
    ) -> dict[int, float]:
        """Return nothing: CTranslate2 does not give its attention."""
        return {}

    def _align(
        self, language: str, requests: Mapping[int, AlignmentRequest]
    ) -> dict[int, Words]:
        """Return the words of texts in one language."""
        tokenizer = tokenizer_of(self._whisper, language)
        texts = [list(request.tokens) for request in requests.values()]
        frames = [
            round(request.duration * SPECTROGRAM_RATE) for request in requests.values()
        ]
        start = list(tokenizer.sot_sequence)
        aligned = self._whisper.align(self._of(list(requests)), start, texts, frames)
        words: dict[int, Words] = {}
        for row, text, result in zip(requests, texts, aligned, strict=True):
            times = _token_times(result.alignments, len(text))
            words[row] = time_words(tokenizer, text, times, result.text_token_probs)
        return words

    def _of(self, rows: Sequence[int]) -> Any:
        return _as_view(self._features[list(rows)])


def load_faster_engine(choice: WhisperChoice) -> FasterEngine:
    """Return the chosen Whisper in memory, converted on first use. Raises ModelError."""
    check_precision(choice.device, choice.precision)
    if choice.path is not None and converted.is_converted(choice.path):
        return FasterEngine(choice, choice.path)
    folder = converted.cached_folder(weights_sha256(choice), choice.precision)
    if not converted.is_converted(folder):
        _convert(choice, folder)
    return FasterEngine(choice, folder)


def _convert(choice: WhisperChoice, folder: Path) -> None:
    model = load(as_openai(choice))
    converted.write(model.whisper, folder, choice.precision)


def _load(choice: WhisperChoice, folder: Path) -> Any:
    """Return CTranslate2's model in the folder. Raises ModelError."""
    import torch

    try:
        return library().models.Whisper(
            str(folder),
            device=choice.device,
            compute_type=choice.precision,
            intra_threads=torch.get_num_threads(),
        )
    except (RuntimeError, ValueError) as error:
        what = f"CTranslate2 refuses it ({error})"
        if "memory" in str(error):
            what = "its memory does not suffice for it"
        remedy = "Give a Whisper converted for CTranslate2."
        if folder.parent == converted.cached_folder("", "").parent:
            remedy = "Delete the folder: it is made again."
        raise ModelError(what, path=folder, remedy=remedy) from None


def _rank_among(
    found: Sequence[tuple[str, float]], codes: Collection[str]
) -> LanguageProbs:
    """Return the probabilities of `codes` among those of all languages. Raises ModelError."""
    probs = {token.strip("<|>"): prob for token, prob in found}
    among = {code: prob for code, prob in probs.items() if code in codes}
    whole = sum(among.values())
    if not whole:
        raise ModelError(
            "the converted Whisper cannot tell these languages apart",
            remedy=f"Name the {name_setting('transcribe.language')}, "
            "or convert the model again with its generation_config.json.",
        )
    return rank_languages((code, prob / whole) for code, prob in among.items())


def _token_times(path: Iterable[tuple[int, int]], tokens: int) -> list[float]:
    """Return the second at which each token begins, and the one at which the last ends.

    `path` are pairs of a token and a position of the sound, in order.
    """
    entered: dict[int, int] = {}
    for token, position in path:
        entered.setdefault(token, position)
    return [entered[token] * SECONDS_PER_POSITION for token in range(tokens + 1)]


def _as_view(array: Any) -> Any:
    """Return an array as CTranslate2 takes it."""
    import numpy as np

    return library().StorageView.from_array(np.ascontiguousarray(array))


def _choose(choice: WhisperChoice) -> WhisperChoice:
    return replace(choice, engine=ENGINE.name, precision=precision_of(choice.device))


ENGINE = EngineKind(
    "faster-whisper",
    "CTranslate2, installed with konspekt's extra `fast`",
    choose=_choose,
    load=load_faster_engine,
    reads_converted=True,
)
