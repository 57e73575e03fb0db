package io.stagepost.schema.compatibility;

import io.stagepost.schema.Schema;
import java.util.List;

/** Compares schemas of one format. */
interface Comparison {
  /** What a reader cannot read of a writer; empty if it reads everything. */
  List<Finding> unreadable(Schema reader, Schema writer);

  /** What is read well in both directions, and yet is no good next step after the older one. */
  default List<Finding> traps(Schema newer, Schema older) {
    return List.of();
  }
}
