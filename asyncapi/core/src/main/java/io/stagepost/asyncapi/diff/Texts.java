package io.stagepost.asyncapi.diff;

import io.stagepost.asyncapi.diff.DiffPolicy.Models;
import io.stagepost.schema.Schema;
import io.stagepost.schema.compatibility.Compatibility;
import io.stagepost.schema.compatibility.Incompatibility;
import io.stagepost.schema.compatibility.Incompatibility.Severity;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/** Two schemas of one format, as texts, and whether one is read with the other. */
record Texts(Schema.Format format, String older, String newer, Models models) {
  private static final Set<String> UNSURE =
      Set.of("json.alternatives-overlap", "json.alternatives-changed");

  private record Spot(String rule, String path) {}

  /** Why readers with the newer one cannot read what was written with the older one. */
  List<Incompatibility> backward() {
    List<Incompatibility> strict = backward(newer, older);
    if (strict.isEmpty() || format != Schema.Format.JSON || models == Models.STRICT) {
      return strict;
    }
    return withoutOwn(backward(read(newer), written(older)), backward(read(newer), written(newer)));
  }

  /** Why readers with the older one cannot read what is written with the newer one. */
  List<Incompatibility> forward() {
    List<Incompatibility> strict = forward(newer, older);
    if (strict.isEmpty() || format != Schema.Format.JSON || models == Models.STRICT) {
      return strict;
    }
    return withoutOwn(forward(written(newer), read(older)), forward(written(older), read(older)));
  }

  /** Whether both stand for the same, to the letter. */
  boolean isSame() {
    return backward(newer, older).isEmpty() && forward(newer, older).isEmpty();
  }

  private List<Incompatibility> backward(String reader, String writer) {
    return Compatibility.BACKWARD.check(
        Schema.of(format, reader), List.of(Schema.of(format, writer)));
  }

  private List<Incompatibility> forward(String writer, String reader) {
    return Compatibility.FORWARD.check(
        Schema.of(format, writer), List.of(Schema.of(format, reader)));
  }

  private String read(String schema) {
    return JsonModels.read(schema, models);
  }

  private String written(String schema) {
    return JsonModels.written(schema, models);
  }

  /**
   * Leaves out what could not be decided for a schema compared with itself either: that is no
   * change.
   */
  private static List<Incompatibility> withoutOwn(
      List<Incompatibility> found, List<Incompatibility> own) {
    Set<Spot> known = new HashSet<>();
    own.forEach(each -> known.add(new Spot(each.rule(), each.path())));
    return found.stream()
        .filter(
            each ->
                !(each.severity() == Severity.UNKNOWN || UNSURE.contains(each.rule()))
                    || !known.contains(new Spot(each.rule(), each.path())))
        .toList();
  }
}
