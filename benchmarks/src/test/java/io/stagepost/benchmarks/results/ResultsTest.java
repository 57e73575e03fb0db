package io.stagepost.benchmarks.results;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** What is kept, and how. */
class ResultsTest {
  @TempDir Path folder;

  @Test
  void rowsOfTheSameNameGiveWayAndOthersStay() throws IOException {
    Path file = folder.resolve("new").resolve("latest.json");
    results(
            Rows.row("drain", Group.DRAIN, 10),
            Rows.row("publish", Group.KAFKA, 20),
            Rows.row("consume", Group.KAFKA, 30))
        .mergeInto(file);

    results(Rows.row("replay", Group.REPLAY, 50), Rows.row("publish", Group.KAFKA, 40))
        .mergeInto(file);

    assertThat(Results.of(file).rows())
        .containsExactly(
            Rows.row("publish", Group.KAFKA, 40),
            Rows.row("consume", Group.KAFKA, 30),
            Rows.row("drain", Group.DRAIN, 10),
            Rows.row("replay", Group.REPLAY, 50));
  }

  @Test
  void fileIsAnArrayOfRowsWithFiguresByContestant() throws IOException {
    Path file = folder.resolve("latest.json");
    results(
            Rows.row(
                "publish",
                Group.KAFKA,
                Unit.EVENTS_PER_SECOND,
                Rows.series("ours", null, 10, 20, 40),
                Rows.series("raw", 0.95, 20, 20, 20)))
        .mergeInto(file);

    JsonNode row = new JsonMapper().readTree(file).get(0);
    assertThat(row.propertyNames()).startsWith("name", "unit", "ours", "others", "ratio", "target");
    assertThat(row.get("name").asString()).isEqualTo("publish");
    assertThat(row.get("unit").asString()).isEqualTo("events/s");
    assertThat(row.get("ours")).hasToString("{\"min\":10.0,\"median\":20.0,\"max\":40.0}");
    assertThat(row.get("others"))
        .hasToString("{\"raw\":{\"min\":20.0,\"median\":20.0,\"max\":20.0}}");
    assertThat(row.get("ratio")).hasToString("{\"raw\":{\"min\":0.5,\"median\":1.0,\"max\":2.0}}");
    assertThat(row.get("target")).hasToString("{\"raw\":0.95}");
    assertThat(row.get("measured").get("jdk").asString()).isEqualTo("17");
  }

  @Test
  void whatNeverCameToAnEndIsReadAsItWasWritten() throws IOException {
    Path file = folder.resolve("latest.json");
    Comparison lost =
        Rows.row(
            "latency",
            Group.LATENCY,
            Unit.MILLIS,
            Rows.series("ours", null, 1, 2),
            Rows.series("peer", 1.0, 3, Double.POSITIVE_INFINITY));

    results(lost).mergeInto(file);

    assertThat(Results.of(file).rows()).containsExactly(lost);
  }

  @Test
  void tableJudgesTheMedianByTheTargetAndTellsWhatWasWrong() {
    Series theirs = new Series("peer", 3.0, 3);
    theirs.add(0, 50, new Checks(7, 0, 0, 0));
    theirs.add(1, 25, new Checks(8, 0, 0, 1200));
    theirs.add(2, 100, new Checks(9, 0, 0, 0));
    String table =
        results(
                Rows.row("publish", Group.KAFKA, 95),
                Rows.row(
                    "drain",
                    Group.DRAIN,
                    Unit.EVENTS_PER_SECOND,
                    Rows.series("ours", null, 100, 100, 100),
                    theirs))
            .table();

    assertThat(table)
        .contains("| 0.95 / 0.95 / 0.95 | ≥ 0.95, met |")
        .contains("| 1.00 / 2.00 / 4.00 | ≥ 3.00, missed |")
        .contains("| out of order 0 : 1,200 |")
        .contains(
            "| drain | what drain does, 10 events | 2026-01-02T03:04:05Z | abc | 17 | Linux | 0.5 | 3 | Kafka |");
  }

  private static Results results(Comparison... rows) {
    Results results = new Results();
    for (Comparison row : rows) {
      results.add(row);
    }
    return results;
  }
}
