package io.stagepost.schema.compatibility;

import static io.stagepost.schema.compatibility.Compatibility.BACKWARD;
import static io.stagepost.schema.compatibility.Compatibility.FORWARD;
import static org.assertj.core.api.Assertions.assertThat;

import io.stagepost.schema.Schema;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/**
 * Every kind of change, in both directions and every mode: our verdict, that of the registries that
 * people run, and what really happens to data.
 */
class EvolutionMatrixTest {
  private static final Path GUIDE = Path.of("..", "docs", "guide", "compatibility.md");
  private static final List<Evolution> ALL =
      Stream.of(Evolution.avro(), Evolution.json(), Evolution.protobuf())
          .flatMap(List::stream)
          .toList();

  @Test
  void a_mode_is_made_of_its_directions() {
    for (Evolution evolution : ALL) {
      Map<Compatibility, Boolean> allowed = new EnumMap<>(Compatibility.class);
      for (Compatibility mode : Compatibility.values()) {
        allowed.put(mode, allows(mode, evolution));
      }
      boolean backward = allows(BACKWARD, evolution);
      boolean forward = allows(FORWARD, evolution);
      assertThat(allowed)
          .as("%s", evolution)
          .containsEntry(Compatibility.NONE, true)
          .containsEntry(Compatibility.BACKWARD_TRANSITIVE, backward)
          .containsEntry(Compatibility.FORWARD_TRANSITIVE, forward)
          .containsEntry(Compatibility.FULL, backward && forward)
          .containsEntry(Compatibility.FULL_TRANSITIVE, backward && forward);
      assertThat(Compatibility.canRead(evolution.newerSchema(), evolution.olderSchema()))
          .isEqualTo(backward);
      assertThat(Compatibility.canRead(evolution.olderSchema(), evolution.newerSchema()))
          .isEqualTo(forward);
    }
  }

  @Test
  void what_we_allow_is_read_and_what_we_say_breaks_does_break() {
    List<String> wrong = new ArrayList<>();
    int verdicts = 0;
    for (Evolution evolution : ALL) {
      for (Compatibility mode : List.of(BACKWARD, FORWARD)) {
        Schema reader = mode == BACKWARD ? evolution.newerSchema() : evolution.olderSchema();
        Schema writer = mode == BACKWARD ? evolution.olderSchema() : evolution.newerSchema();
        List<Incompatibility> found = refusing(mode, evolution);
        boolean sure =
            found.stream().anyMatch(one -> one.severity() == Incompatibility.Severity.BREAKS);
        boolean read = RealData.isRead(reader, writer);
        verdicts++;
        if (found.isEmpty() != read
            && (found.isEmpty() || sure)
            && !Truths.STRICTER.containsKey(evolution.format() + " " + evolution.name())) {
          wrong.add(evolution.format() + " " + evolution.name() + " " + mode + " read=" + read + " " + found);
        }
      }
    }
    assertThat(wrong).isEmpty();
    assertThat(verdicts).isEqualTo(2 * ALL.size());
  }

  /** The table in the guide is what this finds. */
  @Test
  void where_we_differ_from_the_registries_is_documented() throws Exception {
    Map<Schema.Format, ReferenceCheckers.Checker> references =
        Map.of(
            Schema.Format.AVRO, ReferenceCheckers.confluentAvro(),
            Schema.Format.JSON, ReferenceCheckers.apicurio("JsonSchemaCompatibilityChecker"),
            Schema.Format.PROTOBUF, ReferenceCheckers.apicurio("ProtobufCompatibilityChecker"));
    List<String> lines = new ArrayList<>();
    TreeSet<String> used = new TreeSet<>();
    for (Evolution evolution : ALL) {
      ReferenceCheckers.Checker reference = references.get(evolution.format());
      for (Compatibility mode : Compatibility.values()) {
        boolean ours = allows(mode, evolution);
        String theirs = verdict(reference, mode, evolution);
        if (mode != BACKWARD && mode != FORWARD) {
          continue;
        }
        if (!theirs.equals(ours ? "yes" : "no")) {
          String key = evolution.format() + " " + evolution.name();
          used.add(key);
          Schema reader = mode == BACKWARD ? evolution.newerSchema() : evolution.olderSchema();
          Schema writer = mode == BACKWARD ? evolution.olderSchema() : evolution.newerSchema();
          lines.add(
              "| "
                  + evolution.format()
                  + " | "
                  + evolution.name()
                  + " | "
                  + mode
                  + " | "
                  + (ours ? "yes" : rules(mode, evolution))
                  + " | "
                  + theirs
                  + " | "
                  + (RealData.isRead(reader, writer) ? "yes" : "no")
                  + " | "
                  + Truths.REASONS.getOrDefault(key + " " + mode, Truths.REASONS.getOrDefault(key, "?"))
                  + " |");
        }
      }
    }
    Files.createDirectories(Path.of("target"));
    Files.write(Path.of("target", "compatibility-differences.md"), lines);
    List<String> documented =
        Files.readAllLines(GUIDE).stream()
            .filter(line -> line.matches("\\| (AVRO|JSON|PROTOBUF) \\|.*"))
            .toList();
    assertThat(documented)
        .as("docs/guide/compatibility.md; what it is to say is in target/compatibility-differences.md")
        .isEqualTo(lines);
    assertThat(lines).noneMatch(line -> line.contains("| ? |"));
  }

  private static String verdict(
      ReferenceCheckers.Checker reference, Compatibility mode, Evolution evolution) {
    try {
      return reference.allows(mode, evolution.newer(), List.of(evolution.older())) ? "yes" : "no";
    } catch (IllegalStateException failed) {
      return "fails";
    }
  }

  private static String rules(Compatibility mode, Evolution evolution) {
    List<String> rules =
        refusing(mode, evolution).stream()
            .map(
                one ->
                    "`"
                        + one.rule()
                        + "`"
                        + (one.severity() == Incompatibility.Severity.UNKNOWN ? " (unknown)" : ""))
            .distinct()
            .toList();
    return "no: " + String.join(", ", rules);
  }

  private static boolean allows(Compatibility mode, Evolution evolution) {
    return refusing(mode, evolution).isEmpty();
  }

  private static List<Incompatibility> refusing(Compatibility mode, Evolution evolution) {
    return mode.check(evolution.newerSchema(), List.of(evolution.olderSchema())).stream()
        .filter(Incompatibility::refuses)
        .toList();
  }
}
