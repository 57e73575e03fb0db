package io.stagepost.schema;

import com.google.protobuf.Descriptors.Descriptor;
import com.google.protobuf.Descriptors.FileDescriptor;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.function.BiFunction;

/** The schemas that descriptors say, and where in them a message is. */
final class DescribedFiles {
  private DescribedFiles() {}

  /**
   * A file as a schema, with what it imports as references, and so on.
   *
   * @param refer where a file of that name is to be found
   */
  static Schema schema(FileDescriptor file, BiFunction<String, Schema, Schema.Reference> refer) {
    List<Schema.Reference> references = new ArrayList<>();
    for (FileDescriptor imported : file.getDependencies()) {
      // Those of Protobuf itself every registry has.
      if (!imported.getName().startsWith("google/protobuf/")) {
        references.add(refer.apply(imported.getName(), schema(imported, refer)));
      }
    }
    return new Schema(
        Schema.Format.PROTOBUF,
        Base64.getEncoder().encodeToString(file.toProto().toByteArray()),
        references);
  }

  /** The index of each message in the one around it, from the outermost. */
  static List<Integer> path(Descriptor message) {
    List<Integer> path = new ArrayList<>();
    for (Descriptor each = message; each != null; each = each.getContainingType()) {
      path.add(0, each.getIndex());
    }
    return path;
  }
}
