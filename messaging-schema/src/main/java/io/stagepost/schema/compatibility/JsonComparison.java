package io.stagepost.schema.compatibility;

import static io.stagepost.schema.compatibility.Finding.unknown;

import io.stagepost.schema.Schema;
import java.util.List;
import java.util.function.Function;

/**
 * JSON Schema. A schema stands for the set of the values that are valid under it, and a reader
 * reads a writer if its set holds the writer's: if every keyword of the reader's schema follows
 * from the writer's. Keyword by keyword that is looked at; where what the writer says is not enough
 * to tell, the finding says that it does not know.
 *
 * <p>This is strict where people are not: an open writer, one that allows properties it does not
 * name, may have written anything under a name that the reader gives a type to. Confluent's
 * registry argues the same way.
 */
final class JsonComparison implements Comparison {
  private final Function<Schema.Reference, Schema> references;

  JsonComparison(Function<Schema.Reference, Schema> references) {
    this.references = references;
  }

  @Override
  public List<Finding> unreadable(Schema reader, Schema writer) {
    JsonView read = JsonView.of(JsonDocument.parse(reader, references));
    JsonView written = JsonView.of(JsonDocument.parse(writer, references));
    try {
      return new JsonWalk().implied(read, written).stream().limit(JsonWalk.MAX_FINDINGS).toList();
    } catch (JsonWalk.TooComplex tooComplex) {
      return List.of(
          unknown(
              "json.too-complex",
              "",
              "The schemas were not compared to the end: they need more than "
                  + JsonWalk.MAX_STEPS
                  + " steps, or nest their choices too deep.",
              "Use fewer alternatives inside alternatives, or accept the rule by name."));
    }
  }
}
