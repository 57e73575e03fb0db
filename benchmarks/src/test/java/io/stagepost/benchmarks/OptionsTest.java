package io.stagepost.benchmarks;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.stagepost.benchmarks.Options.Database;
import io.stagepost.benchmarks.Options.Suites;
import io.stagepost.benchmarks.Suite.Offer;
import io.stagepost.benchmarks.Suite.When;
import io.stagepost.benchmarks.outbox.OutboxRows;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Which rows a command line asks for. */
class OptionsTest {
  private static final Offer QUICK = new Offer("drain-warm", "", When.QUICK);
  private static final Offer FULL = new Offer("drain-cold", "", When.FULL);
  private static final Offer NAMED = new Offer("drain-slice", "", When.NAMED);

  @Test
  void withoutAnOptionTheRowsOfTheBrokersRunFiveRounds() {
    Options options = Options.parse(List.of());

    assertThat(options.suites()).isEqualTo(Suites.BROKERS);
    assertThat(options.rounds()).isEqualTo(5);
    assertThat(List.of(QUICK, FULL, NAMED))
        .filteredOn(options::includes)
        .containsExactly(QUICK, FULL);
  }

  @Test
  void quickIsAFewRowsOfAllSuites() {
    Options options = Options.parse(List.of("--quick"));

    assertThat(options.suites()).isEqualTo(Suites.ALL);
    assertThat(options.rounds()).isEqualTo(3);
    assertThat(List.of(QUICK, FULL, NAMED)).filteredOn(options::includes).containsExactly(QUICK);
  }

  @Test
  void aNameIsLookedForInAllSuitesAndALongRowNeedsItsWholeName() {
    Options part = Options.parse(List.of("--only", "drain"));
    Options whole = Options.parse(List.of("--only", "drain-slice"));

    assertThat(part.suites()).isEqualTo(Suites.ALL);
    assertThat(List.of(QUICK, FULL, NAMED)).filteredOn(part::includes).containsExactly(QUICK, FULL);
    assertThat(List.of(QUICK, FULL, NAMED)).filteredOn(whole::includes).containsExactly(NAMED);
    assertThat(Options.parse(List.of("--outbox", "--only", "drain")).suites())
        .isEqualTo(Suites.OUTBOX);
  }

  @Test
  void onMariaDbThereAreTheRowsOfOutboxAndInboxAlone() {
    Options options = Options.parse(List.of("--database", "mariadb", "--only", "inbox"));

    assertThat(options.database()).isEqualTo(Database.MARIADB);
    assertThat(options.suites()).isEqualTo(Suites.OUTBOX);
    assertThat(new OutboxRows(options).offers())
        .extracting(Offer::name)
        .contains("drain-warm", "latency-100", "tax-1", "inbox-batch")
        .doesNotContain("drain-pollers", "held-xid", "held-snapshot");
    assertThat(new OutboxRows(Options.parse(List.of())).offers())
        .extracting(Offer::name)
        .contains("drain-pollers", "held-xid", "held-snapshot");
    assertThatThrownBy(() -> Options.parse(List.of("--database", "mariadb", "--all")))
        .isInstanceOf(BenchmarkException.class)
        .hasMessageContaining("leave out --all");
  }

  @Test
  void whatIsWrongIsSaid() {
    assertThatThrownBy(() -> Options.parse(List.of("--database", "oracle")))
        .isInstanceOf(BenchmarkException.class)
        .hasMessage("--database is \"oracle\"; give it postgresql or mariadb.");
    assertThatThrownBy(() -> Options.parse(List.of("--rounds", "many")))
        .isInstanceOf(BenchmarkException.class)
        .hasMessage("--rounds is \"many\"; give it a whole number from 1.");
    assertThatThrownBy(() -> Options.parse(List.of("--only")))
        .isInstanceOf(BenchmarkException.class)
        .hasMessageStartingWith("--only needs a value");
    assertThatThrownBy(() -> Options.parse(List.of("--fast")))
        .isInstanceOf(BenchmarkException.class)
        .hasMessageStartingWith("There is no option --fast");
  }
}
