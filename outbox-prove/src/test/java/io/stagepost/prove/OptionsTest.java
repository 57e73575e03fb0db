package io.stagepost.prove;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class OptionsTest {
  @Test
  void without_any_three_hundred_faults_are_wanted_within_half_an_hour() {
    Options options = Options.parse();
    assertThat(options.faults()).isEqualTo(300);
    assertThat(options.hasQuota()).isTrue();
    assertThat(options.limit()).isEqualTo(Duration.ofMinutes(30));
  }

  @Test
  void minutes_alone_want_no_number_of_faults() {
    Options options = Options.parse("--minutes", "1.5", "--seed", "7", "--rate", "10");
    assertThat(options.hasQuota()).isFalse();
    assertThat(options.limit()).isEqualTo(Duration.ofSeconds(90));
    assertThat(options.seed()).isEqualTo(7);
    assertThat(options.rate()).isEqualTo(10);
  }

  @Test
  void no_faults_may_be_asked_for() {
    Options options = Options.parse("--faults", "0");
    assertThat(options.faults()).isEqualTo(0);
    assertThat(options.limit()).isEqualTo(Duration.ofMinutes(1));
    assertThat(Options.parse("--faults", "0", "--minutes", "2").limit())
        .isEqualTo(Duration.ofMinutes(2));
  }

  @Test
  void a_database_is_asked_for_by_its_name_and_is_postgresql_without_one() {
    assertThat(Options.parse().database().word()).isEqualTo("postgresql");
    for (Dialect dialect : Dialect.ALL) {
      assertThat(Options.HELP).contains(dialect.word());
      assertThat(Options.parse("--database", dialect.word()).database()).isSameAs(dialect);
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "--faults",
        "--faults -1",
        "--faults many",
        "--minutes -1",
        "--minutes NaN",
        "--speed 3",
        "--database oracle",
        "--mutation none-such"
      })
  void what_is_not_understood_is_said_with_its_name(String line) {
    String[] words = line.split(" ", -1);
    assertThatThrownBy(() -> Options.parse(words))
        .isInstanceOf(UsageException.class)
        .hasMessageStartingWith("prove: " + words[0]);
  }

  @Test
  void every_mutation_is_in_the_help_and_understood() {
    for (Mutation mutation : Mutation.values()) {
      if (mutation != Mutation.NONE) {
        assertThat(Options.HELP).contains(mutation.word());
        assertThat(Options.parse("--mutation", mutation.word()).mutation()).isEqualTo(mutation);
      }
    }
  }
}
