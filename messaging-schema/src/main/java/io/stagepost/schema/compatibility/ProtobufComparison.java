package io.stagepost.schema.compatibility;

import io.stagepost.schema.Schema;
import java.util.List;
import java.util.function.Function;

final class ProtobufComparison implements Comparison {
  ProtobufComparison(Function<Schema.Reference, Schema> references) {}

  @Override
  public List<Finding> unreadable(Schema reader, Schema writer) {
    return List.of();
  }
}
