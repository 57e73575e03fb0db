package io.stagepost.dlq.cli;

import io.stagepost.dlq.Entry;
import io.stagepost.dlq.Ledger;
import io.stagepost.dlq.Planner;
import io.stagepost.spi.Transport;
import java.io.PrintWriter;
import java.time.Duration;
import java.time.temporal.ChronoUnit;

/**
 * What a command that changes something works with: the broker, which creates nothing that is
 * missing, and the ledger, which is created.
 */
final class Desk implements AutoCloseable {
  private final WriterOptions options;
  private final Transport transport;
  private final Transport creating;
  private final Ledger ledger;

  Desk(BrokerOptions broker, WriterOptions options) {
    this.options = options;
    this.transport = broker.openVerifying();
    this.creating = broker.openCreating();
    this.ledger =
        options.open(creating).tellingWaits((sign, most) -> tell(sign, most, broker.err()));
  }

  private static void tell(Entry sign, Duration most, PrintWriter err) {
    String text =
        "The run "
            + sign.run()
            + " of "
            + sign.by()
            + " holds "
            + sign.address()
            + ", and was last heard of at "
            + sign.at().truncatedTo(ChronoUnit.SECONDS)
            + ". Waiting whether it is alive, about "
            + Time.shortly(most)
            + " at most ...";
    err.println(Column.harmless(text));
    err.flush();
  }

  Transport transport() {
    return transport;
  }

  Ledger ledger() {
    return ledger;
  }

  /** A planner for an address; the ledger is there from now on. */
  Planner planner(String address) {
    ledger.provision(address);
    return Planner.of(transport, ledger, options.by());
  }

  @Override
  public void close() {
    ledger.close();
    creating.close();
    transport.close();
  }
}
