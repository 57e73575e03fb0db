package io.stagepost.schema;

import tools.jackson.core.StreamReadConstraints;
import tools.jackson.core.StreamWriteConstraints;
import tools.jackson.core.json.JsonFactory;

/**
 * What a JSON body may be at most, unless a mapper of the caller's says otherwise: enough for any
 * event, and not enough to bring a reader down. They stand in {@code docs/defaults.md}.
 */
final class JsonLimits {
  static final int DOCUMENT = 16 << 20;
  static final int TOKENS = 1_000_000;
  static final int DEPTH = 200;
  static final int STRING = 8 << 20;
  static final int NUMBER = 1_000;
  static final int NAME = 10_000;

  private JsonLimits() {}

  static JsonFactory factory() {
    return JsonFactory.builder()
        .streamReadConstraints(
            StreamReadConstraints.builder()
                .maxDocumentLength(DOCUMENT)
                .maxTokenCount(TOKENS)
                .maxNestingDepth(DEPTH)
                .maxStringLength(STRING)
                .maxNumberLength(NUMBER)
                .maxNameLength(NAME)
                .build())
        .streamWriteConstraints(StreamWriteConstraints.builder().maxNestingDepth(DEPTH).build())
        .build();
  }
}
