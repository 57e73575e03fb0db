package io.stagepost.asyncapi;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.LocalDate;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Whatever is done to a contract, checking and linting it ends in findings: bytes and lines are
 * removed, repeated, swapped and replaced at random, by a seed that makes each run the same.
 */
class MutationsTest {
  private static final int TIMES = 300;
  private static final List<String> PIECES =
      List.of(
          "$ref: '#'",
          "{$ref: '#/channels'}",
          "&a ",
          "*a",
          "<<: *a",
          "null",
          "[]",
          "{}",
          "- ",
          ": ",
          "\n",
          "\t",
          "!!map ",
          "1e999",
          "'",
          "\"",
          "x-ttl: P",
          "\uD83D",
          "#",
          "{a}",
          "schema: ",
          "payload: ",
          "type: object\n");

  @TempDir private Path folder;

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3, 4})
  void end_in_findings(int seed) throws IOException {
    Random random = new Random(seed);
    String original = Shop.text();
    Linter linter = Linter.standard().on(LocalDate.of(2026, 6, 30));
    int wrong = 0;
    for (int i = 0; i < TIMES; i++) {
      String mutated = original;
      for (int j = random.nextInt(4); j >= 0; j--) {
        mutated = mutated(mutated, random);
      }
      Path file = Files.write(folder.resolve("m.yaml"), mutated.getBytes(StandardCharsets.UTF_8));
      List<Finding> findings =
          assertTimeoutPreemptively(
              Duration.ofSeconds(30), () -> linter.lint(Contracts.offline().check(file)));
      assertThat(findings).allMatch(f -> f.line() > 0 && f.column() > 0);
      wrong += findings.stream().anyMatch(f -> f.severity() == Severity.ERROR) ? 1 : 0;
    }
    assertThat(wrong).isGreaterThan(TIMES / 2);
  }

  private static String mutated(String text, Random random) {
    int from = random.nextInt(text.length());
    int to = Math.min(text.length(), from + 1 + random.nextInt(40));
    int other = random.nextInt(text.length());
    String piece = PIECES.get(random.nextInt(PIECES.size()));
    return switch (random.nextInt(5)) {
      case 0 -> text.substring(0, from) + text.substring(to);
      case 1 -> text.substring(0, to) + text.substring(from);
      case 2 -> text.substring(0, from) + piece + text.substring(from);
      case 3 -> text.substring(0, from) + piece + text.substring(to);
      default -> text.substring(0, other) + text.substring(from, to) + text.substring(other);
    };
  }
}
