package io.stagepost.dlq.cli;

import io.stagepost.dlq.Ledger;
import io.stagepost.spi.Transport;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Where it is kept what has become of letters, and by whom. */
final class WriterOptions {
  @Mixin private LedgerOptions ledger = new LedgerOptions();

  @Option(
      names = "--as",
      paramLabel = "NAME",
      defaultValue = "${env:DLQ_AS}",
      description = "Who you are, for the ledger. Default: DLQ_AS, or the user at the machine.")
  private @Nullable String name;

  @Option(
      names = "--takeover-after",
      paramLabel = "TIME",
      converter = Time.DurationConverter.class,
      defaultValue = "15s",
      description =
          "How long another run must have been silent to count as dead (default: 15s). The same for"
              + " everybody who shares the ledger.")
  private Duration silence = Duration.ofSeconds(15);

  /** For picocli. */
  WriterOptions() {}

  /**
   * The ledger.
   *
   * @param transport it stays the caller's; it may create the ledger, if {@link Ledger#provision}
   *     is called
   * @return open until closed
   */
  Ledger open(Transport transport) {
    return Ledger.of(transport, ledger.address(), by());
  }

  /** Whether there is one. */
  boolean isThere(Transport transport) {
    return ledger.isThere(transport);
  }

  /** Who uses it. */
  String by() {
    return name == null || name.isBlank()
        ? System.getProperty("user.name", "somebody") + "@" + host()
        : name;
  }

  /** How long another run must have been silent. */
  Duration silence() {
    return silence;
  }

  private static String host() {
    try {
      return InetAddress.getLocalHost().getHostName();
    } catch (UnknownHostException unnamed) {
      return Objects.requireNonNullElse(System.getenv("HOSTNAME"), "unknown");
    }
  }
}
