package io.stagepost.schema.internal.avro;

import java.util.HashSet;
import java.util.Set;
import org.apache.avro.Schema;

/** What can be said of bodies by looking at their schema. */
@SuppressWarnings("StatementSwitchToExpressionSwitch") // arrows would double the braces
final class Sizes {
  /** Enough to tell that something takes bytes; more would only be exact. */
  private static final int ENOUGH = 1_000;

  private Sizes() {}

  /** The least that a value takes; 0 where that is not known. */
  static int least(Schema schema) {
    return least(schema, new HashSet<>());
  }

  private static int least(Schema schema, Set<String> open) {
    switch (schema.getType()) {
      case NULL:
        return 0;
      case FIXED:
        return schema.getFixedSize();
      case FLOAT:
        return 4;
      case DOUBLE:
        return 8;
      case RECORD:
        int sum = 0;
        if (open.add(schema.getFullName())) {
          for (Schema.Field field : schema.getFields()) {
            sum = Math.min(ENOUGH, sum + least(field.schema(), open));
          }
          open.remove(schema.getFullName());
        }
        return sum;
      default:
        return 1;
    }
  }

  /** Whether a value can hold another of the same schema, and so be as deep as its body is long. */
  static boolean isRecursive(Schema schema) {
    return isRecursive(schema, new HashSet<>(), new HashSet<>());
  }

  private static boolean isRecursive(Schema schema, Set<String> open, Set<String> done) {
    switch (schema.getType()) {
      case ARRAY:
        return isRecursive(schema.getElementType(), open, done);
      case MAP:
        return isRecursive(schema.getValueType(), open, done);
      case UNION:
        return schema.getTypes().stream().anyMatch(branch -> isRecursive(branch, open, done));
      case RECORD:
        String name = schema.getFullName();
        if (!open.add(name)) {
          return true;
        }
        boolean recursive =
            !done.contains(name)
                && schema.getFields().stream()
                    .anyMatch(field -> isRecursive(field.schema(), open, done));
        open.remove(name);
        done.add(name);
        return recursive;
      default:
        return false;
    }
  }

  /** Skips a value. */
  static void skip(Schema schema, Input in) {
    switch (schema.getType()) {
      case NULL:
        return;
      case BOOLEAN:
        in.skipFixed(1);
        return;
      case INT:
      case ENUM:
        in.readInt();
        return;
      case LONG:
        in.readLong();
        return;
      case FLOAT:
        in.skipFixed(4);
        return;
      case DOUBLE:
        in.skipFixed(8);
        return;
      case STRING:
      case BYTES:
        in.skipBytes();
        return;
      case FIXED:
        in.skipFixed(schema.getFixedSize());
        return;
      case UNION:
        skip(schema.getTypes().get(in.index(schema.getTypes().size())), in);
        return;
      case ARRAY:
        for (int count = in.skipBlocks(0); count > 0; count = in.skipBlocks(0)) {
          for (int i = 0; i < count; i++) {
            skip(schema.getElementType(), in);
          }
        }
        return;
      case MAP:
        for (int count = in.skipBlocks(1); count > 0; count = in.skipBlocks(1)) {
          for (int i = 0; i < count; i++) {
            in.skipBytes();
            skip(schema.getValueType(), in);
          }
        }
        return;
      case RECORD:
        in.enter();
        for (Schema.Field field : schema.getFields()) {
          skip(field.schema(), in);
        }
        in.leave();
        return;
    }
    throw new AssertionError(schema.getType());
  }
}
