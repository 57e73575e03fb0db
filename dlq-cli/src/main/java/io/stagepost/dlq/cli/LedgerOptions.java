package io.stagepost.dlq.cli;

import io.stagepost.MessagingException;
import io.stagepost.dlq.Entry;
import io.stagepost.dlq.Ledger;
import io.stagepost.dlq.Resolutions;
import io.stagepost.spi.Transport;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Function;
import picocli.CommandLine.Option;

/** The ledger, which says what has become of letters; for commands that only read it. */
final class LedgerOptions {
  /** Both brokers' words for an address that is not there. */
  private static final Set<String> MISSING = Set.of("SP-KAFKA-008", "SP-AMQP-032");

  @Option(
      names = "--ledger",
      paramLabel = "ADDRESS",
      defaultValue = "${env:DLQ_LEDGER:-" + Ledger.ADDRESS + "}",
      description =
          "Where it is noted which letters were replayed, parked or discarded. Default: the"
              + " environment variable DLQ_LEDGER, or "
              + Ledger.ADDRESS
              + ".")
  private String ledger = Ledger.ADDRESS;

  /** For picocli. */
  LedgerOptions() {}

  String address() {
    return ledger.isBlank() ? Ledger.ADDRESS : ledger;
  }

  /** Whether there is one. */
  boolean isThere(Transport transport) {
    return exists(transport, address());
  }

  /** Whether an address is there. */
  static boolean exists(Transport transport, String address) {
    try {
      return !transport.topology().depth(List.of(address)).isEmpty();
    } catch (MessagingException failure) {
      if (MISSING.contains(failure.code())) {
        return false;
      }
      throw failure;
    }
  }

  /** What it says of an address; of a broker without one, that nothing was done. */
  Resolutions resolutions(Transport transport, String address) {
    return read(transport, Resolutions.none(), found -> Resolutions.of(found, address));
  }

  /** The dead-letter addresses that it names. */
  Set<String> addresses(Transport transport) {
    return read(
        transport,
        Set.of(),
        found -> {
          Set<String> all = new TreeSet<>();
          found.read((Entry entry) -> all.add(entry.address()));
          return all;
        });
  }

  private <T> T read(Transport transport, T otherwise, Function<Ledger, T> reading) {
    if (!isThere(transport)) {
      return otherwise;
    }
    try (Ledger found = Ledger.of(transport, address(), "dlq")) {
      return reading.apply(found);
    }
  }
}
