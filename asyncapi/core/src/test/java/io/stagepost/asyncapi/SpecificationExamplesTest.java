package io.stagepost.asyncapi;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The examples of the specification are valid, but for what is really wrong with two of them. */
class SpecificationExamplesTest {
  private static final Path FOLDER = Path.of("src/test/resources/contracts/specification");

  /** Their examples of a message do not match its schema. The official parser does not look. */
  private static final Set<String> WRONG =
      Set.of(
          "kraken-websocket-request-reply-message-filter-in-reply-asyncapi.yml",
          "kraken-websocket-request-reply-multiple-channels-asyncapi.yml");

  private static List<Path> files() throws IOException {
    try (Stream<Path> files = Files.list(FOLDER)) {
      return files.filter(f -> f.toString().endsWith(".yml")).sorted().toList();
    }
  }

  @ParameterizedTest
  @MethodSource("files")
  void is_read(Path file) throws IOException {
    Checked checked = Contracts.offline().check(file);

    assertThat(checked.findings())
        .filteredOn(f -> f.severity() == Severity.ERROR)
        .extracting(Finding::ruleId)
        .allMatch(
            rule ->
                WRONG.contains(file.getFileName().toString()) && rule.equals("example-payload"));
    Contract contract = checked.contract().orElseThrow();
    assertThat(contract.channels().values().stream().mapToInt(c -> c.messages().size()).sum())
        .isPositive();
    assertThat(contract.operations()).isNotEmpty();
    for (Operation operation : contract.operations().values()) {
      assertThat(operation.messages()).as(operation.key()).isNotEmpty();
    }
  }

  @Test
  void they_are_all_there() throws IOException {
    assertThat(files()).hasSize(20);
  }
}
