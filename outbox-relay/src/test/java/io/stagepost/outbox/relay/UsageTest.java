package io.stagepost.outbox.relay;

import static org.assertj.core.api.Assertions.assertThat;

import io.stagepost.outbox.relay.Running.Result;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import picocli.CommandLine;

/** The command's words. */
class UsageTest {
  @TempDir private Path folder;

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "| Name a command.",
        "rum | 'rum'",
        "run | Name a database",
        "run --database jdbc:postgresql://127.0.0.1:1/shop?password=x | list of processes",
        "run --database jdbc:nothing:x | jdbc:postgresql://",
        "run --metrics-every 10 | is no length of time",
        "run --on-refused drop | skip-past or hold-key",
        "parked | Missing required subcommand",
        "parked retry | Name rows by their ids",
        "parked retry --all 3/1 | Name rows by their ids",
        "parked discard --yes --address orders 3/1 | Name rows by their ids",
        "ddl oracle | 'oracle'",
        "ddl mariadb --shards 0 | --shards 0 must be from 1 to 256",
        "shards --yes | Missing required option: '--to=N'"
      })
  void wrong_usage_is_told(String words, String told) {
    Result result = Running.here(words == null ? new String[0] : words.split(" "));
    assertThat(result.code()).as(result.err()).isEqualTo(ExitCode.USAGE.number());
    assertThat(result.err()).startsWith("relay: ").contains(told);
    assertThat(result.out()).isEmpty();
  }

  @Test
  void a_password_among_the_words_is_refused_and_not_repeated() throws Exception {
    try (Service service = Service.onKafka()) {
      Path config = folder.resolve("db.properties");
      Files.writeString(
          config,
          "user=" + service.database.username() + "\npassword=" + service.database.password());
      Result result =
          Running.here(
              "run",
              "--database",
              service.database.jdbcUrl(),
              "--database-config",
              config.toString(),
              "--broker",
              "amqp://ada:open-sesame@127.0.0.1:1");
      assertThat(result.code()).isEqualTo(ExitCode.USAGE.number());
      assertThat(result.err()).contains("RELAY_BROKER").doesNotContain("open-sesame");
    }
  }

  @Test
  void what_the_guide_tells_to_run_is_understood() throws Exception {
    List<String> told =
        Pattern.compile("(?m)(?:^|`)bin/relay ([^`>#\\n]*)")
            .matcher(Files.readString(Path.of("../docs/guide/outbox.md")))
            .results()
            .map(line -> line.group(1).strip())
            .toList();
    assertThat(told).contains("shards --shards 8 --to 16 --yes", "ddl postgresql");
    for (String line : told) {
      new CommandLine(new RelayCommand())
          .setCaseInsensitiveEnumValuesAllowed(true)
          .parseArgs(line.split(" ", -1));
    }
  }

  @Test
  void help_has_the_exit_codes_and_the_environment() {
    Result result = Running.here("run", "--help");
    assertThat(result.code()).isZero();
    assertThat(result.out()).contains("RELAY_DATABASE", "RELAY_BROKER", "Exit codes:", "SIGTERM");
    assertThat(Running.here("--version").out()).startsWith("relay ");
  }
}
