"""CTranslate2, the library that faster-whisper computes with, as an engine.

Of faster-whisper itself nothing is used: its batches know one temperature and none of the rules
against loops and silence. What is asked of CTranslate2 is what `whisper_engine` computes, by the
same prompts, rules and figures; in float32 it gives the same tokens. Three things differ. A text
that loops is seen when it is done, not while it is written. One stamp limits where all texts
written together may begin: they are written without a limit, and those that began later than they
may once more (figures of the others differ by what the first stamp's probability gains from the
limit). And random numbers can be seeded only for a model that has just been loaded, so a window
that is drawn has one of its own.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from konspekt.data import DecodedWindow
from konspekt.errors import ModelError
from konspekt.models import converted
from konspekt.models.tokenizer import possible_languages, tokenizer_of
from konspekt.models.whisper import Choice, as_openai, load, load_vocabulary, weights_sha256
from konspekt.transcribe.decode.alignment import (
    ALIGNED_TOGETHER,
    SECONDS_PER_POSITION,
    AlignmentRequest,
    WordTiming,
    time_words,
)
from konspekt.transcribe.decode.logit_filter import suppressed_tokens
from konspekt.transcribe.decode.loop import DecodingRequest, max_text_tokens
from konspekt.transcribe.decode.options import DecodingOptions
from konspekt.transcribe.decode.result import DecodingResult, ends_in_loop
from konspekt.transcribe.engines.batch import BatchEngine, Encoded, spectrograms
from konspekt.transcribe.engines.ctranslate import check_precision, library, precision_of, refusals
from konspekt.transcribe.engines.engine import Ask, EngineKind
from konspekt.transcribe.speech.windows import Window

if TYPE_CHECKING:
    from whisper.tokenizer import Tokenizer

ENCODED_TOGETHER = {"cpu": 1, "cuda": 16}  # windows
LAST_STAMP = 1500  # of a window of 30 s
FRAMES_PER_SECOND = 100  # of a spectrogram


class FasterEngine(BatchEngine):
    """A Whisper that CTranslate2 computes, ready to hear."""

    def __init__(self, choice: Choice, folder: Path) -> None:
        """Takes the converted model in `folder`. Raises ModelError."""
        self._folder = folder
        self._whisper = _opened(choice, folder)
        load_vocabulary(self._whisper)
        super().__init__(choice, self._whisper, demo=converted.is_demo(folder))

    def hear(self, windows: Sequence[Window], ask: Ask) -> list[DecodedWindow]:
        with refusals():
            return super().hear(windows, ask)

    def _encode(self, windows: Sequence[Window]) -> Encoded:
        together = ENCODED_TOGETHER[self._choice.device]
        pieces = (windows[first : first + together] for first in range(0, len(windows), together))
        features = [
            _taken(
                self._whisper.encode(
                    _given(spectrograms(piece, self._whisper.n_mels).numpy()), to_cpu=True
                )
            )
            for piece in pieces
        ]
        import numpy as np

        return _CTranslate2Batch(
            self._whisper, np.concatenate(features), lambda: _opened(self._choice, self._folder)
        )


class _CTranslate2Batch:
    """A batch, for CTranslate2: the features of each window `(windows, 1500, state)`."""

    def __init__(self, whisper: Any, features: Any, fresh: Callable[[], Any]) -> None:
        self._whisper = whisper
        self._features = features
        self._fresh = fresh  # the model once more, just loaded
        self._tokenizer = tokenizer_of(whisper)

    def languages(self, among: Sequence[str]) -> dict[int, str]:
        rows = range(len(self._features))
        codes = possible_languages(self._whisper, among)
        if len(codes) == 1:
            return dict.fromkeys(rows, next(iter(codes)))
        ranked = self._whisper.detect_language(self._of(rows))
        names = [[token.strip("<|>") for token, _ in one] for one in ranked]  # the likeliest first
        if any(not codes.keys() & set(found) for found in names):
            raise ModelError(
                "the converted Whisper cannot tell these languages apart",
                remedy="Name the --language (language in [transcribe]), or convert the model again with its "
                "generation_config.json.",
            )
        return {row: next(code for code in names[row] if code in codes) for row in rows}

    def answers(
        self, requests: Mapping[int, DecodingRequest], manner: DecodingOptions
    ) -> dict[int, DecodingResult]:
        if manner.temperature > 0:
            return {row: self._drawn(row, request, manner) for row, request in requests.items()}
        found = self._written(
            self._whisper, list(requests), list(requests.values()), manner, latest=LAST_STAMP
        )
        late = defaultdict[int, list[int]](list)
        for row, request in requests.items():
            tokens = found[row].tokens
            if tokens and tokens[0] > self._tokenizer.timestamp_begin + request.latest:
                late[request.latest].append(row)
        for latest, rows in late.items():
            found |= self._written(
                self._whisper, rows, [requests[row] for row in rows], manner, latest=latest
            )
        return found

    def _drawn(self, row: int, request: DecodingRequest, manner: DecodingOptions) -> DecodingResult:
        library().set_random_seed(request.seed)
        return self._written(self._fresh(), [row], [request], manner, latest=request.latest)[row]

    def _written(
        self,
        whisper: Any,
        rows: Sequence[int],
        requests: Sequence[DecodingRequest],
        manner: DecodingOptions,
        *,
        latest: int,
    ) -> dict[int, DecodingResult]:
        """The answers for windows whose texts may all begin up to one stamp."""
        limit = min(manner.max_tokens, max_text_tokens(requests[0].prefix))
        results = whisper.generate(
            self._of(rows),
            [list(request.prefix) for request in requests],
            beam_size=1 if manner.temperature else manner.beam_size,
            sampling_topk=0 if manner.temperature else 1,  # 0: all tokens may be drawn
            sampling_temperature=manner.temperature or 1,
            max_length=2 * limit,  # a text takes up to half of it
            suppress_tokens=suppressed_tokens(self._tokenizer, timestamps=True),
            max_initial_timestamp_index=latest,
            return_scores=True,
            return_no_speech_prob=True,
        )
        return {
            row: _answer(self._tokenizer, result, request, manner, limit)
            for row, request, result in zip(rows, requests, results, strict=True)
        }

    def words(self, said: Mapping[int, AlignmentRequest]) -> dict[int, tuple[WordTiming, ...]]:
        found: dict[int, tuple[WordTiming, ...]] = dict.fromkeys(said, ())
        alike = defaultdict[str, list[int]](list)
        for row, one in said.items():
            if one.tokens:
                alike[one.language].append(row)
        for language, rows in alike.items():
            for first in range(0, len(rows), ALIGNED_TOGETHER):
                some = rows[first : first + ALIGNED_TOGETHER]
                found |= zip(
                    some, self._timed(language, some, [said[row] for row in some]), strict=True
                )
        return found

    def _timed(
        self, language: str, rows: Sequence[int], said: Sequence[AlignmentRequest]
    ) -> list[tuple[WordTiming, ...]]:
        tokenizer = tokenizer_of(self._whisper, language)
        results = self._whisper.align(
            self._of(rows),
            list(tokenizer.sot_sequence),
            [list(one.tokens) for one in said],
            [round(one.duration * FRAMES_PER_SECOND) for one in said],
        )
        found = []
        for one, result in zip(said, results, strict=True):
            entered: dict[int, float] = {}
            for token, position in result.alignments:  # the way through text and sound, in order
                entered.setdefault(token, position * SECONDS_PER_POSITION)
            times = [entered[token] for token in range(len(one.tokens) + 1)]
            found.append(time_words(tokenizer, one.tokens, times, result.text_token_probs))
        return found

    def _of(self, rows: Sequence[int]) -> Any:
        return _given(self._features[list(rows)])


def load_faster_engine(choice: Choice) -> FasterEngine:
    """The chosen Whisper in memory; converted before, where that was not done yet. Raises
    ModelError.
    """
    check_precision(choice.device, choice.precision)
    if choice.path is not None and converted.is_converted(choice.path):
        return FasterEngine(choice, choice.path)
    folder = converted.place(weights_sha256(choice), choice.precision)
    if not converted.is_converted(folder):
        _convert(choice, folder)
    return FasterEngine(choice, folder)


def _convert(choice: Choice, folder: Path) -> None:
    model = load(as_openai(choice))
    converted.write(model.whisper, folder, choice.precision, is_demo=model.demo)


def _opened(choice: Choice, folder: Path) -> Any:
    """CTranslate2's model in the folder. Raises ModelError."""
    import torch

    try:
        whisper = library().models.Whisper(
            str(folder),
            device=choice.device,
            compute_type=choice.precision,
            intra_threads=torch.get_num_threads(),
        )
    except (RuntimeError, ValueError) as error:
        what = (
            "its memory does not suffice for it"
            if "memory" in str(error)
            else f"CTranslate2 refuses it ({error})"
        )
        is_ours = folder.parent == converted.place("", "").parent
        remedy = (
            "Delete the folder: it is made again."
            if is_ours
            else "Give a Whisper converted for CTranslate2."
        )
        raise ModelError(what, path=folder, remedy=remedy) from None
    return whisper


def _answer(
    tokenizer: Tokenizer, result: Any, request: DecodingRequest, manner: DecodingOptions, limit: int
) -> DecodingResult:
    tokens = tuple(result.sequences_ids[0])
    is_full = len(tokens) >= limit
    is_looping = (
        is_full
        and manner.stops_loops
        and ends_in_loop([token for token in tokens if token < tokenizer.eot])
    )
    return DecodingResult(
        language=request.language,
        tokens=tokens,
        text=tokenizer.decode(list(tokens)).strip(),
        avg_logprob=result.scores[0]
        * len(tokens)
        / (len(tokens) + 1),  # the score is by the length without the end
        no_speech_prob=result.no_speech_prob,
        temperature=manner.temperature,
        is_cut=is_full and not is_looping,
        is_looping=is_looping,
        is_prompted=request.is_prompted,
    )


def _given(array: Any) -> Any:
    """An array as CTranslate2 takes it."""
    import numpy as np

    return library().StorageView.from_array(np.ascontiguousarray(array))


def _taken(view: Any) -> Any:
    """What CTranslate2 gives on the processor, as an array."""
    import numpy as np

    return np.array(view)


def _choose(choice: Choice) -> Choice:
    return replace(choice, engine=ENGINE.name, precision=precision_of(choice.device))


ENGINE = EngineKind(
    "faster-whisper",
    "CTranslate2, installed with konspekt's extra `fast`",
    choose=_choose,
    load=load_faster_engine,
    reads_converted=True,
)
