package io.stagepost.dlq.cli;

import io.stagepost.dlq.Entry.Kind;
import io.stagepost.dlq.Filter;
import io.stagepost.dlq.Letter;
import io.stagepost.dlq.Resolutions;
import io.stagepost.spi.Transport;
import java.util.Locale;
import java.util.function.Predicate;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Whether letters are left out that were dealt with, as the ledger says. */
final class OpenOptions {
  private static final String OPEN = "open";

  @Option(names = "--resolved", description = "Also those that were replayed, parked or discarded.")
  private boolean resolved;

  @Mixin private LedgerOptions ledger = new LedgerOptions();

  /** For picocli. */
  OpenOptions() {}

  /** What the ledger says now of the letters of an address. */
  States states(Transport transport, String address) {
    return new States(ledger.resolutions(transport, address), resolved);
  }

  /**
   * What has become of the letters of an address.
   *
   * @param resolutions as the ledger has them
   * @param all whether those count as meant that were dealt with
   */
  record States(Resolutions resolutions, boolean all) implements Predicate<Letter> {
    /** Whether a letter is meant. */
    @Override
    public boolean test(Letter letter) {
      return all || resolutions.of(letter).isEmpty();
    }

    /** The letters of a filter that are meant. */
    Filter among(Filter filter) {
      return filter.where(OPEN, this);
    }

    /** What has become of a letter, in a word: open, replayed, parked, discarded. */
    String word(Letter letter) {
      return resolutions.of(letter).map(States::word).orElse(OPEN);
    }

    /** Of an entry's kind. */
    static String word(Kind kind) {
      return kind.name().toLowerCase(Locale.ROOT);
    }
  }
}
