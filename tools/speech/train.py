"""Train the demo Whisper: openai-whisper's own network, small, on the spoken corpus.

    python -m tools.speech.corpus --work DIR
    python -m tools.speech.train --work DIR    resumes where it stopped; nine hours on two cores

Short clips first, then sentences, passages, and full windows of 30 s as Whisper decodes them. What
makes it learn at all on so little:

- the convolutions' first weights are made larger: as they come, the position table
  drowns the sound;
- two CTC heads that read letters and tokens off the encoder are trained with it and thrown away;
- the times of words are known, and tell one head of the decoder's upper layers where to listen;
- a time stamp's row in the token table begins as the place that it stands for;
- short windows are put at a random place of the position table, so that the last
  stage finds no position it never met.
"""

from __future__ import annotations

import argparse
import math
import random
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional
from whisper.audio import HOP_LENGTH, N_FFT, mel_filters
from whisper.model import ModelDimensions, Whisper

from tools.speech import windows
from tools.speech.corpus import load_corpus
from tools.speech.grammar import vocabulary
from tools.speech.muon import Muon
from tools.speech.windows import Corpus, Vocabulary, Window

WIDTH, HEADS, ENCODER_LAYERS, DECODER_LAYERS = 192, 3, 4, 3
AUDIO_CTX, TEXT_CTX = 1500, 448
LETTER_CTC_WEIGHT = 0.2
TOKEN_CTC_WEIGHT = 0.3
GUIDE_WEIGHT = 0.5  # of attention to a word where it is spoken
WEIGHTS = (1.0, LETTER_CTC_WEIGHT, TOKEN_CTC_WEIGHT, GUIDE_WEIGHT)
MARGIN = 5  # positions around a word that count as there
LOUDER = (
    4.0,
    6.0,
)
STAMP_SCALE = 0.1  # of the position table in the stamps' rows
OTHER_LOGIT = -40.0  # of every token that training never met
PEAK_RATE, LAST_RATE, WARMUP = 1.5e-3, 5e-5, 100
AVERAGE = 0.997  # of the moving average of weights that is kept
WEIGHT_DECAY = 0.02
# The run of the shipped checkpoint began with AdamW alone. Over the next 75 steps, on the same
# windows, the loss of text fell from 1.86 to 1.68 with Muon and to 1.83 without. From the first
# step on it is untried.
MUON_FROM = 1150
# It was planned to end after 3,350 steps. At step 2,800 full windows still had many errors (WER
# 0.84 on the demo recording) and the rate was too low to learn much more, so the last stage was
# made longer, with a rate of its own; at its end, step 3,900 (WER 0.45), and again at steps 6,000
# (0.28) and 7,700 (0.12), every loss was still falling, so it went on. From step 6,450 on it reads
# all of the corpus, until then the first 8,000 sentences of it.
FIRST_PLAN = 3350
# Steps, and the rate there, which falls evenly to nothing at the next.
LENGTHENED = ((2800, 4.9e-4), (3900, 7e-4), (6000, 7e-4), (7700, 6e-4), (9100, 4e-4))
# of the moving average from the first of them on: weights change little at the end
LATE_AVERAGE = 0.99
SEED = 20261122


@dataclass(frozen=True, slots=True)
class Stage:
    """Steps with windows of `seconds`, `batch` of them a step."""

    name: str
    steps: int
    seconds: tuple[float, ...]  # one of them is drawn for each step
    batch_seconds: float
    harsh: bool = False  # see `windows.build`

    def batch(self, seconds: float) -> int:
        return max(1, round(self.batch_seconds / seconds))


STAGES = (
    Stage("short", 350, (2.4,), 150),
    Stage("sentences", 1600, (5.0, 6.0, 7.5), 150),
    Stage("passages", 500, (10.0, 15.0, 20.0), 150),
    Stage("windows", 1450, (30.0, 30.0, 12.0), 150),
    Stage("mixed", 1000, (6.0, 12.0, 30.0), 150),
    Stage("windows again", 1100, (30.0, 30.0, 12.0), 150),
    Stage("mixed again", 600, (6.0, 12.0, 30.0), 150),
    Stage("windows at last", 1100, (30.0, 30.0, 12.0), 150),
    Stage("windows once more", 1400, (30.0, 30.0, 12.0), 150, harsh=True),
    Stage("the last windows", 400, (30.0, 30.0, 12.0), 150, harsh=True),
)


class Student(nn.Module):
    """A Whisper whose vocabulary is cut to what training uses, with two CTC heads on its
    encoder.
    """

    def __init__(self, words: Vocabulary) -> None:
        super().__init__()
        dims = ModelDimensions(
            80,
            AUDIO_CTX,
            WIDTH,
            HEADS,
            ENCODER_LAYERS,
            len(words),
            TEXT_CTX,
            WIDTH,
            HEADS,
            DECODER_LAYERS,
        )
        self.whisper = Whisper(dims)
        self.letters = nn.Linear(WIDTH, len(windows.ALPHABET) + 1)
        self.pieces = nn.Linear(WIDTH, words.text_tokens + 1)
        other = torch.zeros(1, WIDTH)
        other[0, -1] = OTHER_LOGIT
        self.register_buffer("other", other, persistent=False)
        with torch.no_grad():
            encoder, decoder = self.whisper.encoder, self.whisper.decoder
            encoder.conv1.weight *= LOUDER[0]
            encoder.conv2.weight *= LOUDER[1]
            nn.init.normal_(decoder.token_embedding.weight, std=0.05)
            nn.init.normal_(decoder.positional_embedding, std=0.01)
            # A stamp begins as the place it stands for: 1501 rows with nothing in common are not
            # learned in an hour.
            first = words.number[words.tokenizer.timestamp_begin]
            places = torch.cat(
                [encoder.positional_embedding, encoder.positional_embedding[-1:]]
            )
            decoder.token_embedding.weight[first : first + len(places)] = (
                STAMP_SCALE * places
            )
        self.keep_constant()

    @torch.no_grad()
    def keep_constant(self) -> None:
        """One dimension of the decoder's last LayerNorm stays 1 and is used by no token but those
        never met.
        """
        decoder = self.whisper.decoder
        decoder.ln.weight[-1] = 0.0
        decoder.ln.bias[-1] = 1.0
        decoder.token_embedding.weight[:, -1] = 0.0

    def encode(self, mel: Tensor, places: Tensor) -> Tensor:
        """The encoder over windows shorter than 30 s, each at its place of the position table."""
        encoder = self.whisper.encoder
        found = functional.gelu(encoder.conv1(mel))
        found = functional.gelu(encoder.conv2(found)).permute(0, 2, 1)
        at = places[:, None] + torch.arange(found.shape[1])
        found = found + encoder.positional_embedding[at]
        for block in encoder.blocks:
            found = block(found)
        normed: Tensor = encoder.ln_post(found)
        return normed

    def write(self, tokens: Tensor, encoded: Tensor) -> tuple[Tensor, list[Tensor]]:
        """Logits `(batch, tokens, vocabulary)`, and where the first head of each layer but the
        lowest listens.

        The latter are probabilities `(batch, tokens, positions)`, the decoder's cross-attention.
        """
        decoder = self.whisper.decoder
        other: Any = self.other
        table = torch.cat([decoder.token_embedding.weight, other])
        found = (
            functional.embedding(tokens, table)
            + decoder.positional_embedding[: tokens.shape[1]]
        )
        pass_number = []
        for layer, block in enumerate(decoder.blocks):
            if layer:
                asks = found + block.attn(block.attn_ln(found), mask=decoder.mask)[0]
                pass_number.append(
                    self._attention(
                        block.cross_attn, block.cross_attn_ln(asks), encoded
                    )
                )
            found = block(found, encoded, mask=decoder.mask)
        return decoder.ln(found) @ decoder.token_embedding.weight.T, pass_number

    @staticmethod
    def _attention(attention: Any, asks: Tensor, encoded: Tensor) -> Tensor:
        """Whisper's own attention weights of the first head, which its fused attention does not
        give out.
        """
        size = WIDTH // HEADS
        query = functional.linear(
            asks, attention.query.weight[:size], attention.query.bias[:size]
        )
        key = functional.linear(encoded, attention.key.weight[:size])
        return (query @ key.transpose(1, 2) / math.sqrt(size)).softmax(-1)


@dataclass(slots=True)
class Batch:
    """Tensors of one step."""

    mel: Tensor
    places: Tensor
    told: Tensor
    asked: Tensor
    letters: Tensor
    letter_counts: Tensor
    pieces: Tensor  # the text's tokens, those of all windows after one another, counted from 1
    piece_counts: Tensor
    # (batch, tokens, 2): first and last position where a token is said, -1 where none is
    listen: Tensor


def stage_of(step: int) -> Stage:
    """The stage in which a step lies."""
    for stage in STAGES:
        if step < stage.steps:
            return stage
        step -= stage.steps
    return STAGES[-1]


def total_steps() -> int:
    """Steps of all stages."""
    return sum(stage.steps for stage in STAGES)


def make_batch(step: int, short: Corpus, sentences: Corpus, words: Vocabulary) -> Batch:
    """The windows of a step: the same for the same step."""
    rng = random.Random(SEED * 1_000_003 + step)
    stage = stage_of(step)
    seconds = rng.choice(stage.seconds)
    count = stage.batch(seconds)
    if stage.name == "short":
        found = [windows.single(short, seconds, rng) for _ in range(count)]
    elif stage.name == "sentences":
        fitting = rng.random() < 0.5
        found = [
            windows.single(sentences, seconds, rng)
            if fitting
            else windows.build(sentences, seconds, rng)
            for _ in range(count)
        ]
    else:
        found = [
            windows.build(sentences, seconds, rng, harsh=stage.harsh)
            for _ in range(count)
        ]
    room = AUDIO_CTX - round(seconds * windows.POSITIONS_PER_SECOND)
    places = [0 if rng.random() < 0.3 else rng.randint(0, room) for _ in found]
    return collate(found, places, words, rng, stamps=stage.name != "short")


def collate(
    found: list[Window],
    places: list[int],
    words: Vocabulary,
    rng: random.Random,
    *,
    stamps: bool,
) -> Batch:
    """Windows as tensors, padded to the longest answer."""
    mel = log_mel(torch.from_numpy(np.stack([window.samples for window in found])))
    told, asked, listen = [], [], []
    for window, place in zip(found, places, strict=True):
        offset = place / windows.POSITIONS_PER_SECOND
        with_stamps = stamps and rng.random() < 0.9
        reads, writes = windows.answer(window, words, offset, rng, stamps=with_stamps)
        moments = [
            span or (-1.0, -1.0)
            for span in windows.spans(window, writes[:TEXT_CTX], words)
        ]
        listen.append(
            torch.tensor(moments).mul(windows.POSITIONS_PER_SECOND).floor().long()
        )
        told.append(torch.tensor(words.numbers(reads[:TEXT_CTX])))
        asked.append(
            torch.tensor(
                [
                    -100 if token < 0 else words.number[token]
                    for token in writes[:TEXT_CTX]
                ]
            )
        )
    pad = nn.utils.rnn.pad_sequence
    written = [row[(row >= 0) & (row < words.text_tokens)] + 1 for row in asked]
    spelled = [
        torch.tensor(windows.letters(window), dtype=torch.long) for window in found
    ]
    return Batch(
        mel,
        torch.tensor(places),
        pad(told, batch_first=True, padding_value=words.other),
        pad(asked, batch_first=True, padding_value=-100),
        torch.cat(spelled),
        torch.tensor([len(letters) for letters in spelled]),
        torch.cat(written),
        torch.tensor([len(pieces) for pieces in written]),
        pad(listen, batch_first=True, padding_value=-1),
    )


def log_mel(samples: Tensor) -> Tensor:
    """Whisper's spectrograms of many windows at once: its limit of 80 dB below the loudest is each
    window's own.
    """
    spectrum = torch.stft(
        samples, N_FFT, HOP_LENGTH, window=torch.hann_window(N_FFT), return_complex=True
    )
    power = mel_filters("cpu", 80) @ spectrum[..., :-1].abs() ** 2
    found = power.clamp(min=1e-10).log10()
    return (torch.maximum(found, found.amax((1, 2), keepdim=True) - 8.0) + 4.0) / 4.0


def losses(student: Student, batch: Batch) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    """The decoder's cross-entropy a token, CTC losses a letter and a token, and how much it listens
    elsewhere.
    """
    encoded = student.encode(batch.mel, batch.places)
    logits, pass_number = student.write(batch.told, encoded)
    text = functional.cross_entropy(
        logits.flatten(0, 1), batch.asked.flatten(), ignore_index=-100
    )
    there = batch.listen[..., :1] >= 0
    places = torch.arange(encoded.shape[1])
    wanted = (
        (places >= batch.listen[..., :1] - MARGIN)
        & (places <= batch.listen[..., 1:] + MARGIN)
        & there
    )
    elsewhere = [
        -(weights * wanted).sum(-1).clamp(min=1e-6).log()[there[..., 0]]
        for weights in pass_number
    ]
    guided = torch.cat(elsewhere).mean() if there.any() else torch.zeros(())
    letters = _ctc(student.letters(encoded), batch.letters, batch.letter_counts)
    return (
        text,
        letters,
        _ctc(student.pieces(encoded), batch.pieces, batch.piece_counts),
        guided,
    )


def _ctc(scores: Tensor, targets: Tensor, counts: Tensor) -> Tensor:
    frames = torch.full((len(scores),), scores.shape[1])
    chances = scores.log_softmax(-1).transpose(0, 1)
    loss = functional.ctc_loss(
        chances, targets, frames, counts, reduction="none", zero_infinity=True
    )
    return loss.sum() / counts.sum().clamp(min=1)


def rate(step: int) -> float:
    """Learning rate: a short rise, level through the short clips, then half a cosine down to the
    end.

    That end is where it was planned at first; what follows is in `LENGTHENED`.
    """
    ends = [start for start, _ in LENGTHENED[1:]] + [total_steps()]
    for (start, highest), end in reversed(list(zip(LENGTHENED, ends, strict=True))):
        if step >= start:
            return highest * (end - step) / (end - start)
    if step < WARMUP:
        return PEAK_RATE * (step + 1) / WARMUP
    level = STAGES[0].steps
    if step < level:
        return PEAK_RATE
    share = (step - level) / (FIRST_PLAN - level)
    return LAST_RATE + (PEAK_RATE - LAST_RATE) * 0.5 * (1 + math.cos(math.pi * share))


def optimizers_of(student: Student, *, muon: bool) -> list[torch.optim.Optimizer]:
    """AdamW for everything; with `muon`, Muon for the layers' matrices and AdamW for the rest."""
    named = dict(student.named_parameters())
    matrices = {
        name: value
        for name, value in named.items()
        if muon and value.ndim == 2 and ".blocks." in name
    }
    others = [value for name, value in named.items() if name not in matrices]
    found: list[torch.optim.Optimizer] = []
    if matrices:
        found.append(Muon(matrices.values(), lr=PEAK_RATE, weight_decay=WEIGHT_DECAY))
    found.append(
        torch.optim.AdamW(
            others,
            lr=PEAK_RATE,
            betas=(0.9, 0.98),
            weight_decay=WEIGHT_DECAY,
            fused=True,
        )
    )
    return found


def with_muon(
    student: Student, before: torch.optim.Optimizer
) -> list[torch.optim.Optimizer]:
    """The optimizers from `MUON_FROM` on; AdamW goes on for what it keeps."""
    muon, rest = optimizers_of(student, muon=True)
    for value in rest.param_groups[0]["params"]:
        rest.state[value] = before.state[value]
    return [muon, rest]


def _resumed(
    state_file: Path, student: Student
) -> tuple[list[torch.optim.Optimizer], dict[str, Tensor], int]:
    """The optimizers, the moving average of weights and the step: as they were saved, else at the
    start.
    """
    if not state_file.is_file():
        average = {
            name: value.detach().clone() for name, value in student.state_dict().items()
        }
        return optimizers_of(student, muon=False), average, 0
    state: dict[str, Any] = torch.load(state_file, weights_only=True)
    student.load_state_dict(state["student"])
    optimizers = optimizers_of(student, muon=state["step"] > MUON_FROM)
    for optimizer, held in zip(optimizers, state["optimizers"], strict=True):
        optimizer.load_state_dict(held)
    return optimizers, state["average"], state["step"]


def train(work: Path, say: Callable[[str], None] = print) -> None:
    """Trains to the end of the last stage; the state in `work` is written every 50 steps and read
    at the start.
    """
    words = Vocabulary(vocabulary())
    short, sentences = (
        Corpus(*load_corpus(work / name)) for name in ("short", "sentences")
    )
    torch.manual_seed(SEED)
    student = Student(words)
    state_file = work / "state.pt"
    optimizers, average, step = _resumed(state_file, student)
    if step:
        say(f"goes on at step {step}")
    began, sums = time.monotonic(), np.zeros(len(WEIGHTS))
    while step < total_steps():
        if step == MUON_FROM:
            optimizers = with_muon(student, *optimizers)
        batch = make_batch(step, short, sentences, words)
        found = losses(student, batch)
        student.zero_grad()
        weighted = [weight * loss for weight, loss in zip(WEIGHTS, found, strict=True)]
        loss: Any = torch.stack(weighted).sum()
        loss.backward()
        nn.utils.clip_grad_norm_(student.parameters(), 1.0)
        for optimizer in optimizers:
            for group in optimizer.param_groups:
                group["lr"] = rate(step)
            optimizer.step()
        student.keep_constant()
        step += 1
        keep = min(
            AVERAGE if step < LENGTHENED[0][0] else LATE_AVERAGE, step / (step + 10)
        )
        for name, value in student.state_dict().items():
            if value.is_floating_point():
                average[name].lerp_(value, 1 - keep)
        sums += [loss.item() for loss in found]
        if step % 25 == 0:
            pace, means = (time.monotonic() - began) / 25, sums / 25
            say(
                f"{step} {stage_of(step - 1).name}: text {means[0]:.3f} letters {means[1]:.3f} "
                f"tokens {means[2]:.3f} attention {means[3]:.3f}, {pace:.2f} s a step"
            )
            began, sums = time.monotonic(), np.zeros(len(WEIGHTS))
        if step % 50 == 0 or step == total_steps():
            state = {
                "student": student.state_dict(),
                "optimizers": [optimizer.state_dict() for optimizer in optimizers],
                "average": average,
                "step": step,
            }
            torch.save(state, work / "state.tmp")
            (work / "state.tmp").replace(state_file)


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description="Train the demo Whisper.")
    parser.add_argument(
        "--work",
        type=Path,
        required=True,
        help="folder with the corpus; the state goes there",
    )
    train(parser.parse_args().work, lambda line: print(line, flush=True))


if __name__ == "__main__":
    main()
