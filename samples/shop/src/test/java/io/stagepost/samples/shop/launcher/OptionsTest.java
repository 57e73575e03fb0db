package io.stagepost.samples.shop.launcher;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class OptionsTest {
  @TempDir Path home;

  @Test
  void nothing_needs_to_be_said() throws Exception {
    Options options = Options.parse(List.of(), home);
    assertThat(options.input()).isEqualTo(home.resolve("data/orderlines.csv"));
    assertThat(options.report()).isEqualTo(home.resolve("target/report.json").toAbsolutePath());
    assertThat(options.broker()).isEqualTo(Broker.Kind.KAFKA);
    assertThat(options.keep()).isFalse();
    assertThat(options.rate()).isEmpty();
    assertThat(options.faultSeed()).isEmpty();
  }

  @Test
  void faults_have_a_seed_given_or_not() throws Exception {
    assertThat(Options.parse(List.of("--faults"), home).faultSeed()).isPresent();
    assertThat(
            Options.parse(List.of("--seed=7", "--faults", "--transport", "kafka"), home)
                .faultSeed())
        .hasValue(7);
  }

  @Test
  void everything_can_be_said() throws Exception {
    Path report = home.resolve("r.json");
    Options options =
        Options.parse(List.of("--keep", "--input=a=b.csv", "--report", "" + report), home);
    assertThat(options.input()).isEqualTo(Path.of("a=b.csv"));
    assertThat(options.report()).isEqualTo(report);
    assertThat(options.keep()).isTrue();
    assertThat(Options.parse(List.of("--rate", "0.5"), home).rate()).hasValue("0.5");
    assertThat(Options.parse(List.of("--transport=amqp"), home).broker())
        .isEqualTo(Broker.Kind.RABBIT);
    assertThat(Options.parse(List.of("--help"), home).help()).isTrue();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "--verbose            | unknown option --verbose",
        "file.csv             | unknown option file.csv",
        "--input              | --input needs a value",
        "--keep=yes           | --keep takes no value",
        "--keep --keep        | --keep is given twice",
        "--rate 0             | --rate is 0; it must be a number above zero",
        "--rate fast          | --rate is fast; it must be a number above zero",
        "--seed 7             | --seed is for --faults, which is not given",
        "--faults --seed one  | --seed is one; it must be a whole number",
        "--faults=3           | --faults takes no value",
        "--faults --keep      | --keep and --faults exclude each other",
        "--transport pigeons  | --transport is pigeons; there are kafka and amqp",
        "--report pom.xml/r   | the report's directory cannot be made",
      })
  void what_is_said_wrongly_is_told(String arguments, String problem) {
    assertThatThrownBy(() -> Options.parse(List.of(arguments.split(" ", -1)), home))
        .isInstanceOf(UsageException.class)
        .hasMessageStartingWith(problem);
  }
}
