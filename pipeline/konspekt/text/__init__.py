"""What all stages know of text: words, sentences, spans, times, encodings, languages."""
