package io.stagepost.schema.compatibility;

import static io.stagepost.schema.compatibility.Compatibility.BACKWARD;
import static io.stagepost.schema.compatibility.Compatibility.FORWARD;
import static org.assertj.core.api.Assertions.assertThat;

import io.stagepost.schema.Schema;
import io.stagepost.schema.compatibility.Incompatibility.Severity;
import io.stagepost.schema.compatibility.ReferenceCheckers.Checker;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Predicate;
import java.util.stream.Stream;
import org.apache.avro.SchemaCompatibility;
import org.apache.avro.SchemaCompatibility.SchemaCompatibilityType;
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
      if (!evolution.name().equals("use a reserved number")) { // a trap, not unreadable
        assertThat(Compatibility.canRead(evolution.newerSchema(), evolution.olderSchema()))
            .isEqualTo(backward);
        assertThat(Compatibility.canRead(evolution.olderSchema(), evolution.newerSchema()))
            .isEqualTo(forward);
      }
    }
  }

  @Test
  void what_we_allow_is_read_and_what_we_say_breaks_does_break() {
    Set<String> stricter = new TreeSet<>();
    int verdicts = 0;
    for (Evolution evolution : ALL.stream().flatMap(Evolution::inBothDialects).toList()) {
      for (Compatibility mode : List.of(BACKWARD, FORWARD)) {
        List<Incompatibility> found = refusing(mode, evolution);
        boolean read = isRead(mode, evolution);
        if (found.isEmpty()) {
          assertThat(read).as("%s of %s is allowed, so it is read", mode, evolution).isTrue();
        } else if (read && found.stream().anyMatch(one -> one.severity() == Severity.BREAKS)) {
          stricter.add(key(evolution));
        }
        verdicts++;
      }
    }
    assertThat(verdicts).isGreaterThan(2 * ALL.size());
    // What is decoded, and means something else or is a trap: each is explained in the guide.
    assertThat(stricter).isEqualTo(Reasons.STRICTER_THAN_DATA);
  }

  /** The table in the guide is what this finds. */
  @Test
  void where_we_differ_from_the_reference_implementations_is_documented() throws Exception {
    Map<Schema.Format, Map<String, Checker>> references =
        Map.of(
            Schema.Format.AVRO,
            Map.of(
                "Avro", EvolutionMatrixTest::avro, "Confluent", ReferenceCheckers.confluentAvro()),
            Schema.Format.JSON,
            Map.of("Apicurio", ReferenceCheckers.apicurio("JsonSchemaCompatibilityChecker")),
            Schema.Format.PROTOBUF,
            Map.of("Apicurio", ReferenceCheckers.apicurio("ProtobufCompatibilityChecker")));
    List<String> lines = new ArrayList<>();
    int compared = 0;
    for (Evolution evolution : ALL) {
      if (evolution.older().contains(Evolution.DRAFT_2020_12)) {
        continue;
      }
      List<String> differing = new ArrayList<>();
      for (Map.Entry<String, Checker> reference :
          new TreeMap<>(references.get(evolution.format())).entrySet()) {
        boolean differs = false;
        for (Compatibility mode : Compatibility.values()) {
          boolean theirs = allows(reference.getValue(), mode, evolution);
          differs |= theirs != allows(mode, evolution);
          compared++;
        }
        if (differs) {
          differing.add(
              reference.getKey()
                  + ": "
                  + both(mode -> allows(reference.getValue(), mode, evolution)));
        }
      }
      if (!differing.isEmpty()) {
        lines.add(
            "| %s | %s | %s | %s | %s | %s |"
                .formatted(
                    evolution.format(),
                    evolution.name(),
                    both(mode -> allows(mode, evolution)),
                    String.join("; ", differing),
                    both(mode -> isRead(mode, evolution)),
                    Reasons.of(key(evolution))));
      }
    }
    assertThat(compared).isGreaterThan(1_000);
    Files.write(Path.of("target", "compatibility-differences.md"), lines);
    List<String> documented =
        Files.readAllLines(GUIDE).stream()
            .filter(line -> line.matches("\\| (AVRO|JSON|PROTOBUF) \\|.*"))
            .toList();
    assertThat(lines).noneMatch(line -> line.contains("| ? |"));
    assertThat(documented)
        .as("the table in docs/guide/compatibility.md; target/compatibility-differences.md has it")
        .isEqualTo(lines);
  }

  /** Backward and forward. */
  private static String both(Predicate<Compatibility> verdict) {
    return (verdict.test(BACKWARD) ? "yes" : "no") + "/" + (verdict.test(FORWARD) ? "yes" : "no");
  }

  private static boolean allows(Checker checker, Compatibility mode, Evolution evolution) {
    return checker.allows(mode, evolution.newer(), List.of(evolution.older()));
  }

  /** Avro's own verdict, for every mode. */
  private static boolean avro(Compatibility mode, String newer, List<String> older) {
    boolean backward = mode.name().startsWith("BACKWARD") || mode.name().startsWith("FULL");
    boolean forward = mode.name().startsWith("FORWARD") || mode.name().startsWith("FULL");
    String before = older.get(older.size() - 1);
    return (!backward || avroReads(newer, before)) && (!forward || avroReads(before, newer));
  }

  private static boolean avroReads(String reader, String writer) {
    return SchemaCompatibility.checkReaderWriterCompatibility(
                new org.apache.avro.Schema.Parser().parse(reader),
                new org.apache.avro.Schema.Parser().parse(writer))
            .getType()
        == SchemaCompatibilityType.COMPATIBLE;
  }

  private static boolean isRead(Compatibility mode, Evolution evolution) {
    return mode == BACKWARD
        ? RealData.isRead(evolution.newerSchema(), evolution.olderSchema())
        : RealData.isRead(evolution.olderSchema(), evolution.newerSchema());
  }

  private static String key(Evolution evolution) {
    return evolution.format() + " " + evolution.name();
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
